"""Cut a score request's body into its items without parsing it.

One `json.loads` of 128 MB holds the interpreter lock for a second, and `/healthz` with it. So the body is cut first,
by a scanner that only knows strings and brackets and gives the lock back at every token; each item is then parsed
alone. Cutting proves nothing about validity: every piece, and the skeleton that is left, goes through a real parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..errors import BadRequest

MAX_DEPTH = 200
"""Nesting kept inside an item: deep enough for any test's arguments, far below Python's recursion limit."""
WINDOW = 1_000_000
"""Longest stretch, in bytes, looked at in one call."""
MAX_SKELETON = 4_000_000
"""Bytes allowed for everything beside the items (reward, require, provenance)."""

_TOP = re.compile(rb'["\[\]{}:,]')
_ELEMENT = re.compile(rb'["\[\]{},]')
_NESTED = re.compile(rb'"[^"\\]{0,2000}+"|["\[\]{}]')
_INSIDE = re.compile(rb'(?:[^"\\]{1,4096}+|\\.){1,256}+', re.DOTALL)
_SOLID = re.compile(rb"[^ \t\r\n]")

Body = bytes | bytearray
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of `items`: where it stands in the body, and how deep its brackets go."""

    start: int
    end: int
    depth: int


@dataclass(slots=True)
class Cut:
    """`skeleton` is the request with `items` emptied; `items` is None where the body has no such array."""

    skeleton: bytes = b""
    items: list[Piece] | None = None
    _array: Span | None = field(default=None, repr=False)


def malformed(message: str, *, index: int | None = None) -> BadRequest:
    return BadRequest(message, index=index, code="malformed_json")


def cut(body: Body, *, max_items: int) -> Cut:
    """Cut `body`. Raises BadRequest (422) where brackets or strings do not close, or over a bound."""
    result = Cut()
    start = _find(_SOLID, body, 0, "nothing in the body").start()
    if body[start] != 0x7B:
        raise malformed('the body must be a JSON object like {"items": [...]}')
    pos, key, expects_key = start + 1, b"", True
    while True:
        token = _find(_TOP, body, pos, "the body ends before its object closes")
        kind, here = body[token.start()], token.start()
        pos = here + 1
        if kind == 0x22:
            pos = string_end(body, here)
            if expects_key:
                key, expects_key = bytes(body[here:pos][:64]), False
        elif kind == 0x2C:
            expects_key = True
        elif kind == 0x5B and key == b'"items"':
            if result._array is not None:
                raise malformed('"items" is given twice')
            result.items, pos = _elements(body, pos, max_items)
            result._array = (here, pos)
        elif kind in b"[{":
            pos, _ = _container_end(body, here)
        elif kind == 0x7D:
            break
        elif kind == 0x5D:
            raise malformed(f"a ']' closes nothing (byte {here})")
    first, last = result._array or (len(body), len(body))
    if len(body) - (last - first) > MAX_SKELETON:
        raise BadRequest(f"everything beside the items may take {MAX_SKELETON} bytes")
    result.skeleton = bytes(body[:first]) + (b"[]" if result.items is not None else b"") + bytes(body[last:])
    return result


def _elements(body: Body, pos: int, max_items: int) -> tuple[list[Piece], int]:
    """The elements of the array whose bracket opened just before `pos`, and the place after its end."""
    pieces: list[Piece] = []
    start, deepest = pos, 0
    while True:
        token = _find(_ELEMENT, body, pos, 'the "items" array never closes', index=len(pieces))
        kind, here = body[token.start()], token.start()
        pos = here + 1
        if kind == 0x22:
            pos = string_end(body, here, index=len(pieces))
        elif kind in b"[{":
            pos, depth = _container_end(body, here, index=len(pieces))
            deepest = max(deepest, depth)
        elif kind == 0x7D:
            raise malformed(f"a '}}' closes nothing (byte {here})", index=len(pieces))
        else:
            last = kind == 0x5D
            if last and not pieces and not body[start:here].strip():
                return [], pos
            pieces.append(Piece(start, here, deepest))
            if len(pieces) > max_items:
                raise BadRequest(f"at most {max_items} items in one request", field="items", code="too_many_items")
            if last:
                return pieces, pos
            start, deepest = pos, 0


def _container_end(body: Body, pos: int, *, index: int | None = None) -> tuple[int, int]:
    """The place after the bracket that closes the one at `pos`, and how deep the brackets go."""
    depth = deepest = 0
    while True:
        token = _find(_NESTED, body, pos, "a bracket or brace never closes", index=index)
        here, pos = token.span()
        kind = body[here]
        if kind == 0x22:
            if pos - here == 1:
                pos = string_end(body, here, index=index)
        elif kind in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
            if depth == 0:
                return pos, deepest


def string_end(body: Body, start: int, *, index: int | None = None) -> int:
    """The place after the quote that closes the string opened at `start`."""
    pos = scanned = start + 1  # pos is never within an escape
    while True:
        quote = body.find(b'"', scanned, scanned + WINDOW)
        if quote < 0:
            scanned += WINDOW
            if scanned < len(body):
                continue
            raise malformed(f"the string opened at byte {start} never closes", index=index)
        first = quote
        while first > pos and body[first - 1] == 0x5C:  # a quote after an odd number of backslashes is escaped
            first -= 1
        if (quote - first) % 2 == 0:
            return quote + 1
        inside = _INSIDE.match(body, pos)
        pos = scanned = inside.end() if inside is not None else quote + 1


def _find(
    pattern: re.Pattern[bytes], body: Body, pos: int, otherwise: str, *, index: int | None = None
) -> re.Match[bytes]:
    while (found := pattern.search(body, pos, pos + WINDOW)) is None:
        pos += WINDOW  # within a long list of numbers, or white space
        if pos >= len(body):
            raise malformed(otherwise, index=index)
    return found
