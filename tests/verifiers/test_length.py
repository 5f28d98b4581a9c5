"""The length terms: what holds for every length and all options. Their tables are tests/data/<term>_cases.jsonl."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adjudge.verifiers.registry import Group, Length, get

TOKENS = st.integers(0, 60_000) | st.sampled_from([0, 1, 10**12, 10**400])
VALUES = st.floats(-20, 20)
OPTIONS: dict[str, Any] = {
    "overlong": st.integers(0, 40_000).flatmap(
        lambda most: st.fixed_dictionaries({"max_length": st.just(most), "cache": st.integers(0, most)})
    ),
    "cosine_length": st.fixed_dictionaries(
        {"start": VALUES, "end": VALUES, "exceeded": VALUES, "max_length": st.integers(1, 40_000)}
    ),
    "l1_exact": st.fixed_dictionaries({"target": st.integers(1, 40_000), "alpha": st.floats(0, 1)}),
    "l1_max": st.fixed_dictionaries(
        {"target": st.integers(1, 40_000), "alpha": st.floats(0, 1), "delta": st.floats(0, 1)}
    ),
}
CASES = st.sampled_from(sorted(OPTIONS)).flatmap(lambda name: st.tuples(st.just(name), OPTIONS[name]))


def score(name: str, tokens: int, exact: bool = True, **options: Any) -> float:
    spec = get(name)
    found = spec.function(Length(tokens, exact), None, **spec.options(**options).model_dump())
    assert found.status == "ok" and found.score is not None and math.isfinite(found.score)
    assert found.reason.startswith(str(Length(tokens, exact)))
    return found.score


def kimi(lengths: list[int], part: str) -> list[float]:
    spec = get("kimi_length")
    members = [Length(tokens, True) for tokens in lengths]
    return [spec.function(Group(i, members), None, part=part).score for i in range(len(members))]


@given(CASES, TOKENS)
def test_every_length_earns_within_the_range_that_is_published(case, tokens):
    name, options = case
    low, high = get(name).range
    assert low <= score(name, tokens, **options) <= high


@given(CASES, TOKENS, st.booleans())
def test_the_reason_says_how_many_tokens_and_whether_they_were_counted(case, tokens, exact):
    score(case[0], tokens, exact, **case[1])  # the check is in there


@given(OPTIONS["overlong"], TOKENS, TOKENS)
def test_overlong_never_rises_with_the_length(options, one, other):
    shorter, longer = sorted((one, other))
    assert score("overlong", longer, **options) <= score("overlong", shorter, **options)


@given(OPTIONS["l1_max"], TOKENS, TOKENS)
def test_l1_max_never_rises_with_the_length(options, one, other):
    shorter, longer = sorted((one, other))
    assert score("l1_max", longer, **options) <= score("l1_max", shorter, **options)


@given(OPTIONS["l1_exact"], st.integers(0, 50_000), st.integers(0, 50_000))
def test_l1_exact_never_rises_with_the_distance(options, one, other):
    target = options["target"]
    nearer, farther = sorted((one, other), key=lambda tokens: abs(tokens - target))
    assert score("l1_exact", farther, **options) <= score("l1_exact", nearer, **options)


@given(OPTIONS["cosine_length"], st.integers(0, 40_000), st.integers(0, 40_000))
def test_cosine_goes_one_way_below_its_limit(options, one, other):
    shorter, longer = sorted((one % options["max_length"], other % options["max_length"]))
    first, second = (score("cosine_length", tokens, **options) for tokens in (shorter, longer))
    rises = options["end"] >= options["start"]
    assert first <= second + 1e-12 if rises else second <= first + 1e-12
    assert min(options["start"], options["end"]) <= second <= max(options["start"], options["end"])


@given(st.lists(TOKENS, min_size=1, max_size=12), st.randoms())
def test_the_order_of_a_groups_members_never_matters(lengths, dice):
    order = list(range(len(lengths)))
    dice.shuffle(order)
    for part in ("penalty", "bonus", "both"):
        before = kimi(lengths, part)
        assert kimi([lengths[i] for i in order], part) == [before[i] for i in order]


@given(st.lists(TOKENS, min_size=1, max_size=12))
def test_a_group_is_judged_as_in_the_paper(lengths):
    low, high = min(lengths), max(lengths)
    both, penalty, bonus = (kimi(lengths, part) for part in ("both", "penalty", "bonus"))
    for tokens, whole, lost, won in zip(lengths, both, penalty, bonus, strict=True):
        wanted = 0.5 - (tokens - low) / (high - low) if high > low else 0.0
        assert (whole, lost, won) == (wanted, min(0.0, wanted), max(0.0, wanted))
        assert -0.5 <= whole <= 0.5 and lost + won == whole


@pytest.mark.parametrize(
    ("name", "options", "field"),
    [
        ("overlong", {"max_length": 100}, "cache"),  # the default cache is longer
        ("overlong", {"max_length": 100, "cache": 101}, "cache"),
        ("overlong", {"cache": -1}, "cache"),
        ("overlong", {"max_length": 10**9}, "max_length"),
        ("overlong", {"max_length": 100.0, "cache": 1}, "max_length"),
        ("kimi_length", {"part": "right"}, "part"),
        ("cosine_length", {"start": 1, "end": 0, "max_length": 10}, "exceeded"),
        ("cosine_length", {"start": 21, "end": 0, "max_length": 10, "exceeded": 0}, "start"),
        ("cosine_length", {"start": math.nan, "end": 0, "max_length": 10, "exceeded": 0}, "start"),
        ("cosine_length", {"start": 1, "end": 0, "max_length": 0, "exceeded": 0}, "max_length"),
        ("l1_exact", {}, "target"),
        ("l1_exact", {"target": 0}, "target"),
        ("l1_exact", {"target": 5, "alpha": -0.1}, "alpha"),
        ("l1_max", {"target": 5, "delta": 1.5}, "delta"),
        ("l1_max", {"alpha": 0.1}, "target"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(name, options, field):
    with pytest.raises(ValidationError) as refused:
        get(name).options(**options)
    assert refused.value.errors()[0]["loc"] == (field,)
