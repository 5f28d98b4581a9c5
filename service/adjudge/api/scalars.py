"""JSON's texts and numbers, exactly; and the C parser that reads them, with its faults in our words."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from ..errors import BadRequest
from .cut import MAX_DEPTH, Body, malformed

_INTEGER_DIGITS = 4300
"""Python reads no longer int from its digits; longer ones are Decimals, just as exact."""
_MAX_DIGITS = 100_000
_MAX_EXPONENT = 1900
"""Powers of ten. The maths verifier reads numbers of up to 2,000 digits, written out."""
_BEYOND = Decimal("Infinity")
"""Stands for a number beyond these bounds. As ground truth it makes its item `bad_task`; no field takes it."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING_PART = re.compile(
    rb'(?:[^"\\]{1,2048}+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u]){1,512}+'
)


class TooDeep(BadRequest):
    """Nested deeper than one call of the parser can go."""


def parse(text: str, *, one_line: bool = False) -> Any:
    """One JSON value. Raises BadRequest (422), TooDeep."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        line = "" if one_line else f"line {error.lineno}, "
        raise malformed(f"not valid JSON: {error.msg} ({line}column {error.colno})") from None
    except RecursionError:
        raise TooDeep(f"nested deeper than {MAX_DEPTH} levels", code="malformed_json") from None


def text_of(body: Body) -> str:
    """UTF-8. A lone surrogate written as three bytes is a content error: it becomes U+FFFD."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        try:
            return _SURROGATE.sub("\ufffd", body.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise BadRequest(f"the body is not valid UTF-8 (byte {error.start})", code="malformed_utf8") from None


def string(body: Body, start: int, end: int) -> str:
    """The text between two quotes, decoded piece by piece; no piece ends within a character or an escape."""
    parts: list[str] = []
    while start < end:
        found = _STRING_PART.match(body, start, end)
        if found is None:
            raise malformed(f"a broken escape in a string (byte {start})")
        stop = found.end()
        while stop < end and body[stop] & 0xC0 == 0x80:
            stop += 1
        raw = body[start:stop]
        text = parse('"' + text_of(raw) + '"')
        parts.append(_SURROGATE.sub("\ufffd", text) if may_hold_surrogates(raw) else text)
        start = stop
    return "".join(parts)


def number(text: str) -> int | Decimal:
    return decimal(text) if "." in text or "e" in text or "E" in text else integer(text)


def decimal(text: str) -> Decimal:
    try:
        value = Decimal(text) if len(text) <= _MAX_DIGITS else _BEYOND
    except InvalidOperation:
        return _BEYOND
    return value if abs(value.adjusted()) <= _MAX_EXPONENT else _BEYOND


def integer(text: str) -> int | Decimal:
    if len(text) <= _INTEGER_DIGITS:
        return int(text)
    return Decimal(text) if len(text) <= _MAX_DIGITS else _BEYOND


def may_hold_surrogates(raw: Body) -> bool:
    return b"\\u" in raw and _ESCAPED_SURROGATE.search(raw) is not None


def clean(value: Any) -> Any:
    """Lone surrogates become U+FFFD, in texts and names (contract §1). For data no deeper than MAX_DEPTH."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [clean(each) for each in value]
    if isinstance(value, dict):
        return {clean(name): clean(each) for name, each in value.items()}
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field given twice means two things; which one judged would be anybody's guess."""
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        raise twice(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]
    return result


def twice(name: str) -> BadRequest:
    return malformed(f"{json.dumps(name[:100])} is given twice in one object")


def _refuse_constant(name: str) -> None:
    raise malformed(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(
    parse_float=decimal, parse_int=integer, parse_constant=_refuse_constant, object_pairs_hook=_unique
)
