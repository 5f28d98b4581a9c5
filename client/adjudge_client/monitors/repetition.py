"""Whether the rollouts go in circles.

    n-grams      1 - |distinct n-grams| / |n-grams|          seq-rep-n of Welleck et al. 2019, arXiv:1908.04319
    lines        1 - |distinct lines| / |lines|              Rae et al. 2021, Gopher, arXiv:2112.11446, appendix A
    compression  bytes / bytes after zlib                    Radford et al. 2022, Whisper, arXiv:2212.04356, §4.5

All are linear in the text's length. Long texts repeat more than short ones by themselves: compare like lengths, or
watch the drift. Lines catch copied paragraphs, n-grams loops, compression also what has no words (one character).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from ..errors import BadInput
from ._values import mean, plain, share

_LONGEST = 16
"""A longer run of letters counts as several words: a million of one letter is a loop, not one word."""
_WORDS = re.compile(
    rf"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{{1,{_LONGEST}}}|[^\w\s]"
)


class RepetitionStats(NamedTuple):
    n: int
    """Texts."""
    ngrams: float | None
    lines: float | None
    compression: float | None
    looping_share: float | None
    """Texts of which more than `looping` of the n-grams are repeats."""


def repeated_ngrams(text: str | Sequence[Hashable], n: int = 4) -> float:
    """The share of n-grams that occurred before: 0 none … towards 1 all; 0 where there is no n-gram.

    A text is cut into words (Chinese and Japanese characters one by one) and signs; or hand over its tokens.
    """
    if n < 1:
        raise BadInput(f"n is {n}: an n-gram has at least 1 word")
    words = _WORDS.findall(text) if isinstance(text, str) else plain(text, "text")
    count = len(words) - n + 1
    if count < 1:
        return 0.0
    return 1 - len(set(zip(*(words[start:] for start in range(n)), strict=False))) / count


def duplicated_lines(text: str) -> float:
    """The share of lines that occurred before; empty ones do not count; 0 for a text without lines."""
    lines = [stripped for line in text.splitlines() if (stripped := line.strip())]
    return 1 - len(set(lines)) / len(lines) if lines else 0.0


def compression_ratio(text: str) -> float:
    """How many times smaller zlib makes the text; 1 for an empty one. zlib sees 32 kB back and no farther."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw) / len(zlib.compress(raw)) if raw else 1.0


def repetition_stats(texts: Any, *, n: int = 4, looping: float = 0.5) -> RepetitionStats:
    """Means over the texts; None where there are none. What is no text (None) is left out."""
    listed = [text for text in plain(texts, "texts") if isinstance(text, str)]
    ngrams = [repeated_ngrams(text, n) for text in listed]
    return RepetitionStats(
        n=len(listed),
        ngrams=mean(ngrams),
        lines=mean([duplicated_lines(text) for text in listed]),
        compression=mean([compression_ratio(text) for text in listed]),
        looping_share=share(sum(each > looping for each in ngrams), len(ngrams)),
    )
