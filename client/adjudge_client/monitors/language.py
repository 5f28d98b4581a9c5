"""Whether the thinking jumps between languages, as far as scripts tell: no dictionary, no detector.

    other    = 1 - max over scripts s of w_s / Σ w_s        words that are not in the text's main script
    switches = |{i : s_i ≠ s_(i+1)}| / (words - 1)           how often the script changes from word to word

`other` is the Code-Mixing Index (Das and Gambäck 2014, ICON, CMI / 100), `switches` the I-index (Guzmán et al. 2017,
"Metrics for Modeling Code-Switching Across Corpora", Interspeech), with scripts in place of languages: English mixed
with German is not seen. Readable thinking is why DeepSeek-R1 pays for consistency (arXiv:2501.12948, §2.3.2); the
service's `language` term can pay for it, too.

A word is a run of letters of one script; in scripts written without spaces (Chinese, Japanese, Thai) every character
is one. Words of no language are left out: maths, code, LaTeX commands, and single letters, which are symbols.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple

from ._values import mean, plain, share

_SCRIPTS = {
    "latin": "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a",
    "cjk": "\u3005\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff",
    "cyrillic": "\u0400-\u052f",
    "arabic": "\u0620-\u065f\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f",
    "hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u05d0-\u05ea",
    "devanagari": "\u0900-\u0963\u0971-\u097f",
    "bengali": "\u0980-\u09e3",
    "tamil": "\u0b80-\u0be5",
    "telugu": "\u0c00-\u0c65",
    "thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "armenian": "\u0531-\u0587",
    "georgian": "\u10a0-\u10ff",
}
_UNSPACED = {"cjk", "thai"}
_WORDS = re.compile("|".join(f"(?P<{name}>[{letters}]+)" for name, letters in _SCRIPTS.items()))
_MARKS = re.compile(r"```|\$\$?|\\[()\[\]]|\n")
_CLOSES = {"```": "```", "$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_COMMANDS = re.compile(r"\\[A-Za-z]+|</?(?:think|answer)>")


class Mixing(NamedTuple):
    words: int
    main: str | None
    """The script with most words; of equals the one that comes first. None without words."""
    other: float
    """0 … 1; 0 for a text without words."""
    switches: float
    """0 … 1; 0 for a text with fewer than two words."""


class MixingStats(NamedTuple):
    n: int
    """Texts that have words."""
    other: float | None
    switches: float | None
    mixed_share: float | None
    """Texts of which more than `tolerance` is not in their main script."""


def mixing(text: str) -> Mixing:
    """Of one text: its thinking, up to the last `</think>`; all of it where no thinking ends. Linear in its length."""
    prose = _prose(thinking(text))
    counts: Counter[str] = Counter()
    switches = words = 0
    before: str | None = None
    for match in _WORDS.finditer(prose):
        script = match.lastgroup or ""
        size = match.end() - match.start()
        if size == 1 and script not in _UNSPACED:
            continue
        units = size if script in _UNSPACED else 1
        switches += before is not None and script != before
        before = script
        words += units
        counts[script] += units
    if not words:
        return Mixing(0, None, 0.0, 0.0)
    main, most = counts.most_common(1)[0]
    return Mixing(words, main, 1 - most / words, switches / (words - 1) if words > 1 else 0.0)


def mixing_stats(texts: Any, *, tolerance: float = 0.05) -> MixingStats:
    """Means over the texts that have words; None where none has. What is no text (None) is left out."""
    found = [mixing(text) for text in plain(texts, "texts") if isinstance(text, str)]
    found = [each for each in found if each.words]
    mixed = sum(each.other > tolerance for each in found)
    others, switches = [each.other for each in found], [each.switches for each in found]
    return MixingStats(len(found), mean(others), mean(switches), share(mixed, len(found)))


def thinking(text: str) -> str:
    """What comes before the last `</think>`; all of the text where there is none."""
    before, closed, after = text.rpartition("</think>")
    return before if closed else after


def _prose(text: str) -> str:
    """The text without code, maths and command names. A mark that is never closed takes nothing with it, so that one
    stray `$` cannot hide the rest; `$` closes within its line."""
    kept: list[str] = []
    done = start = 0
    waits_for: str | None = None
    for match in _MARKS.finditer(text):
        mark = match.group()
        if mark == waits_for:
            kept.append(text[done:start])
            done, waits_for = match.end(), None
        elif mark == "\n":
            if waits_for == "$":
                waits_for = None
        elif mark in _CLOSES and (waits_for is None or (mark == "```" and waits_for != "```")):
            start, waits_for = match.start(), _CLOSES[mark]
    kept.append(text[done:])
    return _COMMANDS.sub(" ", " ".join(kept))
