"""Formulas that pay right and wrong traces differently are two terms; through the whole engine they are the paper's."""

from __future__ import annotations

import math
import random

import pytest
from harness import item, request

from adjudge.errors import BadRequest

CORRECT = {"name": "correct", "verifier": "item"}
RIGHT, WRONG = {"trace": "right", "verifier": "exact"}, {"trace": "wrong", "verifier": "exact"}


async def rewards(engine, terms, items):
    return (await engine.run(engine.plan(request(items, reward={"terms": terms})))).rewards


@pytest.fixture
async def engine(start):
    return await start()


def rollouts(dice, count=60, **fields):
    """Right and wrong ones of random length, and which is which."""
    right = [dice.random() < 0.5 for _ in range(count)]
    lengths = [dice.choice([dice.randrange(3_000), 500]) for _ in range(count)]
    items = [
        item(**(RIGHT if good else WRONG), tokens=tokens, **fields) for good, tokens in zip(right, lengths, strict=True)
    ]
    return items, right, lengths


async def test_the_two_terms_of_kimi_are_the_papers_one_on_random_groups(engine):
    dice = random.Random(15)
    terms = [
        {**CORRECT, "weight": 0},
        {"name": "penalty", "verifier": "kimi_length", "options": {"part": "penalty"}},
        {"name": "bonus", "verifier": "kimi_length", "options": {"part": "bonus"}, "when": "correct"},
    ]
    for size in (1, 2, 3, 8, 16):
        items, right, lengths = rollouts(dice, size, group="g", group_size=size)
        low, high = min(lengths), max(lengths)
        expected = []
        for good, tokens in zip(right, lengths, strict=True):
            value = 0.5 - (tokens - low) / (high - low) if high > low else 0.0
            expected.append(value if good else min(0.0, value))
        assert await rewards(engine, terms, items) == expected


async def test_a_group_that_is_not_whole_is_null_and_says_so(engine):
    terms = [CORRECT, {"name": "length", "verifier": "kimi_length"}]
    items = [item(**RIGHT, tokens=5, group="g", group_size=2), item(**RIGHT, tokens=5)]
    response = await engine.run(engine.plan(request(items, reward={"terms": terms}, explain=True)))
    assert response.rewards == [None, None]
    assert {row["length"].status for row in response.verdicts} == {"bad_task"}


async def test_l1_max_is_the_product_of_correctness_and_length(engine):
    terms = [
        {**CORRECT, "weight": 0},
        {"name": "length", "verifier": "l1_max", "when": "correct"},
    ]
    items, right, lengths = rollouts(random.Random(1), term_options={"length": {"target": 1000}})
    expected = [
        good * min(max(0.0003 * (1000 - tokens) + 0.5, 0.0), 1.0) for good, tokens in zip(right, lengths, strict=True)
    ]
    assert await rewards(engine, terms, items) == pytest.approx(expected)


async def test_l1_exact_is_the_sum_of_correctness_and_length_with_a_target_for_each_item(engine):
    dice = random.Random(2)
    items, right, lengths = rollouts(dice)
    targets = [dice.randrange(1, 3_000) for _ in items]
    items = [
        {**one, "term_options": {"length": {"target": target}}} for one, target in zip(items, targets, strict=True)
    ]
    expected = [
        good - 0.0003 * abs(target - tokens) for good, target, tokens in zip(right, targets, lengths, strict=True)
    ]
    terms = [CORRECT, {"name": "length", "verifier": "l1_exact"}]
    assert await rewards(engine, terms, items) == pytest.approx(expected)


async def test_the_cosine_of_right_traces_is_that_of_wrong_ones_and_the_difference(engine):
    """Yeo et al.: right 2 to 1, wrong -10 to 0, exceeded -10, of 2,000 tokens."""
    terms = [
        {**CORRECT, "weight": 0},
        {
            "name": "wrong",
            "verifier": "cosine_length",
            "options": {"start": -10, "end": 0, "exceeded": -10, "max_length": 2000},
        },
        {
            "name": "right",
            "verifier": "cosine_length",
            "when": "correct",
            "options": {"start": 12, "end": 1, "exceeded": 0, "max_length": 2000},
        },
    ]
    items, right, lengths = rollouts(random.Random(3))
    expected = []
    for good, tokens in zip(right, lengths, strict=True):
        first, last = (2, 1) if good else (-10, 0)
        along = (1 + math.cos(math.pi * tokens / 2000)) / 2
        expected.append(-10 if tokens >= 2000 else last + (first - last) * along)
    assert await rewards(engine, terms, items) == pytest.approx(expected)


async def test_dapo_is_correctness_and_the_punishment(engine):
    terms = [
        {**CORRECT, "weight": 2.0},
        {"name": "overlong", "verifier": "overlong", "options": {"max_length": 2000, "cache": 1000}},
    ]
    items, right, lengths = rollouts(random.Random(4))
    expected = [
        2 * good - min(max(0.0, (tokens - 1000) / 1000), 1.0) for good, tokens in zip(right, lengths, strict=True)
    ]
    assert await rewards(engine, terms, items) == pytest.approx(expected)


async def test_a_length_over_the_limit_of_a_text_is_punished_not_forgiven(engine):
    items = [item("a" * 2_000_000, verifier="exact")]
    assert await rewards(engine, [{"name": "overlong", "verifier": "overlong"}], items) == [-1.0]


async def test_a_target_that_is_missing_refuses_the_request_and_is_named(engine):
    items = [item(**RIGHT, term_options={"length": {"target": 5}}), item(**RIGHT)]
    with pytest.raises(BadRequest, match="required") as refused:
        await rewards(engine, [CORRECT, {"name": "length", "verifier": "l1_exact"}], items)
    assert (refused.value.index, refused.value.field) == (1, "term_options.length.target")


async def test_an_option_that_only_its_default_makes_wrong_is_named(engine):
    term = {"name": "overlong", "verifier": "overlong", "options": {"max_length": 100}}
    with pytest.raises(BadRequest, match="cannot be longer: 4096 > 100") as refused:
        await rewards(engine, [term], [item(**RIGHT)])
    assert refused.value.field == "reward.terms.0.options.cache"
