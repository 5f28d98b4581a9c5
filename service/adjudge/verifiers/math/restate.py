""" "Box the question" must not pay: does an answer only repeat an expression of the prompt? (contract §2)"""

from __future__ import annotations

import re
from fractions import Fraction

from .notation.numerals import Unreadable
from .notation.parse import read
from .tree import Node, children, rebuild

_SPANS = re.compile(r"\$\$([^$]{1,400})\$\$|\$([^$]{1,400})\$|\\\((.{1,400}?)\\\)|\\\[(.{1,400}?)\\\]", re.S)
_MAX_PROMPT = 100_000
_MAX_SPANS = 40
_DROP = re.compile(r"\\(?:left|right|displaystyle|,|;|:|!|quad|qquad|big|Big|bigg|Bigg)(?![a-zA-Z])|[$]|\\[()\[\]]")
_WORD = re.compile(r"(?<![\\a-zA-Z])(?!(?:sin|cos|tan|log|ln|sqrt|pi)\b)[A-Za-z]{2,}(?![a-zA-Z])")
_TIMES = re.compile(r"\\cdot(?![a-zA-Z])|\\times(?![a-zA-Z])|[×·⋅∗]")
_OVER = re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mbox)\s*\{([^{}]*)\}")
_LONE = re.compile(r"[({](\w)[)}]")
_OPTION = re.compile(r"\(?\b[A-J][).:]\s*$")


def atomic(node: Node) -> bool:
    """A number, a fraction of integers, a percent, a symbol, a surd of an integer, a text."""
    kind = node[0]
    if kind in ("num", "dec", "sym", "const", "text", "named"):
        return True
    if kind in ("neg", "percent"):
        return atomic(node[-1])
    if kind == "div":
        return all(_integer(child) for child in children(node))
    if kind == "root":
        return bool(all(child[0] == "num" for child in children(node)))
    return False


_CARRIERS = frozenset({"unit", "money", "deg", "colon", "clock", "base", "mixed"})


def _integer(node: Node) -> bool:
    return bool(node[0] == "num" or (node[0] == "neg" and node[1][0] == "num"))


def repeats_prompt(answer: Node, gold: Node, shown: str, prompt: str) -> bool:
    """Does the answer, or a part of it that carries its value, stand in the prompt, while the gold is written
    otherwise?

    "The same" is up to notation: order of sums and products, neutral elements, quotients as powers, labels, units and
    brackets of one element. A quantity as the prompt gives it ("3 km") counts only if the gold's kind is another one
    (3000 m): most answers repeat some number of their prompt.
    """
    if not prompt or canonical(answer) == canonical(gold):
        return False
    parts = [part for part in _parts(answer) if not atomic(part) and canonical(part) != canonical(gold)]
    parts = [part for part in parts if part[0] not in _CARRIERS or _asks_another(part, gold)]
    if not parts:
        return False
    prompt = options(prompt[:_MAX_PROMPT])[0]  # a listed option may be given as it stands
    known = {canonical(piece) for piece in _formulas(prompt)}
    return any(canonical(part) in known for part in parts) or (
        len(parts) > 0 and parts[0] is answer and _as_string(shown, prompt)
    )


def _asks_another(part: Node, gold: Node) -> bool:
    """Is the gold of a kind that makes a repeated quantity no answer: another unit, the improper fraction, radians?"""
    if part[0] in ("unit", "money"):
        return gold[0] in ("unit", "money") and gold[1] != part[1]
    if part[0] == "deg":
        return gold[0] not in ("deg", "num", "dec")
    return bool(part[0] != "mixed" or gold[0] == "div")


def _parts(answer: Node) -> list[Node]:
    """The answer, and what it is under labels, units, brackets of one element; the elements of lists, the
    value of a chain.
    """
    out = [answer]
    for node in out:
        if len(out) > 40:
            break
        if node[0] == "rel":
            out.append(node[-1])
        elif node[0] in ("seq", "and", "or", "set", "abs", "percent", "money", "unit", "setof") or (
            node[0] in ("brack", "angle") and len(node) == 2
        ):
            out += [child for child in children(node) if child not in out]
    return out


def canonical(node: Node) -> Node:
    """The tree without what is only notation (depth bounded by MAX_DEPTH)."""
    kind = node[0]
    kids = [canonical(child) for child in children(node)]
    if kind == "neg":
        return _flat("mul", [("num", -1, 1), *kids])
    if kind == "div":
        over = kids[1]
        inverse = ("num", over[2], over[1]) if over[0] == "num" and over[1] > 0 else ("pow", over, ("num", -1, 1))
        return _flat("mul", [kids[0], inverse])
    if kind == "root" and kids[0][0] == "num" and kids[0][1] > 0:
        return ("pow", kids[1], ("num", kids[0][2], kids[0][1]))
    if kind in ("add", "mul"):
        return _flat(kind, kids)
    if kind == "rel" and node[1] in (">", ">="):
        return ("rel", "<" if node[1] == ">" else "<=", kids[1], kids[0])
    if kind == "rel" and node[1] in ("=", "!="):
        return ("rel", node[1], *sorted(kids, key=repr))
    return rebuild(node, kids)


