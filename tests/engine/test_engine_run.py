from __future__ import annotations

import asyncio
import gc
import random
import time
from decimal import Decimal

import pytest
from harness import item, request

from adjudge.engine import Head, Row, Tail
from adjudge.errors import Busy


async def run(engine, items, **fields):
    return await engine.run(engine.plan(request(items, explain=True, **fields)))


def only(response, index=0, term="correct"):
    return response.verdicts[index][term]


async def test_rewards_come_in_the_order_of_the_items(start):
    engine = await start()
    response = await run(engine, [item("right"), item("wrong"), item("right")])
    assert response.rewards == [1.0, 0.0, 1.0]
    assert response.terms == ["correct"] and response.errors == 0
    assert only(response, 1).verifier == "odd@7"
    assert response.engine.revisions == {"odd": 7} and set(response.engine.fingerprint) == {"text"}


async def test_numbers_reach_the_verifier_exactly(start):
    engine = await start()
    golds = [10**40, Decimal("0.1000000000000000000000000000000001"), [1, {"k": Decimal("2.50")}]]
    response = await run(engine, [item("repr", gold) for gold in golds[:2]] + [item("repr", {"v": golds[2]})])
    assert [only(response, i).reason for i in range(3)] == [repr(golds[0]), repr(golds[1]), repr({"v": golds[2]})]


async def test_equal_items_are_executed_once(start, tmp_path):
    engine = await start()
    log = tmp_path / "log"
    response = await run(engine, [item(f"count {log}")] * 5)
    assert response.rewards == [1.0] * 5
    assert log.read_text() == "."


async def test_equal_items_of_two_requests_at_once_are_executed_once(start, tmp_path):
    engine = await start()
    log = tmp_path / "log"
    items = [item("sleep 0.2"), item(f"count {log}")]
    first, second = await asyncio.gather(run(engine, items), run(engine, items))
    assert first.rewards == second.rewards == [1.0, 1.0]
    assert log.read_text() == "."


async def test_a_verdict_comes_from_the_cache_the_second_time(start, tmp_path):
    engine = await start()
    log = tmp_path / "log"
    assert not only(await run(engine, [item(f"count {log}")])).cached
    again = await run(engine, [item(f"count {log}")])
    assert only(again).cached and again.rewards == [1.0]
    assert log.read_text() == "."
    assert engine.counters.cache_hits == 1


async def test_a_gold_that_cannot_be_read_is_null_and_the_datas_doing(start):
    engine = await start()
    response = await run(engine, [item("bad"), item("right")])
    assert response.rewards == [None, 1.0] and response.errors == 1
    assert (only(response).status, only(response).reason) == ("bad_task", "the gold is odd")


async def test_a_null_is_never_cached(start):
    engine = await start()
    for _ in range(2):
        response = await run(engine, [item("raise")])
        assert response.rewards == [None] and response.errors == 1
        assert only(response).status == "error" and not only(response).cached
    assert len(engine.cache) == 0


@pytest.mark.parametrize("score", ["nan", "inf", "1.5", "-0.1"])
async def test_a_score_out_of_range_is_our_fault(start, score):
    engine = await start()
    response = await run(engine, [item(f"score {score}")])
    assert response.rewards == [None] and only(response).status == "error"


async def test_a_batch_of_thousands_is_spread_over_the_workers(start):
    engine = await start()
    items = [item("right" if i % 3 else "wrong", "right", options={"factor": i}) for i in range(3000)]
    response = await run(engine, items)
    assert response.rewards == [1.0 if i % 3 else 0.0 for i in range(3000)]
    assert engine.queue_depth == engine.in_flight == 0


