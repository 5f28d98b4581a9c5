"""HTTP as bytes on a socket: for requests that no library would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection was closed without one."""

    status: int
    body: bytes = b""

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["error"]
        return error


def post(path: str, body: bytes, **headers: str) -> bytes:
    given = {"content-type": "application/json", "content-length": str(len(body))}
    given |= {name.replace("_", "-"): text for name, text in headers.items()}
    head = "".join(f"{name}: {text}\r\n" for name, text in given.items() if text)
    return f"POST {path} HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode() + body


async def send_all(port: int, requests: Sequence[bytes], connections: int = 8) -> list[Answer]:
    """Every request over one of so many connections, which are opened anew where the server has closed them."""
    answers: list[Answer] = [Answer(0)] * len(requests)
    todo = iter(range(len(requests)))

    async def work() -> None:
        connection = Connection(port)
        for index in todo:
            answers[index] = await connection.ask(requests[index])
        await connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return answers


class Connection:
    def __init__(self, port: int, patience_s: float = 30.0) -> None:
        self._port = port
        self._patience_s = patience_s
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes, *, end: bool = False) -> Answer:
        """`end`: nothing more is sent, whatever the request has announced."""
        async with asyncio.timeout(self._patience_s):
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            try:
                writer.write(request)
                if end:
                    writer.write_eof()
                await writer.drain()
            except ConnectionError:
                pass  # it may have answered before it closed
            try:
                answer, again = await _read(reader)
            except (ConnectionError, asyncio.IncompleteReadError):
                answer, again = Answer(0), False
        if not again or end:
            await self.close()
        return answer

    async def close(self) -> None:
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass


async def _read(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    """One answer, and whether the connection can be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = head.split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    again = "close" not in fields.get("connection", "")
    if "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
    elif fields.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body, again = await reader.read(), False
    return Answer(int(lines[0].split()[1]), body), again


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body
