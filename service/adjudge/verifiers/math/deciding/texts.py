"""Answers in words: the same words up to case, articles, punctuation, spelling, and what says nothing around them.

An answer is its core: openers ("so"), a neutral subject with its verb ("the function is") and neutral nouns behind
("triangle") may be left out or added; every other word must be there, in its place. A word of denial is never neutral.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ..notation.units import singular
from .word_lists import (
    COPULAS,
    COUNTS,
    DENIALS,
    DENYING_SIGN,
    HEDGES,
    MEANINGS,
    MONTHS,
    NEUTRAL,
    NO,
    OPENERS,
    ORDINALS,
    SHORT_NAMES,
    SPELLINGS,
    SUBJECTS,
    WEEKDAYS,
    WINS,
    YES,
)

_ARTICLES = frozenset({"a", "an", "the"})
_WORDS = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_MONTHS = frozenset(MONTHS)
_DATED = frozenset(MONTHS) | frozenset(WEEKDAYS)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b")
_LETTER = {"y": "yes", "n": "no", "t": "true", "f": "false"}
_OPERATOR = re.compile(r"[+=<>^*/|]")
_MAX_WORDS = 30


def words(text: str) -> list[str]:
    """The words that count, in order."""
    plain = unicodedata.normalize("NFKC", text.replace("∞", " infinity ")).casefold().replace("\\", " ")
    plain = _ORDINAL.sub(r"\1", plain.replace("’", "'"))
    found = _WORDS.findall(plain)
    kept = [word for word in found if word not in _ARTICLES]
    return kept or found


def same_text(gold: str, answer: str) -> bool:
    """ "an ellipse" is "ellipse", "20 June" is "June 20", "an even function" is "even"; "not prime" is not "prime"."""
    want, have = words(gold), words(answer)
    if not want or not have:
        return _circled(gold, answer) or gold.strip() == answer.strip()
    if DENYING_SIGN.search(answer) and not DENYING_SIGN.search(gold):
        return False
    if _CIRCLED.search(gold):
        return _circled(gold, answer)
    if want == have or _one_word(gold) == _one_word(answer) != "":
        return True
    if max(len(want), len(have)) > _MAX_WORDS:
        return False
    if _DATED & {*want, *have}:
        return _same_date(want, have)
    if (polar := _polar(gold)) is not None:
        return polar == _polar(answer)
    if set(_OPERATOR.findall(answer)) - set(_OPERATOR.findall(gold)):
        return False
    return _same_core(gold, answer) or _same_list(gold, answer)


def _one_word(text: str) -> str:
    """line-segment, line segment and linesegment; "" where a hyphen may be a minus, or signs stand between words."""
    parts = re.split(r"[\s-]+", text.strip(" .").casefold())
    if not all(part.isalpha() for part in parts) or ("-" in text and any(len(part) < 2 for part in parts)):
        return ""
    return "".join(parts)


# ------------------------------------------------------------------------------------------------ yes and no


def _polar(text: str) -> bool | None:
    """Does the text say yes (true) or no (false), and nothing against it further on? Else None."""
    tokens = _spelled(words(text))
    rest = _without_subject(tokens)
    if not rest:
        return None
    head = _LETTER.get(rest[0], rest[0]) if len(rest) == 1 else rest[0]
    if head not in YES and head not in NO:
        return None
    said, tail = head in YES, " ".join(rest[1:])
    if not tail:
        return said
    if len(rest) < len(tokens) and rest[1:] != []:
        return None  # "the statement is true only for even n"
    follows = re.match(
        rf"\W*{re.escape(head)}(?:\s*[,.;:!(—–-]|\s+(?:it|they|there|this|that|because|since|we)\b)", text, re.I
    )
    against = (YES if not said else NO | DENIALS) | HEDGES
    if not follows or against & set(tail.replace("not true", "not").replace("not correct", "not").split()):
        return None
    return said


# ------------------------------------------------------------------------------------------------ the core


@dataclass(frozen=True)
class _Core:
    said: tuple[str, ...]
    noun: tuple[str, ...]
    """The neutral nouns that were left off."""


def _same_core(gold: str, answer: str) -> bool:
    """The same core; of the neutral nouns one side may say none, but not another."""
    places = {"quadrant", "player"} & {*words(gold), *words(answer)}
    capitals = gold.isupper()
    want, have = (_core(text, bool(places), capitals) for text in (gold, answer))
    if want.said == have.said:
        return not want.noun or not have.noun or want.noun == have.noun
    return _neither(want.said, have.said)


@lru_cache(2048)
def _core(text: str, places: bool, capitals: bool) -> _Core:
    tokens = _without_subject(_spelled(words(text)))
    meaning = " ".join(tokens)
    for name, pattern in MEANINGS.items():
        if pattern.fullmatch(meaning):
            return _Core((f"={name}",), ())
    if places:
        tokens = [ORDINALS.get(token, token) for token in tokens]
    if not capitals:
        tokens = [singular(token) for token in tokens]
    kept, left_off = list(tokens), []
    if len(kept) > 1 and kept[0] in ("quadrant", "statement", "option", "player") and len(kept) == 2:
        left_off.append(kept.pop(0))
    if len(kept) > 1 and kept[-1] == "only" and len(kept) > 2:
        kept.pop()
    if len(kept) > 1 and kept[-1] in WINS:
        kept.pop()
        if kept[-1] == "will":
            kept.pop()
    while len(kept) > 1 and kept[-1] in NEUTRAL and not set(kept[:-1]) <= NEUTRAL | COUNTS | DENIALS:
        left_off.append(kept.pop())
    said = tuple(kept)
    for name, pattern in MEANINGS.items():
        if pattern.fullmatch(" ".join(said)):
            said = (f"={name}",)
    return _Core(said, tuple(sorted(set(left_off))))


def _spelled(tokens: list[str]) -> list[str]:
    """Other spellings made one, non- put together with its word."""
    out: list[str] = []
    for token in tokens:
        if out and out[-1] == "non":
            out[-1] += token
        else:
            out.extend(SPELLINGS.get(token, token).split())
    return out


def _without_subject(tokens: list[str]) -> list[str]:
    """ "so the function f is even" -> "even"; "the series converges" -> "converges"."""
    while len(tokens) > 1 and tokens[0] in OPENERS:
        tokens = tokens[1:]
    for at, token in enumerate(tokens[:8]):
        if token in COPULAS and at and at + 1 < len(tokens):
            return _without_subject(tokens[at + 1 :])
        if token in ("will", "must") and at and tokens[at + 1 : at + 2] == ["be"]:
            continue
        if token in ("converges", "diverges") and at == len(tokens) - 1 and at:
            return [token]
        if token in ("cannot", "does", "do") and at:
            return tokens[at:]
        if token not in SUBJECTS and not (len(token) == 1 and token.isascii()) and token not in _VERTICES:
            return tokens
    return tokens


_VERTICES = frozenset("ab bc cd ac abc abcd def pqr pqrs xyz efgh".split())


def _neither(want: tuple[str, ...], have: tuple[str, ...]) -> bool:
    """ "neither" is "neither even nor odd", in whatever order."""
    for one, other in ((want, have), (have, want)):
        if one[0] != "neither" or len(other) != 4 or other[0] != "neither" or other[2] != "nor":
            continue
        if len(one) == 1 or (len(one) == 4 and one[2] == "nor" and {one[1], one[3]} == {other[1], other[3]}):
            return True
    return False


# ------------------------------------------------------------------------------------------------ dates and lists


def _same_date(want: list[str], have: list[str]) -> bool:
    """The same words in any order, with months and weekdays in full or short."""
    out = []
    for tokens in (want, have):
        full = [SHORT_NAMES.get(token, token) for token in _spelled(tokens)]
        out.append(sorted(token for token in _without_subject(full) if token not in ("of", "on", "in")))
    return out[0] == out[1]


_JOINED = re.compile(r"\s*(?:[,;、，；&]|\b(?:and|as well as)\b|和|与|及)\s*(?:(?:and|&)\s+)?", re.I)
_AND = re.compile(r"\band\b|&|和|与|及", re.I)
_ONLY = re.compile(r"\bonly\b[\s.]*\Z", re.I)


def _same_list(gold: str, answer: str) -> bool:
    """ "Tom, Jerry" is "Jerry and Tom"; three or more with nothing but commas between them may be a ranking."""
    want, have = ([part for part in _JOINED.split(_ONLY.sub("", text)) if part.strip()] for text in (gold, answer))
    if len(want) != len(have) or not 2 <= len(want) <= 12:
        return False
    free = len(want) == 2 or _AND.search(gold) or _AND.search(answer)
    left = list(have)
    for item in want:
        found = next((i for i, other in enumerate(left if free else left[:1]) if _same_item(item, other)), None)
        if found is None:
            return False
        del left[found]
    return True


def _same_item(gold: str, answer: str) -> bool:
    want, have = words(gold), words(answer)
    return want == have or (bool(want and have) and _same_core(gold, answer))


_CIRCLED = re.compile("[①-⑳]")
_CIRCLED_LIST = re.compile(r"[①-⑳\s,，、;；和与及]+|[\d\s,，、;；和与及()]+")


def _circled(gold: str, answer: str) -> bool:
    """①③④ is ③, ①, ④ and 1, 3, 4."""
    found = []
    for text in (gold, answer):
        if not _CIRCLED_LIST.fullmatch(text.strip()):
            return False
        marks = [str(ord(c) - ord("①") + 1) for c in _CIRCLED.findall(text)]
        found.append(sorted(marks or re.findall(r"\d+", text)))
    return found[0] == found[1] and bool(found[0])
