"""A scripted server: it misbehaves on order, which a healthy service cannot."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

Answer = Callable[[socket.socket, bytes], bool]
"""Answers one request on a connection; whether the connection stays open."""


class Scripted:
    """Plays `script` a request at a time, the last entry for ever; remembers what it was sent."""

    def __init__(self, script: list[Answer], address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self._script = script
        self._listener = socket.create_server(address)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.bodies: list[bytes] = []
        self.heads: list[str] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            rest = b""
            while True:
                while b"\r\n\r\n" not in rest:
                    data = connection.recv(65536)
                    if not data:
                        return
                    rest += data
                head, _, rest = rest.partition(b"\r\n\r\n")
                length = _length(head)
                while len(rest) < length:
                    rest += connection.recv(65536)
                body, rest = rest[:length], rest[length:]
                turn = min(len(self.bodies), len(self._script) - 1)
                self.bodies.append(body)
                self.heads.append(head.decode("latin-1"))
                if not self._script[turn](connection, body):
                    return


def _length(head: bytes) -> int:
    lines = (line.lower().split(b":") for line in head.split(b"\r\n"))
    return next((int(line[1]) for line in lines if line[0] == b"content-length"), 0)


def reply(status: int, page: Any = None, *, kind: str = "application/json", **headers: str) -> Answer:
    def answer(connection: socket.socket, body: bytes) -> bool:
        content = page if isinstance(page, bytes) else json.dumps(page).encode()
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        return True

    return answer


def drop(connection: socket.socket, body: bytes) -> bool:
    """Take the request and hang up."""
    return False


def cut_off(page: bytes) -> Answer:
    """Promise more than is sent, and hang up."""

    def answer(connection: socket.socket, body: bytes) -> bool:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: {len(page) + 99}\r\n\r\n"
        connection.sendall(head.encode() + page)
        return False

    return answer


ENGINE = {"adjudge": "0.1.0", "revisions": {"exact": 1}, "fingerprint": {"text": "f"}, "spec_sha256": "s"}


def score(*rewards: float | None) -> dict[str, Any]:
    return {
        "rewards": list(rewards),
        "terms": ["correct"],
        "vectors": [[reward] for reward in rewards],
        "groups": {},
        "errors": rewards.count(None),
        "elapsed_ms": 1.0,
        "engine": ENGINE,
    }


def head(**engine: Any) -> bytes:
    return json.dumps({"terms": ["correct"], "engine": {**ENGINE, **engine}}).encode() + b"\n"


def row(index: int, reward: float | None = 1.0) -> bytes:
    return json.dumps({"index": index, "id": None, "reward": reward, "vector": [reward]}).encode() + b"\n"


TAIL = json.dumps({"errors": 0, "groups": {}, "elapsed_ms": 2.0}).encode() + b"\n"
NDJSON = "application/x-ndjson"


def items_of(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body)["items"]
    return found


def echo(connection: socket.socket, body: bytes) -> bool:
    """A stream that pays each item its ground truth."""
    lines = [row(index, float(item["ground_truth"])) for index, item in enumerate(items_of(body))]
    return reply(200, head() + b"".join(lines) + TAIL, kind=NDJSON)(connection, body)
