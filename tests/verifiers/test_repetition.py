"""The `repetition` term: what holds for every text. Its table is tests/data/repetition_cases.jsonl."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
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


@settings(deadline=None)
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


ALIKE = {
    "variation selectors": [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)],
    "tags": [*range(0xE0020, 0xE0080)],
    "fillers": [0x3164, 0xFFA0, 0x2800, 0x115F, 0x1160],
    "control characters": [*range(0x00, 0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0)],
    "zero width": [0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD, 0x034F, 0x202E],
    "private use": [*range(0xE000, 0xE400), *range(0xF0000, 0xF0100)],
    "combining marks": [*range(0x0300, 0x0370), *range(0x20D0, 0x20F1), *range(0xFE20, 0xFE30)],
}


@pytest.mark.parametrize("kind", ALIKE)
def test_a_loop_pays_no_less_for_what_is_not_seen_behind_or_within_its_words(kind):
    dice = random.Random(1)
    loop = "we add the first two numbers and divide by three".split() * 100
    hidden = [chr(dice.choice(ALIKE[kind])) for _ in loop]
    bare = score(" ".join(loop))
    assert score(" ".join(word + sign for word, sign in zip(loop, hidden, strict=True))) == bare < -0.98
    assert score(" ".join(word[0] + sign + word[1:] for word, sign in zip(loop, hidden, strict=True))) == bare


@pytest.mark.parametrize("first", [0xFF41, 0x24D0, 0x1D41A, 0x1D4EA, 0x1D5BA])
def test_a_loop_pays_no_less_for_letters_in_another_form(first):
    dice = random.Random(1)
    loop = "we add the first two numbers and divide by three".split() * 100
    forms = ["".join(chr(first + ord(c) - 97) if dice.random() < 0.5 else c for c in word) for word in loop]
    assert score(" ".join(forms)) == score(" ".join(loop))


HOSTILE = [
    "a", " ", "\n \t", "谢", "a b ", "ab\u200b ", "好go", "\U00020000", "\x00", "\u202e", "a" * 63 + " ", "İ",
    "\u0301\u0323", "\ufe00", "\ue000", "a\u20d0 ", "ﷺ", "ⓟ",
]  # fmt: skip


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
