"""The `language` term: whether sentences are told apart, and what holds for every trace, hostile ones above all.

Its table of values is tests/data/language_cases.jsonl; sentences with their language are in language_sentences.jsonl,
`held_out` those that were written after all choices had been made.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adjudge.verifiers.language import language as judge
from adjudge.verifiers.language.detector import Detector, version
from adjudge.verifiers.language.scripts import LANGUAGES, SCRIPTS, WORD, script_of
from adjudge.verifiers.language.tally import tally
from adjudge.verifiers.registry import get
from adjudge_client.types import Verdict

from .cost import best_of

DATA = Path(__file__).parent.parent / "data"
SENTENCES = [json.loads(line) for line in (DATA / "language_sentences.jsonl").read_text("utf-8").splitlines()]


def verdict(trace: str, prompt: str = "", open_think: bool = True, **options: Any) -> Verdict:
    checked = get("language").options(**options).model_dump(mode="json")
    return judge(trace, None, prompt=prompt, open_think=open_think, **checked)


def sentences(language: str) -> list[str]:
    return [row["text"] for row in SENTENCES if row["language"] == language]


# Telling languages apart


def test_there_are_sentences_enough_in_languages_enough():
    counts = Counter(row["language"] for row in SENTENCES)
    assert len(SENTENCES) >= 320 and len(counts) >= 29 and set(counts) <= set(LANGUAGES)


def test_of_single_sentences_at_most_one_in_fifty_is_not_taken_for_its_language():
    wrong = []
    for row in SENTENCES:
        found = tally(row["text"], row["language"])
        if not found.total or found.languages[row["language"]] < found.total:
            wrong.append(f"{row['language']}: {row['text']} {dict(found.languages)}")
    assert len(wrong) <= len(SENTENCES) / 50, "\n".join(wrong)


def test_no_sentence_of_another_language_is_paid_as_english_or_chinese():
    for row in SENTENCES:
        for target in {"en", "zh"} - {row["language"]}:
            assert verdict(row["text"], target=target).score == 0.0, row


@pytest.mark.parametrize("other", ["de", "es", "fr", "ja", "ko", "ru", "vi", "zh"])
def test_a_thinking_with_three_foreign_sentences_in_ten_is_worth_the_share_of_the_rest(other):
    dice = random.Random(1)
    for _ in range(10):
        own = dice.sample(sentences("en"), 7)
        foreign = dice.sample(sentences(other), 3)
        mixed = own + foreign
        dice.shuffle(mixed)
        right = sum(tally(text, "en").total for text in own)
        share = right / (right + sum(tally(text, other).total for text in foreign))
        assert verdict(" ".join(mixed)).score == pytest.approx(share, abs=0.05)


def test_thirty_percent_chinese_reads_as_seventy_percent_english():
    english = "We add the first two numbers and divide the sum by three so that we get the mean."  # 18 words
    chinese = "我们先把这三个数加在一起"  # 12 characters, 8 words
    found = verdict(english + chinese)
    assert found.score == pytest.approx(18 / (18 + 12 / 1.5)) == pytest.approx(0.7, abs=0.01), found


@pytest.mark.parametrize("words", [1, 2, 3, 4, 6, 8, 12])
def test_languages_that_take_turns_every_few_words_earn_no_more_than_their_share(words):
    turns: list[str] = []
    english, french = (" ".join(sentences(code)).replace("$", " ").split() for code in ("en", "fr"))
    for at in range(0, min(len(english), len(french)), words):
        turns += english[at : at + words] + french[at : at + words]
    assert verdict(" ".join(turns)).score <= 0.55


def test_the_targets_are_the_languages_of_the_scripts():
    written = [code for script in SCRIPTS for code in script.languages if code != "other"]
    assert sorted(written) == sorted(LANGUAGES)
    with pytest.raises(ValidationError):
        verdict("", target="xx")


def test_no_letter_is_of_two_scripts():
    for script in SCRIPTS:
        for character in {script.letters[0], script.letters[-1]}:
            assert script_of(character) is script


def test_the_verdict_says_by_what_it_was_told():
    assert verdict("We add the numbers and get ten.").stage == version() == "py3langid 0.4.0"
    assert verdict("我们先把这两个数加起来", target="zh").stage == "scripts"


# What holds for every trace

PIECES = st.sampled_from(
    [
        "<think>", "</think>", "<answer>", "```", "\n```python\n", "$", "$$", "\\[", "\\]", "\\(", "\\text{", "}", "`",
        "\n", ". ", "。", " ", "the ", "we add both numbers ", "nous cherchons le nombre ", "好", "我们先加起来", "の",
        "안녕 ",         "привет ", "аb", "\x00", "\u200b", "\u202e", "\ud800", "😀", "\U0010ffff",
        "\u0301", "ﷺ", "İ", "ǅ", "𝐇𝐞𝐥", "Ꭳ",
        "ABC ", "http://x", "<|channel|>final<|message|>", "a" * 50, "ab ", "x", "1", "สวัสดี", "नमस्ते ", "\uffff", "ªº",
    ]
)  # fmt: skip
TRACES = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60)


@settings(max_examples=400, deadline=None)
@given(
    TRACES,
    TRACES,
    st.booleans(),
    st.sampled_from(["prompt", *LANGUAGES]),
    st.sampled_from(["thinking", "answer", "all"]),
)
def test_every_trace_earns_between_0_and_1_the_same_each_time_and_is_told_why(trace, prompt, open_think, target, part):
    found = verdict(trace, prompt, open_think, target=target, part=part)
    assert found.score is not None and 0.0 <= found.score <= 1.0 and found.reason
    assert found.status == "ok" or (found.status, found.score) == ("no_answer", 0.0)
    assert verdict(trace, prompt, open_think, target=target, part=part) == found


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([row["text"] for row in SENTENCES] + ["ab", "x = 2y, sin x.", "a" * 50, "don't; it's."]))
)
def test_a_picture_beside_a_text_changes_nothing(said):
    """Texts of ASCII alone go a quicker way; it must lead to the same place."""
    text = " ".join(said)
    assert tally(f"{text} 😀", "en") == tally(text, "en")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([row["text"] for row in SENTENCES]), min_size=1, max_size=6), st.integers(2, 5))
def test_saying_it_all_again_changes_nothing(said, times):
    once = "\n".join(said)
    assert verdict("\n".join([once] * times)).score == pytest.approx(verdict(once).score, abs=0.2)
    assert tally("\n".join([once] * times), "en").total <= 2 * tally(once, "en").total


@pytest.mark.parametrize("stop", [".\n", " "])
@pytest.mark.parametrize("times", [1, 10, 3000])
def test_words_said_over_and_over_lift_a_foreign_thinking_by_their_first_few_rounds_at_most(stop, times):
    foreign = "\n".join(sentences("fr"))
    pad = "we do add all the numbers here"  # seven words: pieces of eight begin at each of them in turn
    padded = tally(f"{foreign}\n" + f"{pad}{stop}" * times, "en")
    assert padded.languages["en"] <= 10 * 8 * WORD
    assert padded.languages["fr"] == tally(foreign, "en").languages["fr"]


@pytest.mark.parametrize(
    "hidden",
    [
        "```\n{}\n```",
        "`{}`",
        "$\\text{{{}}}$",
        "$${}$$",
        "\\[ \\text{{{}}} \\]",
        "```python\n# {}\nx = 1\n```",
    ],
)
@pytest.mark.parametrize("other", ["fr", "zh"])
def test_what_is_no_code_counts_within_code_and_formulas_too(hidden, other):
    said = {"fr": "nous cherchons le plus petit nombre divisible par trois", "zh": "我们先把这两个数加起来再除以五"}[
        other
    ]
    open_ = verdict(f"We add both numbers and get ten.\n{said}\n").score
    assert verdict(f"We add both numbers and get ten.\n{hidden.format(said)}\n").score == open_ < 0.6


WAYS = ["```\n{}\n```", "`{}`", "${}$", "\\{}", "<{}>", "<|{}|>", "www.{}.com", "\\begin{{{}}}", "$\\mathit{{{}}}$"]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_out_counts_where_it_is_more_than_what_is_said(way):
    said = "We now check the sum of all given numbers."
    dice = random.Random(5)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(200)]
    scores = [verdict(f"{said}\n" + "\n".join(way.format(word) for word in words[:n])).score for n in (0, 10, 40, 200)]
    assert scores[:2] == [1.0, 1.0] and scores[2] < 0.25 and scores[3] < 0.05
    again = "\n".join(way.format(word) for word in words[:10] * 20)
    assert verdict(f"{said}\n{again}").score == 1.0, "a program that names its variables again and again says no more"


def test_as_much_as_is_said_may_stand_in_code():
    said = "\n".join(sentences("en"))
    dice = random.Random(5)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(1_000)]
    room = tally(said, "en").total // WORD // 2
    assert verdict(said + "\n```\n" + "\n".join(words[:room]) + "\n```\n").score == verdict(said).score
    assert verdict(said + "\n```\n" + "\n".join(words[: 2 * room]) + "\n```\n").score < 0.75


def test_thinking_in_code_symbols_or_silence_earns_nothing():
    for nothing in ("", " \n", "$x$", "```\nx = 1\n```", "x y z", "1 + 1 = 2", "ABC", "\\[ x^2 \\]", "😀", "\u200b"):
        found = verdict(f"<think>{nothing}</think>4")
        assert (found.score, found.status) == (0.0, "no_answer"), nothing


# Cost


@pytest.mark.parametrize(
    "unit",
    ["a", "a ", "$", "$a ", "\\[", "\\( ", "`", "``x", "```\n", "<", "<a", "<think>", "ABCDE ", "abc. ", "the ", "好",
     "привет ",      "аb", "привет hello ", "\\begin{", "http://", "\u0301\u0323", "𝐇", "İ",
     "```\nle chat est sur la table\n```\n", "-ab", "www.", "https://a.b ", "\\a ", "\\le ", "<a> ", "$ab$ ",
     "a" * 40 + " ", "ⓟ", "ⁿ", "\u20d0", "a\ufe00", "ﷺ", "⼈"],
)  # fmt: skip
def test_cost_grows_with_the_text_and_no_faster(unit):
    short = unit * (100_000 // len(unit.encode()))
    verdict(short)
    assert best_of(lambda: verdict(short * 10), 2) <= 16 * best_of(lambda: verdict(short), 4) + 0.005


def test_words_never_seen_before_cost_no_more_in_one_long_text_than_in_ten_short_ones():
    dice = random.Random(2)

    def text(words: int) -> str:
        return " ".join("".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(words))

    long, short = text(70_000), [text(7_000) for _ in range(10)]
    verdict("")
    whole = best_of(lambda: verdict(long), 1)
    assert whole <= 2 * best_of(lambda: [verdict(part) for part in short], 1)


def test_words_that_are_forgotten_are_learnt_again_as_they_were(monkeypatch):
    words = [word for row in SENTENCES for word in row["text"].split()]
    starts = np.arange(0, len(words), 5)
    detector = Detector(("en", "de"))
    before = detector.weigh(words, starts)
    monkeypatch.setattr("adjudge.verifiers.language.detector._KNOWN_WORDS", 20)
    other = detector.weigh(words[:15], starts[:3])
    again = detector.weigh(words, starts)
    assert all((one == two).all() for one, two in zip(before, again, strict=True))
    assert all((one == two[:3]).all() for one, two in zip(other, before, strict=True))
