"""Phrases that announce an answer ("the answer is", "答案是", "Ответ:"), and the text that follows them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .prose import DENIAL, unmarked

LAST = 24  # how many phrases, from the end, are looked at
REACH = 600  # how much of what follows a phrase is read


@dataclass(frozen=True, slots=True)
class Phrase:
    """An announcement: where it begins and what follows it, to the end of the sentence."""

    start: int
    value: str
    denied: bool


_IS = r"(?:is|are|was|were|be|equals?|becomes|=|≈|→|⇒|->|=>|:)"
_ANNOUNCES = re.compile(
    # English
    r"\b(?:answers?|ans|solution set|(?:correct|right|best)[ ](?:option|choice|letter)s?)\b\.?"
    r"(?P<of>[ ]?(?:\([^()\n]{0,40}\)|[ ](?:to|of|for|in|we|you|that|i|here|choice|option|value|key)\b[^.\n:=!?]{0,90}?)?)"
    rf"[*_`\"']{{0,4}}[ \t]{{0,4}}(?:(?:would|will|must|should|can only|has to|does|can|could|may|might|cannot|can['’]?t|wo['’]?t)[ ](?:not[ ])?(?:also[ ])?)?"
    rf"(?P<link>(?:isn['’]t|aren['’]t|{_IS}(?![a-zA-Z]))(?:[ \t]{{0,3}}(?:therefore|thus|then|hence|indeed|simply|just|clearly|also|now)\b,?)?[*_`]{{0,4}}[ \t]{{0,3}}[:=]?)"
    r"|^[ \t>#*_]{0,12}(?:final[ ]|the[ ]|correct[ ])*(?:answer|result)[*_:]{0,4}[ \t]{1,4}(?=[-$\\(\[0-9*]|[A-J]\b)"
    r"|^[ \t>#*_]{0,12}(?:\d\.[ ])?(?:final[ ]|the[ ]|correct[ ])*(?:answers?|results?|solution)[ \t]{0,4}[*_:]{0,4}[ \t]{0,4}$"
    r"|^[ \t>*_]{0,8}a[*_]{0,3}:(?![a-z])"
    # Chinese, Japanese, Korean
    r"|(?:正确|最终|最后)?的?(?:答案|答え|解答|正解|选项|結果|结果)(?:应该?|就|便|会|可能|只能)?(?:不)?(?:是|为|為|等于|は|：|:|=|选|選|[ ]?$)[ \t]{0,3}[:：]?"
    r"|(?:故|应|應|因此|所以|正确)?答[:：]|(?:故|应|應|因此|所以|可)[^。\n]{0,6}?[选選](?:择)?[:：]?(?=[ ]?[(（]?[A-J])|^[ ]{0,4}[选選][:：]?(?=[ ]?[(（]?[A-J])"
    r"|(?:정답|답)(?:은|는|:)[ \t]{0,3}:?"
    # Russian, French, Spanish, Portuguese, Italian, German, Polish, Vietnamese, Turkish, Arabic
    r"|ответ(?:ом)?[ \t]{0,3}(?:[:—–-]|равен|будет|является|[ ](?=[0-9$\\-]))"
    r"|(?:r[ée]ponse|respuesta|resposta|risposta|antwort|odpowied[źz]|đáp án|đáp số|cevap)(?:[ ](?:finale?|correcte?|final|correcta|lautet|cuối cùng))?"
    r"[*_]{0,4}[ \t]{0,3}(?:est|es|é|è|ist|lautet|to|là|=|:)(?![a-zà-ÿ])[ \t]{0,3}:?"
    r"|(?:الإجابة|الجواب)(?:[ ]النهائية)?[ ]?(?:هي|هو|:)",
    re.IGNORECASE | re.MULTILINE,
)
_STOP = re.compile(r"[.!?](?=[\s\"'*)\]}]|$)|[。！？；]|\n|;\s")
_FORMULA = re.compile(r"\$\$|\\\[|\\\(|\$")
_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}


def phrases(text: str) -> Iterator[Phrase]:
    """The announcements in a text, from the last to the first (at most LAST of them)."""
    for match in reversed(deque(_ANNOUNCES.finditer(text), maxlen=LAST)):
        value = following(text, match.end())
        denied = bool(DENIAL.search(match[0]))
        yield Phrase(match.start(), value, denied)


def following(text: str, at: int) -> str:
    """What stands after `at`, up to the end of the sentence; on the next lines if this one ends here."""
    raw = text[at : at + REACH]
    raw = re.sub(r"\A(?:[\s*_:：>`]|#{1,6}[ ])*", "", raw)
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
    return unmarked(raw[:end]).strip().strip("*_` ")


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
    """A full stop as in "approx. 5", "No. 5", "a.m."."""
    if text[at] != ".":
        return False
    head = text[max(0, at - 7) : at].lower()
    return (
        head.endswith(("approx", " no", "e.g", "i.e", "vs", "a.m", "p.m"))
        and text[at + 1 : at + 3].strip()[:1].isalnum()
    )
