"""Numbers and names of the LaTeX grammar: tokens to the leaves of a tree."""

from __future__ import annotations

import re
from typing import Any

from latex2sympy2_extended.symbols import GREEK_LETTER_MAP

Tree = list[Any]
MAX_DIGITS = 2_000
MAX_NAME = 64
_TEXT_ACCENTS = {"text", "textit", "textbf", "textnormal", "mbox"}


class Unreadable(ValueError):
    """Not read; the message says in a few words what stood in the way."""


def number(text: str) -> Tree:
    """`12` -> num, `1.5` or `2E3` -> dec, a leading minus -> neg."""
    if text.startswith("-"):
        return ["neg", number(text[1:])]
    mantissa, _, exponent = text.replace("e", "E").partition("E")
    whole, point, part = mantissa.partition(".")
    if len(whole) + len(part) > MAX_DIGITS or len(exponent) > 5:
        raise Unreadable("a number of too many digits")
    if not (whole + part).isascii() or not (whole + part).isdigit():
        raise Unreadable("a number in unusual digits")
    if not point and not exponent:
        return ["num", int(whole), 1]
    return ["dec", int(whole + part), int(exponent or 0) - len(part)]


def symbol(name: str) -> Tree:
    """A variable, or the constant that the name stands for."""
    if name in ("i", "e", "pi"):
        return ["const", name]
    if not 0 < len(name) <= MAX_NAME:
        raise Unreadable("a name of too many characters")
    return ["sym", name]


def letter_of(token: Any) -> str:
    text = token.getText().strip()
    return GREEK_LETTER_MAP.get(text.replace('"', ""), text.lstrip("\\"))


def _accent(text: str) -> Tree:
    command, _, inner = text[1:-1].partition("{")
    command, inner = command.strip(), inner.strip()
    if command in _TEXT_ACCENTS or command.startswith("math"):
        if len(inner) == 1 and inner.isalpha():
            return symbol(inner)
        words = " ".join(inner.split())
        if not words or len(words) > 2_000:
            raise Unreadable("an empty or endless text")
        return ["text", words]
    if not re.fullmatch(r"[A-Za-z0-9\\ ]{1,40}", inner):
        raise Unreadable("an accent over more than a name")
    return ["sym", f"{command} {inner.replace(' ', '')}"]


def name_of(ctx: Any) -> Tree:
    """The symbol of an atom_expr, with its subscript, without its power."""
    if ctx.ACCENT():
        base = _accent(ctx.ACCENT().getText())
    else:
        token = ctx.LETTER_NO_E() or ctx.GREEK_CMD() or ctx.OTHER_SYMBOL_CMD()
        letter = letter_of(token)
        if letter == "varnothing":
            return ["named", "empty"]
        base = symbol("i" if letter == "imath" else letter)
    if ctx.subexpr():
        below = ctx.subexpr().getText()[1:].strip("{}")
        if not re.fullmatch(r"[A-Za-z0-9\\,+\-]{1,30}", below) or base[0] not in ("sym", "const"):
            raise Unreadable("a subscript that is more than a name")
        return ["sym", f"{base[1]}_{below}"]
    return base
