"""Starts a pool with an execution that sleeps, says which processes there are, and waits to be killed."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from adjudge.jail import JailPool, Limits
from adjudge.jail.watch import tree


async def main(rung: str) -> None:
    pool = JailPool(["bare"], rung)
    await pool.start()
    async with pool.open("probe.talk", Limits(cpu_s=30, wall_s=60)) as talk:
        await talk.send(b"x")
        assert await talk.recv(10) == b"X"
        print(json.dumps([pid for pid in tree(os.getpid()) if pid != os.getpid()]), flush=True)
        await asyncio.sleep(60)


asyncio.run(main(sys.argv[1]))
