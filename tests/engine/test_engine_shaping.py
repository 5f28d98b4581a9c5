"""What shaping terms are handed: lengths, groups, the whole trace; and what they earn where nothing can be judged."""

from __future__ import annotations

import pytest
from harness import item, request, settings

from adjudge.engine import Engine
from adjudge.engine.lengths import length_of, lengths_of
from adjudge.errors import BadRequest
from adjudge.verifiers import Length
from adjudge_client.types import Verdict

THOUGHT = [{"role": "assistant", "reasoning_content": "hm, 2+2", "content": "four"}]


@pytest.fixture(scope="module")
def engine():
    return Engine(settings(text_limit=1_000))


def planned(engine, verifier, items):
    return engine.plan(request(items, reward={"terms": [{"name": "t", "verifier": verifier}]}))


def seen(engine, verifier, **fields):
    plan = planned(engine, verifier, [item(fields.pop("trace", "x"), **fields)])
    return plan.needs[0].job


def test_a_length_is_the_trainers_tokens_or_an_estimate_from_the_bytes():
    assert length_of(7, "a long text that nobody looks at") == Length(7, exact=True)
    assert length_of(None, "12345") == Length(2, exact=False)  # 5 bytes
    assert length_of(None, "一二三四") == Length(3, exact=False)  # 12 bytes
    assert length_of(None, "") == Length(0, exact=False)
    assert "UTF-8 bytes" in str(length_of(None, "12345")) and str(length_of(7, "")) == "7 tokens"


def test_a_group_is_measured_in_one_way():
    assert lengths_of([1, 2], ["aaaa", "b"]) == [Length(1, True), Length(2, True)]
    assert lengths_of([100, None], ["aaaa", "b"]) == [Length(1, False), Length(1, False)]


def test_a_verifier_of_lengths_is_not_handed_the_text(engine):
    assert seen(engine, "odd_length", tokens=3).trace == Length(3, exact=True)
    assert seen(engine, "odd_length", trace="a" * 9).trace == Length(3, exact=False)


def test_a_text_over_its_limit_still_has_a_length(engine):
    """A model that is paid for being short must not be paid for being so long that nobody reads it."""
    assert seen(engine, "odd_length", trace="a" * 2_000).trace == Length(500, exact=False)


def test_equal_lengths_of_different_texts_are_one_job_and_different_ones_are_two(engine):
    assert len(planned(engine, "odd_length", [item("a", tokens=3), item("b", tokens=3)]).needs) == 1
    assert len(planned(engine, "odd_length", [item("a", tokens=3), item("a", tokens=4)]).needs) == 2
    assert len(planned(engine, "odd_length", [item("abc"), item("abc", tokens=1)]).needs) == 2  # exact or estimated


def test_the_order_of_a_group_is_in_the_identity_of_its_members(engine):
    one = planned(engine, "odd_lengths", [item("a", tokens=n, group="g") for n in (1, 2)])
    other = planned(engine, "odd_lengths", [item("a", tokens=n, group="g") for n in (2, 1)])
    assert len({need.identity for need in [*one.needs, *other.needs]}) == 4


def test_what_a_shaping_term_is_not_told_is_not_in_its_identity(engine):
    """It does not know what is right, so a gold that cannot be read costs it nothing, and equal texts are one job."""
    plan = planned(engine, "odd_shape", [item("a", gold="1"), item("a", gold="2" * 2_000, truncated=True)])
    assert len(plan.needs) == 1 and plan.needs[0].job.gold is None


def test_a_verifier_is_told_what_it_asks_for_and_that_is_in_its_identity(engine):
    items = [
        item("a"),
        item("a", truncated=True),
        item("a", prompt="<think>"),
        item("a", prompt="another prompt"),
    ]
    plan = planned(engine, "odd_context", items)
    assert [(need.job.open_think, need.job.truncated) for need in plan.needs] == [
        (False, False),
        (False, True),
        (True, False),
    ]


