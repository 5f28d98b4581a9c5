"""Items that need the jail beside items that do not: lines, limits, and hosts without a jail."""

from __future__ import annotations

import asyncio
import time

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


async def test_the_rung_is_known_once_a_jail_is_up(start):
    engine = await start(wall_s=WALL)
    await run(engine, [jailed(5)])
    assert engine.jail is not None and engine.jail_fault is None
