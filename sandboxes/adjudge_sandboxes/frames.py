"""Frames: a 4-byte big-endian length, then that many bytes. The length is checked before anything is read.

The length's top bit marks a note: text for a person about how an execution ended, never a reply.
"""

from __future__ import annotations

import os
import struct

NOTE = 0x80000000
MAX_NOTE = 2_000
HELLO = b"\0\0\0\0"
"""The first thing an execution sends: an empty frame, by whose credentials the trusted side learns its process."""


class FrameError(Exception):
    """The other side broke the protocol."""


def send(fd: int, payload: bytes, mark: int = 0) -> None:
    _write(fd, struct.pack(">I", len(payload) | mark) + payload)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def receive(fd: int, most: int) -> bytes | None:
    """The next frame of at most `most` bytes; None at the end of the stream. Raises FrameError."""
    head = _read(fd, 4)
    if head is None:
        return None
    size = struct.unpack(">I", head)[0]
    if size > most:
        raise FrameError(f"a frame of {size} bytes is over the limit of {most}")
    body = _read(fd, size)
    if body is None:
        raise FrameError("the stream ended inside a frame")
    return body


def _read(fd: int, size: int) -> bytes | None:
    parts = []
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
