"""From an answer's text to what it says, without a gold to say what is wanted: letters, words, or a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..deciding.compare import BadGold
from ..gold import clean, read_answer, read_gold
from ..notation.lex import MAX_CHARS
from ..notation.numerals import Forbidden, Unreadable
from ..reading import Extraction, extract
from ..reading.expression import spoken
from ..reading.options import letters_at_start
from ..reading.prose import DENIAL, DOUBT, REFUSAL, UNDETERMINED
from ..tree import Node

_OR = re.compile(r"(?<![A-Za-z])or(?![A-Za-z])|或", re.I)
_OPTION = re.compile(r"(?:option|choice|选项|选)\W{0,3}\(?[A-J]\)?\W{0,3}\Z", re.I)
_POLAR = {"yes": True, "true": True, "no": False, "false": False, "是": True, "否": False, "对": True, "错": False}
_POLAR_WORD = re.compile(r"[A-Za-z]+|或者|[^\W\d_]")
_POLAR_FILLERS = frozenset("or and either both maybe perhaps possibly probably 或 或者 和".split())
NO_TEXT = frozenset("None null NULL NaN nan NAN <NA> N/A n/a NaT".split())
"""What a language writes for nothing: no text of a model but of who could not read its answer out. "none" and
"undefined" are answers."""
_DIGIT = re.compile(r"\d")
_REACH = 300


class Abstains(Exception):
    """The answer has no vote; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """One part of an answer. Exactly one of the first four says what it is; `text` also stands by for `unread`."""

    letters: tuple[str, ...] = ()
    words: str = ""
    tree: Node | None = None
    unread: str = ""
    """What our own scanner cannot read, and another parser may."""
    text: str = ""


def committed(text: str, *, alternatives: str = "abstain") -> Extraction:
    """What a whole trace commits to. Raises Abstains; parts that "or" joins are a list only if the caller says so."""
    found = extract(text, "math")
    for want in ("number", "choice"):
        if found.missing is not None and found.how == "line":
            found = extract(text, want)
    if found.missing is not None:
        raise Abstains(found.missing)
    if found.hedged is not None:
        raise Abstains(found.hedged)
    if alternatives == "abstain" and len(found.parts) > 1 and _alternatives(text, found.parts):
        raise Abstains("it names several alternatives without choosing")
    return found


def given(text: str, *, alternatives: str = "abstain") -> tuple[str, ...]:
    """The parts of an answer that was read out already; where it is still in its box or sentence, of that."""
    if "boxed" in text or "fbox" in text or extract(text, "math").how in ("phrase", "hash"):
        return committed(text, alternatives=alternatives).parts
    if text.strip() in NO_TEXT:
        raise Abstains("it is what a program writes for no answer")
    return (text.strip(),)


def _alternatives(text: str, parts: tuple[str, ...]) -> bool:
    """Are the last two parts joined by "or"?"""
    end = text.rfind(parts[-1])
    start = text.rfind(parts[-2], max(0, end - _REACH), end)
    return start >= 0 and bool(_OR.search(text, start + len(parts[-2]), end))


def meaning(part: str, *, alternatives: str = "abstain") -> Said:
    """What one part says. Raises Abstains."""
    plain = spoken(part)
    if REFUSAL.search(plain) and not UNDETERMINED.search(plain):
        raise Abstains("it holds a refusal or an error message")
    if _DIGIT.search(plain):
        if any(match[0][-1].isalpha() and not match[0].startswith("\\") for match in DENIAL.finditer(plain)):
            raise Abstains("it denies what it holds")
        if DOUBT.search(plain):
            raise Abstains("it doubts what it holds")
    if len(part) > MAX_CHARS:
        raise Abstains(f"it is longer than {MAX_CHARS} characters")
    try:
        read_answer(clean(part))
    except Forbidden as error:
        raise Abstains(f"it cannot be trusted: {error}") from error
    except (Unreadable, ValueError, RecursionError):
        pass
    try:
        read = read_gold.__wrapped__(part)
    except (BadGold, ValueError, RecursionError) as error:
        raise Abstains(f"it is nothing that can be read: {error}") from error
    if not read.trees and not any(char.isalnum() for char in part):
        raise Abstains("it says nothing")
    if alternatives == "abstain" and _both_ways(plain):
        raise Abstains("it says both yes and no, or names both")
    if read.letters or not read.trees:
        letters = _letters(part, plain, read.letters, alternatives)
        if letters:
            return Said(letters=letters)
    if read.unread:
        return Said(unread=read.unread, text=part)
    if read.text:
        return Said(words=read.text)
    return Said(tree=read.trees[-1] if _decimal_comma(read.trees) else read.trees[0])


def _letters(part: str, plain: str, read: frozenset[str], alternatives: str) -> tuple[str, ...]:
    """The options that a part names, by the reader that the verifiers ask. Several are a hedge: raises Abstains."""
    chosen = letters_at_start(part)
    letters = chosen.letters or tuple(read)
    listed = chosen.hedged is not None and plain.lstrip(" ([")[:1].isupper()
    if not letters or not (read or listed or _OPTION.match(plain)):
        return ()
    if alternatives == "abstain" and (chosen.hedged or len(letters) > 1):
        raise Abstains(chosen.hedged or f"it names {', '.join(sorted(letters))} without choosing")
    return tuple(sorted(letters))


def _both_ways(plain: str) -> bool:
    """yes or no, true/false: all its words are, and not of one kind."""
    said = [word for word in _POLAR_WORD.findall(plain.lower()) if word not in _POLAR_FILLERS]
    return len({_POLAR.get(word) for word in said}) == 2 and all(word in _POLAR for word in said)


def _decimal_comma(trees: tuple[Node, ...]) -> bool:
    """0,625 is a list by the rules of English only."""
    return len(trees) > 1 and trees[-1][0] in ("dec", "neg") and trees[0][0] == "seq"


__all__ = ["Abstains", "Said", "committed", "given", "meaning"]
