""" "Box the question" must not pay: does an answer only repeat an expression of the prompt? (contract §2)"""

from __future__ import annotations

import re

from .lex import Unreadable
from .parse import read
from .tree import Node, children

_SPANS = re.compile(r"\$\$([^$]{1,400})\$\$|\$([^$]{1,400})\$|\\\((.{1,400}?)\\\)|\\\[(.{1,400}?)\\\]", re.S)
_MAX_PROMPT = 100_000
_MAX_SPANS = 40
_DROP = re.compile(r"\\(?:left|right|displaystyle|,|;|:|!|quad|qquad|big|Big|bigg|Bigg)(?![a-zA-Z])|[$]|\\[()\[\]]")
_WORD = re.compile(r"(?<![\\a-zA-Z])(?!(?:sin|cos|tan|log|ln|sqrt|pi)\b)[A-Za-z]{2,}(?![a-zA-Z])")
_TIMES = re.compile(r"\\cdot(?![a-zA-Z])|\\times(?![a-zA-Z])|[×·⋅∗]")
_OVER = re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_LONE = re.compile(r"[({](\w)[)}]")
_OPTION = re.compile(r"\(?\b[A-J][).:]\s*$")


def atomic(node: Node) -> bool:
    """A number, a fraction of integers, a percent, a symbol, a surd of an integer, a text."""
    kind = node[0]
    if kind in ("num", "dec", "sym", "const", "text", "mixed", "base", "colon", "clock", "named"):
        return True
    if kind in ("neg", "percent", "deg", "unit", "money"):
        return atomic(node[-1])
    if kind == "div":
        return all(_integer(child) for child in children(node))
    if kind == "root":
        return all(child[0] == "num" for child in children(node))
    return False


def _integer(node: Node) -> bool:
    return node[0] == "num" or (node[0] == "neg" and node[1][0] == "num")


def stands_in_prompt(answer: Node, shown: str, prompt: str) -> bool:
    """Does the answer stand in the prompt as it is: as a formula, as a side of one, or between words?"""
    if not prompt or atomic(answer):
        return False
    prompt = prompt[:_MAX_PROMPT]
    for count, match in enumerate(_SPANS.finditer(prompt)):
        if count >= _MAX_SPANS:
            break
        if _OPTION.search(prompt[max(0, match.start() - 12) : match.start()].rstrip("$ ")):
            continue
        if answer in _pieces(next(g for g in match.groups() if g is not None)):
            return True
    return _as_string(shown, prompt)


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


def options(prompt: str) -> dict[str, str]:
    """The options that a prompt lists, by letter: "(A) 3  (B) 42"; {} where they are not A, B, C, ... in order."""
    marks = list(_LISTED.finditer(prompt[-6_000:]))
    text = prompt[-6_000:]
    start = max((i for i, mark in enumerate(marks) if mark[1] == "A"), default=None)
    if start is None:
        return {}
    out: dict[str, str] = {}
    for i, mark in enumerate(marks[start:], start):
        if mark[1] != "ABCDEFGHIJ"[i - start]:
            return {}
        end = marks[i + 1].start() if i + 1 < len(marks) else len(text)
        out[mark[1]] = (
            text[mark.end() : end].strip().split("\n")[0].rstrip(" .,;$\\").lstrip("$ ").removesuffix("\\qquad")
        )
    return out if len(out) > 1 else {}


def _pieces(text: str) -> list[Node]:
    try:
        node = read(text.strip().rstrip(".,;?"))
    except Unreadable:
        return []
    out = [node]
    if node[0] in ("rel", "seq", "and", "or"):
        out += children(node)
    return out


def _as_string(shown: str, prompt: str) -> bool:
    needle = squashed(shown)
    while needle[:1] == "(" and needle[-1:] == ")" and ")" not in needle[1:-1]:
        needle = needle[1:-1]
    if len(needle) < 3:
        return False
    hay = squashed(prompt)
    at = hay.find(needle)
    while at >= 0:
        before, after = hay[at - 1 : at], hay[at + len(needle) : at + len(needle) + 1]
        option = _OPTION.search(hay[max(0, at - 4) : at])
        if not option and not (before and (before.isalnum() or before in ")}]+-*/^_\\")):
            tail = hay[at + len(needle) : at + len(needle) + 2]
            closes = after in (".", ",") and not tail[1:].isdigit()
            if not after or closes or not (after.isalnum() or after in "({[+-*/^_!\\."):
                return True
        at = hay.find(needle, at + 1)
    return False


def squashed(text: str) -> str:
    """Notation and blanks taken out; a word of prose becomes one mark."""
    text = _TIMES.sub("*", _DROP.sub("", text)).replace("\\div", "/").replace("−", "-")
    for _ in range(3):
        text = _OVER.sub(r"(\1)/(\2)", text)
    text = _WORD.sub("\x01", text)
    text = "".join(text.split())
    return _LONE.sub(r"\1", text)
