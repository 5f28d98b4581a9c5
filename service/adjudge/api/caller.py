"""Work is done only while somebody waits for it: what a caller who hung up had queued is withdrawn.

Callers that give up and come again would otherwise pay for every try, and a busy server would only get busier.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.types import Receive

from .body import Disconnected

LOOK_AFTER_S = 0.5
"""Most requests are answered before anybody looks whether their caller is still there."""


class while_wanted:
    """Cancels the block when the caller goes away, and raises Disconnected. The body must have been read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False
        self._looking: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task: asyncio.Task[object] = task
        self._timer = asyncio.get_running_loop().call_later(LOOK_AFTER_S, self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()
        if self._gone and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise Disconnected from None

    def _look(self) -> None:
        self._looking = asyncio.get_running_loop().create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._task.cancel()
