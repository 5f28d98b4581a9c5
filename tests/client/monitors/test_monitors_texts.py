"""Language mixing and repetition: values by hand, and texts that a model could write to hide or to hurt."""

from __future__ import annotations

import time

import pytest

from adjudge_client.monitors import (
    compression_ratio,
    duplicated_lines,
    mixing,
    mixing_stats,
    repeated_ngrams,
    repetition_stats,
    summarize,
)

approx = pytest.approx


@pytest.mark.parametrize(
    ("text", "words", "main", "other", "switches"),
    [
        ("so we add the two numbers", 6, "latin", 0, 0),
        ("so we 加上 the numbers", 6, "latin", 2 / 6, 2 / 5),  # en en zh zh en en
        ("我们 add 两个数", 6, "cjk", 1 / 6, 2 / 5),
        ("сложим числа and stop", 4, "cyrillic", 2 / 4, 1 / 3),
        ("let x be α and y be β", 4, "latin", 0, 0),  # single letters are symbols
        ("hence $总和 = 5$ holds", 2, "latin", 0, 0),
        ("hence \\(总和\\) and \\[总\n和\\] hold", 3, "latin", 0, 0),
        ("run this\n```python\n# 总和\nprint(1)\n```\nthen stop", 4, "latin", 0, 0),
        ("\\frac{加}{和} \\boxed{5}", 2, "cjk", 0, 0),  # names of commands are no words
        ("it costs $5, 总共 five", 5, "latin", 2 / 5, 2 / 4),  # a stray $ hides nothing
        ("costs $5\n总共 five $6", 4, "latin", 2 / 4, 2 / 3),
        ("a broken \\( mark 总和", 4, "latin", 2 / 4, 1 / 3),
        ("<think>we think</think>总和是五", 2, "latin", 0, 0),  # what comes after the thinking is not looked at
        ("ひらがな と 漢字", 7, "cjk", 0, 0),
        ("123 + 456 = 579", 0, None, 0, 0),
        ("", 0, None, 0, 0),
        ("word", 1, "latin", 0, 0),
    ],
)
def test_scripts_are_counted_word_by_word(text, words, main, other, switches):
    found = mixing(text)
    assert (found.words, found.main) == (words, main)
    assert (found.other, found.switches) == (approx(other), approx(switches))


def test_mixing_over_texts_leaves_out_those_without_words():
    stats = mixing_stats(["we add", "加上 we add", "1 + 1", None])
    assert (stats.n, stats.other, stats.switches, stats.mixed_share) == (2, 0.25, approx(1 / 6), 0.5)
    assert mixing_stats(["1 + 1"]) == mixing_stats([]) == (0, None, None, None)


@pytest.mark.parametrize(
    ("text", "n", "share"),
    [
        ("a b c d e", 2, 0),
        ("a b a b a", 2, 2 / 4),  # ab ba ab ba
        ("no no no no", 1, 3 / 4),
        ("no no no no", 2, 2 / 3),
        ("很好很好很好", 2, 3 / 5),  # 很好 好很 很好 好很 很好
        ([7, 8, 7, 8, 7], 2, 2 / 4),
        ("too short", 4, 0),
        ("", 4, 0),
    ],
)
def test_repeated_ngrams(text, n, share):
    assert repeated_ngrams(text, n) == approx(share)


def test_duplicated_lines():
    assert duplicated_lines("Wait.\n\n  Wait. \nSo 5.\nWait.") == approx(2 / 4)
    assert duplicated_lines("") == duplicated_lines("\n \n") == 0


def test_what_repeats_is_compressed_well_and_what_does_not_is_not():
    assert compression_ratio("") == 1.0
    assert compression_ratio("wait, " * 1000) > 50
    assert compression_ratio("The eggs that are left are sold at the market.") < 1.2
    assert compression_ratio("\ud800") < 1  # a lone surrogate is no reason to fail


def test_a_million_of_one_letter_is_a_loop():
    text = "a" * 1_000_000
    assert repeated_ngrams(text) > 0.99
    assert compression_ratio(text) > 500
    assert repetition_stats([text, "We add two and three, which makes five."]).looping_share == 0.5


def test_repetition_of_no_texts():
    assert repetition_stats([]) == (0, None, None, None, None)
    assert repetition_stats([None]).n == 0


_HOSTILE = {
    "one letter": "a",
    "one character of Chinese": "总",
    "scripts that alternate": "aб",
    "words that alternate": "ab бв 总 ",
    "dollars": "$",
    "odd dollars": "$a ",
    "maths never closed": "\\(",
    "displays never closed": "\\[ x",
    "maths never opened": "\\)",
    "fences": "```",
    "fences never closed": "``` \\( $",
    "backslashes": "\\",
    "thinking tags": "<think>",
    "ends of thinking": "</think>",
    "new lines": "\n",
    "spaces": " ",
    "signs": "!?",
    "combining marks": "e\u0301",
    "lone surrogates": "\ud800",
    "emoji": "🙂👍🏽",
    "nulls": "\0",
}


def _cpu_s(call) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


@pytest.mark.parametrize("kind", _HOSTILE)
def test_hostile_texts_cost_linear_time_and_never_raise(kind):
    """Eight times the text may cost eight times as much; quadratic would be 64. The best of three, by CPU time."""

    def cost(size: int) -> float:
        text = (_HOSTILE[kind] * size)[:size]
        return min(_cpu_s(lambda: (mixing(text), repetition_stats([text]))) for _ in range(3))

    cost(1_000)
    assert cost(200_000) < 24 * max(cost(25_000), 0.002)


def test_the_cost_of_a_step_is_bounded_by_reading_some_texts_only():
    texts = ["we add 加"] * 3 + ["we add"] * 997
    assert summarize(texts=texts, max_texts=100)["language/n"] == 100
    assert summarize(texts=texts, max_texts=1000)["language/mixed_share"] == approx(0.003)
