"""Verifiers that hang, die and devour, in real worker processes."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from harness import item, request, settings


async def run(engine, items, **fields):
    return await engine.run(engine.plan(request(items, explain=True, **fields)))


def only(response, index=0):
    return response.verdicts[index]["correct"]


@pytest.mark.parametrize("trace", ["spin", "regex"])
async def test_a_verifier_stuck_in_python_or_in_c_times_out_and_costs_nobody_else_anything(start, trace):
    engine = await start()
    stuck = asyncio.create_task(run(engine, [item(trace), item("right"), item("wrong")]))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    assert (await run(engine, [item("right", options={"factor": 2})])).rewards == [1.0]
    assert time.monotonic() - started < 0.5
    response = await stuck
    assert response.rewards == [0.0, 1.0, 0.0]
    assert only(response).status == "timeout"
    assert engine.counters.worker_restarts["stuck"] == 2  # once in company, once alone


async def test_a_timeout_is_not_remembered_beyond_its_batch(start):
    engine = await start()
    first, second = await asyncio.gather(run(engine, [item("spin")]), run(engine, [item("spin")]))
    assert only(first).status == only(second).status == "timeout"
    assert engine.counters.worker_restarts["stuck"] == 4 and len(engine.cache) == 0


async def test_an_item_that_takes_long_without_the_thread_times_out_too(start):
    engine = await start(wall_s={"text": 1.0, "math": 0.3, "program": 1.0, "network": 1.0})
    response = await run(engine, [item("sleep 5", verifier="odd_async"), item("sleep 0.1", verifier="odd_async")])
    assert [only(response, 0).status, only(response, 1).status] == ["timeout", "ok"]
    assert not engine.counters.worker_restarts


async def test_a_verifier_that_kills_its_process_is_tried_three_times(start):
    engine = await start()
    response = await run(engine, [item("exit"), item("right"), item("wrong")])
    assert response.rewards == [0.0, 1.0, 0.0]
    assert only(response).status == "crash" and "exit code 3" in only(response).reason
    assert engine.counters.worker_restarts["died"] == 3


async def test_a_death_that_does_not_come_again_costs_nothing(start, tmp_path):
    engine = await start()
    response = await run(engine, [item(f"once {tmp_path / 'died'}"), item("right")])
    assert response.rewards == [1.0, 1.0]


async def test_a_verifier_that_eats_memory_is_stopped(start):
    wall = {"text": 8.0, "math": 1.0, "program": 1.0, "network": 1.0}
    engine = await start(worker_memory_mb=300, wall_s=wall)
    response = await run(engine, [item("eat"), item("right")])
    assert response.rewards == [0.0, 1.0] and only(response).status == "memory"
    assert engine.counters.worker_restarts["memory"] == 2


async def test_workers_killed_from_outside_cost_nothing(start):
    engine = await start()
    running = asyncio.create_task(run(engine, [item("sleep 0.1", options={"factor": i}) for i in range(10)]))
    await asyncio.sleep(0.15)
    for pid in engine._local.pids:
        os.kill(pid, signal.SIGKILL)
    assert (await running).rewards == [1.0] * 10


async def test_a_stopped_worker_is_replaced(start, monkeypatch):
    monkeypatch.setattr("adjudge.engine.executors.local.HUNG_S", 1.0)
    engine = await start(workers=1)
    os.kill(engine._local.pids[0], signal.SIGSTOP)
    await asyncio.sleep(0.1)
    response = await asyncio.wait_for(run(engine, [item("right")]), 10)
    assert response.rewards == [1.0] and engine.counters.worker_restarts["hung"] == 1


async def test_where_no_worker_can_start_items_are_null_and_say_why(tmp_path, monkeypatch):
    from adjudge.engine import Engine, EngineSettings

    module = tmp_path / "breaks_in_workers.py"
    module.write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    engine = Engine(EngineSettings(workers=1, verifier_modules=("breaks_in_workers",)))
    module.write_text("raise ImportError('not here')")
    await engine.start()
    try:
        response = await asyncio.wait_for(run(engine, [item("4", "4", verifier="math")]), 20)
        assert response.rewards == [None]
        assert only(response).status == "error" and "not here" in only(response).reason
    finally:
        await engine.stop(drain=False)


async def test_workers_that_cannot_start_are_tried_ever_less_often_and_it_is_said_aloud(tmp_path, monkeypatch, caplog):
    from adjudge.engine import Engine, EngineSettings

    module = tmp_path / "breaks_at_start.py"
    module.write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    engine = Engine(EngineSettings(workers=1, verifier_modules=("breaks_at_start",)))
    module.write_text("raise ImportError('not there')")
    await engine.start()
    try:
        response = await asyncio.wait_for(run(engine, [item("4", "4", verifier="math")]), 20)
        assert response.rewards == [None]
        lines = [record.fields for record in caplog.records if record.message == "a worker cannot start"]
        assert [line["again_in_s"] for line in lines][:2] == [0.5, 1.0]
        assert all("not there" in line["reason"] for line in lines)
        assert engine.jail_fault == "no worker can start: ImportError: not there"
        started = time.monotonic()  # it waits for its next try; nobody waits with it
        assert (await run(engine, [item("5", "4", verifier="math")])).rewards == [None]
        assert time.monotonic() - started < 5
    finally:
        await engine.stop(drain=False)


async def test_a_worker_whose_successor_cannot_start_serves_on_and_does_not_start_one_after_the_other(
    tmp_path, monkeypatch
):
    from adjudge.engine import Engine

    module = tmp_path / "breaks_later.py"
    module.write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    engine = Engine(settings(workers=1, recycle_items=1, verifier_modules=("odd_verifiers", "breaks_later")))
    await engine.start()
    try:
        assert await engine.wait_ready(20)
        module.write_text("raise ImportError('gone')")
        until = time.monotonic() + 4
        number = 0
        while time.monotonic() < until:
            assert (await run(engine, [item("right", options={"factor": number})])).rewards == [1.0]
            number += 1
            await asyncio.sleep(0.02)
        assert 1 <= engine.counters.worker_restarts["recycled"] <= 4
    finally:
        await engine.stop(drain=False)


async def test_a_null_that_is_ours_is_logged_without_a_word_of_the_trace(start, caplog):
    engine = await start()
    assert (await run(engine, [item("raise"), item("right")])).rewards == [None, 1.0]
    lines = [record for record in caplog.records if record.levelname == "ERROR" and hasattr(record, "fields")]
    assert [line.fields for line in lines] == [{"verifier": "odd@7", "reason": "internal error in odd@7: RuntimeError"}]


async def test_a_flood_of_nulls_is_a_bounded_number_of_lines(start, caplog, monkeypatch):
    monkeypatch.setattr("adjudge.engine.loud.WINDOW_S", 0.5)
    engine = await start()
    items = [item("raise", options={"factor": number}) for number in range(300)]
    assert (await run(engine, items)).rewards == [None] * 300
    await asyncio.sleep(0.6)
    said = [record for record in caplog.records if record.levelname == "ERROR" and hasattr(record, "fields")]
    lines = [record for record in said if "reason" in record.fields]
    assert len(lines) < 100
    assert len(lines) + sum(record.fields.get("more", 0) for record in said) == 300


async def test_a_worker_with_another_revision_than_the_engine_does_not_judge(tmp_path, monkeypatch):
    from adjudge.engine import Engine, EngineSettings

    code = (
        "from adjudge.verifiers import verifier\n"
        "from adjudge_client.types import Verdict\n"
        "@verifier('upgraded', revision={}, sees='trace', work='text')\n"
        "def upgraded(trace: str, gold: str) -> Verdict:\n"
        "    return Verdict(score=1.0, status='ok', reason='', verifier='')\n"
    )
    module = tmp_path / "upgraded_on_disk.py"
    module.write_text(code.format(1))
    monkeypatch.syspath_prepend(tmp_path)
    engine = Engine(EngineSettings(workers=1, verifier_modules=("upgraded_on_disk",)))
    module.write_text(code.format(20))
    await engine.start()
    try:
        response = await asyncio.wait_for(run(engine, [item("x", verifier="upgraded")]), 20)
        assert response.rewards == [None] and "upgraded@1 changed on disk" in only(response).reason
    finally:
        await engine.stop(drain=False)


async def test_a_worker_is_replaced_after_its_share_of_items(start):
    engine = await start(workers=1, recycle_items=50)
    before = engine._local.pids
    for turn in range(3):
        items = [item("right", options={"factor": 100 * turn + i}) for i in range(60)]
        assert (await run(engine, items)).rewards == [1.0] * 60
        async with asyncio.timeout(15):
            while engine.counters.worker_restarts["recycled"] <= turn or len(engine._local.pids) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert not set(engine._local.pids) & set(before)


async def test_no_worker_outlives_its_engine(start):
    engine = await start()
    pids = engine._local.pids
    asyncio.create_task(run(engine, [item("regex")]))  # noqa: RUF006
    await asyncio.sleep(0.1)
    await engine.stop(drain=False)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
