"""From the answer's text to what the model commits to (contract §2), as a careful reader would find it.

A box decides; without one, in this order: the last `#### x`, the last phrase of the kind "the answer is x", a last line
that is nothing but an expression, and, by what is wanted: the last number, the last sentence's complement, the option
letters that the last sentences name. What is denied, doubted or refused is no commitment:
`missing` or `hedged` says so.

`want` says what the gold is: a number, a choice of letters, a text, or other mathematics. `parts` are pieces of the
text as written (see `verifiers/plain.py` for what is normalised), without the dollars around formulas; the letters of a
choice are capitals. Several parts are a list; whether a list may be an answer is the caller's to say.

Linear in the text: boxes and phrases are found in one pass, everything else reads a window at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from ..plain import readable
from . import expression
from .boxes import find_boxes, last_list, without
from .options import Committed, letters_at_start, letters_in_prose, letters_on_first_line
from .phrases import phrases
from .prose import (
    DENIAL,
    DOUBT,
    REFUSAL,
    WEAK_DOUBT,
    Mention,
    clause_of,
    main_mention,
    mentions,
    sentences,
    strip_enumeration,
    unmarked,
    unwrapped,
    window,
)

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


NO_ANSWER = "the answer commits to nothing: no box, no final phrase, no closing expression"
_LETTERS = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z])")
_HASH = re.compile(r"(?<![#&])####(?!#)[ \t]{0,8}([^\n]{0,400})")


def extract(text: str, want: Want) -> Extraction:
    """What `text` (the answer, without the thinking) commits to. Never raises; see the top of this file."""
    text = readable(text)
    boxes = find_boxes(text)
    if boxes:
        parts = last_list(text, boxes)
        if parts:
            return _from_boxes(parts, want)
        text = without(text, boxes)
    return (
        _from_hash(text, want)
        or _from_phrase(text, want)
        or _from_end(text, want)
        or Extraction((), "line", missing=NO_ANSWER)
    )


def _from_boxes(parts: tuple[str, ...], want: Want) -> Extraction:
    if want == "choice":
        letters: list[str] = []
        hedged = None
        for part in parts:
            committed = letters_at_start(part)
            hedged = hedged or committed.hedged
            letters += committed.letters or (part,)
        return Extraction(tuple(dict.fromkeys(letters)), "box", hedged=hedged)
    parts = tuple(expression.without_announcement(part) for part in parts)
    if want == "number" and len(parts) == 1:
        said = expression.spoken(parts[0])
        if REFUSAL.search(said):
            return Extraction((), "box", missing="the box holds a refusal or an error message")
        if DENIAL.search(said):
            return Extraction((), "box", missing="the box denies what it holds")
        if DOUBT.search(said):
            return Extraction(parts, "box", hedged="the box doubts what it holds")
    return Extraction(parts, "box")


def _from_hash(text: str, want: Want) -> Extraction | None:
    """`#### 42` as in GSM8K. A Markdown heading ("#### Step 2") is none."""
    if "####" not in text:
        return None
    for match in reversed(list(_HASH.finditer(text))[-24:]):
        line = unmarked(match[1]).strip().strip("*_` ")
        if not line:
            continue
        line = expression.without_announcement(line)
        last = not text[match.end() :].strip()
        if want == "choice":
            committed = letters_at_start(line)
            if committed.letters and len(line) <= 200:
                return _letters(committed, "hash")
        elif want == "text":
            if last and line:
                return Extraction((expression.trimmed(line),), "hash")
        elif expression.is_expression(line):
            return _expression(line, want, "hash")
        elif want == "number" and last:
            found = _number_in(line, "hash")
            if found:
                return found
    return None


def _letters(committed: Committed, how: How) -> Extraction:
    return Extraction(committed.letters, how, hedged=committed.hedged)


# "The answer is …"


def _from_phrase(text: str, want: Want) -> Extraction | None:
    for phrase in phrases(text):
        value = phrase.value
        if not value or (phrase.heading and not _short_answer(value, want)):
            continue
        if want == "choice":
            found = _choice_after(value, phrase.denied)
        elif REFUSAL.search(value[:200]) or expression.is_unknown(value):
            return Extraction(
                (), "phrase", missing=f"it says that the answer is {_short(value)!r}, which commits to nothing"
            )
        elif want == "number":
            found = _number_after(value, phrase.denied)
        elif want == "math":
            found = _math_after(value, phrase.denied)
        else:
            found = _text_after(value, phrase.denied)
        if found is not None:
            if phrase.doubted and found.parts:
                return replace(found, hedged=found.hedged or "it doubts the answer it names, or asks")
            if found.parts and not found.hedged and _goes_on(phrase.rest, found.parts, want):
                return replace(found, hedged="it names another answer right after it")
            return found
    return None


def _short_answer(value: str, want: Want) -> bool:
    """Is this, under a heading "Final Answer", the answer itself and not a sentence that leads to it?"""
    if want == "choice":
        return bool(letters_at_start(value).letters)
    return bool(expression.parts_at_start(value)) if want in ("number", "math") else len(value.split()) <= 6


_ALTERNATIVE = re.compile(r"[\s\W]*(?:or|alternatively|otherwise|或者?|也可能)\b", re.I)


def _goes_on(rest: str, parts: tuple[str, ...], want: Want) -> bool:
    """Does the text go on with "Or maybe 43.", or with further bare answers on lines of their own?"""
    rest = rest.strip()
    sentence = rest.split("\n", 1)[0]
    named = _LETTERS.search(sentence) if want == "choice" else mentions(sentence)
    if named and _ALTERNATIVE.match(sentence):
        return True
    if want not in ("number", "math") or len(sentence) > 60 or "=" in sentence:
        return False
    line = expression.trimmed(unmarked(sentence))
    return bool(named) and expression.is_expression(line) and not expression.has_words(line) and line not in parts


def _denied(value: str) -> Extraction:
    return Extraction((), "phrase", missing=f"it only says what the answer is not: {_short(value)!r}")


_NEGATED = re.compile(
    r"(?:\s|definitely|certainly|clearly|surely|probably|simply|absolutely|just)*(?:not|never|nicht|pas"
    r"|no(?= [0-9])|不是|не)\b[ ]?",
    re.I,
)
_CONTRAST = re.compile(r",?\s(?:not|rather than|instead of|and not)\s|，?(?:而不是|不是|而非)", re.I)
_BUT = re.compile(r"(?:,?\s+but(?: rather)?\s+|，?而是)(?!not\b)", re.I)


def _affirmed(value: str, denied: bool) -> str | None:
    """What a phrase affirms: "42, not 7" → 42; "not 7 but 42" → 42; "not 42" → None."""
    negated = _NEGATED.match(value)
    if denied or negated:
        but = _BUT.search(value)
        return value[but.end() :] if but else None
    contrast = _CONTRAST.search(value)
    return value[: contrast.start()] if contrast and contrast.start() > 0 else value


def _choice_after(value: str, denied: bool) -> Extraction | None:
    affirmed = _affirmed(value, denied)
    if affirmed is None:
        return _denied(value)
    if DOUBT.match(affirmed.lstrip()) and not letters_at_start(affirmed).letters:
        committed = letters_at_start(DOUBT.sub("", affirmed, count=1))
        if committed.letters:
            return Extraction(committed.letters, "phrase", hedged="it doubts the letter it names")
        return None
    committed = letters_at_start(affirmed)
    if committed.letters:
        return _letters(committed, "phrase")
    committed = letters_in_prose(affirmed) if len(affirmed) <= 300 else Committed(())
    return _letters(committed, "phrase") if committed.letters else None


def _number_after(value: str, denied: bool) -> Extraction | None:
    affirmed = _affirmed(value, denied)
    if affirmed is None:
        return _denied(value) if mentions(value) else None
    return _number_in(expression.without_filler(affirmed), "phrase")


def _number_in(text: str, how: How) -> Extraction | None:
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
    listed = _listed_with(found, 0, text)
    if len(listed) == 1 and len(found) > 1 and expression.UNITS_LISTED.fullmatch(text[found[0].end : found[1].start]):
        listed = found[:2]
    if len(listed) == 1 and len(found) > 1:
        between = text[found[0].end : found[1].start]
        if re.search(r"\bor\b|或", between, re.I):
            return Extraction((found[0].text, found[1].text), how, hedged="it names several numbers without choosing")
        if not between.strip():  # "42 43" is no number
            return Extraction((text[found[0].start : found[-1].end],), how)
    return Extraction(tuple(dict.fromkeys(m.text for m in listed)), how)


def _listed_with(found: list[Mention], at: int, text: str) -> list[Mention]:
    """The mentions that one list holds together: "3, 4 and 5", "5 hours and 30 minutes"."""
    first = last = at
    while first > 0 and expression.LISTED.fullmatch(text[found[first - 1].end : found[first].start]):
        first -= 1
    while last + 1 < len(found) and expression.LISTED.fullmatch(text[found[last].end : found[last + 1].start]):
        last += 1
    return found[first : last + 1]


def _math_after(value: str, denied: bool) -> Extraction | None:
    affirmed = _affirmed(value, denied)
    if affirmed is None:
        return _denied(value)
    affirmed = expression.without_filler(affirmed)
    if DOUBT.match(affirmed):
        return Extraction((expression.trimmed(affirmed),), "phrase", hedged="it doubts what it names")
    parts = expression.parts_at_start(affirmed)
    if parts:
        return Extraction(parts, "phrase")
    if expression.is_comment(affirmed):
        return None
    return Extraction((expression.trimmed(affirmed),), "phrase") if len(affirmed) <= 200 else None


def _text_after(value: str, denied: bool) -> Extraction | None:
    affirmed = _affirmed(value, denied)
    if affirmed is None:
        return _denied(value)
    affirmed = expression.trimmed(unwrapped(expression.without_filler(affirmed)))
    if not affirmed or expression.is_comment(affirmed):
        return None
    return Extraction((expression.without_reason(affirmed),), "phrase")


# The end of the answer


def _expression(line: str, want: Want, how: How) -> Extraction:
    """A line that is an expression; of a number without its unit. An equation is handed on whole."""
    if want == "number" and "=" not in line:
        number = _number_in(line, how)
        if number:
            return number
    return Extraction(expression.parts_at_start(line) or (expression.trimmed(line),), how)


def _from_end(text: str, want: Want) -> Extraction | None:
    end = window(text)
    if not end:
        return None
    line = expression.last_line(end)
    if want == "choice":
        committed = letters_on_first_line(text) or letters_in_prose(end)
        return _letters(committed, "option") if committed.letters else None
    if want == "text":
        return _text_at_end(end, line)
    if expression.is_expression(line):
        return _expression(line, want, "line")
    return _number_at_end(end) if want == "number" else _math_at_end(end)


def _number_at_end(end: str) -> Extraction | None:
    """The last number, unless its sentence denies or doubts it, asks, refuses or reports an error."""
    for sentence in reversed(sentences(end)[-40:]):
        sentence = strip_enumeration(sentence).rstrip("!")
        if REFUSAL.search(sentence):
            return Extraction((), "number", missing=f"it refuses or reports an error: {_short(sentence)!r}")
        found = mentions(sentence)
        chosen = main_mention(found, sentence)
        if chosen is None:
            continue
        doubt = _doubt(sentence, found, chosen)
        if doubt:
            return doubt
        listed = _listed_with(found, found.index(chosen), sentence)
        return Extraction(tuple(dict.fromkeys(mention.text for mention in listed)), "number")
    return None


def _doubt(sentence: str, found: list[Mention], chosen: Mention) -> Extraction | None:
    if sentence.rstrip("\"'*_)”").endswith(("?", "？")):
        return Extraction((), "number", missing=f"the last number stands in a question: {_short(sentence)!r}")
    if DOUBT.search(sentence) or WEAK_DOUBT.search(sentence):
        return Extraction((chosen.text,), "number", hedged=f"the sentence doubts its number: {_short(sentence)!r}")
    if DENIAL.search(clause_of(sentence, chosen.start, chosen.end)):
        return Extraction((), "number", missing=f"the sentence denies its number: {_short(sentence)!r}")
    for left, right in pairwise(found):
        if right == chosen and _OR_BETWEEN.fullmatch(sentence[left.end : right.start]):
            return Extraction((left.text, right.text), "number", hedged="it names two numbers without choosing")
    return None


_OR_BETWEEN = re.compile(r"(?:\s+[a-z]+)?[\s(,]*\bor\s+|[(（，]?或者?", re.I)


def _math_at_end(end: str) -> Extraction | None:
    """The last sentence's complement, if that is an expression: "The distance is √53." """
    for sentence in reversed(sentences(end)[-3:]):
        sentence = strip_enumeration(sentence)
        if REFUSAL.search(sentence):
            return Extraction((), "sentence", missing=f"it refuses or reports an error: {_short(sentence)!r}")
        for complement in expression.complements(sentence):
            affirmed = _affirmed(complement, False)
            if affirmed is None or sentence.endswith("?"):
                return Extraction((), "sentence", missing=f"the last sentence denies or asks: {_short(sentence)!r}")
            parts = expression.parts_at_start(expression.without_filler(affirmed))
            if parts:
                doubt = DOUBT.search(sentence)
                return Extraction(parts, "sentence", hedged="the sentence doubts what it names" if doubt else None)
    return None


