"""The end of an answer without box, `####` or phrase: its last line, its last sentences."""

from __future__ import annotations

import re
from itertools import pairwise

from . import expression
from .commitment import (
    Extraction,
    How,
    Want,
    affirmed_part,
    letters_found,
    listed_with,
    number_in,
    shortened,
    without_contrast,
)
from .complements import complements, values_of_clauses, without_connective
from .mentions import Mention, is_stated, main_mention, mentions, ratio_of
from .options import letters_in_prose, letters_on_first_line
from .prose import (
    DENIAL,
    DOUBT,
    REFUSAL,
    UNDETERMINED,
    WEAK_DOUBT,
    asserted,
    clause_of,
    is_address,
    sentences,
    strip_enumeration,
    unwrapped,
    window,
)
from .second_thoughts import takes_back


def as_expression(line: str, want: Want, how: How) -> Extraction:
    """A line that is an expression; of a number without its unit. An equation is handed on whole."""
    if want == "number" and "=" not in line:
        number = number_in(line, how)
        if number:
            return number
    return Extraction(expression.parts_at_start(line) or (expression.trimmed(line),), how)


def from_end(text: str, want: Want) -> Extraction | None:
    end = window(text)
    if not end:
        return None
    line = expression.last_line(end)
    if want == "choice":
        committed = letters_on_first_line(text) or letters_in_prose(end)
        return letters_found(committed, "option") if committed.letters else None
    if want == "text":
        return _text_at_end(end, line)
    if expression.is_expression(line):
        return as_expression(line, want, "line")
    return _number_at_end(end) if want == "number" else _math_at_end(end)


def _number_at_end(end: str) -> Extraction | None:
    """The last number, unless its sentence denies or doubts it, asks, refuses or reports an error.

    What is said to the reader about the conversation ("I can solve the other 3 problems too!") counts only if no
    sentence before it has a number.
    """
    address = None
    for sentence in reversed(sentences(end)[-40:]):
        sentence = strip_enumeration(sentence).rstrip("!")
        if REFUSAL.search(sentence):
            return Extraction((), "number", missing=f"it refuses or reports an error: {shortened(sentence)!r}")
        sentence = without_contrast(sentence)
        found = _asserted_numbers(sentence)
        chosen = main_mention(found, sentence)
        if chosen is None:
            if takes_back(sentence):
                return Extraction((), "number", missing=f"it takes back what it says: {shortened(sentence)!r}")
            continue
        said = _said_of(sentence, found, chosen)
        if not is_address(sentence) or is_stated(chosen):
            return said
        address = address or said
    return address


def _asserted_numbers(sentence: str) -> list[Mention]:
    """The numbers of a sentence without those that it only supposes ("if x were 42, …")."""
    kept, leading = asserted(sentence)
    found = mentions(kept)
    if found or kept is sentence:
        return found
    every = mentions(sentence)
    if not leading:  # "5 are left if 3 break": the condition behind is all that has a number
        return every
    # "If there are 5 the total is 10" has no comma: what follows comes last.
    if not every or kept.strip(" .!") or not _IF.match(sentence):
        return []
    return every[-1:] if len(every) > 1 or len(sentence[every[-1].end :].split()) <= 3 else []


_IF = re.compile(r"(?:so |then |but |\W)*if\b", re.I)


def _said_of(sentence: str, found: list[Mention], chosen: Mention) -> Extraction:
    unsettled = _unsettled(sentence, found, chosen)
    if unsettled:
        return unsettled
    ratio = ratio_of(sentence, found, chosen)
    if ratio:
        return Extraction((ratio,), "number")
    listed = listed_with(found, found.index(chosen), sentence)
    return Extraction(tuple(dict.fromkeys(mention.text for mention in listed)), "number")


def _unsettled(sentence: str, found: list[Mention], chosen: Mention) -> Extraction | None:
    """What a sentence that asks, doubts, denies its number, or says "3 or 4", amounts to; None if it states it."""
    if sentence.rstrip("\"'*_)”").endswith(("?", "？")):
        return Extraction((), "number", missing=f"the last number stands in a question: {shortened(sentence)!r}")
    if DOUBT.search(sentence) or WEAK_DOUBT.search(sentence):
        return Extraction((chosen.text,), "number", hedged=f"the sentence doubts its number: {shortened(sentence)!r}")
    if DENIAL.search(clause_of(sentence, chosen.start, chosen.end)):
        return Extraction((), "number", missing=f"the sentence denies its number: {shortened(sentence)!r}")
    for left, right in pairwise(found):
        if right == chosen and _OR_BETWEEN.fullmatch(sentence[left.end : right.start]):
            return Extraction((left.text, right.text), "number")
    return None


_OR_BETWEEN = re.compile(r"(?:\s+[a-z]+)?[\s(,]*\bor\s+|[(（，]?或者?", re.I)


def _math_at_end(end: str) -> Extraction | None:
    """The last sentence's complement, if that is an expression: "The distance is √53." """
    for sentence in reversed(sentences(end)[-3:]):
        sentence = strip_enumeration(sentence)
        if REFUSAL.search(sentence):
            return Extraction((), "sentence", missing=f"it refuses or reports an error: {shortened(sentence)!r}")
        if is_address(sentence):
            continue
        kept, leading = asserted(sentence)
        if leading:
            sentence = kept.lstrip(" ,;，；")
        elif takes_back(sentence) and not mentions(sentence):
            return Extraction((), "sentence", missing=f"it takes back what it says: {shortened(sentence)!r}")
        several = values_of_clauses(sentence)
        if several:
            return Extraction(several, "sentence")
        for complement in complements(sentence):
            affirmed = affirmed_part(complement, False)
            if affirmed is None or sentence.endswith("?"):
                return Extraction((), "sentence", missing=f"the last sentence denies or asks: {shortened(sentence)!r}")
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
    last = without_connective(said[-1])
    yes_no = _YES_NO.match(expression.trimmed(last)) or (_YES_NO.match(said[0]) if "\n\n" not in end else None)
    if yes_no:
        return Extraction((yes_no[1],), "sentence")
    undetermined = UNDETERMINED.search(last)
    if undetermined:
        return Extraction((undetermined[0],), "sentence")
    found = complements(last)
    if len(said) == 1 or len(line) <= 60:
        short = expression.trimmed(unwrapped(without_connective(line)))
        if short and len(short.split()) <= 6 and not found:
            return Extraction((short,), "line")
    if not found:
        return Extraction((expression.trimmed(last),), "sentence") if len(last) <= 200 else None
    affirmed = affirmed_part(found[0], False)
    if affirmed is None or REFUSAL.search(last):
        return Extraction((), "sentence", missing=f"the last sentence denies or refuses: {shortened(last)!r}")
    value = expression.trimmed(unwrapped(expression.without_filler(affirmed)))
    subject = _IS_THE_ANSWER.match(last)
    if subject:
        value = subject[1]
    hedged = "the sentence doubts what it names" if DOUBT.search(last) else None
    return Extraction((expression.without_reason(value),), "sentence", hedged=hedged) if value else None


_IS_THE_ANSWER = re.compile(
    r"(?:so |thus |therefore,? |hence,? )?([^.,]{1,60}?) is (?:the|our|my) (?:\w+ )?answer\b", re.I
)
