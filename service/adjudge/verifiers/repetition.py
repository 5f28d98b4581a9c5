"""`repetition`: a penalty for n-grams that come again."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from adjudge_client.types import Verdict

from .invisible import code_points
from .registry import verifier
from .verdicts import judged

_LONG = 64
"""Characters. No word of a language is longer, nor is a run of blanks that means anything."""
_PIECE = 16
"""Characters of a piece into which longer runs are cut."""

# Scripts without blanks between words: Thai, Lao, Tibetan, Burmese, Khmer, kana, Chinese.
_NO_BLANKS = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u0f40-\u0f6c\u1000-\u109f\u1780-\u17d3\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_CHARACTER = re.compile(f"[{_NO_BLANKS}]")
_WORD = re.compile(rf"[{_NO_BLANKS}]|[^\s{_NO_BLANKS}]+")
_WORD_OR_BLANKS = re.compile(rf"[{_NO_BLANKS}]|[^\s{_NO_BLANKS}]+|\s+")
_MAYBE_BLANKS = re.compile(r"\s{8}")
"""Seen in every eighth character, it stands for a run of 57 and more: a look that costs an eighth."""
_INVISIBLE = code_points()
_HIDDEN = "\u200b"
"""Stands for every character that does not make words differ."""
_HIDDEN_RUN = re.compile(f"{_HIDDEN}+")
_NO_DIFFERENCE = frozenset(["Mn", "Me", "Co", "Cs"])
"""Categories: combining marks, private use, halves of characters."""
_ASCII = {code: code if code not in _INVISIBLE else None for code in range(128)}


@verifier("repetition", revision=1, sees="trace", work="text", kind="shaping", range=(-1.0, 0.0))
def repetition(
    trace: str,
    gold: None,
    *,
    n: Annotated[int, Field(ge=1, le=64, description="words (or characters, see above) in an n-gram")] = 3,
    max_penalty: Annotated[float, Field(ge=-1, le=0, description="what nothing but repetition would earn")] = -1.0,
) -> Verdict:
    """Punish a trace by the share of its n-grams that repeat an earlier one.

        max_penalty · (1 - distinct n-grams / n-grams)

    Range: -1 … 0. Source: Yeo et al. 2025, Demystifying Long Chain-of-Thought Reasoning in LLMs, arXiv:2502.03373,
    appendix C.2, in the form of open-r1's and TRL's repetition penalty (one number per trace; the paper also punishes
    the repeating tokens themselves, which is the trainer's to do). n = 3 and -1 are open-r1's; the paper has n = 40.

    Words are what stands between blanks, in lower case, thinking and answer alike. Beyond the source: each character of
    Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan is a word, since no blanks stand between theirs (choose a
    larger n for them); and a run of more than 64 characters, or blanks, without a break is cut into pieces of 16, so
    that "aaaa…" and a megabyte of line breaks are repetition (nearly `max_penalty`) and not one word, 0. Invisible
    characters do not make words differ.

    A trace of fewer than n words, and an empty one, repeats nothing: 0. Ordinary mathematics repeats about a tenth of
    its 3-grams. Varied nonsense is not punished: the term sees repetition only.
    """
    words = _words(trace)
    total = len(words) - n + 1
    if total < 1:
        return judged("repetition", 0.0, f"fewer than {n} words: nothing repeats", stage="n-grams")
    again = total - len(set(_ngrams(words, n)))
    reason = f"{again} of {total} {n}-grams stood there before"
    return judged("repetition", 0.0 + max_penalty * again / total, reason, stage="n-grams")


def _words(text: str) -> list[str]:
    text = _plain(text)
    if _MAYBE_BLANKS.search(text[:: _LONG // 8]):
        words = [run for run in _WORD_OR_BLANKS.findall(text) if len(run) > _LONG or not run.isspace()]
    else:
        words = text.split() if text.isascii() or not _CHARACTER.search(text) else _WORD.findall(text)
    if max(map(len, words), default=0) <= _LONG:
        return words
    cut: list[str] = []
    since = 0
    for at in [at for at, word in enumerate(words) if len(word) > _LONG]:
        run = words[at]
        cut += words[since:at]
        cut += (run[start : start + _PIECE] for start in range(0, len(run), _PIECE))
        since = at + 1
    return cut + words[since:]


def _plain(text: str) -> str:
    """Equal for what reads equal."""
    if text.isascii() and len(text.translate(_ASCII)) == len(text):
        return text.lower()
    text = text.translate({ord(character): _folded(character) for character in set(text)})
    return _HIDDEN_RUN.sub(_seen, text)


@lru_cache(20_000)
def _folded(character: str) -> str:
    """A character in its plainest form. One by one, since normalising a text takes time that grows with the square of
    a run of combining marks."""
    if ord(character) in _INVISIBLE or unicodedata.category(character) in _NO_DIFFERENCE:
        return _HIDDEN
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    return "".join(_HIDDEN if unicodedata.category(part) in _NO_DIFFERENCE else part for part in plain)


def _seen(hidden: re.Match[str]) -> str:
    """A few characters that are not seen make no difference; a long run of them is repetition like any other."""
    return "" if len(hidden[0]) <= _LONG else f" {hidden[0]} "


def _ngrams(words: Sequence[str], n: int) -> Iterable[Hashable]:
    """All n-grams; long ones as bytes, an integer for each word."""
    if n <= 4:
        return zip(*(words[start:] for start in range(n)), strict=False)
    numbers: dict[str, int] = {}
    row = array("I", [numbers.setdefault(word, len(numbers)) for word in words])
    bytes_, width = row.tobytes(), row.itemsize
    return (bytes_[at : at + n * width] for at in range(0, (len(row) - n + 1) * width, width))
