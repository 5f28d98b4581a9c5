from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from harness import settings

from adjudge.engine import Engine


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Any]]:
    """Starts engines with real worker processes and stops them at the end of the test."""
    engines: list[Engine] = []

    async def starter(**changes: Any) -> Engine:
        engine = Engine(settings(**changes))
        engines.append(engine)
        await engine.start()
        assert await engine.wait_ready(20)
        return engine

    yield starter
    for engine in engines:
        await engine.stop(drain=False)
