"""Program `math.parse`: one text in, one plain-data tree out; for what the trusted side's own scanner cannot read.

Request {"text": "..."}; reply {"tree": [...]} or {"error": "one sentence"}. It is given an answer or a gold, never
both, so nothing that it might be made to say can depend on the other. LaTeX is normalised and parsed by math-verify's
own rules and grammar, plain text by Python's grammar; neither sympy nor eval is reached, and no timeouts are set
here: the jail bounds time and memory.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from latex2sympy2_extended.math_normalization import NormalizationConfig, normalize_latex

from .math_latex import read_latex
from .math_names import Tree, Unreadable
from .math_plain import looks_plain, read_plain

MAX_CHARS = 10_000
MAX_NODES = 4_000
MAX_DEPTH = 80
MAX_NESTING = 24
"""Brackets within brackets. The grammar looks ahead over all of them at every level: 40 take 5 s, 24 under 1 s."""
RECURSION = 8_000
"""Frames: a tree of MAX_DEPTH takes some 20 frames a level in the grammar's recursive descent."""

_NORMAL = NormalizationConfig(
    basic_latex=True, units=False, malformed_operators=True, nits=False, boxed="last", equations=False
)
_LETTERS = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_BRACED_TEXT = re.compile(r"\\(?:begin|end|text[a-z]*|mbox|math[a-z]+|operatorname)\s*\{[^{}]*\}")
_SYLLABLE = re.compile(r"[^aeiouy][aeiou][^aeiou]|and|the|all|any|are|one|two|six|its")
_KNOWN_WORDS = {"sqrt", "frac", "infinity", "percent", "pct", "inf", "or", "and"}
_MANY_SIGNS = re.compile(r"(?:!\s*){4}|(?:'\s*){6}|(?:[-+]\s*){20}|(?:\^\s*\{?\\(?:circ|degree)\}?\s*){3}")
_LEFT_OUT = re.compile(r"\\[lcd]?dots|\.\.\.|…")
_MARKS = re.compile(r"[0-9}]\s*['\"′″]|\"")
_BASE_E = re.compile(r"_\s*e(?![A-Za-z])")  # the grammar has no bare e below a logarithm
_OR = re.compile(r"\s*(?:\\lor|\\text\s*\{\s*or\s*\}|\\quad\s*or\s*\\quad|(?<![A-Za-z\\])or(?![A-Za-z]))\s*")


def run(request: bytes) -> bytes:
    """One request, one reply. Never raises for what a text can hold."""
    try:
        text = json.loads(request)["text"]
        reply: dict[str, Any] = {"tree": read(text)}
    except Unreadable as error:
        reply = {"error": f"cannot be read: {error}"}
    except RecursionError:
        reply = {"error": "cannot be read: nested too deeply"}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        reply = {"error": f"cannot be read: {type(error).__name__} in the parser"}
    return json.dumps(reply, ensure_ascii=True).encode()


def warm() -> None:
    """Parse once, so that the grammar's tables are there in every fork."""
    for text in _WARM:
        run(json.dumps({"text": text}).encode())


def read(text: Any) -> Tree:
    """The tree of one text, within the bounds of trees. Raises Unreadable."""
    if not isinstance(text, str) or not text.strip():
        raise Unreadable("there is nothing in it")
    if len(text) > MAX_CHARS:
        raise Unreadable(f"longer than {MAX_CHARS} characters")
    if _nesting(text) > MAX_NESTING:
        raise Unreadable("nested too deeply")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        tree = _either(text)
    finally:
        sys.setrecursionlimit(limit)
    _bound(tree)
    return tree


def _nesting(text: str) -> int:
    """The deepest nesting of brackets, whether they close or not."""
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth = max(0, depth - 1)
    return deepest


def _either(text: str) -> Tree:
    """Several conditions joined by "or", each read alone."""
    parts = [part for part in _OR.split(_inside(text)) if part.strip()]
    if not parts:
        raise Unreadable("there is nothing in it")
    return _one(parts[0]) if len(parts) == 1 else ["or", *(_one(part) for part in parts)]


def _inside(text: str) -> str:
    """Without the dollar signs or brackets that open and close displayed mathematics."""
    text = text.strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) and opening not in inner:
            return inner
    return text


def _one(text: str) -> Tree:
    if looks_plain(text):
        try:
            return read_plain(text)
        except Unreadable:
            pass
    if _LEFT_OUT.search(text):  # the normalisation drops them: {1, ..., 100} would be {1, 100}
        raise Unreadable("dots that leave something out")
    if _MANY_SIGNS.search(text):  # each costs the grammar a look over all that follow
        raise Unreadable("one sign many times over")
    if _MARKS.search(text):  # and these: 5'5" would be 55
        raise Unreadable("marks of feet, inches or minutes")
    normal = _BASE_E.sub("_{e}", normalize_latex(text, config=_NORMAL))
    if _speaks(normal):
        raise Unreadable("words, not mathematics")
    try:
        return read_latex(normal)
    except Unreadable:
        if "\\" in text:
            raise
        return read_plain(text)


def _speaks(text: str) -> bool:
    """Would a product of letters be a word? xyz and abc are products, "the" and "for it" are not."""
    runs = [run for run in _LETTERS.findall(_BRACED_TEXT.sub(" ", text)) if run not in _KNOWN_WORDS]
    if any(len(run) >= 4 or (len(run) == 3 and _SYLLABLE.fullmatch(run.lower())) for run in runs):
        return True
    return bool(re.search(r"(?<![\\A-Za-z])[A-Za-z]{2,} +[A-Za-z]{2,}", _BRACED_TEXT.sub(" ", text)))


def _bound(tree: Tree) -> None:
    """Counts nodes and depth without recursion; digits were counted as numbers were read."""
    todo, nodes = [(tree, 1)], 0
    while todo:
        node, depth = todo.pop()
        nodes += 1
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            raise Unreadable("too large an expression")
        todo.extend((part, depth + 1) for part in node if isinstance(part, list))


_WARM = (
    r"$\frac{1}{2}x^{2}+\sqrt{3}\cdot\sin(2x)-\ln 2$",
    r"x\in(-\infty,1)\cup[2,3]",
    r"(-\infty,-1)\cup[2,5)\cup(7,\infty)",
    r"(1,\frac{\pi}{4})",
    r"(1,2),(3,-4)",
    r"\begin{pmatrix}1&-2\\3&\frac{1}{4}\end{pmatrix}",
    r"\{1,-2,\sqrt{2}\}",
    r"1,-2,\frac{3}{4}",
    r"x=1,y=-2",
    r"y=2x+3",
    r"x^2+3x-\frac{1}{2}=0",
    r"1<x\leq 3",
    r"x\neq -2",
    r"f(x)=x^{2}-1",
    r"\sum_{k=1}^{n} k^2",
    r"\int_{0}^{1} x^2 dx",
    r"\lim_{x\to 0} \frac{\sin x}{x}",
    r"-\frac{3}{4}(x-2)(x+1)^{2}",
    r"e^{i\pi}+2^{-x}",
    r"\log_{2}(8)+\cos^{2}\theta",
    r"|x-1|+\lfloor x\rfloor",
    r"\binom{5}{2}\cdot 3!",
    r"x_1+x_{2}\pm 3",
    r"2\frac{1}{3}\text{ cm}",
    r"90^\circ",
    r"\mathbb{R}\setminus\{1\}",
    r"12.5\%",
    "2*sqrt(3)",
)
"""One text of each shape: every shape that the grammar meets for the first time in a fork costs it 5 to 30 ms."""
