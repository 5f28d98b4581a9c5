"""Answers in words: the same words up to case, articles, punctuation and the order of a date."""

from __future__ import annotations

import re
import unicodedata

_ARTICLES = frozenset({"a", "an", "the"})
_WORDS = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_NOTHING = frozenset({"dne", "does not exist", "limit does not exist", "do not exist", "doesn't exist"})
_SYNONYMS = {"y": "yes", "n": "no", "t": "true", "f": "false"}
_MONTHS = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec".split()
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b")


def words(text: str) -> list[str]:
    """The words that count, in order."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\\", " ")
    plain = _ORDINAL.sub(r"\1", plain)
    found = _WORDS.findall(plain)
    kept = [word for word in found if word not in _ARTICLES]
    return kept or found


def same_text(gold: str, answer: str) -> bool:
    """ "an ellipse" is "ellipse", "20 June" is "June 20"; "not prime" is not "prime"."""
    want, have = words(gold), words(answer)
    if not want or not have:
        return gold.strip() == answer.strip()
    if want == have or {" ".join(want), " ".join(have)} <= _NOTHING:
        return True
    if any(word in _MONTHS for word in want):
        return sorted(w for w in want if w != "of") == sorted(w for w in have if w != "of")
    if len(want) == len(have) == 1:
        return _SYNONYMS.get(want[0], want[0]) == _SYNONYMS.get(have[0], have[0]) and len(want[0]) > 1
    return False
