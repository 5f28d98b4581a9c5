"""A real server on a real socket, shared by the tests of the API; a fresh one for those that end or bound it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adjudge_client import LocalServer, local

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def start_server() -> Iterator[Callable[..., LocalServer]]:
    """Starts servers whose workers know the verifiers of `slow_verifiers.py`; stops them at the end."""
    servers: list[LocalServer] = []
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), before]))

    def start(**settings: Any) -> LocalServer:
        server = local(verifier_modules="slow_verifiers", **{"workers": 1, **settings})
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="session")
def server(start_server: Callable[..., LocalServer]) -> LocalServer:
    return start_server(body_mb=128, log_requests=False)


@pytest.fixture
def http(server: LocalServer) -> Iterator[httpx.Client]:
    """Bare HTTP, without what the client does for its users."""
    with httpx.Client(base_url=server.url, timeout=60.0, trust_env=False) as client:
        yield client


@pytest.fixture
def item() -> Callable[..., dict[str, Any]]:
    def make(trace: str = "B", gold: Any = "B", **fields: Any) -> dict[str, Any]:
        return {"prompt": "A or B?", "trace": trace, "ground_truth": gold, "verifier": "exact", **fields}

    return make
