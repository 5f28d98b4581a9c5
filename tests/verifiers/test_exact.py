"""The `exact` verifier: what counts as the same text, option by option."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.verifiers.answer import Answer
from adjudge.verifiers.exact import exact
from adjudge.verifiers.registry import get
from adjudge_client.types import Verdict


def verdict(text: str, gold: object, **options) -> Verdict:
    assert get("exact").options(**options)
    return exact(Answer(text), gold, **options)


@pytest.mark.parametrize(
    ("text", "gold", "options", "score"),
    [
        ("Paris", "Paris", {}, 1),
        ("  paris.\n", "Paris", {}, 1),
        ("Lyon", "Paris", {}, 0),
        ("The answer is Paris", "Paris", {}, 0),
        ("The answer is Paris", "Paris", {"read": "commitment"}, 1),
        ("\\boxed{Paris}", "Paris", {"read": "commitment"}, 1),
        ("paris", "Paris", {"case": True}, 0),
        ("New   York", "new york", {}, 1),
        ("NewYork", "New York", {}, 0),
        ("NewYork", "New York", {"whitespace": "remove"}, 1),
        ("New  York", "New York", {"whitespace": "exact"}, 0),
        ("Paris", "Paris.", {}, 1),
        ("Paris.", "Paris", {"punctuation": "exact"}, 0),
        ("don't", "dont", {}, 0),
        ("don't", "dont", {"punctuation": "remove"}, 1),
        ("!", "!", {}, 1),
        ("?", "!", {}, 0),
        ("?", "!", {"punctuation": "remove"}, 0),
        ("Ｐａｒｉｓ", "Paris", {}, 1),
        ("Ｐａｒｉｓ", "Paris", {"unicode": "exact"}, 0),
        ("Pa\u200bris", "Paris", {}, 1),
        ("cafe\u0301", "caf\u00e9", {}, 1),
        ("x²", "x2", {}, 0),
        ("x²", "x2", {"unicode": "NFKC"}, 1),
        ("the cat", "cat", {}, 0),
        ("the cat", "cat", {"articles": False}, 1),
        ("theatre", "atre", {"articles": False}, 0),
        ("STRASSE", "straße", {}, 1),
        ("1,234", "1234", {}, 0),
        ("1,234", "1234", {"numbers": "value"}, 1),
        ("0.50", "1/2", {"numbers": "value"}, 1),
        ("12,34", "1234", {"numbers": "value"}, 0),
        ("1/0", "1", {"numbers": "value"}, 0),
        ("42", 42, {}, 1),
        ("0.10", Decimal("0.10"), {}, 1),
        ("0.1", Decimal("0.10"), {}, 0),
        ("0.1", Decimal("0.10"), {"numbers": "value"}, 1),
    ],
)
def test_an_answer_is_the_gold_up_to_what_the_options_pass_over(text, gold, options, score):
    assert verdict(text, gold, **options).score == score


@pytest.mark.parametrize("gold", ["", "  ", None, {}, {"a": 1}, True, [1]])
def test_a_gold_that_is_no_text_is_bad_task(gold):
    found = verdict("x", gold)
    assert (found.score, found.status) == (None, "bad_task")


def test_without_a_commitment_there_is_no_answer():
    found = verdict("The answer is not Paris.", "Paris", read="commitment")
    assert (found.score, found.status) == (0.0, "no_answer")


@given(
    st.text(),
    st.text(),
    st.booleans(),
    st.sampled_from(["collapse", "remove", "exact"]),
    st.sampled_from(["width", "NFKC", "exact"]),
)
def test_every_text_is_itself_and_equality_is_symmetric(left, right, case, whitespace, unicode):
    options = {"case": case, "whitespace": whitespace, "unicode": unicode}
    if left.strip():
        assert verdict(left, left, **options).score == 1
    if left.strip() and right.strip():
        assert verdict(left, right, **options).score == verdict(right, left, **options).score
