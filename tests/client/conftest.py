from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scripted import Answer, Scripted

from adjudge_client import AsyncClient, Client, LocalServer, local


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    servers: list[Scripted] = []

    def start(*script: Answer) -> Scripted:
        servers.append(Scripted(list(script)))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def service() -> Iterator[LocalServer]:
    """The real one. It closes idle sockets after 1 s, which the client would keep for 30 s."""
    with local(workers=1, keep_alive_s=1) as started:
        yield started


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adjudge_client._retry._FIRST_PAUSE_S", 0.01)


class InStep:
    """An AsyncClient that is called like a Client."""

    def __init__(self, url: str, *args: Any, **options: Any) -> None:
        self.inner = AsyncClient(url, *args, **options)
        self.loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def call(*args: Any, **fields: Any) -> Any:
            return self.loop.run_until_complete(method(*args, **fields))

        return call

    def stream(self, *args: Any, **fields: Any) -> Any:
        found = self.inner.stream(*args, **fields)

        async def rows() -> list[Any]:
            return [row async for row in found]

        found.rows = self.loop.run_until_complete(rows())  # type: ignore[attr-defined]
        return found

    def close(self) -> None:
        self.loop.run_until_complete(self.inner.close())
        self.loop.close()


class Plain(Client):
    def stream(self, *args: Any, **fields: Any) -> Any:
        found = super().stream(*args, **fields)
        found.rows = list(found)  # type: ignore[attr-defined]
        return found


@pytest.fixture(params=[Plain, InStep], ids=["Client", "AsyncClient"])
def connect(request: pytest.FixtureRequest) -> Any:
    made: list[Any] = []

    def make(server: Scripted | str, *args: Any, **options: Any) -> Any:
        url = server if isinstance(server, str) else server.url
        made.append(request.param(url, *args, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
