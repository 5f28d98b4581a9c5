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
    r"wait\b(?! (?:for|until|a|an)\b)|hold on\b"
    r"|no\b(?=\s?[,.:;!—–-]|\s(?:wait|it|that|sorry|actually)\b)|nope\b|actually\b|correction\b|oops\b"
    r"|sorry\b|rather\b|(?:scratch|strike|forget) (?:that|it)\b|on second thought\b|i meant?\b|my (?:mistake|bad)\b"
    r"|i (?:made|found) (?:a|an) (?:\w+ )?(?:mistake|error)\b|i (?:was|am) (?:wrong|mistaken)\b|i apologi[sz]e\b|edit:"
    r"|不对|等等|等一下|更正|错了|抱歉|不，)[\s,.…!:：，。；;—–-]{0,6}){1,3})",
    re.I,
)
_SOFTLY = re.compile(r"(?:actually|rather|sorry|抱歉)", re.I)
_TAKES_BACK = re.compile(
    r"(?:\b(?:that|this|it)(?:['’]s| is| was) (?:\w+ly )?"
    r"(?:wrong|incorrect|false|not (?:right|correct|true|it)|a mistake|an error)"
    r"|\b(?:that|this|it) (?:isn['’]t|wasn['’]t) (?:right|correct|true|it)"
    r"|\b(?:scratch|strike|forget) (?:that|it)|\bmy (?:mistake|bad)|\bi (?:was|am) (?:wrong|mistaken)"
    r"|\bi made (?:a|an) (?:\w+ )?(?:mistake|error)"
    r"|\b(?:i|we) (?:forgot|missed|overlooked|mis(?:count|calculat|read)\w*))\b"
    r"|不对|错了|不正确",
    re.I,
)
_STATES = re.compile(
    r"(?:\b(?:it|that|this|which|answer|result|value|total|sum|number|one|option|choice)"
    r"(?:['’]s|\s(?:is|are|was|should(?: have)? be(?:en)?|must be|would be|has to be|equals|becomes|comes (?:out )?to))"
    r"|(?<!with )(?<!for )(?<!when )(?<!if )(?<!let )(?<!at )(?<![a-zA-Z])[a-zA-Z]\s?="
    r"|\b(?:i meant?|make (?:that|it)|(?:we|i) get|corrected to|this gives)\b"
    r"|(?:应该?)?(?:是|为|等于))\s?(?:(?:actually|really|in fact|simply|just|equal to) )?(?=\S)",
    re.I,
)


# One of these stands in every turn: most texts are done with by looking for them, which is much faster.
_KEYWORDS = (
    "wait", "hold on", "no,", "no ", "no.", "no:", "no!", "no-", "nope", "actually", "correct", "oops", "sorry",
    "rather", "scratch", "strike", "forget", "mean", "mistake", "my bad", "error", "wrong", "apolog", "edit",
)  # fmt: skip


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
    after = after if len(after) <= 2 * WINDOW else after[:WINDOW] + "\n" + after[-WINDOW:]
    found = list(deque(_TURN.finditer(after), maxlen=8)) if _may_turn(after) else []
    until = len(after)
    for match in reversed(found):
        at = match.end()
        said = [piece for piece in sentences(after[at : min(until, at + 600)])[:6] if piece[-1] not in "?？"]
        if _SOFTLY.match(match["turn"]):  # "Actually" begins many a remark: it corrects only in its own sentence
            said = said[:1]
        stated = tuple(value for piece in reversed(said) for value in _stated(piece))
        wrong = takes_back(after[match.start("turn") : at] + " ".join(said[:2]))
        if wrong:  # then a result counts as it would anywhere: "I forgot the dogs. 42 + 3 = 45."
            stated += tuple(piece.rpartition("=")[2] for piece in reversed(said) if "=" in piece)
        yield Turn(match.start(), said[0] if said else "", stated, wrong)
        until = match.start()
    following = after[sentence : sentence + 120].lstrip(".!。！ \n").partition("\n")[0]
    if _TAKES_BACK.match(following):
        yield Turn(sentence, "", tuple(_stated(following)), True)


def _may_turn(text: str) -> bool:
    low = text.lower()
    return not text.isascii() or any(word in low for word in _KEYWORDS)


def takes_back(sentence: str) -> bool:
    """ "That is wrong", "scratch that": does a sentence withdraw what stood before it?"""
    return _TAKES_BACK.search(sentence) is not None


def _stated(sentence: str) -> Iterator[str]:
    for match in reversed(list(_STATES.finditer(sentence))):
        yield sentence[match.end() :]
