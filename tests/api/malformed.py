"""Thousands of malformed requests, made from valid ones by a fixed seed."""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from raw_http import post

Path = tuple[str | int, ...]
AT = "\u0001here\u0001"
"""Stands in a request where raw JSON is put."""

VALUES: list[Any] = [None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [None], {"a": 1}, ["x", 1], "\ufffd" * 9]
RAW = [
    "NaN", "-Infinity", "Infinity", "nul", "'x'", "01", "+1", "1.", ".5", "0x10", "1e400", "-1e-400", "1e99999999999",
    "9" * 5_000, "1." + "3" * 5_000, '"\\ud800"', '"\\udc00\\ud800"', '"\\x"', '"\\u12"', '"\x01"', '"open', '"a" "b"',
    "[" * 250 + "]" * 250, '{"a":' * 250 + "1" + "}" * 250, "[" * 5_000 + "]" * 5_000, "[" * 3_000, "]", "}", ",", "",
    '{"a":1,"a":2}', '{"a":1,}', "[1,]", "[,1]", "{1:2}", "/*c*/1", "\ufeff1",
]  # fmt: skip
BYTES = [b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80", b"\x00", b"\xe2\x82", b"\x80", b"\xef\xbb\xbf"]


@dataclass(frozen=True)
class Case:
    """`at`: where in the request it was spoilt, if that is one place."""

    kind: str
    request: bytes
    at: Path | None = None


def cases(valid: dict[str, list[Any]], count: int, seed: int) -> list[Case]:
    """`count` requests over all routes: those that can be enumerated, thinned out evenly, and as many by chance."""
    dice = random.Random(seed)
    listed = [case for route, requests in valid.items() for case in _listed(route, requests)]
    dice.shuffle(listed)
    listed = listed[: count * 3 // 5]
    by_chance = _by_chance(valid, dice)
    return listed + list(itertools.islice(by_chance, count - len(listed)))


def _listed(route: str, requests: list[Any]) -> Iterator[Case]:
    for request in requests:
        for path in paths(request):
            for value in VALUES:
                yield Case("wrong value", _post(route, put(request, path, value)), path)
            for raw in RAW:
                yield Case("raw", post(route, _spliced(request, path, raw)), path)
            if path:
                yield Case("left out", _post(route, left_out(request, path)))
            if isinstance(at(request, path), dict):
                yield Case("unknown field", _post(route, put(request, (*path, "unknwon"), 1)), (*path, "unknwon"))
                inner = json.dumps(at(request, path))
                for name in list(at(request, path))[:3]:
                    twice = f"{inner[:-1]},{json.dumps(name)}:1}}"
                    yield Case("given twice", post(route, _spliced(request, path, twice)), path)
        body = json.dumps(request).encode()
        yield from _odd(route, body)


def _odd(route: str, body: bytes) -> Iterator[Case]:
    squeezed = gzip.compress(body)
    for text in (
        b"",
        b" ",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"{}",
        b'{"items":1}',
        b"{} {}",
        b"\xef\xbb\xbf",
        body + b"x",
    ):
        yield Case("no request", post(route, text))
    for encoding, text in {
        "gzip": body, "deflate": zlib.compress(body), "br": body, "zstd": body, "gzip, gzip": gzip.compress(squeezed),
        "x" * 500: body, "GZIP": squeezed[:-1], "gzip ": squeezed[:40] + b"\0\0\0" + squeezed[43:],
    }.items():  # fmt: skip
        yield Case("wrong encoding", post(route, text, content_encoding=encoding))
    yield Case("wrong encoding", post(route, squeezed + b"garbage" * 2, content_encoding="gzip"))
    yield Case("wrong encoding", post(route, squeezed))
    for kind in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "/",
        "x" * 900,
    ):
        yield Case("wrong type", post(route, body, content_type=kind))
    for length in ("-1", "abc", "1e3", "99999999999", "9" * 30, "0x10", "1, 2"):
        yield Case("wrong length", post(route, body, content_length=length))
    chunked = {"content_length": "", "transfer_encoding": "chunked"}
    for text in (b"zz\r\nx\r\n0\r\n\r\n", b"-1\r\n\r\n", b"5\r\nabc", b"ffffffffffffffffff\r\nx", b"0\r\n\r\n"):
        yield Case("wrong chunks", post(route, text, **chunked))


def _by_chance(valid: dict[str, list[Any]], dice: random.Random) -> Iterator[Case]:
    bodies = [(route, json.dumps(request).encode()) for route, requests in valid.items() for request in requests]
    while True:
        route, body = dice.choice(bodies)
        place = dice.randrange(len(body))
        kind = dice.randrange(5)
        if kind == 0:
            yield Case("cut off", post(route, body[:place]))
        elif kind == 1:
            yield Case("wrong bytes", post(route, body[:place] + dice.choice(BYTES) + body[place:]))
        elif kind == 2:
            flipped = bytearray(body)
            for _ in range(dice.randint(1, 8)):
                flipped[dice.randrange(len(body))] = dice.randrange(256)
            yield Case("wrong bytes", post(route, bytes(flipped)))
        elif kind == 3:
            end = min(len(body), place + dice.randint(1, 30))
            yield Case("pieces", post(route, body[:place] + body[end:]))
        else:
            other = dice.choice(bodies)[1]
            yield Case("pieces", post(route, body[:place] + other[dice.randrange(len(other)) :]))


def bombs(route: str, body: bytes, over: int) -> Iterator[Case]:
    """Bodies that grow beyond `over` bytes when they are unpacked."""
    for filling in (b" ", b"["):
        yield Case("bomb", post(route, gzip.compress(body[:1] + filling * over + body[1:], 1), content_encoding="gzip"))


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place in a request; of a long list the first two and the last."""
    yield here
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*here, name))
    elif isinstance(value, list):
        for index in sorted({0, 1, len(value) - 1} & set(range(len(value)))):
            yield from paths(value[index], (*here, index))


def at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy with `new` at this place."""
    if not path:
        return new
    whole = copy.deepcopy(value)
    at(whole, path[:-1])[path[-1]] = new
    return whole


def left_out(value: Any, path: Path) -> Any:
    whole = copy.deepcopy(value)
    del at(whole, path[:-1])[path[-1]]
    return whole


def _spliced(request: Any, path: Path, raw: str) -> bytes:
    return json.dumps(put(request, path, AT)).replace(json.dumps(AT), raw).encode("utf-8", "surrogatepass")


def _post(route: str, request: Any) -> bytes:
    return post(route, json.dumps(request).encode())
