"""The `f1` verifier: SQuAD's count, and where it goes beyond it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.verifiers.answer import Answer
from adjudge.verifiers.f1 import f1
from adjudge.verifiers.registry import get
from adjudge_client.types import Verdict


def verdict(text: str, gold: object, **options) -> Verdict:
    assert get("f1").options(**options)
    return f1(Answer(text), gold, **options)


@pytest.mark.parametrize(
    ("text", "gold", "options", "score"),
    [
        ("Denver Broncos", "Denver Broncos", {}, 1.0),
        ("The Denver Broncos!", "denver broncos", {}, 1.0),
        ("Denver", "Denver Broncos", {}, 2 / 3),
        ("the cat sat", "cat", {}, 2 / 3),
        ("the cat sat", "cat", {"articles": True}, 0.5),
        ("dog", "cat", {}, 0.0),
        ("cat cat cat", "cat", {}, 0.5),
        ("cat cat", "cat cat dog", {}, 0.8),
        ("dog bites man", "man bites dog", {}, 1.0),
        ("!!!", "cat", {}, 0.0),
        ("the", "the", {}, 1.0),
        ("北京大学", "北京", {}, 0.0),
        ("北京大学", "北京", {"tokens": "mixed"}, 2 / 3),
        ("“Ｃａｔ”", "cat", {}, 1.0),
        ("42", 42, {}, 1.0),
        ("So after all the answer is Denver Broncos.", "Denver Broncos", {"read": "commitment"}, 1.0),
    ],
)
def test_the_score_is_the_harmonic_mean_of_precision_and_recall(text, gold, options, score):
    assert verdict(text, gold, **options).score == pytest.approx(score)


@pytest.mark.parametrize("gold", ["", " ", "!?", None, {}, False])
def test_a_gold_without_words_is_bad_task(gold):
    found = verdict("cat", gold)
    assert (found.score, found.status) == (None, "bad_task")


@given(st.text(), st.text())
def test_the_score_is_symmetric_and_within_its_range(left, right):
    one, other = verdict(left, right), verdict(right, left)
    if one.score is not None and other.score is not None:
        assert one.score == other.score
        assert 0.0 <= one.score <= 1.0