async def test_a_large_batch_never_keeps_the_event_loop_for_long(start):
    engine = await start()
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.thread_time()  # CPU time: what other processes take does not count
            await asyncio.sleep(0)
            worst = max(worst, time.thread_time() - before)

    gc.collect()
    gc.freeze()  # what the test runner holds is not the engine's
    plan = engine.plan(request([item("right", options={"factor": i}, group=str(i // 8)) for i in range(5000)]))
    watching = asyncio.create_task(watch())
    response = await engine.run(plan)
    rows = [row async for event in engine.stream(plan) if isinstance(event, list) for row in event]
    watching.cancel()
    assert response.rewards == [1.0] * 5000 and len(rows) == 5000
    gc.unfreeze()
    assert worst < 0.02


async def test_the_order_and_the_company_of_items_never_change_a_verdict(start):
    engine = await start()
    items = [
        item(trace, gold, id=f"{trace}/{gold}") for trace in ("right", "wrong", "bad") for gold in ("right", "wrong")
    ]
    items += [item("raise", str(i), id=f"raise/{i}") for i in range(3)] + items[:3]
    expected = {i["id"]: r for i, r in zip(items, (await run(engine, items)).rewards, strict=True)}
    for seed in range(5):
        shuffled = random.Random(seed).sample(items, len(items))
        rewards = (await run(engine, shuffled)).rewards
        assert rewards == [expected[i["id"]] for i in shuffled]
        assert (await run(engine, shuffled[:1])).rewards == rewards[:1]


async def test_a_large_batch_does_not_hold_up_a_single_item(start):
    engine = await start(wall_s={"text": 5.0, "math": 5.0, "program": 5.0, "network": 5.0})
    big = asyncio.create_task(run(engine, [item("sleep 0.01", options={"factor": i}) for i in range(300)]))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    assert (await run(engine, [item("right")])).rewards == [1.0]
    assert time.monotonic() - started < 0.5  # all of the batch would take 1.5 s
    assert not big.done()
    await big


async def test_a_stream_gives_every_item_once_and_groups_together(start):
    engine = await start()
    items = [item("sleep 0.6", group="slow", id="0"), item("right", group="slow"), item("wrong"), item("x" * 9)]
    plan = engine.plan(request(items, explain=True))
    events = [event async for event in engine.stream(plan)]
    assert isinstance(events[0], Head) and isinstance(events[-1], Tail)
    rows = [row for event in events[1:-1] for row in event]
    assert sorted(row.index for row in rows) == [0, 1, 2, 3]
    order = [row.index for row in rows]
    assert order[-2:] == [0, 1]  # the group is complete last, and its members come one after the other
    together = [event for event in events[1:-1] if any(row.index in (0, 1) for row in event)]
    assert len(together) == 1
    assert rows[-2] == Row(0, "0", 1.0, [1.0], rows[-2].verdicts)
    assert events[-1].groups["slow"].n == 2 and events[-1].errors == 0


async def test_a_stream_that_is_left_takes_back_what_has_not_started(start):
    engine = await start(workers=1)
    plan = engine.plan(request([item("sleep 0.02", options={"factor": i}) for i in range(80)]))
    stream = engine.stream(plan)
    await anext(stream)
    await anext(stream)
    await stream.aclose()
    assert engine.queue_depth == 0
    async with asyncio.timeout(1.0):  # all of them would take 1.6 s
        while engine.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_cancelled_request_takes_back_its_own_items_only(start):
    engine = await start(workers=1)
    busy = asyncio.create_task(run(engine, [item("sleep 0.3")]))
    await asyncio.sleep(0.05)
    leaving = asyncio.create_task(run(engine, [item("right"), item("wrong")]))
    staying = asyncio.create_task(run(engine, [item("right")]))
    await asyncio.sleep(0.05)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await staying).rewards == [1.0]
    assert (await busy).rewards == [1.0]


async def test_a_full_queue_refuses_and_says_when_to_come_again(start):
    engine = await start(workers=1, queue_items=10)
    first = asyncio.create_task(run(engine, [item("sleep 0.05", options={"factor": i}) for i in range(40)]))
    await asyncio.sleep(0.1)
    with pytest.raises(Busy) as refusal:
        await run(engine, [item("right")])
    assert refusal.value.retry_after_s >= 1 and refusal.value.status == 503
    assert (await first).rewards == [1.0] * 40  # what was accepted is answered, however full it was
    assert (await run(engine, [item("right")])).rewards == [1.0]


async def test_what_was_accepted_is_answered_before_the_engine_stops(start):
    engine = await start()
    running = asyncio.create_task(run(engine, [item("sleep 0.3"), item("sleep 0.2"), item("right")]))
    await asyncio.sleep(0.05)
    stopping = asyncio.create_task(engine.stop(drain=True))
    await asyncio.sleep(0.05)
    with pytest.raises(Busy):
        await run(engine, [item("right")])
    assert (await running).rewards == [1.0, 1.0, 1.0]
    await stopping
    assert engine.state == "stopped"


async def test_a_stop_without_drain_answers_null(start):
    engine = await start()
    running = asyncio.create_task(run(engine, [item("sleep 0.5"), item("sleep 0.4")]))
    await asyncio.sleep(0.1)
    await engine.stop(drain=False)
    response = await running
    assert response.rewards == [None, None] and only(response).status == "error"


async def test_a_group_term_sees_the_whole_group(start):
    engine = await start()
    reward = {"terms": [{"name": "long", "verifier": "odd_group"}]}
    items = [item("a", group="g", group_size=2), item("abc", group="g", group_size=2), item("alone")]
    items.append(item("half", group="h", group_size=2))
    response = await run(engine, items, reward=reward)
    assert response.rewards == [0.0, 1.0, None, None]
    assert only(response, 2, "long").status == "bad_task" and "no `group`" in only(response, 2, "long").reason
    assert "1 of its 2 members" in only(response, 3, "long").reason
    assert response.groups["g"].solved == 0  # no correctness term, nothing solved


async def test_lengths_reach_the_worker_alone_and_in_groups(start):
    engine = await start()
    reward = {"terms": [{"name": "one", "verifier": "odd_length"}, {"name": "all", "verifier": "odd_lengths"}]}
    response = await run(engine, [item("a", tokens=n, group="g") for n in (3, 4)], reward=reward)
    assert response.vectors == [[-3.0, 7.0], [-4.0, 7.0]]
    assert only(response, 0, "all").reason == "3 tokens"


async def test_the_counters_tell_what_happened(start):
    engine = await start()
    seen = []
    engine.counters.on_verdict = seen.append
    await run(engine, [item("right"), item("right"), item("raise")])
    assert engine.counters.items == 3 and engine.counters.nulls == {"error": 1}
    assert engine.counters.verdicts["odd@7", "ok", "odd"] == 2
    assert engine.counters.verdicts["odd@7", "error", ""] == 1
    assert len(seen) == 2
