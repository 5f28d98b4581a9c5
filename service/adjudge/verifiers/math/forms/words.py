"""Answers in words to keys: what `texts.same_text` takes for the same words, made transitive.

The key is the core of the text (case, articles, punctuation, spelling, openers, a neutral subject off). Neutral nouns
that one side may leave off ("an isosceles triangle", "isosceles") make a barer key beside it.
"""

from __future__ import annotations

from ..deciding import texts
from ..deciding.word_lists import DENYING_SIGN, SHORT_NAMES
from ..notation.units import singular
from .values import Key

Keys = tuple[Key, tuple[Key, ...]]
"""A key, and the barer keys beside it."""

MAX_CHARS = 2_000


def words_key(text: str) -> Keys:
    """Total. What is too long to have a core is the same only to the letter."""
    said = texts.words(text)
    if not said or len(said) > texts._MAX_WORDS or len(text) > MAX_CHARS:
        return ("raw", " ".join(text.split())), ()
    denies = bool(DENYING_SIGN.search(text))
    if texts._CIRCLED.search(text):
        return ("circled", denies, *sorted(texts._CIRCLED.findall(text))), ()
    if texts._DATED & set(said):
        full = [SHORT_NAMES.get(word, word) for word in texts._spelled(said)]
        return ("dated", denies, *sorted(w for w in texts._without_subject(full) if w not in ("of", "on", "in"))), ()
    polar = texts._polar(text)
    if polar is not None and not denies:
        return ("polar", polar), ()
    signs = tuple(sorted(set(texts._OPERATOR.findall(text))))
    core = texts._core(text, bool({"quadrant", "player"} & set(said)), text.isupper())
    kept = tuple(sorted(core.said)) if _one_thing(core.said) else core.said
    key: Key = ("words", denies, signs, kept)
    return ((*key, core.noun), (key,)) if core.noun else (key, ())


def _one_thing(said: tuple[str, ...]) -> bool:
    """neither even nor odd: the order says nothing."""
    return len(said) == 4 and said[0] == "neither" and said[2] == "nor"


def things_key(words: str) -> tuple[str, ...]:
    """The counted things behind a number: blue marbles, marble."""
    if not words.isascii():
        return (words,)
    return tuple(sorted({singular(word.strip(".,()")) for word in words.lower().split()}))