_YES_NO = re.compile(r"(yes|no|true|false|是|否|对|错)\b\s*(?=[,.:;!，。—–-]|$)", re.I)


def _text_at_end(end: str, line: str) -> Extraction | None:
    said = sentences(end)
    if not said:
        return None
    last = said[-1]
    yes_no = _YES_NO.match(expression.trimmed(last)) or (_YES_NO.match(said[0]) if "\n\n" not in end else None)
    if yes_no:
        return Extraction((yes_no[1],), "sentence")
    found = expression.complements(last)
    if len(said) == 1 or len(line) <= 60:
        short = expression.trimmed(unwrapped(line))
        if short and len(short.split()) <= 6 and not found:
            return Extraction((short,), "line")
    if not found:
        return Extraction((expression.trimmed(last),), "sentence") if len(last) <= 200 else None
    affirmed = _affirmed(found[0], False)
    if affirmed is None or REFUSAL.search(last):
        return Extraction((), "sentence", missing=f"the last sentence denies or refuses: {_short(last)!r}")
    value = expression.trimmed(unwrapped(expression.without_filler(affirmed)))
    subject = _IS_THE_ANSWER.match(last)
    if subject:
        value = subject[1]
    hedged = "the sentence doubts what it names" if DOUBT.search(last) else None
    return Extraction((expression.without_reason(value),), "sentence", hedged=hedged) if value else None


_IS_THE_ANSWER = re.compile(
    r"(?:so |thus |therefore,? |hence,? )?([^.,]{1,60}?) is (?:the|our|my) (?:\w+ )?answer\b", re.I
)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
