"""Every sentence of contract §1, Composition, as a row; then the laws that hold for all inputs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.errors import BadRequest
from adjudge.rewards import DEFAULT_SPEC, Reward, check_spec, compose
from adjudge_client.types import RewardSpec, Term


def spec(*terms, **fields):
    named = [{"name": f"t{i}", "verifier": "item", **term} for i, term in enumerate(terms)]
    return RewardSpec.model_validate({"terms": named, **fields})


PLAIN, GATE = {}, {"gate": True}
AFTER = {"when": "t0"}

ROWS = [
    # what, spec, scores, truncated, reward
    ("one term is its own reward", spec(PLAIN), [0.5], False, 0.5),
    ("weights multiply", spec({"weight": 2.0}, {"weight": -0.5}), [1.0, 1.0], False, 1.5),
    ("a null term makes the reward null", spec(PLAIN, PLAIN), [1.0, None], False, None),
    ("a null term of weight 0 counts like any other", spec(PLAIN, {"weight": 0.0}), [1.0, None], False, None),
    ("when holds at the minimum", spec(PLAIN, AFTER), [1.0, 0.5], False, 1.5),
    ("when does not hold below it: the term contributes 0", spec(PLAIN, AFTER), [0.9, 0.5], False, 0.9),
    ("the minimum is the waiting term's own", spec(PLAIN, {**AFTER, "min": 0.5}), [0.5, 0.25], False, 0.75),
    ("a term that does not count may be null", spec(PLAIN, AFTER), [0.0, None], False, 0.0),
    ("a term that counts may not", spec(PLAIN, AFTER), [1.0, None], False, None),
    ("a null `when` term makes the reward null", spec({"weight": 0.0}, AFTER), [None, 1.0], False, None),
    ("`when` looks at the score, not at whether that term counts",
     spec(PLAIN, AFTER, {"when": "t1"}), [0.0, 1.0, 1.0], False, 1.0),
    ("a gate that holds counts with its weight", spec(GATE, PLAIN), [1.0, 0.5], False, 1.5),
    ("a failed gate without a range is 0", spec(GATE, {"weight": -3.0}), [0.5, 1.0], False, 0.0),
    ("a failed gate is the floor of the range", spec(GATE, PLAIN, range=[-1, 1]), [0.0, 1.0], False, -1.0),
    ("a failed gate is the floor even where the floor is above 0", spec(GATE, range=[0.5, 1]), [0.0], False, 0.5),
    ("a failed gate decides whatever else is null", spec(GATE, PLAIN, range=[-1, 1]), [0.0, None], False, -1.0),
    ("a null gate decides before a failed one", spec(GATE, GATE), [0.0, None], False, None),
    ("a null `when` term decides before a failed gate", spec(PLAIN, AFTER, GATE), [None, 1.0, 0.0], False, None),
    ("a gate has its own minimum", spec({**GATE, "min": 0.5}), [0.5], False, 0.5),
    ("the sum is clipped above", spec({"weight": 5.0}, range=[0, 1]), [1.0], False, 1.0),
    ("the sum is clipped below", spec({"weight": -5.0}, range=[-1, 1]), [1.0], False, -1.0),
    ("truncated, unset: the scores decide", spec(PLAIN, PLAIN), [0.0, 0.25], True, 0.25),
    ("truncated, zero: 0 whatever the scores", spec(PLAIN, truncated="zero"), [1.0], True, 0.0),
    ("truncated, zero: clipped to the range", spec(PLAIN, truncated="zero", range=[-1, -0.5]), [1.0], True, -0.5),
    ("truncated, zero: whatever is null", spec(PLAIN, truncated="zero"), [None], True, 0.0),
    ("zero is for truncated items only", spec(PLAIN, truncated="zero"), [1.0], False, 1.0),
    ("mask is for truncated items only", spec(PLAIN, truncated="mask"), [1.0], False, 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "scores", "truncated", "reward"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_composition(spec, scores, truncated, reward):
    check_spec(spec)
    assert compose(spec, scores, truncated) == Reward(reward)


def test_a_masked_item_is_null_by_wish():
    assert compose(spec(PLAIN, truncated="mask"), [1.0], True) == Reward(None, masked=True)


def test_a_reward_is_never_minus_zero():
    assert math.copysign(1, compose(spec({"weight": -1.0}), [0.0]).value) == 1


REFUSED = [
    (spec({"when": "t1"}, GATE | {"when": "t0"}), "reward.terms.1.when", "both"),
    (spec({"when": "nope"}), "reward.terms.0.when", "unknown term 'nope'"),
    (spec({"when": "t00"}), "reward.terms.0.when", "did you mean 't0'"),
    (spec({"when": "t0"}), "reward.terms.0.when", "circle"),
    (spec({"when": "t1"}, {"when": "t2"}, {"when": "t0"}), "reward.terms.0.when", "t0 → t1 → t2 → t0"),
    (spec({"name": "same"}, {"name": "same"}), "reward.terms.1.name", "two terms"),
    (spec({"name": ""}), "reward.terms.0.name", "needs a name"),
    (spec(PLAIN, range=[1, 0]), "reward.range", "upside down"),
]


@pytest.mark.parametrize(("bad", "field", "words"), REFUSED)
def test_what_cannot_be_composed_is_refused_by_field(bad, field, words):
    with pytest.raises(BadRequest) as refusal:
        check_spec(bad)
    assert refusal.value.field == field and words in refusal.value.message


def test_the_default_is_one_term_correct():
    assert DEFAULT_SPEC.terms == [Term(name="correct", verifier="item", weight=1.0)]


SCORES = st.one_of(st.none(), st.floats(-1, 1))
TERMS = st.lists(
    st.fixed_dictionaries(
        {"weight": st.floats(-10, 10), "gate": st.booleans(), "min": st.floats(-1, 1), "after": st.booleans()}
    ),
    min_size=1,
    max_size=5,
)
RANGES = st.one_of(st.none(), st.tuples(st.floats(-5, 0), st.floats(0, 5)))


def build(terms, bounds, truncated=None):
    """Each term may wait for the one before it."""
    made = []
    for i, term in enumerate(terms):
        when = f"t{i - 1}" if term["after"] and i and not term["gate"] else None
        made.append(
            Term(name=f"t{i}", verifier="item", weight=term["weight"], gate=term["gate"], min=term["min"], when=when)
        )
    return RewardSpec(terms=made, range=bounds, truncated=truncated)


@given(TERMS, RANGES, st.data(), st.booleans(), st.sampled_from([None, "zero", "mask"]))
def test_a_reward_is_null_or_finite_and_in_its_range(terms, bounds, data, truncated, how):
    made = build(terms, bounds, how)
    check_spec(made)
    scores = data.draw(st.lists(SCORES, min_size=len(terms), max_size=len(terms)))
    reward = compose(made, scores, truncated)
    if reward.value is not None:
        assert math.isfinite(reward.value)
        assert bounds is None or bounds[0] <= reward.value <= bounds[1]
    assert reward.masked == (truncated and how == "mask")


@given(TERMS, RANGES, st.data())
def test_without_nulls_there_is_a_reward_and_one_null_never_raises_it_to_another_number(terms, bounds, data):
    made = build(terms, bounds)
    scores = data.draw(st.lists(st.floats(-1, 1), min_size=len(terms), max_size=len(terms)))
    whole = compose(made, scores).value
    assert whole is not None
    for position in range(len(terms)):
        holed = compose(made, [None if i == position else score for i, score in enumerate(scores)]).value
        assert holed is None or holed == whole


@given(TERMS, RANGES, st.data())
def test_the_order_of_terms_does_not_matter(terms, bounds, data):
    made = build(terms, bounds)
    scores = data.draw(st.lists(SCORES, min_size=len(terms), max_size=len(terms)))
    shuffled = data.draw(st.permutations(list(zip(made.terms, scores, strict=True))))
    other = made.model_copy(update={"terms": [term for term, _ in shuffled]})
    assert compose(other, [score for _, score in shuffled]) == compose(made, scores)
