"""The adapter in real GRPOTrainer runs of TRL (programs/trl_run.py): a tiny model, three steps, a real server."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

Facts = dict[str, Any]
UNREADABLE = "\\frac{1}{"


@pytest.fixture(scope="module")
def seen(seen_by: Callable[[str, str], Facts]) -> Facts:
    return seen_by("trl", "trl_run.py")


def rewards(run: Facts, name: str = "adjudge") -> list[float | None]:
    """TRL keeps None as NaN."""
    return [None if math.isnan(reward) else reward for reward in run["rewards"][name]]


def test_the_reward_trains_the_model(seen: Facts) -> None:
    run = seen["one"]
    assert len(run["steps"]) == 3
    assert not run["unmoved"]
    paid = [float(said == "1" and not item["truncated"]) for said, item in zip_items(run)]
    assert rewards(run) == paid
    assert 1.0 in paid and 0.0 in paid


def zip_items(run: Facts) -> list[tuple[str, Facts]]:
    return list(zip(run["completions"], run["items"], strict=True))


def test_one_request_per_batch(seen: Facts) -> None:
    assert seen["one"]["requests"] == 3


def test_lengths_are_the_trainers_and_a_missing_end_is_a_cut(seen: Facts) -> None:
    for said, item in zip_items(seen["one"]):
        ended = len(said) < 2  # two tokens are the limit, the end counts as one
        assert item["truncated"] is (not ended)
        assert item["tokens"] == len(said) + ended


def test_a_group_is_what_trl_generated_for_one_row(seen: Facts) -> None:
    items = seen["one"]["items"]
    assert [item["group"] for item in items] == [f"g{index // 4}" for index in range(16)]
    assert {item["group_size"] for item in items} == {4}
    for group in ("g0", "g1", "g2", "g3"):
        assert len({item["prompt"] for item in items if item["group"] == group}) == 1


def test_each_term_and_the_share_of_nulls_are_in_trls_metrics(seen: Facts) -> None:
    step = seen["one"]["steps"][-1]
    assert step["adjudge/correct"] == step["reward"] == step["rewards/adjudge/mean"]
    assert step["adjudge/null_share"] == 0.0
    assert any("it is the ground truth" in reason for reason in seen["one"]["reasons"])


def test_a_null_is_none_and_no_zero(seen: Facts) -> None:
    """Of three steps the metrics, of the last one the rows: a cut rollout and an unreadable gold have no reward."""
    run = seen["null"]
    assert not run["unmoved"]
    for reward, reason in zip(rewards(run), run["reasons"], strict=True):
        assert (reward is None) == ("cut off" in reason or "cannot be read" in reason)
    assert None in rewards(run)
    assert any(step["adjudge/null_share"] > 0 for step in run["steps"])
    assert any(step["adjudge/masked_share"] > 0 for step in run["steps"])


def test_a_null_neither_pulls_nor_moves_its_groups_baseline(seen: Facts) -> None:
    """Dr. GRPO's and GRPO's baseline over the others alone; here with TRL's epsilon of 1e-4 and sample deviation."""
    run = seen["null"]
    for start in range(0, 16, 4):
        group, advantages = rewards(run)[start : start + 4], run["advantages"][start : start + 4]
        known = [reward for reward in group if reward is not None]
        mean = sum(known) / len(known) if known else 0.0
        spread = math.sqrt(sum((each - mean) ** 2 for each in known) / max(1, len(known) - 1))
        for reward, advantage in zip(group, advantages, strict=True):
            wanted = 0.0 if reward is None else (reward - mean) / (spread + 1e-4)
            assert advantage == pytest.approx(wanted, abs=1e-4)


def test_nulls_are_told_of_with_step_number_and_reason_and_masks_are_not(seen: Facts) -> None:
    warnings = seen["null"]["warnings"]
    assert any("at step" in line and "bad_task: the ground truth cannot be read" in line for line in warnings)
    assert not any("mask" in line for line in warnings)


def test_beside_another_function_the_warning_says_what_trl_makes_of_a_null(seen: Facts) -> None:
    assert all("the other reward functions alone" in line for line in seen["null beside another function"])
    assert seen["null beside another function"]


def test_one_function_per_term_shares_one_request(seen: Facts) -> None:
    run = seen["terms"]
    assert run["requests"] == 3
    assert set(run["rewards"]) == {"adjudge", "adjudge/correct", "adjudge/literal"}
    assert "rewards/adjudge/literal/mean" in run["steps"][0]


def test_a_row_without_a_reward_is_none_in_every_function(seen: Facts) -> None:
    """TRL would otherwise sum up what is left of the row, and the null would be a 0."""
    run = seen["terms"]
    columns = [rewards(run, name) for name in run["rewards"]]
    assert None in columns[0]
    for row in zip(*columns, strict=True):
        assert (None in row) == (row[0] is None) == all(each is None for each in row)


def test_conversations_are_sent_as_the_model_saw_them(seen: Facts) -> None:
    item = seen["terms"]["items"][0]
    assert isinstance(item["prompt"], str)
    assert item["trace"][-1]["role"] == "assistant"
    assert item["ground_truth"] in ("1", UNREADABLE)


def test_a_template_that_opens_the_thinking_is_known_to_the_service(seen: Facts) -> None:
    assert seen["plain template"] == [1.0]
    assert seen["thinking template"] == [0.0]


def test_terms_that_would_count_twice_are_refused(seen: Facts) -> None:
    assert "reward_weights=functions.weights" in seen["without weights"]


def test_a_missing_column_is_named(seen: Facts) -> None:
    assert "none of the columns ground_truth, answer, solution (it has target)" in seen["without gold"]
    assert "no column 'label' (it has answer)" in seen["wrong gold"]
