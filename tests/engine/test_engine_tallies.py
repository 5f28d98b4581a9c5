"""What a batch adds to the metrics, against the plain definitions."""

from __future__ import annotations

import math
import statistics
import time
from typing import Any

import pytest
from harness import item, request
from hypothesis import given
from hypothesis import strategies as st

from adjudge.engine import Engine, EngineSettings
from adjudge.engine.respond import respond
from adjudge.engine.shown import NONE, OTHER
from adjudge.engine.tallies import MOST, Provenance, RunTally, dataset_tallies, run_tally, worst
from adjudge_client.types import GroupStats, Verdict

REWARDS = st.lists(st.none() | st.sampled_from([0.0, 1.0, -0.5]) | st.floats(-10, 10), max_size=50)


def tally(rewards: list[float | None], groups: list[GroupStats] = [], **provenance: Any) -> RunTally:  # noqa: B006
    return run_tally(Provenance(**provenance), rewards, {}, 0, groups)


@given(REWARDS)
def test_mean_and_deviation_of_any_window_can_be_had_from_the_sums(rewards: list[float | None]) -> None:
    sums = tally(rewards)
    given_rewards = [reward for reward in rewards if reward is not None]
    assert sums.items == len(rewards)
    assert sums.gained >= 0 and sums.lost >= 0 and sums.squares >= 0
    if given_rewards:
        assert sums.rewards == len(given_rewards)
        mean = (sums.gained - sums.lost) / sums.rewards
        assert mean == pytest.approx(statistics.fmean(given_rewards), abs=1e-9)
        variance = sums.squares / sums.rewards - mean**2
        assert variance == pytest.approx(statistics.pvariance(given_rewards), abs=1e-6)


def test_what_is_beyond_all_measure_does_not_make_a_sum_infinite() -> None:
    sums = tally([1e308, -1e308], tokens=[10**4000, 5], step=-(10**400))
    assert math.isfinite(sums.gained + sums.lost + sums.squares)
    assert (sums.tokens, sums.tokens_told, sums.step) == (MOST + 5, 2, -MOST)


@pytest.mark.parametrize(
    ("n", "n_null", "solved", "zero_gradient", "why"),
    [
        (4, 0, 4, True, {"solved": 1}),
        (4, 0, 0, True, {"unsolved": 1}),
        (4, 3, 1, True, {"null": 1}),
        (4, 2, 2, True, {"solved": 1}),
        (4, 0, 2, True, {"equal": 1}),
        (1, 0, 1, True, {"single": 1}),
        (1, 1, 0, True, {"single": 1}),
        (4, 0, 2, False, {}),
    ],
)
def test_a_group_without_gradient_says_why(
    n: int, n_null: int, solved: int, zero_gradient: bool, why: dict[str, int]
) -> None:
    stats = GroupStats(n=n, n_null=n_null, mean=0.5, std=0.1, solved=solved, zero_gradient=zero_gradient)
    assert tally([], [stats]).flat == why


def test_a_null_is_counted_under_the_worst_that_befell_it() -> None:
    assert worst(["ok", "bad_task", "error"]) == "error"
    assert worst(["bad_task", "expired"]) == "expired"
    assert worst(["ok", "bad_task"]) == "bad_task"


def test_datasets_beyond_the_bound_are_counted_together_the_rarest_first() -> None:
    names = ["common"] * 5 + ["rare"] + ["often"] * 3 + [None]
    count = len(names)
    tallies = dataset_tallies(Provenance(datasets=names), [("ok",)] * count, [True] * count, most=2)
    assert {name: each.items for name, each in tallies.items()} == {"common": 5, "often": 3, OTHER: 2}


def test_an_item_is_graded_if_it_has_correctness_and_none_of_it_is_null() -> None:
    marks: list[Any] = [("ok", "ok"), ("ok", "bad_task"), (), ("no_answer",)]
    (each,) = dataset_tallies(Provenance(), marks, [True, False, False, False], most=5).values()
    assert (each.items, each.graded, each.solved) == (4, 2, 1)
    assert each.statuses == {"ok": 3, "bad_task": 1, "no_answer": 1}


def test_the_counters_tell_runs_and_datasets_apart() -> None:
    engine = Engine(EngineSettings(workers=1))
    items = [item(f"t{n}", verifier="exact", group="g", dataset="d" if n else None, tokens=n) for n in range(4)]
    plan = engine.plan(request(items, run="r1", step=7))
    verdicts = [Verdict(score=float(n > 1), status="ok", reason="", verifier="exact@1", stage="s") for n in range(4)]
    engine.counters.add(respond(plan, verdicts, 10)[1])
    ((name, run),) = engine.counters.runs.rows()
    assert (name, run.items, run.gained, run.groups, run.flat, run.step) == ("r1", 4, 2.0, 1, {}, 7)
    assert (run.tokens, run.tokens_told) == (6, 4)
    datasets = dict(engine.counters.datasets.rows())
    assert (datasets["d"].items, datasets["d"].solved, datasets[NONE].items) == (3, 2, 1)
    assert engine.counters.verdicts == {("exact@1", "ok", "s"): 4}


def test_counting_a_batch_costs_little_beside_composing_it() -> None:
    engine = Engine(EngineSettings(workers=1))
    items = [item(f"t{n}", verifier="exact", group=f"g{n // 8}", dataset=f"d{n}", tokens=n) for n in range(4000)]
    plan = engine.plan(request(items))
    verdicts = [Verdict(score=1.0, status="ok", reason="", verifier="exact@1") for _ in plan.needs]
    started = time.process_time()
    _, batch = respond(plan, verdicts, 100)
    composed = time.process_time()
    engine.counters.add(batch)  # on the event loop: bounded, however many names there are
    assert time.process_time() - composed < 0.1 * (composed - started)
    assert len(list(engine.counters.datasets.rows())) == 101


async def test_a_worker_without_a_jail_is_seen(start):
    engine = await start(jail="no-such-rung", workers=1)
    await engine.run(engine.plan(request([item("jailed 1 7", verifier="odd_jailed")])))
    assert engine.counters.jail_failures > 0 and engine.workers_jailed == 0 and engine.workers_ready == 1


async def test_the_wait_for_a_worker_is_added_up(start):
    engine = await start(workers=1)
    started = time.monotonic()
    await engine.run(engine.plan(request([item(f"sleep 0.01{n:03}") for n in range(100)])))
    elapsed = time.monotonic() - started
    assert engine.counters.jobs_started >= 100
    assert engine.counters.queue_wait_s > 5 * elapsed  # a hundred waited for half of it, the first ones aside
