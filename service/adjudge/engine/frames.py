"""Frames between the engine and its workers: four bytes of length, then the body.

Both ends are ours. Jobs go out as pickles, because numbers must stay exact (golds may be Decimals, integers of any
size); what comes back, from the process that has read what models wrote, is JSON.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator

HEAD = struct.Struct("!I")


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that are complete now."""
        self._buffer += data
        start, end = 0, len(self._buffer)
        while end - start >= HEAD.size:
            (size,) = HEAD.unpack_from(self._buffer, start)
            if end - start - HEAD.size < size:
                break
            start += HEAD.size
            yield bytes(self._buffer[start : start + size])
            start += size
        if start:
            del self._buffer[:start]


def send(transport: asyncio.WriteTransport, body: bytes) -> None:
    """One frame."""
    transport.write(HEAD.pack(len(body)) + body)
