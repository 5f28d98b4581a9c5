"""Which letters are of which script, which languages write in it, and how its words are counted.

Ranges are those of the Unicode blocks, letters only. A word is a run of letters. In scripts without blanks between
words a fixed number of characters counts as one word: 1.5 Chinese characters, 2 Japanese, 4 of Thai and its kin, about
what word segmentation finds in running text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, get_args

Code = Literal[
    "af", "am", "ar", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu", "he",
    "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "kk", "km", "kn", "ko", "lo", "lt", "lv", "mk", "ml", "mn", "mr",
    "my", "ne", "nl", "no", "pa", "pl", "ps", "pt", "ro", "ru", "si", "sk", "sl", "sq", "sv", "sw", "ta", "te", "th",
    "tl", "tr", "uk", "ur", "vi", "zh",
]  # fmt: skip
LANGUAGES: tuple[Code, ...] = get_args(Code)
"""What a target can be: ISO 639-1 (and `tl` for Filipino)."""

WORD = 12
"""The weight of one word: whole numbers, so that sums are exact."""


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    letters: str
    """Ranges, in the notation of a regular expression's class."""
    languages: tuple[str, ...]
    """ISO 639-1. Several: the detector tells them apart; for `han`, kana do."""
    weight: int = WORD
    """Of a word, or of a character where words are not divided."""
    divided: bool = True
    shortest: int = 2
    """Letters of the shortest word; what is shorter is a symbol."""

    @property
    def units(self) -> re.Pattern[str]:
        """Finds words, or runs of characters where words are not divided."""
        return re.compile(f"[{self.letters}]{{{self.shortest if self.divided else 1},}}+")


SCRIPTS = (
    Script(
        "latin",
        "a-z\u00aa\u00ba\u00df-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff\uff41-\uff5a",  # of texts in lower case
        tuple(
            "en de fr es it pt ca nl af sv da no pl cs sk hr sl hu ro fi et lv lt sq tr vi id sw tl".split(),
        ),
    ),
    Script("han", "\u2e80-\u2fd5\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
           "\U00020000-\U0003ffff", ("zh", "ja"), weight=8, divided=False),
    Script("cyrillic", "\u0400-\u052f", ("ru", "uk", "bg", "be", "mk", "kk", "mn")),
    Script("arabic", "\u0620-\u065f\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
           ("ar", "fa", "ur", "ps")),
    Script("devanagari", "\u0900-\u0963\u0971-\u097f", ("hi", "mr", "ne")),
    Script("hangul", "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3", ("ko",), shortest=1),
    Script("greek", "\u0370-\u03ff\u1f00-\u1fff", ("el",), shortest=3),  # αβ is a product
    Script("hebrew", "\u0591-\u05f4", ("he",)),
    Script("thai", "\u0e01-\u0e3a\u0e40-\u0e4e", ("th",), weight=3, divided=False),
    Script("lao", "\u0e81-\u0ecd\u0edc-\u0edf", ("lo",), weight=3, divided=False),
    Script("khmer", "\u1780-\u17d3", ("km",), weight=3, divided=False),
    Script("burmese", "\u1000-\u103f\u1050-\u108f", ("my",), weight=3, divided=False),
    Script("bengali", "\u0980-\u09e3", ("bn",)),
    Script("gurmukhi", "\u0a01-\u0a65\u0a70-\u0a76", ("pa",)),
    Script("gujarati", "\u0a81-\u0ae3", ("gu",)),
    Script("tamil", "\u0b82-\u0bd7", ("ta",)),
    Script("telugu", "\u0c00-\u0c63", ("te",)),
    Script("kannada", "\u0c80-\u0ce3", ("kn",)),
    Script("malayalam", "\u0d00-\u0d63", ("ml",)),
    Script("sinhala", "\u0d81-\u0ddf", ("si",)),
    Script("armenian", "\u0531-\u0587", ("hy",)),
    Script("georgian", "\u10a0-\u10ff\u1c90-\u1cbf", ("ka",)),
    Script("ethiopic", "\u1200-\u135a", ("am",)),
    # One is a symbol, as ℝ and 𝑥 are; a word of them is a word in disguise.
    Script("symbols", "\u00b5\u02b0-\u02ff\u1d00-\u1dbf\u2071-\u209c\u2100-\u214f\U0001d400-\U0001d7ff",
           ("other",), shortest=3),
)  # fmt: skip
OTHER = Script("other", "", ("other",), weight=3, divided=False)
"""Letters of no script above: words of a language that nobody asked for, four letters each."""

KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
JAPANESE_CHARACTER = 6
"""The weight of a character, Chinese ones too, in a Japanese sentence."""

_BOUNDS = sorted(
    (ord(part[0]), ord(part[-1]), script)
    for script in SCRIPTS
    for part in re.findall(".-.|.", script.letters, re.DOTALL)
)  # fmt: skip
_STARTS = [start for start, _, _ in _BOUNDS]


def script_of(character: str) -> Script | None:
    """The script of a letter in lower case; None for what is no letter."""
    code = ord(character)
    index = bisect_right(_STARTS, code) - 1
    if index >= 0 and code <= _BOUNDS[index][1]:
        return _BOUNDS[index][2]
    return OTHER if character.isalpha() else None
