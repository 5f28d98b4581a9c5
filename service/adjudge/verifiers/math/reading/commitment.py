"""What an extraction is, and the small readings that several of its rules share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..notation import units
from . import expression
from .mentions import Mention, main_mention, mentions, ratio_at_start
from .options import Committed
from .prose import DOUBT, unwrapped

Want = Literal["number", "choice", "text", "math"]
How = Literal["box", "hash", "phrase", "line", "number", "sentence", "option"]


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the model commits to.

    parts: the pieces, none if nothing was found. how: which rule found them (or decided that there is nothing).
    missing: one sentence on why there is no answer. hedged: one sentence on why several are no commitment.
    """

    parts: tuple[str, ...]
    how: How
    missing: str | None = None
    hedged: str | None = None


_NEGATED = re.compile(
    r"(?:\s|definitely|certainly|clearly|surely|probably|simply|absolutely|just)*(?:not|never|nicht|pas"
    r"|no(?= [0-9])|不是|не)\b[ ]?",
    re.I,
)
_CONTRAST = re.compile(  # "5 apples, not 6", but not "the limit does not exist"
    r"(?:,|(?<!do)(?<!does)(?<!did)(?<!is)(?<!are)(?<!was)(?<!can)(?<!will)(?<!has)(?<!have)(?<!could))"
    r"\s(?:not|rather than|instead of|and not)\s|，?(?:而不是|不是|而非)",
    re.I,
)
_BUT = re.compile(r"(?:,?\s+but(?: rather)?\s+|，?而是)(?!not\b)", re.I)


def affirmed_part(value: str, denied: bool) -> str | None:
    """What a phrase affirms: "42, not 7" → 42; "not 7 but 42" → 42; "not 42" → None."""
    negated = _NEGATED.match(value)
    if denied or negated:
        but = _BUT.search(value)
        return value[but.end() :] if but else None
    contrast = _CONTRAST.search(value)
    return value[: contrast.start()] if contrast and contrast.start() > 0 else value


def without_contrast(sentence: str) -> str:
    """ "It is 43, not 42." without what its number is set apart from."""
    contrast = _CONTRAST.search(sentence)
    if contrast is None:
        return sentence
    stated = mentions(sentence[: contrast.start()])
    near = bool(stated) and len(sentence[stated[-1].end : contrast.start()].split()) <= 2
    return sentence[: contrast.start()] if near else sentence


def letters_found(committed: Committed, how: How) -> Extraction:
    return Extraction(committed.letters, how, hedged=committed.hedged)


def number_in(text: str, how: How) -> Extraction | None:
    """The number that a phrase's value states: the first it mentions, or all of a list like "3 and 4"."""
    text = unwrapped(text)
    every = mentions(text)
    found = [mention for mention in every if not mention.spelt] or every
    if not found:
        return Extraction((expression.trimmed(text),), how) if expression.is_expression(text) else None
    lead = text[: found[0].start]
    if DOUBT.search(lead) or re.search(r"\bbetween\b", lead, re.I):
        return Extraction(tuple(m.text for m in found[:8]), how, hedged="it doubts the number it names")
    if len(lead.split()) > 2:
        chosen = main_mention(every, text)
        return Extraction((chosen.text,), how) if chosen else None
    ratio = ratio_at_start(text[found[0].start :])
    if ratio and not re.search(r"\bfrom\b", lead, re.I):
        return Extraction((ratio,), how)
    listed = listed_with(found, 0, text)
    if len(listed) == 1 and len(found) > 1 and expression.UNITS_LISTED.fullmatch(text[found[0].end : found[1].start]):
        listed = found[:2]
    if len(listed) == 1 and len(found) > 1:
        between = text[found[0].end : found[1].start]
        if re.search(r"\bor\b|或", between, re.I):
            listed = found[:2]
        elif not between.strip():  # "42 43" is no number
            return Extraction((text[found[0].start : found[-1].end],), how)
    if len(listed) == 1 and len(found) == 1 and not _stands_alone(lead, text[found[0].end :]):
        return Extraction((expression.trimmed(text)[:200],), how)  # "half of 5", "5 plus the rest": no number by itself
    return Extraction(tuple(dict.fromkeys(m.text for m in listed)), how)


_NEUTRAL = frozenset(
    "the a an about approximately roughly around exactly just only simply precisely equal equals to is are was "
    "of total "
    "minus negative plus sum value number answer therefore thus so then that it be indeed now also all we have get "
    "still $ usd rs".split()
)
_GOES_ON = re.compile(
    r"[\s*_$}]*(?:[.,;:!?()\[\]—–\"'=≈%]|$|\n|\\|(?:because|since|for|per|and|which|so|as|when|if|that|left|total"
    r"|altogether|remaining|each|every|where|after|before|from|by|on|at|who|while|i|we|the|because|according|based|given"
    r"|using|in (?:all|total|the|a|an|each|every|his|her|their|this|that)|to (?!\d)|is|are|was|were|has|have|had|will"
    r"|would|can|could|he|she|they|it)\b)",
    re.I,
)
_WORDS = re.compile(r"[^\W\d_]+")
_MEASURES = frozenset(
    "percent per pct cent degrees degree square cubic hundred thousand million billion trillion".split()
)
_BEHIND = re.compile(r"[\s*_$]*([^\W\d_]+(?:[-'][^\W\d_]+)*)(?:[ ]([^\W\d_]+))?")


def _stands_alone(lead: str, tail: str) -> bool:
    """Is the number all that is said: only neutral words before it, and behind it a unit, a thing or a new clause?"""
    named = lead.rstrip(" $*_`\\([{").endswith(("=", ":", ">")) or not lead.isascii()  # x = 5, 还剩 24 页
    if not named and any(word.lower() not in _NEUTRAL for word in _WORDS.findall(lead)):
        return False
    if not tail.strip() or _GOES_ON.match(tail):
        return True
    behind = _BEHIND.match(tail)
    if behind is None:
        return tail.lstrip()[0] not in "+-*/^×÷<>→±"
    word = behind[1]
    return not word.isascii() or units.noun(word) or units.canonical(word) is not None or word.lower() in _MEASURES


def listed_with(found: list[Mention], at: int, text: str) -> list[Mention]:
    """The mentions that one list holds together: "3, 4 and 5", "5 hours and 30 minutes"."""
    first = last = at
    while first > 0 and expression.LISTED.fullmatch(text[found[first - 1].end : found[first].start]):
        first -= 1
    while last + 1 < len(found) and expression.LISTED.fullmatch(text[found[last].end : found[last + 1].start]):
        last += 1
    return found[first : last + 1]


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
