from __future__ import annotations

import asyncio
import time

from harness import item, request

WALL = {"text": 2.0, "math": 2.0, "program": 2.0, "network": 2.0}


async def run(engine, items, **fields):
    return await engine.run(engine.plan(request(items, explain=True, **fields)))


def only(response, index=0):
    return response.verdicts[index]["correct"]


async def test_what_cannot_start_in_time_expires(start):
    engine = await start(workers=1, wall_s=WALL)
    busy = asyncio.create_task(run(engine, [item("sleep 1.2")]))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    response = await run(engine, [item("right")], deadline_s=1.0)
    assert time.monotonic() - started < 0.8
    assert response.rewards == [None] and only(response).status == "expired" and response.errors == 1
    await busy


async def test_what_has_started_ends_by_its_own_lowered_clock(start):
    engine = await start(wall_s=WALL)
    response = await run(engine, [item("sleep 1.9")], deadline_s=0.6)
    assert only(response).status == "timeout" and response.rewards == [0.0]


async def test_the_lowered_limit_is_part_of_the_identity(start, tmp_path):
    engine = await start(wall_s=WALL)
    log = tmp_path / "log"
    for deadline in (None, 100.0, 2.0, 2.0):
        await run(engine, [item(f"count {log}")], **({} if deadline is None else {"deadline_s": deadline}))
    assert log.read_text() == ".."  # 100 s lowers nothing, 2 s lowers the limit to 1 s


async def test_a_request_without_deadline_does_not_expire_with_one_that_has(start):
    engine = await start(workers=1, wall_s={**WALL, "text": 1.5})
    busy = asyncio.create_task(run(engine, [item("sleep 1.3")]))
    await asyncio.sleep(0.1)
    hasty = asyncio.create_task(run(engine, [item("right")], deadline_s=2.0))
    patient = asyncio.create_task(run(engine, [item("right")], deadline_s=2000.0))
    assert only(await hasty).status == "expired" or only(await hasty).score == 1.0
    assert (await patient).rewards == [1.0]
    await busy


async def test_an_item_that_waits_too_long_is_null_and_says_so(start):
    engine = await start(workers=1, wall_s=WALL, max_wait_s=0.4)
    busy = asyncio.create_task(run(engine, [item("sleep 1")]))
    await asyncio.sleep(0.1)
    response = await run(engine, [item("right")])
    assert only(response).status == "error" and "waited too long" in only(response).reason
    assert (await busy).rewards == [1.0]


async def test_waiting_does_not_count_against_an_items_own_clock(start):
    engine = await start(workers=1, wall_s={**WALL, "text": 0.5})
    response = await run(engine, [item("sleep 0.3", options={"factor": i}) for i in range(5)])
    assert response.rewards == [1.0] * 5
    assert not engine.counters.worker_restarts


async def test_a_batch_that_takes_longer_than_anyone_may_wait_does_not_null_its_own_tail(start):
    engine = await start(workers=1, wall_s=WALL, max_wait_s=0.5)
    response = await run(engine, [item("sleep 0.1", options={"factor": i}) for i in range(15)])
    assert response.rewards == [1.0] * 15


async def test_a_timeout_says_how_long_it_took_and_that_it_was_the_limit(start):
    engine = await start(wall_s={**WALL, "text": 0.4, "math": 0.3})
    response = await run(engine, [item("spin"), item("sleep 5", verifier="odd_async")])
    for index, limit_ms in enumerate((400, 300)):
        verdict = only(response, index)
        assert (verdict.status, verdict.stage) == ("timeout", "limit")
        assert limit_ms * 0.9 <= verdict.elapsed_ms < 3_000
