"""The `repetition` term: what holds for every text. Its table is tests/data/repetition_cases.jsonl."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adjudge.verifiers.registry import get
from adjudge.verifiers.repetition import repetition

from .cost import best_of


def score(text: str, **options: Any) -> float:
    found = repetition(text, None, **get("repetition").options(**options).model_dump())
    assert found.status == "ok" and found.score is not None and found.reason
    return found.score


WORDS = st.lists(st.sampled_from(["a", "b", "the", "世", "界", "7", "…", "\u200b"]), max_size=40)


@given(st.text(max_size=300) | WORDS.map(" ".join), st.integers(1, 64), st.floats(-1, 0))
def test_every_text_earns_between_the_penalty_and_0(text, n, max_penalty):
    assert max_penalty <= score(text, n=n, max_penalty=max_penalty) <= 0.0


@given(WORDS, st.integers(1, 12))
def test_it_is_the_share_of_ngrams_that_came_before(words, n):
    plain = [word for word in words if word != "\u200b"]
    grams = [tuple(plain[i : i + n]) for i in range(len(plain) - n + 1)]
    expected = len(set(grams)) / len(grams) - 1 if grams else 0.0
    assert score(" ".join(words), n=n) == pytest.approx(expected)


@given(WORDS, st.integers(1, 8), st.integers(1, 3))
def test_the_whole_text_again_is_never_better(words, n, times):
    text = " ".join(words)
    assert score(" ".join([text] * (times + 1)), n=n) <= score(text, n=n) + 1e-12


@given(WORDS, st.integers(1, 8))
def test_case_and_the_kind_of_blanks_do_not_matter(words, n):
    assert score("\n\t".join(words).upper(), n=n) == score(" ".join(words), n=n)


@given(st.text(alphabet="abc", min_size=1, max_size=12), st.integers(1, 10))
def test_a_megabyte_of_one_piece_without_blanks_is_nearly_the_worst(piece, n):
    text = piece * (100_000 // len(piece))
    assert score(text, n=n) < -0.99


HOSTILE = ["a", " ", "\n \t", "谢", "a b ", "ab\u200b ", "好go", "\U00020000", "\x00", "\u202e", "a" * 63 + " ", "İ"]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("n", [3, 40])
def test_hostile_text_is_the_worst_and_takes_linear_time(piece, n):
    small, large = (piece * (size // len(piece)) for size in (100_000, 1_000_000))
    assert score(large, n=n) < -0.99
    first, second = (best_of(lambda: score(t, n=n), times=2) for t in (small, large))  # noqa: B023
    assert second < 15 * first + 0.02


@pytest.mark.parametrize("options", [{"n": 0}, {"n": 65}, {"n": 3.0}, {"max_penalty": 0.1}, {"max_penalty": -1.1}])
def test_options_out_of_bounds_are_refused(options):
    with pytest.raises(ValidationError):
        get("repetition").options(**options)
