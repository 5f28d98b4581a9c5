"""The adapter loaded and called by OpenRLHF's executor and sample generator (programs/openrlhf_run.py); and how it
finds where a prompt ends, which needs no trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge_client import BadInput
from adjudge_client.adapters.openrlhf import response_of, without_ends

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def seen(seen_by: Callable[[str, str], Facts]) -> Facts:
    return seen_by("openrlhf", "openrlhf_run.py")


def test_openrlhf_loads_the_file_and_takes_its_rewards(seen: Facts) -> None:
    rollouts = seen["rollouts"]
    assert rollouts["right"]["reward"] == rollouts["right"]["score"] == 1.0
    assert rollouts["wrong"]["reward"] == rollouts["wrong"]["score"] == 0.0


def test_each_term_and_the_share_of_nulls_are_in_its_logs(seen: Facts) -> None:
    assert seen["rollouts"]["right"]["logs"] == {"adjudge/correct": 1.0, "adjudge/null_share": 0.0}


def test_what_the_prompt_says_is_no_answer(seen: Facts) -> None:
    assert seen["rollouts"]["the prompt has the answer"]["reward"] == 0.0


def test_a_prompt_that_opens_the_thinking_is_seen(seen: Facts) -> None:
    assert seen["rollouts"]["still thinking"]["reward"] == 0.0
    assert seen["rollouts"]["thought"]["reward"] == 1.0


def test_a_label_may_hold_further_fields_of_an_item(seen: Facts) -> None:
    assert seen["rollouts"]["label with fields"]["reward"] == 1.0


def test_a_prompt_that_openrlhf_cut_is_still_cut_off_whole(seen: Facts) -> None:
    assert seen["rollouts"]["prompt cut at its left"]["reward"] == 1.0


def test_calls_from_its_threads_go_as_few_requests(seen: Facts) -> None:
    assert seen["burst"]["right"] == 16
    assert seen["burst"]["requests"] <= 32


def test_a_null_is_no_reward_and_told_of(seen: Facts) -> None:
    assert seen["rollouts"]["null"] == {"reward": None, "score": None, "logs": {}}
    assert any("bad_task: the ground truth cannot be read" in line for line in seen["warnings"])


def test_dynamic_filtering_drops_the_group_of_a_null_and_samples_another_prompt(seen: Facts) -> None:
    found = seen["generated"]
    assert found["prompts"] == ["1+1? (1)", "1+1? (1)", "1+1? (2)", "1+1? (2)"]
    assert found["rewards"] == [1.0, 0.0, 1.0, 0.0]
    assert found["consumed"] == 3


def test_without_filtering_openrlhf_makes_no_batch_of_a_null(seen: Facts) -> None:
    """What `stop` relies on: a batch with a rollout without a reward fails, or has no rewards at all."""
    assert seen["generated"]["stop"] == {"null": 2, "null first": "no rewards", "null last": "AttributeError"}


def test_a_prompt_is_cut_off_although_its_white_space_changed() -> None:
    assert response_of(" What is\n1+1?Two.", "What is 1+1?\n") == "Two."


def test_only_the_end_of_a_prompt_may_be_there() -> None:
    prompt = "Some text that does not fit. " * 9 + "Now: what is one and one, in words, please?"
    assert response_of(prompt[100:] + " Two.", prompt) == " Two."


def test_a_query_that_does_not_begin_with_its_prompt_is_refused() -> None:
    with pytest.raises(BadInput, match="does not begin with its prompt"):
        response_of(
            "It is 2. It is \\boxed{2}, as the prompt says at length.", "What is one and one? Tell me in words."
        )


@given(st.text(), st.text())
def test_a_prompt_that_is_there_whole_is_cut_off_exactly(prompt: str, response: str) -> None:
    assert response_of(prompt + response, prompt) == response


@given(st.text("ab \n", min_size=1), st.text("abc", max_size=40))
def test_white_space_alone_never_moves_the_cut(prompt: str, response: str) -> None:
    """Whatever a tokenizer does to white space, all of the response and nothing but it is left."""
    squeezed = "".join(prompt.split())
    assert response_of(squeezed + "c" + response, prompt) == "c" + response


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\\boxed{2}<|im_end|>\n", "\\boxed{2}"),
        ("2 </s> <pad><pad>", "2 "),
        ("the mark </s> is said", "the mark </s> is said"),
        ("2\n", "2\n"),
        ("<|im_end|>", ""),
        ("", ""),
    ],
)
def test_marks_of_the_end_are_no_part_of_the_response(text: str, kept: str) -> None:
    assert without_ends(text) == kept


def test_hostile_texts_cost_linear_time() -> None:
    """Each of these is quadratic for a regular expression or a naive search; the whole test would take hours."""
    size = 300_000
    with pytest.raises(BadInput):
        response_of("a" * (size - 1) + "b", "a" * size + "c" * 40)
    assert without_ends(" " * size + "x") == " " * size + "x"
    assert without_ends("x" + "</s> " * size) == "x"
