"""Items that need the jail beside items that do not: lines, limits, and hosts without a jail."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from harness import item, request

WALL = {"text": 5.0, "math": 20.0, "program": 5.0, "network": 5.0}


def jailed(number, executions=1):
    """Right, after so many executions."""
    return item(f"jailed {executions} {number}", verifier="odd_jailed")


def slow(number):
    """A quarter of a second in the jail, or more."""
    return jailed(number, 25)


def quick(number):
    return item(str(number), str(number), verifier="odd")


async def run(engine, items, **fields):
    return await engine.run(engine.plan(request(items, explain=True, **fields)))


async def test_slow_decisions_do_not_hold_up_quick_answers(start):
    engine = await start(wall_s=WALL)
    await run(engine, [slow(0), slow(1)])  # both jails are up
    batch = asyncio.create_task(run(engine, [slow(number) for number in range(2, 8)]))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    response = await run(engine, [quick(number) for number in range(200)])
    assert response.rewards == [1.0] * 200 and not batch.done()
    assert time.monotonic() - started < 1.0
    assert (await batch).rewards == [1.0] * 6


async def test_a_line_before_one_jail_is_shared_with_a_worker_that_has_become_idle(start):
    engine = await start(wall_s=WALL)
    await run(engine, [jailed(0), jailed(1)])
    busy = asyncio.create_task(run(engine, [item("sleep 0.5")]))
    await asyncio.sleep(0.1)
    response = await run(engine, [jailed(number, 10) for number in range(2, 14)])
    assert response.rewards == [1.0] * 12
    assert engine.counters.handed_back > 0
    assert (await busy).rewards == [1.0]
    assert not engine.counters.worker_restarts


async def test_an_execution_over_the_items_limit_is_a_timeout_and_the_next_is_judged_right(start):
    engine = await start(workers=1, wall_s={**WALL, "math": 0.15})
    response = await run(engine, [slow(3), quick(4)])
    assert response.rewards == [0.0, 1.0]
    assert response.verdicts[0]["correct"].status == "timeout"
    assert (await run(engine, [jailed(3)])).rewards == [1.0]


async def test_without_a_jail_only_what_needs_one_is_null_and_says_why(start):
    engine = await start(jail="no-such-rung")
    response = await run(engine, [quick(4), jailed(3)])
    assert response.rewards == [1.0, None]
    verdict = response.verdicts[1]["correct"]
    assert verdict.status == "error" and "no-such-rung" in verdict.reason
    assert engine.jail is None and "no-such-rung" in engine.jail_fault


async def test_two_slow_items_use_two_workers(start):
    engine = await start(wall_s=WALL)
    await run(engine, [slow(0), slow(1)])
    batch = asyncio.create_task(run(engine, [jailed(2, 100), jailed(3, 100)]))
    async with asyncio.timeout(10):
        while sorted(worker.aboard.jailed for worker in engine._local._workers) != [1, 1]:
            assert not batch.done(), "one worker did both, and the other nothing"
            await asyncio.sleep(0.005)
    assert (await batch).rewards == [1.0, 1.0]


def kill_below(pid):
    """All that a worker has started, its jails."""
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            kill_below(child)
            os.kill(int(child), signal.SIGKILL)


async def test_a_worker_whose_jail_is_broken_gives_its_jobs_to_one_that_has_a_jail(start):
    engine = await start(wall_s=WALL)
    await run(engine, [slow(0), slow(1)])
    broken = engine._local.pids[0]
    stop = asyncio.Event()

    async def keep_killing():
        while not stop.is_set():
            kill_below(broken)
            await asyncio.sleep(0.005)

    killing = asyncio.create_task(keep_killing())
    await asyncio.sleep(0.1)
    response = await run(engine, [jailed(number, 3) for number in range(2, 42)])
    assert response.rewards == [1.0] * 40
    assert engine.jail is not None and engine.counters.handed_back > 0
    stop.set()
    await killing


async def test_where_every_jail_is_broken_what_needs_one_is_null_and_it_is_right_again_once_one_is_back(start):
    engine = await start(workers=1, wall_s=WALL)
    await run(engine, [jailed(0)])
    running = asyncio.create_task(run(engine, [jailed(1, 3)]))
    while not running.done():
        kill_below(engine._local.pids[0])
        await asyncio.sleep(0.005)
    assert (await running).rewards == [None] and engine.jail is None and engine.jail_fault is not None
    assert (await run(engine, [jailed(2)])).rewards == [1.0]
    assert engine.jail is not None and engine.jail_fault is None


async def test_the_rung_is_known_once_a_jail_is_up(start):
    engine = await start(wall_s=WALL)
    await run(engine, [jailed(5)])
    assert engine.jail is not None and engine.jail_fault is None
