"""From the answer's text to what the model commits to (contract §2), as a careful reader would find it.

A box decides; without one, in this order: the last `#### x`, the last phrase of the kind "the answer is x", a last line
that is nothing but an expression, and, by what is wanted: the last number, the last sentence's complement, the option
letters that the last sentences name. What is denied, doubted, refused or only supposed is no commitment:
`missing` or `hedged` says so. A later second thought ("no wait, it is 43") takes the place of a `####` or a phrase;
a box stands until another box.

`want` says what the gold is: a number, a choice of letters, a text, or other mathematics. `parts` are pieces of the
text as written (see `verifiers/plain.py` for what is normalised), without the dollars around formulas; the letters of a
choice are capitals. Several parts are a list; whether a list may be an answer is the caller's to say.

Linear in the text: boxes and phrases are found in one pass, everything else reads a window at the end.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace

from ...plain import readable
from . import expression
from .boxes import find_boxes, last_list, without
from .commitment import Extraction, How, Want, affirmed_part, letters_found, number_in, shortened
from .ending import as_expression, from_end
from .mentions import mentions
from .options import Committed, goes_on_listing, letters_at_start, letters_in_prose
from .phrases import phrases
from .prose import DENIAL, DOUBT, REFUSAL, UNDETERMINED, unmarked, unwrapped, window
from .second_thoughts import turns

__all__ = ["Extraction", "How", "Want", "extract"]

NO_ANSWER = "the answer commits to nothing: no box, no final phrase, no closing expression"
_OPENING_TAG = "<|begin_of_box|>"
_LETTERS = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z])")
_HASH = re.compile(r"(?<![#&])####(?!#)[ \t]{0,8}([^\n]{0,400})")


def extract(text: str, want: Want) -> Extraction:
    """What `text` (the answer, without the thinking) commits to. Never raises; see the top of this file."""
    text = readable(text)
    if _OPENING_TAG in text:  # GLM's own box
        text = text.replace(_OPENING_TAG, "\\boxed{").replace("<|end_of_box|>", "}")
    boxes = find_boxes(text)
    if boxes:
        parts = last_list(text, boxes)
        if parts:
            return _from_boxes(parts, want)
        text = without(text, boxes)
    found = (
        _from_hash(text, want)
        or _from_phrase(text, want)
        or from_end(text, want)
        or (_option_in_words(text) if want == "choice" else None)
        or Extraction((), "line", missing=NO_ANSWER)
    )
    if found.missing or all(part.strip() for part in found.parts):
        return found
    return Extraction((), found.how, missing=NO_ANSWER)


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
    for match in reversed(deque(_HASH.finditer(text), maxlen=24)):
        line = unmarked(match[1]).strip().strip("*_` ")
        if not line:
            continue
        line = expression.without_announcement(line)
        rest = text[match.end() :].strip()
        last = not rest
        if want == "choice":
            committed = letters_at_start(line)
            if committed.letters and len(line) <= 200:
                return letters_found(committed, "hash")
        elif want == "text":
            if last and line:
                return Extraction((expression.trimmed(line),), "hash")
        elif expression.is_expression(line):
            stated = as_expression(line, want, "hash")
            return (_reconsidered(stated, "\n" + rest, 0, want) if rest else None) or stated
        elif want == "number" and last:
            found = number_in(line, "hash")
            if found:
                return found
    return None


# "The answer is …"


def _from_phrase(text: str, want: Want) -> Extraction | None:
    for phrase in phrases(text):
        value = phrase.value
        if not value or (phrase.heading and not _short_answer(value, want)):
            continue
        if want == "choice":
            found = _choice_after(value, phrase.denied)
        elif want == "number" and not phrase.denied and _BARE_NUMBER.fullmatch(value):
            found = Extraction((value,), "phrase")
        elif want == "text" and (said := UNDETERMINED.search(f"{phrase.said.rstrip()} {value[:200]}")):
            found = Extraction((said[0],), "phrase")
        elif REFUSAL.search(value[:200]) or expression.is_unknown(value):
            return Extraction(
                (), "phrase", missing=f"it says that the answer is {shortened(value)!r}, which commits to nothing"
            )
        elif want == "number":
            found = _number_after(value, phrase.denied)
        elif want == "math":
            found = _math_after(value, phrase.denied)
        else:
            found = _text_after(value, phrase.denied)
        if found is not None:
            if found.parts and (phrase.rest or _MAY_TURN.search(value)):
                found = _reconsidered(found, text[phrase.at :], phrase.end - phrase.at, want) or found
                if found.missing:
                    return found
            if phrase.doubted and found.parts:
                return replace(found, hedged=found.hedged or "it doubts the answer it names, or asks")
            if found.parts and not found.hedged and _goes_on(phrase.rest, found.parts, want):
                return replace(found, hedged="it names another answer right after it")
            return found
    return None


_MAY_TURN = re.compile(r"[,(（，—–-]\s?[a-z不等错更]", re.I)


def _reconsidered(found: Extraction, after: str, sentence: int, want: Want) -> Extraction | None:
    """What a second thought after the announcement puts in its place; None if there is none."""
    taken_back = False
    for turn in turns(after, sentence):
        for value in (*turn.stated, turn.bare):
            if value and (new := _restated(value, want, bare=value is turn.bare)) is not None:
                return new
        taken_back = taken_back or turn.takes_back
    if taken_back:
        return Extraction((), "phrase", missing=f"it takes back what it says ({shortened(found.parts[0])!r})")
    return None


def _restated(value: str, want: Want, *, bare: bool) -> Extraction | None:
    """The value that a second thought states: at once, with no more than a unit behind it if nothing leads to it."""
    value = expression.without_filler(value)
    line = expression.trimmed(value)
    if not line or affirmed_part(value, False) != value:
        return None
    if want == "choice":
        letters = letters_at_start(value)
        fits = bool(letters.letters) and (not bare or len(line) <= 4)
        return letters_found(letters, "phrase") if fits else None
    if want == "text":
        return Extraction((line,), "phrase") if len(line.split()) <= (2 if bare else 3) else None
    if bare and "=" in line:  # a computation: "Sorry, 16 - 3 - 4 = 9, and 9 * 2 = 18"
        return None
    if bare and not (expression.is_expression(line) or (len(line.split()) <= 3 and mentions(line))):
        return None
    if want == "math":
        parts = expression.parts_at_start(value)
        return Extraction(parts, "phrase") if parts else None
    every = mentions(value)
    return number_in(value, "phrase") if every and not value[: every[0].start].strip(" $\\(*_") else None


def _option_in_words(text: str) -> Extraction | None:
    """For a choice without any letter, what a phrase or a closing expression gives instead: the option's text."""
    phrase = _from_phrase(text, "text")
    if phrase is not None:
        return phrase
    line = expression.last_line(window(text))
    if letters_at_start(line).letters or not expression.is_expression(line):
        return None
    return as_expression(line, "math", "line")


