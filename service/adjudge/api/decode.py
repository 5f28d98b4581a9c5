"""From a body's bytes to a request (of scores, of votes): numbers exact, texts clean, faults named by item and field.

Small bodies take the short way (one `json.loads`); large ones are cut first (see cut.py) and read item by item, large
or deep items token by token (see walk.py). All ways accept and refuse the same bodies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from adjudge_client.types import MAX_ITEMS, Item, Message, ScoreRequest, VoteItem, VoteRequest

from ..errors import BadRequest
from .cut import MAX_DEPTH, Body, Piece, cut, malformed
from .explain import explain
from .scalars import TooDeep, clean, may_hold_surrogates, parse, text_of
from .walk import walk

SHORT_BYTES = 16_000
LARGE_ITEM = 250_000
"""Bytes of an item that one call of the parser may take."""
_AROUND_AN_ITEM = 2
"""The request and its array."""
_AT_ONCE = 400
"""Texts, values and brackets that are decoded and planned in a millisecond (measured: 1 to 2 µs each)."""
_BESIDE_TEXTS = 8_000
"""Bytes outside of texts: long numbers cost by the digit."""
_MESSAGES = 500

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class _Kind(Generic[R]):
    """A request that has items: its type, theirs, and an item that stands in for all while the rest is read."""

    request: type[R]
    item: type[BaseModel]
    stand_in: BaseModel


_SCORE = _Kind(ScoreRequest, Item, Item(prompt="", trace="", ground_truth=""))
_VOTE = _Kind(VoteRequest, VoteItem, VoteItem(answers=[""]))

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def is_small(body: Body) -> bool:
    """Whether decoding and planning `body` stays under a millisecond, so that it may run on the event loop."""
    if len(body) > 8 * SHORT_BYTES:
        return False
    if _marks(body) <= _AT_ONCE and sum(map(len, body.split(b'"')[::2])) <= _BESIDE_TEXTS:
        return True
    if len(body) > SHORT_BYTES:
        return False
    rest = _STRING.sub(b'""', body)  # brackets, commas and escaped quotes within texts cost nothing
    return _marks(rest) <= _AT_ONCE and len(rest) <= _BESIDE_TEXTS


def _marks(body: Body) -> int:
    return body.count(b'"') // 2 + body.count(b",") + body.count(b"[") + body.count(b"{")


def decode_score(body: Body, *, at_once: bool | None = None) -> ScoreRequest:
    """Raises BadRequest (422) with index and field. `at_once` forces one of the two ways."""
    return _decode(body, _SCORE, at_once)


def decode_vote(body: Body, *, at_once: bool | None = None) -> VoteRequest:
    """As `decode_score`."""
    return _decode(body, _VOTE, at_once)


def _decode(body: Body, kind: _Kind[R], at_once: bool | None) -> R:
    if body.startswith(_BYTE_ORDER_MARK):
        body = body[3:]
    if is_small(body) if at_once is None else at_once:
        try:
            data = parse(text_of(body))
        except TooDeep:
            return _decode_large(body, kind)
        if _deeper(data, MAX_DEPTH + _AROUND_AN_ITEM):
            return _decode_large(body, kind)
        return _validate(_object(clean(data) if may_hold_surrogates(body) else data), kind)
    return _decode_large(body, kind)


def decode_item(line: bytes, passed_over: set[str] | None = None) -> Item:
    """One item from one line of a file. Raises BadRequest with the field.

    Names that an item does not have are refused, or, where a set is given, passed over and put into it.
    """
    line = line.removeprefix(_BYTE_ORDER_MARK).strip()
    try:
        data = parse(text_of(line), one_line=True)
    except TooDeep:
        data = walk(line, 0, len(line))
    if _deeper(data, MAX_DEPTH):
        data = walk(line, 0, len(line))
    if not isinstance(data, dict):
        raise malformed('an item is a JSON object like {"prompt": …, "trace": …, "ground_truth": …}')
    if may_hold_surrogates(line):
        data = clean(data)
    if passed_over is not None:
        passed_over.update(data.keys() - Item.model_fields.keys())
        data = {name: value for name, value in data.items() if name in Item.model_fields}
    try:
        return Item.model_validate(data)
    except ValidationError as error:
        raise explain(error, prefix=("items", 0)) from None


def _decode_large(body: Body, kind: _Kind[R]) -> R:
    parts = cut(body, max_items=MAX_ITEMS)
    data = _object(parse(text_of(parts.skeleton)))
    if _deeper(data, MAX_DEPTH + _AROUND_AN_ITEM):
        raise malformed(f"nested deeper than {MAX_DEPTH} levels")
    data = clean(data)
    if parts.items:
        head = _validate({**data, "items": [kind.stand_in]}, kind)  # its faults are told before any item is read
        items = [_item(body, piece, index, kind) for index, piece in enumerate(parts.items)]
        return head.model_copy(update={"items": items})
    return _validate(data, kind)


def _item(body: Body, piece: Piece, index: int, kind: _Kind[Any]) -> BaseModel:
    try:
        if piece.end - piece.start > LARGE_ITEM or piece.depth > MAX_DEPTH:
            data = _messages_first(walk(body, piece.start, piece.end))
        else:
            raw = body[piece.start : piece.end]
            data = parse(text_of(raw))
            if may_hold_surrogates(raw):
                data = clean(data)
    except BadRequest as error:
        error.index = index
        raise
    try:
        return kind.item.model_validate(data)
    except ValidationError as error:
        raise explain(error, prefix=("items", index), vote=kind.request is VoteRequest) from None


def _messages_first(data: Any) -> Any:
    """Validate long conversations message by message, for one call over all of them holds the interpreter lock."""
    if isinstance(data, dict):
        for name in ("prompt", "trace"):
            messages = data.get(name)
            if isinstance(messages, list) and len(messages) > _MESSAGES:
                try:
                    data[name] = [Message.model_validate(each) for each in messages]
                except ValidationError:
                    pass  # the item's own validation finds it again, and names the place
    return data


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise malformed('the body must be a JSON object like {"items": [...]}')
    return data


def _validate(data: dict[str, Any], kind: _Kind[R]) -> R:
    try:
        return kind.request.model_validate(data)
    except ValidationError as error:
        raise explain(error, vote=kind.request is VoteRequest) from None


def _deeper(data: Any, levels: int) -> bool:
    """Whether lists and objects stand within each other more than `levels` deep."""
    level = [data] if isinstance(data, (dict, list)) else []
    for _ in range(levels):
        if not level:
            return False
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, (dict, list))
        ]
    return bool(level)
