"""The trusted end of one execution's socket: frames in and out, bounded, and the kernel's word on who is there."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable

from adjudge_sandboxes.frames import MAX_NOTE, NOTE

_CHUNK = 1 << 18
_WAITING = 64
"""Frames that may lie unread before the socket is left to fill up: a flood of tiny ones costs the sender only."""
_CREDENTIALS = struct.Struct("3i")
CREDENTIALS_SPACE = socket.CMSG_SPACE(_CREDENTIALS.size)


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends, ours first. Ours learns who writes, and has to say so before the other end can be used."""
    ours, theirs = socket.socketpair()
    if hasattr(socket, "SO_PASSCRED"):
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


def writer(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    """The process number of who wrote a message, by the kernel's word; None if it does not say."""
    for level, kind, raw in ancillary:
        if level == socket.SOL_SOCKET and kind == getattr(socket, "SCM_CREDENTIALS", -1):
            pid: int = _CREDENTIALS.unpack(raw[: _CREDENTIALS.size])[0]
            return pid or None
    return None


class Channel:
    """Reads what the execution sends as it comes. `spoiled` is called once if it breaks the rules or its limit."""

    def __init__(self, sock: socket.socket, output_bytes: int, spoiled: Callable[[str], None]):
        self._sock = sock
        self._left = output_bytes
        self._most = output_bytes
        self._spoiled = spoiled
        self._data = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._sender: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self.frames: deque[bytes] = deque()
        self.note = ""
        self.pid: int | None = None
        self.hello_at: float | None = None
        """When the execution stood behind its walls, ready for its item (monotonic)."""
        self.closed = False
        self._paused = False
        sock.setblocking(False)
        self._loop.add_reader(sock, self._readable)

    def _readable(self) -> bool:
        """Take in what has come; False if nothing has, or nothing more will."""
        try:
            data = self._receive()
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.stop()
            return False
        self._left -= len(data)
        self._data += data
        self._parse()
        if len(self.frames) == _WAITING and not self.closed:
            self._loop.remove_reader(self._sock)
            self._paused = True
        if self._left < -8:  # the hello and one header are ours
            self._spoil("it sent more than its output limit")
        _wake(self._waiter)
        return not self.closed

    def _receive(self) -> bytes:
        if self.hello_at is not None:
            return self._sock.recv(_CHUNK)
        data, ancillary, _, _ = self._sock.recvmsg(4, CREDENTIALS_SPACE)
        self.pid = self.pid or writer(ancillary)
        return data

    def _parse(self) -> None:
        while len(self._data) >= 4 and len(self.frames) < _WAITING:
            size = int.from_bytes(self._data[:4], "big")
            note, size = size & NOTE, size & ~NOTE
            if size > (MAX_NOTE if note else self._most):
                self._spoil("it announced a frame over its output limit")
                return
            if len(self._data) < 4 + size:
                return
            frame = bytes(self._data[4 : 4 + size])
            del self._data[: 4 + size]
            if note:
                self.note = frame.decode("utf-8", "replace")
            elif self.hello_at is None:
                self.hello_at = time.monotonic()
            else:
                self.frames.append(frame)

    def _spoil(self, why: str) -> None:
        self.stop()
        self._spoiled(why)

    async def send(self, payload: bytes) -> None:
        """Send one frame; silently nothing if the execution has ended, for its end is told elsewhere."""
        view = memoryview(struct.pack(">I", len(payload)) + payload)
        while view and not self.closed:
            try:
                view = view[self._sock.send(view) :]
            except BlockingIOError:
                await self._writable()
            except OSError:
                return

    async def _writable(self) -> None:
        self._sender = self._loop.create_future()
        self._loop.add_writer(self._sock, _wake, self._sender)
        try:
            await self._sender
        finally:
            if not self.closed:
                self._loop.remove_writer(self._sock)

    async def recv(self) -> bytes | None:
        """The next frame, or None at the end of the stream."""
        while not self.frames and not self.closed:
            self._waiter = self._loop.create_future()
            await self._waiter
        if not self.frames:
            return None
        frame = self.frames.popleft()
        if self._paused:
            self._parse()
            if len(self.frames) < _WAITING and not self.closed:
                self._paused = False
                self._loop.add_reader(self._sock, self._readable)
        return frame

    def drain(self) -> None:
        """Read what is still in the socket, once the execution is dead."""
        while not (self.closed or self._paused) and self._readable():
            pass

    def stop(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        _wake(self._sender)
        self._sock.close()
        _wake(self._waiter)


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