def _short_answer(value: str, want: Want) -> bool:
    """Is this, under a heading "Final Answer", the answer itself and not a sentence that leads to it?"""
    if want == "choice":
        return bool(letters_at_start(value).letters)
    return bool(expression.parts_at_start(value)) if want in ("number", "math") else len(value.split()) <= 6


_BARE_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_ALTERNATIVE = re.compile(r"[\s\W]*(?:or|alternatively|otherwise|或者?|也可能)\b", re.I)


def _goes_on(rest: str, parts: tuple[str, ...], want: Want) -> bool:
    """Does the text go on with "Or maybe 43.", or with further bare answers on lines of their own?"""
    line, rest = rest.lstrip(" ").partition("\n")[0], rest.strip()
    if not rest:
        return False
    if want == "choice" and len(parts) == 1 and goes_on_listing(parts[0], line):
        return True
    sentence = rest.split("\n", 1)[0]
    named = _LETTERS.search(sentence) if want == "choice" else mentions(sentence)
    if named and _ALTERNATIVE.match(sentence):
        return True
    if want not in ("number", "math") or len(sentence) > 60 or "=" in sentence:
        return False
    line = expression.trimmed(unmarked(sentence))
    return bool(named) and expression.is_expression(line) and not expression.has_words(line) and line not in parts


def _denied(value: str) -> Extraction:
    return Extraction((), "phrase", missing=f"it only says what the answer is not: {shortened(value)!r}")


def _choice_after(value: str, denied: bool) -> Extraction | None:
    affirmed = affirmed_part(value, denied)
    if affirmed is None:
        return _denied(value)
    if DOUBT.match(affirmed.lstrip()) and not letters_at_start(affirmed).letters:
        committed = letters_at_start(DOUBT.sub("", affirmed, count=1))
        if committed.letters:
            return Extraction(committed.letters, "phrase", hedged="it doubts the letter it names")
        return None
    committed = letters_at_start(affirmed)
    if committed.letters:
        return letters_found(committed, "phrase")
    committed = letters_in_prose(affirmed) if len(affirmed) <= 300 else Committed(())
    return letters_found(committed, "phrase") if committed.letters else None


def _number_after(value: str, denied: bool) -> Extraction | None:
    affirmed = affirmed_part(value, denied)
    if affirmed is None:
        return _denied(value) if mentions(value) else None
    return number_in(expression.without_filler(affirmed), "phrase")


def _math_after(value: str, denied: bool) -> Extraction | None:
    affirmed = affirmed_part(value, denied)
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
    affirmed = affirmed_part(value, denied)
    if affirmed is None:
        return _denied(value)
    affirmed = expression.trimmed(unwrapped(expression.without_filler(affirmed)))
    if not affirmed or expression.is_comment(affirmed):
        return None
    return Extraction((expression.without_reason(affirmed),), "phrase")
