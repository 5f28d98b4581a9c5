"""The adapter loaded by verl's own loaders from verl's own configuration (programs/verl_run.py), and in the way of its
v1 trainer from prompts to advantages (programs/verl_rollout.py); a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def seen(seen_by: Callable[[str, str], Facts]) -> Facts:
    return seen_by("verl", "verl_run.py")


@pytest.fixture(scope="module")
def trained(seen_by: Callable[[str, str], Facts]) -> Facts:
    return seen_by("verl", "verl_rollout.py")


def test_the_function_is_loaded_from_the_package_and_scores(seen: Facts) -> None:
    right, wrong, _ = seen["function"]["answers"]
    assert (right["score"], wrong["score"]) == (1.0, 0.0)
    assert right.keys() == wrong.keys() == {"score", "adjudge/correct"}


def test_the_function_is_loaded_from_its_path_too(seen: Facts) -> None:
    assert seen["function"]["by path"]["score"] == 1.0


def test_verls_own_manager_calls_the_function(seen: Facts) -> None:
    assert seen["naive manager"] == {
        "reward_score": 1.0,
        "reward_extra_info": {"score": 1.0, "adjudge/correct": 1.0},
    }


def test_no_key_is_called_acc(seen: Facts) -> None:
    """verl's validation counts `acc` as 0 for each rollout that was left out: a null would be a silent 0."""
    assert "acc" not in seen["naive manager"]["reward_extra_info"]


def test_a_null_raises_with_its_reason(seen: Facts) -> None:
    for found in (seen["function"]["answers"][2], seen["manager"]["rows"]["null"]):
        assert found == "NullReward: no reward: correct: bad_task: the ground truth cannot be read as mathematics"
    assert any("1 of 1 rollouts have no reward" in line for line in seen["warnings"])


def test_a_misspelt_setting_is_refused_with_the_nearest(seen: Facts) -> None:
    assert seen["function"]["misspelt"] == "BadInput: unknown setting 'rewrd'; did you mean 'reward'?"


def test_the_manager_is_loaded_by_verls_loader_and_scores(seen: Facts) -> None:
    assert seen["manager"]["class"] == "AdjudgeRewardManager"
    rows = seen["manager"]["rows"]
    assert (rows["right"]["reward_score"], rows["wrong"]["reward_score"]) == (1.0, 0.0)
    keys = {frozenset(row["reward_extra_info"]) for row in rows.values() if isinstance(row, dict)}
    assert len(keys) == 1


def test_the_manager_sees_true_lengths_and_what_was_cut_off(seen: Facts) -> None:
    items, rows = seen["manager"]["items"], seen["manager"]["rows"]
    assert items["right"]["tokens"] == len("\\boxed{2}") + 1
    assert (items["cut off"]["tokens"], items["cut off"]["truncated"]) == (12, True)
    assert (items["ends at the limit"]["tokens"], items["ends at the limit"]["truncated"]) == (12, False)
    assert rows["cut off"]["reward_score"] == 0.0
    assert rows["ends at the limit"]["reward_score"] == 1.0


def test_the_manager_sees_the_prompt_as_templated(seen: Facts) -> None:
    items, rows = seen["manager"]["items"], seen["manager"]["rows"]
    assert items["thinking"]["prompt"] == "1+1?<think>"
    assert rows["thinking"]["reward_score"] == 0.0
    assert rows["thought"]["reward_score"] == 1.0


def test_rollouts_that_are_scored_as_they_end_are_read_by_their_told_lengths(seen: Facts) -> None:
    found = seen["as they come"]
    assert found["answer"]["reward_score"] == 1.0
    assert (found["item"]["prompt"], found["item"]["trace"]) == ("1+1?", "\\boxed{2}")


def test_groups_need_one_worker_where_the_members_meet(seen: Facts) -> None:
    assert "needs reward.num_workers=1 (there are 8)" in seen["groups of many workers"]
    assert seen["groups in one"]["rewards"] == [1.0, 0.0, 0.0]
    assert {(item["group"], item["group_size"]) for item in seen["groups in one"]["items"]} == {("p7", 3)}


def test_verls_trainer_leaves_rollouts_without_a_reward_out(trained: Facts) -> None:
    """Of one group of three the masked rollout is missing, of the other, whose gold cannot be read, all are."""
    assert [key.split("_")[0] for key in trained["keys"]] == ["first", "first"]
    assert sorted(trained["scores"]) == [0.0, 1.0]


def test_the_baseline_goes_over_the_others(trained: Facts) -> None:
    """(1 - 1/2) / (sample deviation of 1 and 0) = 0.7071; with a 0 for the third it would be 1.1547."""
    advantages = dict(zip(trained["scores"], trained["advantages"], strict=True))
    assert advantages == {1.0: pytest.approx(0.7071, abs=1e-3), 0.0: pytest.approx(-0.7071, abs=1e-3)}
