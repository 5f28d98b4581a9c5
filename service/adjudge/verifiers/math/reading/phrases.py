"""Phrases that announce an answer ("the answer is", "答案是", "Ответ:"), and the text that follows them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .prose import DENIAL, DOUBT, FACTORIAL, unmarked

LAST = 48  # how many words that may begin a phrase are looked at, from the end
REACH = 600  # how much of what follows a phrase is read
_BEFORE, _AFTER = 40, 170  # the window around such a word in which its phrase must lie


@dataclass(frozen=True, slots=True)
class Phrase:
    """An announcement and what follows it, to the end of the sentence.

    denied: it says no itself ("the answer cannot be"). doubted: "maybe the answer is", "the answer is 5?".
    """

    value: str
    denied: bool
    doubted: bool
    heading: bool  # "Final Answer" on a line of its own
    rest: str  # what comes after the sentence
    said: str  # the announcement itself
    at: int  # where it ends and the value begins
    end: int  # where the sentence ends


_NOUN = r"(?:answers?|ans|solution set|(?:correct|right|best) (?:option|choice|letter|statement)s?)\b\.?"
_OF = r"(?: ?\([^()\n]{0,40}\)| (?:to|of|for|in|we|you|that|i|here|choice|option|value|key)\b[^.\n:=!?]{0,90}?)?"
_MODAL = (
    r"(?:(?:would|will|must|should|can only|has to|does|can|could|may|might|cannot|can['’]?t|wo['’]?t) "
    r"(?:not )?(?:also )?)?"
)
_LINK = (
    r"(?:isn['’]t|aren['’]t|(?:is|are|was|were|be|equals?|becomes|=|≈|→|⇒|->|=>|:)(?![a-zA-Z]))"
    r"(?:[ \t]{0,3}(?:therefore|thus|then|hence|indeed|simply|just|clearly|also|now)\b,?)?[*_`]{0,4}[ \t]{0,3}[:=]?"
)
_HEAD = r"^[ \t>#*_]{0,12}(?:\d\. )?(?:(?:final|the|correct|my) ){0,3}"
_ENGLISH = [
    rf"\b{_NOUN}{_OF}[*_`\"']{{0,4}}[ \t]{{0,4}}{_MODAL}{_LINK}",  # the answer (to …) is
    rf"{_HEAD}(?:answer|result)[*_:]{{0,4}}[ \t]{{1,4}}(?=[-$\\(\[0-9*]|[A-J]\b)",  # Answer 42
    rf"{_HEAD}(?:answers?|results?)[ \t]{{0,4}}[*_:]{{0,4}}[ \t]{{0,4}}(?=\n)",  # a heading: Final Answer
    r"^[ \t>*_]{0,8}a[*_]{0,3}:(?![a-z])",  # A: 42
]
_EASTERN = [
    r"(?:正确|最终|最后)?的?(?:答案|答え|解答|正解|选项|選項|結果|结果)(?:应该?|就|便|会|可能|只能)?不?"
    r"(?:是|为|為|等于|は|：|:|=|选|選| ?(?=\n))[ \t]{0,3}[:：]?",
    r"(?:故|应|應|因此|所以|正确)?答[:：]",
    r"(?:故|应|應|因此|所以|可)[^。\n]{0,6}?[选選]择?[:：]?(?= ?[(（]?[A-J])",
    r"^ {0,4}[选選][:：]?(?= ?[(（]?[A-J])",
    r"(?:정답|답)(?:은|는|:)[ \t]{0,3}:?",
]
_OTHER = [
    r"ответ(?:ом)?[ \t]{0,3}(?:[:—–-]|равен|будет|является| (?=[0-9$\\-]))",
    r"(?:r[ée]ponse|respuesta|resposta|risposta|antwort|odpowied[źz]|đáp án|đáp số|cevap)"
    r"(?: (?:finale?|correcte?|correcta|lautet|cuối cùng))?[*_]{0,4}[ \t]{0,3}"
    r"(?:est|es|é|è|ist|lautet|to|là|=|:)(?![a-zà-ÿ])[ \t]{0,3}:?",
    r"(?:الإجابة|الجواب)(?: النهائية)? ?(?:هي|هو|:)",
]
_ANNOUNCES = re.compile("|".join(_ENGLISH + _EASTERN + _OTHER), re.IGNORECASE | re.MULTILINE)
_MAY_ANNOUNCE = re.compile(
    r"answer|\bans\b|solution|\bresult|(?:correct|right|best) (?:option|choice|letter|statement)"
    r"|^[ \t>*_]{0,8}a[*_]{0,3}:"
    r"|答|解答|正解|选项|選項|結果|结果|[选選]|정답|답|ответ|r[ée]ponse|respuesta|resposta|risposta|antwort|odpowied[źz]|đáp|cevap"
    r"|الإجابة|الجواب",
    re.IGNORECASE | re.MULTILINE,
)
_ASCII_WORDS = (
    "answer", "ans", "solution", "result", "option", "choice", "letter", "statement",
    "reponse", "respuesta", "resposta", "risposta", "antwort", "odpowied", "cevap",
)  # fmt: skip
_PRAISED = frozenset({"option", "choice", "letter", "statement"})
_A_COLON = re.compile(r"^[ \t>*_]{0,8}a[*_]{0,3}:(?![a-z])", re.IGNORECASE | re.MULTILINE)
_A_LINE = re.compile(r"^[ \t>*_]{0,8}a[*_]{0,3}:", re.MULTILINE)
_STOP = re.compile(r"[.!?](?=[\s\"'*)\]}]|$)|[。！？；]|\n")
_FORMULA = re.compile(r"\$\$|\\\[|\\\(|\$")
_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
_UNREAL = re.compile(
    r"\b(?:if|suppose|assum\w+|whether|unless|pretend|imagine|why|how|what|check(?:ing)? (?:that|if)"
    r"|say(?:ing)? that)\b"
    r"(?: (?:that|it|we|i|you|say|know|think|the|your|my|final|correct)){0,5} ?$|如果|假设|假如",
    re.IGNORECASE,
)
_DISBELIEF = re.compile(
    r"\b(?:do(?:es)?(?: not|n['’]?t)|not|never) (?:think|believe|say|mean|claim|true|the case|imply|follow|know)\b"
    r"|\b(?:wrong|incorrect|false|deny|doubt|untrue) (?:to \w+ )?(?:that )?(?:the )?$",
    re.IGNORECASE,
)
_BUT = re.compile(r"\bbut\b|但是?", re.IGNORECASE)
_LEAD_IN = re.compile(r"\A(?:[\s*_:：>`]|#{1,6} )*")


def phrases(text: str) -> Iterator[Phrase]:
    """The announcements in a text, from the last to the first; suppositions ("if the answer is 5") are none."""
    seen = len(text) + 1
    for start, stop_at in reversed(_hints(text)):
        match = _A_COLON.match(text, start) or _around(text, start, stop_at)
        if match is None or match.start() >= seen:
            continue
        seen = match.start()
        head = _BUT.split(_sentence_head(text, match.start()))[-1]
        if _UNREAL.search(head):
            continue
        value, end = following(text, match.end())
        stop = text[end : end + 1]
        denied = bool(DENIAL.search(match[0]) or _DISBELIEF.search(head)) or "不" in match[0]
        doubted = bool(DOUBT.search(match[0]) or DOUBT.search(head)) or stop in ("?", "？")
        heading = "\n" in text[match.end() : match.end() + 1] and not re.search(r"[:：=]|is$|are$", match[0])
        yield Phrase(value, denied, doubted, heading, text[end + 1 : end + 200], match[0], match.end(), end)


def _hints(text: str) -> list[tuple[int, int]]:
    """The last words that may begin an announcement, in order. Plain ASCII (most traces) goes the fast way."""
    if not text.isascii():
        return [word.span() for word in deque(_MAY_ANNOUNCE.finditer(text), maxlen=LAST)]
    low = text.lower()
    spans: list[tuple[int, int]] = []
    for word in _ASCII_WORDS:
        at, found = low.rfind(word), 0
        while at >= 0 and found < LAST:
            end = at + len(word)
            if word in _PRAISED:
                known = low[max(0, at - 8) : at].endswith(("correct ", "right ", "best "))
            else:
                known = word != "ans" or not (low[at - 1 : at].isalnum() or low[end : end + 1].isalnum())
            if known:
                spans.append((at, end))
                found += 1
            at = low.rfind(word, 0, at)
    if "a:" in low or "a*" in low or "a_" in low:
        spans += [match.span() for match in deque(_A_LINE.finditer(low), maxlen=LAST)]
    spans.sort()
    return spans[-LAST:]


def _around(text: str, start: int, end: int) -> re.Match[str] | None:
    """The announcement that a word is part of."""
    low, high = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    for match in _ANNOUNCES.finditer(text, low, high):
        if match.start() >= end:
            break
        if match.end() > start:
            return match
    return None


def _sentence_head(text: str, at: int) -> str:
    """The beginning of the sentence, up to `at`: at most 80 characters."""
    head = text[max(0, at - 80) : at]
    breaks = [stop.end() for stop in re.finditer(r"[.!?。！？；;:：\n]", head)]
    return head[breaks[-1] :] if breaks else head


def following(text: str, at: int) -> tuple[str, int]:
    """What stands after `at`, up to the end of the sentence (on the next lines if this one ends here), and that end."""
    raw = text[at : at + REACH]
    lead = _LEAD_IN.match(raw)
    skipped = lead.end() if lead else 0
    raw = raw[skipped:]
    end = 0
    while end < len(raw):
        formula = _FORMULA.match(raw, end)
        if formula:
            close = _formula_end(raw, end, formula[0])
            if close > 0:
                end = close
                continue
        if _STOP.match(raw, end) and not _inside_number(raw, end):
            break
        end += 1
    return unmarked(raw[:end]).strip().strip("*_` "), at + skipped + end


def _formula_end(text: str, at: int, opening: str) -> int:
    """Just after the formula that opens at `at`; -1 if the sign is no formula's (money)."""
    closing = _CLOSING[opening]
    close = text.find(closing, at + len(opening))
    if close < 0:
        return -1
    inside = text[at + len(opening) : close]
    if opening == "$":
        if not inside or "\n" in inside or text[close + 1 : close + 2].isdigit():
            return -1
        if inside[0].isspace() != inside[-1].isspace() or re.search(r"(?<![\\a-zA-Z{])[a-zA-Z]{4,}", inside):
            return -1
    return close + len(closing)


def _inside_number(text: str, at: int) -> bool:
    """A full stop as in "approx. 5", "No. 5", "a.m."; the sign of a factorial."""
    if text[at] == "!":
        return FACTORIAL.match(text, at) is not None
    if text[at] != ".":
        return False
    head = text[max(0, at - 7) : at].lower()
    after = text[at + 1 : at + 3].strip()[:1]
    return head.endswith(("approx", " no", "e.g", "i.e", "vs", "a.m", "p.m")) and after.isalnum()
