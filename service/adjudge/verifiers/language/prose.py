"""What a text says in words: without code, formulas, commands, addresses, tags, geometry's labels.

Code and formulas are of no language, so they are left out. But whatever is left out is a place to hide in. So a comment
counts: within code, formulas and addresses, five words in a row, and letters of scripts that no program is written in.
And the words that were left out are handed back as well (`Prose.left_out`), whatever left them out: they are the words
of the text that its prose does not have. Only LaTeX's and mark-up's own names (latex.py) are none.

Every pattern takes a character once (negated classes, possessive or bounded repetition), so cost is linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ..fences import Fences
from ..invisible import code_points
from .latex import NAMES
from .scripts import OTHER, SCRIPTS, script_of

_FENCE = re.compile(r"^[ \t]{0,12}(?:`{3,16}|~{3,16})[\w+#.-]{0,20}", re.MULTILINE)
_INLINE = re.compile(r"``?[^`\n]{1,400}``?")
_SHORT_FORMULA = re.compile(r"\$[ -#%-~]{1,16}\$")  # cannot hold five words: the quick way for nearly all of them
_FORMULA = re.compile(  # a set of characters first: the search skips to the next of them
    r"[$\\](?:(?<=\$)(?:\$[^$]{1,4000}+\$\$|[^$\n]{1,400}+\$)"
    r"|(?<=\\)(?:\[(?:[^\\]++|\\[^\[\]])*+\\\]|\((?:[^\\]++|\\[^()])*+\\\)))"
)
_COMMAND = re.compile(r"\\(?:begin|end)\{[A-Za-z*]{1,30}\}|\\[A-Za-z]++")  # what stands in other braces stays
_ADDRESS = re.compile(r"(?:https?://|www\.)[!#-&(-;=?-Z_a-z~\[\]]{1,2000}+")  # of RFC 3986
_TAG = re.compile(r"[<◁](?:/?[A-Za-z]\w{0,20}/?[>▷]|\|channel\|>[a-z]{0,12}|\|[a-z_]{1,20}\|>)", re.ASCII)
_LABEL = re.compile(r"[A-Z](?<![A-Za-z][A-Z])[A-Z]{1,4}(?![A-Za-z])")  # AB = CD, GCD
_MAY_SAY = re.compile("[A-Za-z ,'-]{10}")  # five words are no shorter
_COMMENT = re.compile(
    r"\b[^\W\d_]{2,40}+(?:[ ,'’-]{1,2}[^\W\d_]{1,40}+){4,}+"  # five words in a row
    r"|[\u0400-\U0003ffff]{2,}+"  # beyond Latin and Greek
)
_TOO_LONG = re.compile(f"[A-Z{''.join(script.letters for script in SCRIPTS if script.divided)}]{{41,}}+")
"""No word: see detector.LONGEST."""

_WORD = re.compile(r"[^\W\d_]{2,}+")
_BLANKS = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalpha()})


class Prose(NamedTuple):
    said: str
    """The words in their order, with their sentence ends; in lower case."""
    left_out: set[str]
    """Different words of two letters and more that stand in the text but not in `said`."""


def prose(text: str) -> Prose:
    """A text's words, and those that were left out."""
    if not text.isascii():
        text = _plain(text)
    whole = text.lower()
    said = _without_formulas(_without_code(text))
    if "://" in said or "www." in said:
        said = _ADDRESS.sub(_comments, said)
    if "<" in said or "◁" in said:
        said = _TAG.sub(" ", said)
    said = _TOO_LONG.sub(" ", _LABEL.sub(" ", said)).lower()
    return Prose(said, _words(whole) - _words(said) - NAMES)


def _words(text: str) -> set[str]:
    if text.isascii():
        return {word for word in text.translate(_BLANKS).split() if len(word) > 1}
    return set(_WORD.findall(text))


# Characters


def _plain(text: str) -> str:
    """Without what is not seen; letters in circles, of mathematics and the like as the letters that they are."""
    characters = {character for character in set(text) if not character.isascii() or ord(character) < 32}
    table = {ord(character): plain for character in characters if (plain := _letters(character)) != character}
    if not table:
        return text
    if _INDEX.search(text):
        text = _INDEX.sub(" ", text)
    return text.translate(table)


_INDICES = "\u1d2c-\u1d6a\u2071\u207f\u2090-\u209c\u02b0-\u02b8\u02e0-\u02e4"
_INDEX = re.compile(f"(?<![{_INDICES}])[{_INDICES}](?![{_INDICES}])")  # xⁿ is x and a symbol, not the word xn
_LETTERS_OF_PICTURES = {
    first + n: chr(ord("A") + n) for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for n in range(26)
}
_INVISIBLE = code_points()


@lru_cache(20_000)
def _letters(character: str) -> str:
    """One by one: normalising a text takes time that grows with the square of a run of combining marks."""
    code = ord(character)
    if code in _INVISIBLE:
        return ""
    script = script_of(character.lower()[:1])
    if script is not None and script is not OTHER and script.name != "symbols":
        return character
    if script is None and unicodedata.category(character) in ("Mn", "Me"):
        return ""
    if code in _LETTERS_OF_PICTURES:
        return _LETTERS_OF_PICTURES[code]
    letters = "".join(part for part in unicodedata.normalize("NFKC", character) if part.isalpha())
    return letters or character


# What is left out


def _without_code(text: str) -> str:
    """Fenced and inline code reduced to its comments."""
    kept, at = [], 0
    for start, end in Fences(text).blocks:
        kept += [text[at:start], _said(text[start:end])]
        at = end
    if kept:
        text = _FENCE.sub("", "".join([*kept, text[at:]]))
    return _INLINE.sub(_comments, text) if "`" in text else text


def _without_formulas(text: str) -> str:
    if "$" in text:
        text = _SHORT_FORMULA.sub(" ", text)
    if "$" in text or "\\" in text:
        text = _COMMAND.sub(" ", _FORMULA.sub(_comments, text))
    return text


def _comments(match: re.Match[str]) -> str:
    return _said(match[0])


def _said(code: str) -> str:
    """The comments in code, each a sentence of its own."""
    if code.isascii() and not _MAY_SAY.search(code):
        return " "
    comments = _COMMENT.findall(code)
    return "\n".join(["", *comments, ""]) if comments else " "
