"""What a sentence states: what stands after its "is" or "=", what it ends in, the values of its clauses."""

from __future__ import annotations

import re

from .expression import FORMULA, INEQUALITY, MAX_EXPRESSION, TRAILING, is_expression, trimmed, without_filler
from .mentions import OPERATORS
from .prose import MATH

_IS = re.compile(
    r"\s(?:is|are|was|were|be|equals|equal to|becomes)(?:\s+(?:called|named|known as))?\s+(?=\S)|(?<=\b[Ii]t)['’]s\s"
    r"|(?<=[^<>!=])=(?=[^=])|:\s|：|是|为|等于|≈",
    re.I,
)


def complements(sentence: str) -> list[str]:
    """What a sentence may state, the likeliest first.

    A sentence that is an expression from somewhere on ("Thus we get x+1", "The length is 2√3 ≈ 3.46", "So a = 2,
    b = 3") states all of that. Else what stands after each "is", "=", ":", from the last to the first (the left side
    stays with an "="), the expression that a sentence without these ends in ("They meet at (1, 4)"), and the one
    that it begins with ("Therefore $x=2$ is the only solution").
    """
    text = sentence.strip()
    spans = [match.span() for match in FORMULA.finditer(text)]
    body = text[_connective_end(text) :]
    if _is_whole(body):
        return [body]
    found = []
    for match in list(_IS.finditer(text))[-12:]:
        if not any(start <= match.start() < end for start, end in spans):
            found.append(text[_left_side(text, match.start()) if match[0] in "=≈" else match.end() :])
    whole = next((piece for piece in found if _is_whole(without_filler(piece))), "")
    found.reverse()
    if spans and text[spans[-1][1] :].strip(TRAILING) == "":
        found.append(text[spans[-1][0] :])
    else:
        found.append(_ending(text))
    leading = body if spans and text.startswith(body[:1], spans[0][0]) and len(text) - len(body) == spans[0][0] else ""
    return [piece.strip() for piece in [whole, *found, leading] if piece.strip()]


_MATHEMATICAL = re.compile(r"[0-9√π∞=<>+*/^∅]|\\[a-zA-Z]")


def _is_whole(text: str) -> bool:
    """Nothing but an expression, or formulas in a row."""
    text = text.strip()
    if not text or len(text) > MAX_EXPRESSION:
        return False
    if "$" in text or text.startswith(("\\(", "\\[")):
        return bool(_ALL_FORMULAS.fullmatch(text))
    return bool(_MATHEMATICAL.search(text)) and is_expression(trimmed(text))


_LINKS = frozenset(
    "get gets obtain obtains have has find give gives yield yields be become becomes equal equals to as at of by means"
    " conclude deduce derive reach".split()
)
_SETTING = frozenset("to as at of by".split())
_RANGES = frozenset("if iff for on in over when".split())
_INTERVAL = re.compile(r"(?:\\left)?[(\[][^()\[\],]{1,60},[^()\[\],]{1,60}[)\]]")
_QUANTITY = re.compile(r"[-$€£]{0,2}[0-9][0-9,.]*%?(?:\s[a-zA-Z]+)?")


def _ending(text: str) -> str:
    """The expression that a sentence ends in after a verb or preposition that leads to it: "They meet at (1, 4)."

    A mere quantity after a preposition ("at 5 km") is a circumstance.
    """
    best = ""
    words = list(re.finditer(r"\S+", text[-200:]))[-16:]
    offset = max(0, len(text) - 200)
    for before, word in zip(reversed(words[:-1]), reversed(words[1:]), strict=True):
        tail = trimmed(text[offset + word.start() :])
        if not is_expression(tail):
            if tail and tail[-1] not in ")]}":
                break
            continue
        lead = before[0].lower()
        if lead in _RANGES and (INEQUALITY.search(tail) or _INTERVAL.match(tail)):
            best = tail
        if lead in _LINKS and _MATHEMATICAL.search(tail) and not (lead in _SETTING and _QUANTITY.fullmatch(tail)):
            best = tail
    return best


_CLAUSE_BREAK = re.compile(r"[,;，；]\s*(?:(?:and|while)\s+|而|且)?|\s+and\s+(?=[a-zA-Z])")
_VALUE_CLAUSE = re.compile(
    r"(?P<subject>[^\W\d_][^\d=:：]{0,40}?)\s*(?P<link>\b(?:is|equals)\b|是|为|等于|=|[:：])\s*(?P<value>\S.*)", re.I
)
_SUBORDINATE = re.compile(r"(?:since|because|if|when|as|so|that|it|where|for|let)\b|[由因当]|如果", re.I)


def values_of_clauses(sentence: str) -> tuple[str, ...]:
    """The values of clauses in parallel: "The maximum is 2 and the minimum is -1", 最大值为2，最小值为-1 → 2, -1."""
    text = sentence.strip()
    if len(text) > 300 or not _CLAUSE_BREAK.search(text):
        return ()
    text = text[_connective_end(text) :]
    links, values = set(), []
    for clause in _CLAUSE_BREAK.split(trimmed(text)):
        match = _VALUE_CLAUSE.fullmatch(clause.strip())
        if match is None or len(match["subject"].split()) > 5 or _SUBORDINATE.match(match["subject"]):
            return ()
        value = trimmed(match["value"])
        if is_expression(match["subject"]) or not is_expression(value) or not _MATHEMATICAL.search(value):
            return ()
        links.add(match["link"].lower())
        values.append(value)
    return tuple(values) if len(values) > 1 and len(links) == 1 else ()


def without_connective(sentence: str) -> str:
    """Without "therefore", "so", "we get" in front."""
    return sentence[_connective_end(sentence) :] or sentence


_CONNECTIVE = re.compile(
    r"\A(?:(?:therefore|thus|so|hence|consequently|finally|then|and|ultimately|overall|in conclusion|it follows"
    r"|(?:which|this) (?:gives|yields|means|simplifies to|is)"
    r"|we (?:get|have|obtain|find|see|conclude|then get))(?![a-zA-Z])(?: us)?(?: that(?= ))?[,:]?\s*"
    r"|(?:因此|所以|故|综上|解得|于是|从而|即|得)(?:所述|可得|可知|得到?|有)?[,:，：]?\s*){1,3}",
    re.I,
)


def _connective_end(text: str) -> int:
    match = _CONNECTIVE.match(text)
    return match.end() if match else 0


def _left_side(text: str, end: int) -> int:
    """Where the expression that ends at `end` begins: the `y` of "The equation is y = 2x"; else after the "="."""
    start = end + 1
    for word in reversed(list(re.finditer(r"\S+", text[max(0, end - 60) : end]))[-6:]):
        if not (is_expression(word[0]) or word[0] in OPERATORS) or word[0][-1] in ",:;":
            break
        start = max(0, end - 60) + word.start()
    return start


_ALL_FORMULAS = re.compile(rf"(?:{MATH}|and\b|or\b|[\s.,;。，；、]|和|或)+")
