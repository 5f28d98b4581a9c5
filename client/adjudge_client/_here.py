"""What an `AsyncClient` has in one event loop: sockets and futures belong to the loop they were made in.

Trainers run loop after loop (`asyncio.run` once a step), and some run several in threads. Whatever a client has in a
loop is closed when that loop ends, so that no socket is left behind and nothing warns.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from ._coalesce import Coalescer
from ._pool import AsyncPool


@dataclass(eq=False)
class Here:
    """One loop's."""

    pool: AsyncPool
    coalescer: Coalescer
    pid: int
    end: AsyncGenerator[None, None] | None = None


class Loops:
    """A client's, by loop. `make` makes the pool and the coalescer of the loop that runs."""

    def __init__(self, make: Callable[[], tuple[AsyncPool, Coalescer]]) -> None:
        self._make = make
        self._by_loop: dict[asyncio.AbstractEventLoop, Here] = {}
        self._inherited: list[Here] = []

    def here(self) -> Here:
        loop = asyncio.get_running_loop()
        found = self._by_loop.get(loop)
        if found is not None and found.pid == os.getpid():
            return found
        if found is not None:  # a forked child must neither use nor close its parent's sockets
            self._inherited.append(found)
        for each in [each for each in self._by_loop if each.is_closed()]:
            del self._by_loop[each]
        made = self._by_loop[loop] = Here(*self._make(), os.getpid())
        made.end = self._until_the_end(loop, made)
        try:
            made.end.__anext__().send(None)
        except StopIteration:  # it stands at its yield
            pass
        return made

    async def close(self) -> None:
        """Close what belongs to the loop that runs."""
        found = self._by_loop.get(asyncio.get_running_loop())
        if found is not None and found.pid == os.getpid() and found.end is not None:
            await found.end.aclose()

    async def _until_the_end(self, loop: asyncio.AbstractEventLoop, here: Here) -> AsyncGenerator[None, None]:
        """`asyncio.run` closes the asynchronous generators that are open when its loop ends (PEP 525): that is the last
        moment at which sockets can be closed in order, and this generator is how we learn of it."""
        try:
            yield
        finally:
            if self._by_loop.get(loop) is here:
                del self._by_loop[loop]
            here.coalescer.close()
            await here.pool.close()