def _flat(kind: str, kids: list[Node]) -> Node:
    """A sum or product: nested ones opened, neutral elements dropped, numbers together, the rest in order."""
    flat = [part for kid in kids for part in (kid[1:] if kid[0] == kind else (kid,))]
    number = Fraction(0) if kind == "add" else Fraction(1)
    plain = [part for part in flat if part[0] == "num"]
    rest = sorted((part for part in flat if part[0] != "num"), key=repr)
    if len(plain) == 1 or all(part[1:] in ((1, 1), (-1, 1), (0, 1)) for part in plain):
        for part in plain:
            value = Fraction(part[1], part[2])
            number = number + value if kind == "add" else number * value
        if number != (0 if kind == "add" else 1) or not rest:
            rest = [("num", number.numerator, number.denominator), *rest]
    else:  # 100 + 55 is no 155 here: only the notation is looked through
        neutral = ("num", 0, 1) if kind == "add" else ("num", 1, 1)
        rest = sorted([part for part in plain if part != neutral], key=repr) + rest
    return rest[0] if len(rest) == 1 else (kind, *rest)


_RUN = re.compile(
    r"(?:[0-9+\-*/^=().,|<>!{}\s×·÷√]|\\[a-zA-Z]+|(?<![a-zA-Z])(?:[a-zA-Z]{1,2}|sqrt|sin|cos|tan|log|ln|pi)(?![a-zA-Z]))+"
)


_LONE_WORDS = re.compile(r"^(?:[a-zA-Z]{1,2}\s+)+|(?:\s+[a-zA-Z]{1,2})+$")


def _formulas(prompt: str) -> list[Node]:
    """The formulas of a prompt: between dollars, and runs of mathematics in its prose; with their sides and
    elements.
    """
    out: list[Node] = []
    spans = [next(g for g in match.groups() if g is not None) for match in _SPANS.finditer(prompt)][:_MAX_SPANS]
    runs = [_LONE_WORDS.sub("", match[0].strip()) for match in _RUN.finditer(_SPANS.sub(" \x00 ", prompt))]
    for text in (
        spans + [run for run in runs if 3 <= len(run) <= 200 and any(c in "+-*/^√=<>\\×·" for c in run)][:_MAX_SPANS]
    ):
        out += _pieces(text)
    return out


def asked_for(node: Node, prompt: str) -> bool:
    """Is this expression one that the prompt names, as what is to be found ("what is 2x+1?")?"""
    if not prompt or atomic(node):
        return False
    for count, match in enumerate(_SPANS.finditer(prompt[:_MAX_PROMPT])):
        if count >= _MAX_SPANS:
            break
        text = next(g for g in match.groups() if g is not None).strip().rstrip(".,;?")
        try:
            if read(text) == node:
                return True
        except Unreadable:
            continue
    return False


_LISTED = re.compile(r"(?:^|[\s(\\])(?:\\text(?:bf)?\{)?\(?([A-J])(?:\)|\.|:)\}?[ ~\\]*", re.M)


def options(prompt: str) -> tuple[str, dict[str, str]]:
    """The stem of a question and the options it lists, by letter: "(A) 3  (B) 42"; {} where they are not A, B,
    C, ...
    """
    text = prompt[-6_000:]
    marks = list(_LISTED.finditer(text))
    start = max((i for i, mark in enumerate(marks) if mark[1] == "A"), default=None)
    if start is None:
        return prompt, {}
    out: dict[str, str] = {}
    for i, mark in enumerate(marks[start:], start):
        if mark[1] != "ABCDEFGHIJ"[i - start]:
            return prompt, {}
        end = marks[i + 1].start() if i + 1 < len(marks) else len(text)
        value = text[mark.end() : end].strip().split("\n")[0]
        out[mark[1]] = value.rstrip(" .,;$\\").lstrip("$ ").removesuffix("\\qquad")
    return (text[: marks[start].start()], out) if len(out) > 1 else (prompt, {})


def _pieces(text: str) -> list[Node]:
    try:
        node = read(text.strip().rstrip(".,;?"))
    except Unreadable:
        return []
    out = [node]
    if node[0] in ("rel", "seq", "and", "or"):
        out += [part for child in children(node) for part in (child, *(children(child) if child[0] == "rel" else ()))]
    return out


def _as_string(shown: str, prompt: str) -> bool:
    needle = squashed(shown)
    while needle[:1] == "(" and needle[-1:] == ")" and ")" not in needle[1:-1]:
        needle = needle[1:-1]
    if len(needle) < 3 and "\x01" not in needle:
        return False
    hay = squashed(prompt)
    at = hay.find(needle)
    while at >= 0:
        before, after = hay[at - 1 : at], hay[at + len(needle) : at + len(needle) + 1]
        option = _OPTION.search(hay[max(0, at - 4) : at])
        if not option and not (before and (before.isalnum() or before in ")}]+-*/^_\\")):
            tail = hay[at + len(needle) : at + len(needle) + 2]
            closes = after in (".", ",") and not tail[1:].isdecimal()
            if not after or closes or not (after.isalnum() or after in "({[+-*/^_!\\."):
                return True
        at = hay.find(needle, at + 1)
    return False


def squashed(text: str) -> str:
    """Notation and blanks taken out; a word of prose becomes one mark."""
    text = _TEXT.sub(r" \1 ", text).replace("°", "^\\circ")
    text = _TIMES.sub("*", _DROP.sub("", text)).replace("\\div", "/").replace("−", "-")
    for _ in range(3):
        text = _OVER.sub(r"(\1)/(\2)", text)
    text = _WORD.sub("\x01", text)
    text = "".join(text.split())
    return _LONE.sub(r"\1", text)
