"""From a body's bytes to a `ScoreRequest`: numbers exact, texts clean, every fault named by item and field.

Small bodies take the short way (one `json.loads`); large ones are cut first (see cut.py) and parsed item by item.
Both ways accept and refuse the same bodies.
"""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from adjudge_client.types import MAX_ITEMS, Item, ScoreRequest

from ..errors import BadRequest, TooLarge
from .cut import MAX_DEPTH, Body, Piece, cut, malformed
from .explain import explain

SHORT_BYTES = 16_000
MAX_ITEM_STRUCTURE = 8_000_000
"""Bytes of one item beside its long strings: what one parser call may take."""
_MAX_DIGITS = 4300
_MAX_EXPONENT = 5000

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING_PART = re.compile(
    rb'(?:[^"\\]{1,2048}+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u]){1,512}+'
)


def is_small(body: Body) -> bool:
    """Whether decoding and planning `body` stays well under a millisecond, so that it may run on the event loop."""
    return len(body) <= SHORT_BYTES or (len(body) <= 8 * SHORT_BYTES and body.count(b'"') <= 400)


def decode_score(body: Body, *, at_once: bool | None = None) -> ScoreRequest:
    """Raises BadRequest (422) with index and field, TooLarge (413). `at_once` forces one of the two ways."""
    if body.startswith(_BYTE_ORDER_MARK):
        body = body[3:]
    if is_small(body) if at_once is None else at_once:
        data = _object(_parse(_text(body)))
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
            _check_depth(data)
        return _validate(_clean(data) if _may_hold_surrogates(body) else data)
    return _decode_large(body)


def decode_item(line: bytes, passed_over: set[str] | None = None) -> Item:
    """One item from one line of a file. Raises BadRequest with the field.

    Names that an item does not have are refused, or, where a set is given, passed over and put into it.
    """
    data = _parse(_text(line.removeprefix(_BYTE_ORDER_MARK)).strip(), one_line=True)
    if not isinstance(data, dict):
        raise malformed('an item is a JSON object like {"prompt": …, "trace": …, "ground_truth": …}')
    _check_depth(data)
    if _may_hold_surrogates(line):
        data = _clean(data)
    if passed_over is not None:
        passed_over.update(data.keys() - Item.model_fields.keys())
        data = {name: value for name, value in data.items() if name in Item.model_fields}
    try:
        return Item.model_validate(data)
    except ValidationError as error:
        raise explain(error, prefix=("items", 0)) from None


def _decode_large(body: Body) -> ScoreRequest:
    parts = cut(body, max_items=MAX_ITEMS)
    data = _object(_parse(_text(parts.skeleton)))
    _check_depth(data)
    data = _clean(data)
    if parts.items:
        head = _validate({**data, "items": [_STAND_IN]})  # a fault of the head is told before any item is read
        items = [_item(body, piece, index) for index, piece in enumerate(parts.items)]
        return head.model_copy(update={"items": items})
    return _validate(data)


_STAND_IN = Item(prompt="", trace="", ground_truth="")


def _item(body: Body, piece: Piece, index: int) -> Item:
    try:
        short, texts = _apart(body, piece)
        data = _parse(_text(short))
        if _may_hold_surrogates(short):
            data = _clean(data)
    except BadRequest as error:
        error.index = index
        raise
    try:
        return Item.model_validate(_replace(data, texts) if texts else data)
    except ValidationError as error:
        raise explain(error, prefix=("items", index)) from None


def _apart(body: Body, piece: Piece) -> tuple[Body, dict[str, str]]:
    """An item's bytes with stand-ins for its long strings, and those strings, decoded, by stand-in."""
    first, last = piece.span
    texts: dict[str, str] = {}
    parts: list[Body] = []
    mark = secrets.token_hex(16) if piece.long_strings else ""
    for number, (start, end) in enumerate(piece.long_strings):
        name = f"{mark}{number}"
        texts[name] = _long_string(body, start + 1, end - 1)
        parts += [body[first:start], b'"', name.encode(), b'"']
        first = end
    parts.append(body[first:last])
    if sum(map(len, parts)) > MAX_ITEM_STRUCTURE:
        raise TooLarge(f"one item may take {MAX_ITEM_STRUCTURE} bytes beside its texts", field="items")
    return b"".join(parts) if texts else parts[0], texts


def _long_string(body: Body, start: int, end: int) -> str:
    """Decode the inside of a JSON string piece by piece; no piece ends within a character or an escape."""
    parts: list[str] = []
    while start < end:
        found = _STRING_PART.match(body, start, end)
        if found is None:
            raise malformed(f"a broken escape in a string (byte {start})")
        stop = found.end()
        while stop < end and body[stop] & 0xC0 == 0x80:
            stop += 1
        raw = body[start:stop]
        text = _parse('"' + _text(raw) + '"')
        parts.append(_SURROGATE.sub("\ufffd", text) if _may_hold_surrogates(raw) else text)
        start = stop
    return "".join(parts)


def _parse(text: str, *, one_line: bool = False) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        line = "" if one_line else f"line {error.lineno}, "
        raise malformed(f"not valid JSON: {error.msg} ({line}column {error.colno})") from None
    except RecursionError:
        raise malformed(f"nested deeper than {MAX_DEPTH} levels") from None


def _text(body: Body) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        try:  # a lone surrogate written as three bytes is a content error: it becomes U+FFFD
            return _SURROGATE.sub("\ufffd", body.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise BadRequest(f"the body is not valid UTF-8 (byte {error.start})", code="malformed_utf8") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field given twice means two things; which one judged would be anybody's guess."""
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise malformed(f"{json.dumps(twice[:100])} is given twice in one object")
    return result


def _decimal(text: str) -> Decimal | str:
    """Exact; a number too large to be one stays the text that was written, which no verifier takes for a number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if abs(number.adjusted()) <= _MAX_EXPONENT else text


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_DIGITS else text


def _refuse_constant(name: str) -> None:
    raise malformed(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_refuse_constant, object_pairs_hook=_unique
)


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise malformed('the body must be a JSON object like {"items": [...]}')
    return data


def _validate(data: dict[str, Any]) -> ScoreRequest:
    try:
        return ScoreRequest.model_validate(data)
    except ValidationError as error:
        raise explain(error) from None


def _may_hold_surrogates(raw: Body) -> bool:
    return b"\\u" in raw and _ESCAPED_SURROGATE.search(raw) is not None


def _clean(value: Any) -> Any:
    """Lone surrogates become U+FFFD, in texts and names (contract §1). Depth is bounded by the parser."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return value


def _replace(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list):
        return [_replace(each, texts) for each in value]
    if isinstance(value, dict):
        return {_replace(name, texts): _replace(each, texts) for name, each in value.items()}
    return value


def _check_depth(data: Any) -> None:
    """The short way's bound on nesting; the items of a large body were bounded while cutting."""
    level = [data]
    for _ in range(MAX_DEPTH + 3):  # the request and its array stand around an item
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise malformed(f"nested deeper than {MAX_DEPTH} levels")
