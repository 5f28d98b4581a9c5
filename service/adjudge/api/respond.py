"""Responses as bytes: small ones at once, large ones in slices, so that no call holds the interpreter lock for long."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.types import Send

from adjudge_client.types import ScoreResponse

from ..engine import Head, Row, Tail
from ..errors import Busy, RequestRefused
from .explain import refusal

JSON = b"application/json"
NDJSON = b"application/x-ndjson"
_SLICE = 500
_SURROGATE = re.compile("[\ud800-\udfff]")
_NULLABLE = frozenset({"score", "reward", "id", "mean", "std", "winner", "share"})
"""Fields that say null; all others are left out where there is nothing to say (the contract's `?`)."""


def dumps(value: Any) -> bytes:
    """JSON of plain values and wire models. Text that is not Unicode becomes U+FFFD, never an error."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:  # orjson refuses lone surrogates; verdicts may quote what a model wrote
        return orjson.dumps(_clean(value))


def small_json(response: ScoreResponse) -> bytes:
    """The same as `score_json` in one piece."""
    page: dict[str, Any] = {"rewards": response.rewards, "terms": response.terms, "vectors": response.vectors}
    if response.verdicts is not None:
        page["verdicts"] = response.verdicts
    page["groups"] = response.groups
    return dumps({**page, "errors": response.errors, "elapsed_ms": response.elapsed_ms, "engine": response.engine})


def score_json(response: ScoreResponse) -> Iterator[bytes]:
    """The response in pieces of at most a few hundred items, in the contract's order of fields."""
    yield b'{"rewards":' + dumps(response.rewards)
    yield b',"terms":' + dumps(response.terms) + b',"vectors":'
    yield from _array(response.vectors)
    if response.verdicts is not None:
        yield b',"verdicts":'
        yield from _array(response.verdicts)
    yield b',"groups":{'
    groups = list(response.groups.items())
    for start in range(0, len(groups), _SLICE):
        inner = dumps(dict(groups[start : start + _SLICE]))[1:-1]
        yield inner if start == 0 else b"," + inner
    rest = {"errors": response.errors, "elapsed_ms": response.elapsed_ms, "engine": response.engine}
    yield b"}," + dumps(rest)[1:]


def ndjson(news: Head | list[Row] | Tail) -> bytes:
    """One or more lines of a stream."""
    if isinstance(news, Head):
        return dumps({"terms": news.terms, "engine": news.engine}) + b"\n"
    if isinstance(news, Tail):
        return dumps({"errors": news.errors, "groups": news.groups, "elapsed_ms": news.elapsed_ms}) + b"\n"
    return b"".join(dumps(_row(row)) + b"\n" for row in news)


def _row(row: Row) -> dict[str, Any]:
    line = {"index": row.index, "id": row.id, "reward": row.reward, "vector": row.vector}
    return line if row.verdicts is None else {**line, "verdicts": row.verdicts}


def _array(values: list[Any]) -> Iterator[bytes]:
    yield b"["
    for start in range(0, len(values), _SLICE):
        inner = dumps(values[start : start + _SLICE])[1:-1]
        yield inner if start == 0 else b"," + inner
    yield b"]"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: each for name, each in value.__dict__.items() if each is not None or name in _NULLABLE}
    raise TypeError(f"{type(value).__name__} is not JSON")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, BaseModel):
        return _clean(_plain(value))
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(each) for each in value]
    return value


def error_bytes(error: RequestRefused) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Status, body and extra headers of a refusal."""
    extra = {"index": error.index, "field": error.field}
    headers = []
    if isinstance(error, Busy):
        headers.append((b"retry-after", str(max(1, math.ceil(error.retry_after_s))).encode()))
    return error.status, dumps(refusal(error.code, error.message, **extra)), headers


async def send_bytes(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None, *, kind: bytes = JSON
) -> None:
    head = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
