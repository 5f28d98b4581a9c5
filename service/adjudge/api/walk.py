"""Read one JSON value token by token: for what is too long or too deep for one call of the C parser.

It is slower, but it gives the interpreter lock back at every token, and it has no limit on nesting: what stands
deeper than MAX_DEPTH is read like all else (it must be JSON) and becomes null. Neither `meta` nor `tool_calls` changes
a verdict, and a ground truth that deep is refused by the planner as its item's own fault.
"""

from __future__ import annotations

import re
from typing import Any

from .cut import MAX_DEPTH, Body, malformed, string_end
from .scalars import number, parse, string, text_of, twice

_SPACE = re.compile(rb"[ \t\r\n]{0,65536}+")
_SHORT = re.compile(rb'"([^"\\\x00-\x1f]{0,2000}+)"')
_DIGITS = re.compile(rb"[-+.0-9eE]{1,65536}+")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?")
_RUN = re.compile(rb"(?:-?[0-9]{1,30}+(?:\.[0-9]{1,30}+)?+(?:[eE][-+]?[0-9]{1,4}+)?+, ?){2,4096}+")
"""Plain numbers of a list, each with its comma: the parser reads them faster."""
_CONSTANTS = {0x74: (b"true", True), 0x66: (b"false", False), 0x6E: (b"null", None)}


def walk(body: Body, start: int, end: int) -> Any:
    """The one value that stands between two places of the body. Raises BadRequest (422)."""
    root: list[Any] = []
    stack: list[list[Any] | dict[str, Any]] = [root]
    name = ""
    pos = _value_start(body, start, end)
    while True:
        here = stack[-1]
        if here and isinstance(here, list) and (run := _RUN.match(body, pos, end)) is not None:
            here += parse(f"[{run[0].rstrip(b', ').decode()}]")
            pos = _value_start(body, run.end(), end)
        kind = body[pos]
        opens = kind == 0x5B or kind == 0x7B
        value: Any
        if kind == 0x22:
            value, pos = _string(body, pos, end)
        elif opens:
            value, pos = [] if kind == 0x5B else {}, pos + 1
        elif kind in _CONSTANTS:
            text, value = _CONSTANTS[kind]
            if body[pos : pos + len(text)] != text:
                raise _unexpected(body, pos)
            pos += len(text)
        else:
            value, pos = _number(body, pos, end)
        kept = None if opens and len(stack) > MAX_DEPTH else value
        if isinstance(here, list):
            here.append(kept)
        elif name in here:
            raise twice(name)
        else:
            here[name] = kept
        closes = 0x5D if kind == 0x5B else 0x7D
        if opens:
            stack.append(value)
            pos = _skip(body, pos, end)
            if pos >= end or body[pos] != closes:
                if kind == 0x7B:
                    name, pos = _name(body, pos, end)
                pos = _value_start(body, pos, end)
                continue
        pos = _skip(body, pos, end)
        while len(stack) > 1 and pos < end and body[pos] == (0x5D if isinstance(stack[-1], list) else 0x7D):
            stack.pop()
            pos = _skip(body, pos + 1, end)
        if len(stack) == 1:
            if pos < end:
                raise _unexpected(body, pos)
            return root[0]
        if pos >= end or body[pos] != 0x2C:
            raise _unexpected(body, pos)
        pos += 1
        if isinstance(stack[-1], dict):
            name, pos = _name(body, pos, end)
        pos = _value_start(body, pos, end)


def _skip(body: Body, pos: int, end: int) -> int:
    """The place after white space."""
    while True:
        start, pos = pos, _SPACE.match(body, pos, end).end()  # type: ignore[union-attr]  # it matches nothing, too
        if pos - start < 65536:
            return pos


def _value_start(body: Body, pos: int, end: int) -> int:
    pos = _skip(body, pos, end)
    if pos >= end:
        raise _unexpected(body, pos)
    return pos


def _name(body: Body, pos: int, end: int) -> tuple[str, int]:
    """A name with its colon, and the place after it."""
    pos = _value_start(body, pos, end)
    if body[pos] != 0x22:
        raise _unexpected(body, pos)
    name, pos = _string(body, pos, end)
    pos = _value_start(body, pos, end)
    if body[pos] != 0x3A:
        raise _unexpected(body, pos)
    return name, pos + 1


def _string(body: Body, pos: int, end: int) -> tuple[str, int]:
    short = _SHORT.match(body, pos, end)
    if short is not None:
        return text_of(short[1]), short.end()
    stop = string_end(body, pos)
    if stop > end:
        raise _unexpected(body, pos)
    return string(body, pos + 1, stop - 1), stop


def _number(body: Body, pos: int, end: int) -> tuple[Any, int]:
    """However long: the grammar is checked on a short form in which every full piece of digits alone is one digit."""
    parts: list[bytes] = []
    while (found := _DIGITS.match(body, pos, end)) is not None:
        parts.append(found[0])
        pos = found.end()
    inner = [b"1" if part.isdigit() else part for part in parts[1:]]
    if not parts or _NUMBER.fullmatch(b"".join([parts[0], *inner])) is None:
        raise _unexpected(body, pos)
    return number(b"".join(parts).decode()), pos


def _unexpected(body: Body, pos: int) -> Exception:
    if pos >= len(body):
        return malformed("not valid JSON: it ends too early")
    return malformed(f"not valid JSON: {chr(body[pos]) if body[pos] < 0x80 else 'a character'!r} at byte {pos}")
