"""The ground truth, read by its own rules: with and without dollars and boxes, as a number, a choice, a text
or an expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .deciding.compare import BadGold
from .deciding.texts import words
from .notation import spoken
from .notation.lex import group_end
from .notation.numerals import Unreadable, chinese
from .notation.parse import FUNCTIONS, read
from .notation.spelling import without_lead_in, without_quantifier
from .reading import Want
from .reading.boxes import find_boxes, last_list, without
from .tree import Node, walk

_WRAPPER = re.compile(
    r"\\(?:text|textbf|textrm|textit|textnormal|mathrm|mathbf|mbox|operatorname|emph|mathit|textsf|texttt)\s*\{"
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_CHOICE = re.compile(r"\(?([A-J])\)?(?:\s*(?:,|;|and|\\text\{\s*and\s*\})\s*\(?([A-J])\)?)*\.?")
_LETTER = re.compile(r"[A-J]")
_LETTERS_ONLY = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:(?:[ '’,.:&]+|(?<=[^\W\d_]{2})-(?=[^\W\d_]{2}))[^\W\d_]+)*\.?")
_MIXED_WORDS = re.compile(r"[^\W_]+(?:[ \-'’,.]+[^\W_]+)*[.!]?")
COMMA_THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")
_LEADING_ZERO = re.compile(r",0\d")
_CONSTANT = frozenset("num dec div neg mixed percent unit money deg mul pow base colon clock".split())


@dataclass(frozen=True)
class Gold:
    """One way to read a ground truth. Exactly one of `letters`, `text`, `trees` says what it is."""

    shown: str
    want: Want
    letters: frozenset[str] = frozenset()
    text: str = ""
    trees: tuple[Node, ...] = ()
    literal: bool = False
    """`text` is no words but an expression that nobody can read: only the same expression meets it."""
    unread: str = ""
    """The cleaned text, where our own scanner cannot read it and the jail must."""


def as_text(gold: Any) -> str:
    """A string or a number, exactly as written. Raises BadGold for anything else."""
    if isinstance(gold, bool) or gold is None:
        raise BadGold(f"the ground truth is {gold!r}, not mathematics")
    if isinstance(gold, str):
        return gold
    if isinstance(gold, Decimal):
        return format(gold, "f") if gold.is_finite() and abs(gold.adjusted()) < 400 else str(gold)
    if isinstance(gold, int):
        return str(gold)
    if isinstance(gold, float):
        return repr(gold)
    raise BadGold(f"the ground truth is of type {type(gold).__name__}; give a string, a number, or a list of them")


def unwrapped(text: str) -> str:
    r"""\text{Yes} -> Yes, all through; dollars, stars and outer boxes off."""
    out: list[str] = []
    at = 0
    while (match := _WRAPPER.search(text, at)) is not None:
        try:
            end = group_end(text, match.end() - 1)
        except Unreadable:
            break
        out += [text[at : match.start()], text[match.end() : end - 1]]
        at = end
        if len(out) > 200:
            break
    out.append(text[at:])
    plain = "".join(out).replace("$", "").replace("\\ ", " ").replace("~", " ").replace("*", "")
    return " ".join(plain.replace("\\,", " ").replace("\\(", "").replace("\\)", "").split())


def clean(text: str) -> str:
    """Outer dollars, boxes, brackets of display and a closing full stop off."""
    text = text.strip()
    for _ in range(4):
        before = text
        box = _BOX.match(text)
        if box:
            try:
                if group_end(text, box.end() - 1) == len(text):
                    text = text[box.end() : -1].strip()
            except Unreadable:
                break
        for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
            inside = text[len(opening) : -len(closing)]
            if (
                text.startswith(opening)
                and text.endswith(closing)
                and len(text) > len(opening)
                and opening not in inside
            ):
                text = inside.strip()
        if text.endswith(".") and not text.endswith(".."):
            text = text[:-1].rstrip()
        if text == before:
            break
    return text


@lru_cache(20_000)
def read_gold(raw: str) -> Gold:
    """What kind of gold a text is. Raises BadGold for one that says nothing."""
    raw = _marked(raw.strip())
    text = clean(_spans(without_quantifier(raw)))
    plain = unwrapped(text)
    if not plain.strip(" {}\\") and "\\{" not in text:
        raise BadGold("the ground truth is empty")
    shown = raw[:200]
    if _CHOICE.fullmatch(plain) or re.fullmatch(r"\([a-j]\)", plain):
        letters = frozenset(_LETTER.findall(plain)) or frozenset(plain.strip("()").upper())
        return Gold(shown, "choice", letters=letters)
    if (option := OPTION.fullmatch(plain)) and (letter := OPTION.fullmatch(text)):
        value = read_gold(letter[2])
        return Gold(shown, "choice", letters=frozenset(option[1]), trees=value.trees, text=value.text)
    if _is_text(text, plain):
        return Gold(shown, "text", text=plain)
    meaning = spoken.word_value(plain) if not any(c.isdecimal() or c == "\\" for c in plain) else None
    try:
        trees = [meaning] if meaning is not None else [read_answer(text)]
    except Unreadable as error:
        if _SPELT_NUMBER.fullmatch(plain):
            raise BadGold(f"the ground truth is {error}") from error
        worded = _WORD.search(_COMMAND.sub(" ", plain)) and text.count("{") == text.count("}")
        if worded and _MIXED_WORDS.fullmatch(plain):
            return Gold(shown, "text", text=plain)
        return Gold(shown, "math", unread=text, text=plain if worded or well_formed(text) else "")
    if trees[0][0] == "text" and spoken.word_value(trees[0][1]) is None:
        return Gold(shown, "text", text=plain)
    if trees[0][0] == "unit" and _is_date(plain):
        return Gold(shown, "text", text=plain)
    if COMMA_THOUSANDS.search(text) and not _LEADING_ZERO.search(text):
        try:
            other = read(text, commas=False)
            trees += [other] if other != trees[0] else []
        except Unreadable:
            pass
    if _SURE_COMMA.fullmatch(text) and (comma := decimal_comma(text)) is not None:
        trees.append(comma)
    return Gold(shown, "number" if _is_constant(trees[0]) else "math", trees=tuple(trees))


def _marked(raw: str) -> str:
    """Of a whole derivation the answer that it marks: what follows `####` (GSM8K's `answer`), or its last boxes where
    words stand around them (MATH's `solution`). Data sets hand these over as golds, and no answer equals a derivation.
    """
    _, mark, after = raw.rpartition("####")
    if mark and after.strip() and "\n" not in after.strip():
        return after.strip()
    boxes = find_boxes(raw)
    if not boxes:
        return raw
    words = len(_PROSE.findall(_COMMAND.sub(" ", without(raw, boxes))))
    prose = words > 1 or (words == 1 and raw[0].isalpha())
    chain = raw[: boxes[-1].start].rstrip().endswith("=") and not raw[boxes[-1].end :].strip(" $.)]}\\\n")
    return (", ".join(last_list(raw, boxes)) or raw) if prose or chain else raw


_PROSE = re.compile(r"[^\W\d_]{3,}")
_SPELT_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?")
OPTION = re.compile(r"(?:\\text(?:bf|rm)?\s*\{\s*)?\(?([A-J])[).:]\s*\}?(?:\\ |~|\s|\\quad)*(\S.*)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COMMAND = re.compile(r"\\(?:begin|end)\{[a-zA-Z*]*\}|\\[a-zA-Z]+")


def read_answer(text: str) -> Node:
    """By our own scanner: as it stands, or without "The equation is" before it."""
    try:
        return read(text)
    except Unreadable:
        shorter = without_lead_in(text)
        if shorter == text:
            raise
        return read(shorter)


def well_formed(text: str) -> bool:
    """Brackets in pairs, and something that an operator at either end does not wait for."""
    pairs = all(text.count(a) == text.count(b) for a, b in ("{}", "()", "[]", ("\\begin", "\\end")))
    return (
        pairs
        and any(c.isalpha() for c in _COMMAND.sub(" ", text))
        and text[0] not in "+*/=^_"
        and text[-1] not in "+*/=^_-\\"
    )


_SPAN = re.compile(r"\$([^$]+)\$")


def _spans(raw: str) -> str:
    """A gold in prose with formulas in it ("The roots are $3$ and $7$"): the formulas."""
    found = _SPAN.findall(raw)
    outside = _SPAN.sub(" ", raw)
    if (
        found
        and raw.count("$") % 2 == 0
        and len(re.findall(r"[^\W\d_]{2,}", outside)) > 1
        and not re.search(r"[\\=\d]", outside)
    ):
        return ", ".join(found)
    return raw


_DECIMAL_COMMA = re.compile(r"(-?)([0-9]+),([0-9]+)")
_SURE_COMMA = re.compile(r"-?(?:0,[0-9]{2,}|[0-9]+,[0-9]{4,})")


def decimal_comma(text: str) -> Node | None:
    """6,35 read as a decimal: an answer's reading where the gold is a decimal, and a second one of golds like 0,625."""
    match = _DECIMAL_COMMA.fullmatch(text.strip())
    if match is None or len(text) > 60:
        return None
    return ("dec", int(match[1] + match[2] + match[3]), -len(match[3]))


def _is_text(text: str, plain: str) -> bool:
    """Letters without operators, more than one of them; not a number in words or in Chinese."""
    numeral = chinese(plain, 0)
    if numeral is not None and numeral[1] == len(plain):
        return False
    if spoken.word_value(plain) is not None:
        return False
    if all(len(word) == 1 for word in _LETTERS_ONLY.findall(plain)) and "," in plain:
        return False  # a, b, c: a list of symbols
    if any(word in FUNCTIONS for word in plain.split()):
        return False
    if len(plain) > 1 and _WORDS.fullmatch(plain) and "\\" not in plain:
        return plain not in ("pi", "inf", "infty", "oo", "i", "e")
    return False


def _is_date(plain: str) -> bool:
    from .deciding.texts import _MONTHS

    found = words(plain)
    return any(word in _MONTHS for word in found) and len(found) <= 4


def _is_constant(node: Node) -> bool:
    return all(current[0] in _CONSTANT for current in walk(node))
