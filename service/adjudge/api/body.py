"""Read a request's body within bounds: in bytes, in time, and over all requests together."""

from __future__ import annotations

import asyncio
import zlib
from threading import Lock

from starlette.types import Message, Receive, Scope

from ..errors import BadRequest, Busy, RequestRefused, TooLarge

_STEP = 1 << 18
"""Bytes that decompression takes and makes in one call."""

Headers = dict[bytes, bytes]


class Disconnected(Exception):
    """The caller went away; nobody is left to answer."""


class UnsupportedMedia(RequestRefused):
    status = 415
    code = "unsupported_media_type"


class SlowBody(RequestRefused):
    status = 408
    code = "request_timeout"


class Bodies:
    """All bodies that are read or parsed at one time share `total_bytes`; who does not fit is told to come back."""

    def __init__(self, *, limit_bytes: int, total_bytes: int, pause_s: float) -> None:
        self.limit_bytes = limit_bytes
        self.total_bytes = max(total_bytes, limit_bytes)
        self.pause_s = pause_s
        self.held_bytes = 0
        self.lock = Lock()

    def hold(self) -> Held:
        """A request's share; its `release` gives it back, so call that when the body is no longer kept."""
        return Held(self)


class Held:
    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self.bytes = 0

    def take(self, size: int) -> None:
        with self._bodies.lock:  # decompression takes from a thread of its own
            if self._bodies.held_bytes + size > self._bodies.total_bytes:
                raise Busy("too many request bodies at once", retry_after_s=2.0)
            self.bytes += size
            self._bodies.held_bytes += size

    def release(self) -> None:
        with self._bodies.lock:
            self._bodies.held_bytes -= self.bytes
            self.bytes = 0

    async def read(self, headers: Headers, receive: Receive) -> bytes | bytearray:
        """The whole body, decompressed. Raises TooLarge (413), Busy (503), UnsupportedMedia (415), Disconnected."""
        limit = self._bodies.limit_bytes
        length = _length(headers)
        if length > limit:
            raise TooLarge(f"the body has {length} bytes; {limit} are allowed")
        encoding = _check_headers(headers)
        body = await self._read_raw(receive, limit)
        if encoding in (b"", b"identity"):
            return body
        return await asyncio.to_thread(self._decompress, body, limit)

    async def _read_raw(self, receive: Receive, limit: int) -> bytes | bytearray:
        message = await self._next(receive)
        body: bytes = message.get("body", b"")
        self.take(len(body))
        if len(body) > limit:
            raise TooLarge(f"the body is larger than the {limit} bytes that are allowed")
        if not message.get("more_body", False):
            return body
        whole = bytearray(body)
        while message.get("more_body", False):
            message = await self._next(receive)
            body = message.get("body", b"")
            if len(whole) + len(body) > limit:
                raise TooLarge(f"the body is larger than the {limit} bytes that are allowed")
            self.take(len(body))
            whole += body
        return whole

    async def _next(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self._bodies.pause_s):
                message = await receive()
        except TimeoutError:
            raise SlowBody(f"no byte of the body for {self._bodies.pause_s:g} s") from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message

    def _decompress(self, body: bytes | bytearray, limit: int) -> bytearray:
        """Gzip, in steps, so that neither a bomb nor the interpreter lock is felt."""
        inflate = zlib.decompressobj(wbits=31)
        whole = bytearray()
        try:
            for start in range(0, len(body), _STEP):
                rest = bytes(body[start : start + _STEP])
                while rest:
                    if inflate.eof:
                        raise BadRequest("the gzip body goes on after its end", code="malformed_gzip")
                    step = inflate.decompress(rest, _STEP)
                    if len(whole) + len(step) > limit:
                        raise TooLarge(f"the decompressed body is larger than the {limit} bytes that are allowed")
                    self.take(len(step))
                    whole += step
                    rest = inflate.unconsumed_tail or inflate.unused_data
        except zlib.error as error:
            raise BadRequest(f"the body is not valid gzip: {error}", code="malformed_gzip") from None
        if not inflate.eof:
            raise BadRequest("the gzip body is cut off", code="malformed_gzip")
        return whole


def headers_of(scope: Scope) -> Headers:
    """Names are lower case already (ASGI); of a header given twice the last counts."""
    return dict(scope["headers"])


def _length(headers: Headers) -> int:
    text = headers.get(b"content-length", b"")
    return int(text) if text.isdigit() and len(text) < 20 else 0


def _check_headers(headers: Headers) -> bytes:
    """The content encoding; raises UnsupportedMedia for a body that is not JSON or not gzip."""
    kind = headers.get(b"content-type", b"application/json")
    if kind != b"application/json":
        kind = kind.partition(b";")[0].strip().lower()
        if kind and kind != b"application/json" and not kind.endswith(b"+json"):
            raise UnsupportedMedia(f"send 'Content-Type: application/json', not {kind[:100].decode('latin-1')!r}")
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in (b"", b"identity", b"gzip"):
        given = encoding[:100].decode("latin-1")
        raise UnsupportedMedia(f"Content-Encoding may be gzip or identity, not {given!r}")
    return encoding
