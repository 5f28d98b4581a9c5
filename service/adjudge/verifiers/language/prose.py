"""What a text says in words: without code, formulas, commands, addresses, tags, geometry's labels.

Code and formulas are of no language, so they are left out. But whatever is left out is a place to hide in, so a
comment counts: within code and formulas, five words in a row, and letters of scripts that no program is written in.

Every pattern takes a character once (negated classes, possessive repetition), so cost is linear in the text.
"""

from __future__ import annotations

import re

from ..fences import Fences
from ..invisible import INVISIBLE

_HIDDEN = re.compile(f"[{INVISIBLE}]")
_FENCE = re.compile(r"^[ \t]{0,12}(?:`{3,16}|~{3,16})[\w+#.-]{0,20}", re.MULTILINE)
_INLINE = re.compile(r"``?[^`\n]{1,400}``?")
_SHORT_FORMULA = re.compile(r"\$[ -#%-~]{1,16}\$")  # cannot hold five words: the quick way for nearly all of them
_FORMULA = re.compile(  # a set of characters first: the search skips to the next of them
    r"[$\\](?:(?<=\$)(?:\$[^$]{1,4000}+\$\$|[^$\n]{1,400}+\$)"
    r"|(?<=\\)(?:\[(?:[^\\]++|\\[^\[\]])*+\\\]|\((?:[^\\]++|\\[^()])*+\\\)))"
)
_COMMAND = re.compile(r"\\(?:begin|end)\{[A-Za-z*]{1,30}\}|\\[A-Za-z]++")  # what stands in other braces stays
_ADDRESS = re.compile(r"https?://\S++|www\.\S++")
_TAG = re.compile(r"[<◁](?:/?[A-Za-z]\w{0,20}/?[>▷]|\|channel\|>[a-z]{0,12}|\|[a-z_]{1,20}\|>)", re.ASCII)
_LABEL = re.compile(r"[A-Z](?<![A-Za-z][A-Z])[A-Z]{1,4}(?![A-Za-z])")  # AB = CD, GCD
_MAY_SAY = re.compile("[A-Za-z ,'-]{10}")  # five words are no shorter
_COMMENT = re.compile(
    r"\b[^\W\d_]{2,40}+(?:[ ,'’-]{1,2}[^\W\d_]{1,40}+){4,}+"  # five words in a row
    r"|[\u0400-\U0003ffff]{2,}+"  # beyond Latin and Greek
)


def prose(text: str) -> str:
    """The words of a text, in their order, with their sentence ends."""
    if not text.isascii():
        text = _HIDDEN.sub("", text)
    text = _without_blocks(text)
    if "`" in text:
        text = _INLINE.sub(_comments, text)
    if "$" in text:
        text = _SHORT_FORMULA.sub(" ", text)
    if "$" in text or "\\" in text:
        text = _COMMAND.sub(" ", _FORMULA.sub(_comments, text))
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    if "<" in text or "◁" in text:
        text = _TAG.sub(" ", text)
    return _LABEL.sub(" ", text)


def _without_blocks(text: str) -> str:
    """Fenced blocks reduced to their comments."""
    kept, at = [], 0
    for start, end in Fences(text).blocks:
        kept += [text[at:start], _said(text[start:end])]
        at = end
    return _FENCE.sub("", "".join([*kept, text[at:]])) if kept else text


def _comments(match: re.Match[str]) -> str:
    return _said(match[0])


def _said(code: str) -> str:
    """The comments in code, each a sentence of its own."""
    if code.isascii() and not _MAY_SAY.search(code):
        return " "
    comments = _COMMENT.findall(code)
    return "\n".join(["", *comments, ""]) if comments else " "
