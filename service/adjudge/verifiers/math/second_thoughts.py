"""Second thoughts: "The answer is 42. No wait, it is 43." takes 42 back and says what stands in its place.

A second thought is a turn ("wait", "no,", "scratch that", 不对) where a clause begins. It counts if a value is stated
after it, or if it says that what stood before is wrong; "Wait, let me check: yes, it fits." changes nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .prose import WINDOW, sentences

_SOFT = r"(?:(?:oh|ah|hmm+|um+|uh|but|well|ok(?:ay)?|so|and|or)\b[\s,.…!—–-]{0,4}){0,3}"
_TURN = re.compile(
    r"(?:\A|(?<=[.!?。！？;；…\n(（—–,，])|(?<=\s-))[\s\"'*_(（—–-]{0,6}" + _SOFT + r"(?P<turn>(?:(?:"
    r"wait\b|hold on\b|no\b(?=\s?[,.:;!—–-]|\s(?:wait|it|that|sorry|actually)\b)|nope\b|actually\b|correction\b|oops\b"
    r"|sorry\b|rather\b|(?:scratch|strike|forget) (?:that|it)\b|on second thought\b|i meant?\b|my (?:mistake|bad)\b"
    r"|i (?:made|found) (?:a|an) (?:\w+ )?(?:mistake|error)\b|i (?:was|am) (?:wrong|mistaken)\b|i apologi[sz]e\b|edit:"
    r"|不对|等等|等一下|更正|错了|抱歉|不，)[\s,.…!:：，。；;—–-]{0,6}){1,3})",
    re.I,
)
_TAKES_BACK = re.compile(
    r"(?:\b(?:that|this|it)(?:['’]s| is| was) (?:\w+ly )?"
    r"(?:wrong|incorrect|false|not (?:right|correct|true|it)|a mistake|an error)"
    r"|\b(?:that|this|it) (?:isn['’]t|wasn['’]t) (?:right|correct|true|it)"
    r"|\b(?:scratch|strike|forget) (?:that|it)|\bmy (?:mistake|bad)|\bi (?:was|am) (?:wrong|mistaken)"
    r"|\bi made (?:a|an) (?:\w+ )?(?:mistake|error))\b|不对|错了|不正确",
    re.I,
)
_STATES = re.compile(
    r"(?:\b(?:it|that|this|which|answer|result|value|total|sum|number|one|option|choice)"
    r"(?:['’]s|\s(?:is|are|was|should(?: have)? be(?:en)?|must be|would be|has to be|equals|becomes|comes (?:out )?to))"
    r"|\b[a-zA-Z]\s?=|\b(?:i meant?|make (?:that|it)|(?:we|i) get|corrected to|this gives)\b"
    r"|(?:应该?)?(?:是|为|等于))\s?(?:(?:actually|really|in fact|simply|just|equal to) )?(?=\S)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One second thought. bare: what follows at once, to the end of its sentence. stated: what follows each "it is"
    after it, the last first. takes_back: it says that what stood before is wrong."""

    start: int
    bare: str
    stated: tuple[str, ...]
    takes_back: bool


def turns(after: str, sentence: int) -> Iterator[Turn]:
    """The second thoughts in what follows an announcement, from the last to the first.

    `sentence`: how long the sentence is that holds the value; "That is wrong" right behind it needs no turn.
    """
    found = list(deque(_TURN.finditer(after, max(0, len(after) - WINDOW)), maxlen=8))
    until = len(after)
    for match in reversed(found):
        at = match.end()
        said = [piece for piece in sentences(after[at : min(until, at + 600)])[:6] if piece[-1] not in "?？"]
        stated = tuple(value for piece in reversed(said) for value in _stated(piece))
        opening = after[match.start("turn") : at] + " ".join(said[:2])
        yield Turn(match.start(), said[0] if said else "", stated, takes_back(opening))
        until = match.start()
    following = after[sentence : sentence + 120].lstrip(".!。！ \n").partition("\n")[0]
    if _TAKES_BACK.match(following):
        yield Turn(sentence, "", tuple(_stated(following)), True)


def takes_back(sentence: str) -> bool:
    """ "That is wrong", "scratch that": does a sentence withdraw what stood before it?"""
    return _TAKES_BACK.search(sentence) is not None


def _stated(sentence: str) -> Iterator[str]:
    for match in reversed(list(_STATES.finditer(sentence))):
        yield sentence[match.end() :]
