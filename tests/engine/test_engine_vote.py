"""Votes in a real engine: cost, jails, faults, giving up."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from harness import settings

from adjudge.engine import Engine, EngineSettings
from adjudge.engine.vote import JAILED
from adjudge.errors import Busy
from adjudge_client.types import VoteRequest, VoteResponse


async def vote(engine: Engine, *answers: list[Any], **rest: Any) -> VoteResponse:
    request = VoteRequest.model_validate({"items": [{"answers": each} for each in answers], **rest})
    return await engine.vote(engine.plan_vote(request))


def nested(count: int, start: int = 0) -> list[str]:
    return [rf"\sqrt{{5+{k}\sqrt{{7}}}}" for k in range(start + 1, start + count + 1)]


async def test_equal_answers_are_read_once(start):
    engine = await start(wall_s=EngineSettings().wall_s)
    before = engine.counters.cache_misses
    (result,) = (await vote(engine, ["0.5"] * 500 + ["1/2"] * 500)).results
    assert [each.weight for each in result.clusters] == [1000.0]
    assert engine.counters.cache_misses == before + 2
    await vote(engine, ["1/2", "0.5"])
    assert engine.counters.cache_misses == before + 2


async def test_the_cost_of_equal_answers_grows_no_faster_than_their_number(start):
    engine = await start(wall_s=EngineSettings().wall_s)

    async def cost(count: int) -> float:
        seconds = []
        for _ in range(3):
            begun = time.process_time()
            (result,) = (await vote(engine, [r"\frac{1}{2}", "0.5", "x=5", "7"] * (count // 4))).results
            seconds.append(time.process_time() - begun)
            assert len(result.clusters) == 3
        return min(seconds)

    await cost(100)
    few, many = await cost(1_000), await cost(10_000)
    assert many < 14 * few + 0.02


async def test_many_different_answers_cost_a_bounded_number_of_executions(start):
    engine = await start(wall_s=EngineSettings().wall_s)
    (result,) = (await vote(engine, nested(3 * JAILED))).results
    assert len(result.clusters) == 3 * JAILED
    assert result.by_text == list(range(JAILED, 3 * JAILED))
    misses = engine.counters.cache_misses
    assert misses == 3 * JAILED + JAILED  # read by all, a jail for the first of them


async def test_which_answers_get_a_jail_rests_on_their_order_alone(start):
    engine = await start(wall_s=EngineSettings().wall_s)
    many = nested(JAILED + 5)
    alone = (await vote(engine, many)).results[0]
    both = await asyncio.gather(vote(engine, nested(40, 500), many), vote(engine, many, nested(10, 900)))
    assert both[0].results[1] == both[1].results[0] == alone


async def test_without_a_jail_what_needs_one_is_an_error_of_ours_and_never_changes_a_majority(start):
    engine = await start(jail="no-such-rung", wall_s=EngineSettings().wall_s)
    hard = r"\sqrt{5+2\sqrt6}"
    response = await vote(engine, ["5", "5.0", "7", hard], ["5", "5.0", "5", hard], ["5", "7", hard, hard])
    even, sure, unsure = response.results
    assert (sure.winner, sure.share) == ("5", 0.75)
    assert even.winner is None and unsure.winner is None and response.errors == 2
    assert [each.index for each in even.errors] == [3] and [each.index for each in unsure.errors] == [2, 3]
    assert [each.members for each in even.clusters] == [[0, 1], [2]]


async def test_where_no_worker_can_start_no_winner_is_named(tmp_path, monkeypatch):
    engine = Engine(settings(max_wait_s=0.5, workers=1, verifier_modules=("odd_verifiers",)))
    monkeypatch.setattr("adjudge.engine.executors.process.sys.executable", str(tmp_path / "no-python"))
    await engine.start()
    try:
        response = await vote(engine, ["5", "5", "6"])
        (result,) = response.results
        assert (result.winner, result.share, response.errors) == (None, None, 1)
        assert [each.index for each in result.errors] == [0, 1, 2]
        assert result.reason is not None and "fault of ours" in result.reason
    finally:
        await engine.stop(drain=False)


async def test_a_vote_that_is_given_up_withdraws_its_jobs(start):
    engine = await start(workers=1, wall_s=EngineSettings().wall_s)
    voting = asyncio.create_task(vote(engine, [rf"\sqrt{{{k}}}+\sqrt{{{k + 1}}}" for k in range(2, 9_000)]))
    await asyncio.sleep(0.2)
    voting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await voting
    assert engine.queue_depth == 0


async def test_an_engine_that_stops_takes_no_vote(start):
    engine = await start()
    await engine.stop()
    with pytest.raises(Busy):
        await vote(engine, ["5"])