def test_the_whole_trace_holds_the_thinking_that_a_server_split_off(engine):
    assert seen(engine, "odd_context", trace=THOUGHT).trace == "<think>hm, 2+2</think>four"
    assert seen(engine, "odd_length", trace=THOUGHT).trace == Length(7, exact=False)  # 26 bytes
    assert seen(engine, "odd_answer", trace=THOUGHT).trace == "four"


def test_the_whole_trace_holds_every_turn_of_the_model_and_no_other(engine):
    """Else its cost would move to turns that nobody counts."""
    turns = [
        {"role": "assistant", "content": "let me ask", "reasoning_content": "hm"},
        {"role": "tool", "content": "42"},
        {"role": "assistant", "content": "It is 42."},
    ]
    assert seen(engine, "odd_context", trace=turns).trace == "<think>hm</think>let me ask\n\nIt is 42."
    assert seen(engine, "odd_length", trace=turns).trace == Length(10, exact=False)  # 38 bytes
    assert seen(engine, "odd_answer", trace=turns).trace == "It is 42."


@pytest.mark.parametrize("weights", [[1e308], [8e307, -8e307], [1e307] * 2])
def test_weights_with_which_a_reward_could_be_infinite_are_refused(engine, weights):
    options = {"start": 20, "end": 20, "exceeded": 20, "max_length": 9}
    terms = [
        {"name": f"t{n}", "verifier": "cosine_length", "weight": w, "options": options} for n, w in enumerate(weights)
    ]
    with pytest.raises(BadRequest) as refusal:
        engine.plan(request([item("x")], reward={"terms": terms}))
    assert refusal.value.field == "reward.terms" and "would not be finite" in refusal.value.message


def test_an_open_think_tag_of_the_prompt_says_nothing_where_the_thinking_came_apart(engine):
    """Else the answer would be taken for thinking, and a right one be worth 0."""
    assert seen(engine, "odd_answer", prompt="Q <think>", trace="four").open_think
    assert not seen(engine, "odd_answer", prompt="Q <think>", trace=THOUGHT).open_think


def test_thinking_over_the_limit_counts_where_it_is_seen(engine):
    long = [{"role": "assistant", "reasoning_content": "a" * 2_000, "content": "four"}]
    assert isinstance(planned(engine, "odd_context", [item(long)]).cells[0][0], Verdict)
    assert planned(engine, "odd_answer", [item(long)]).cells[0][0] == 0


def test_where_nothing_can_be_judged_a_term_gives_no_more_than_its_worst(engine):
    """0 is the best score of a penalty: a text too long to read must not earn it."""
    penalty = planned(engine, "odd_shape", [item("a" * 2_000)]).cells[0][0]
    assert (penalty.score, penalty.status) == (-1.0, "ok") and "longer than 1000 bytes" in penalty.reason
    bonus = planned(engine, "odd_context", [item("a" * 2_000)]).cells[0][0]
    assert (bonus.score, bonus.status) == (0.0, "no_answer")


def test_a_value_of_a_long_list_is_refused_with_the_nearest(engine):
    reward = {"terms": [{"name": "t", "verifier": "language", "options": {"target": "zhh"}}]}
    with pytest.raises(BadRequest) as refusal:
        engine.plan(request([item("x")], reward=reward))
    assert refusal.value.field == "reward.terms.0.options.target" and "did you mean 'zh'?" in refusal.value.message


def test_tool_calls_nested_without_end_are_the_models_and_cost_no_neighbour(engine):
    deep = []
    for _ in range(150):
        deep = [deep]
    trace = [{"role": "assistant", "content": "x", "tool_calls": deep}]
    plan = planned(engine, "odd_messages", [item(trace), item("fine")])
    assert plan.cells[0][0].status == "no_answer" and "nested" in plan.cells[0][0].reason
    assert plan.cells[1][0] == 0
