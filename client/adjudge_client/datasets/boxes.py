r"""The answer of a written-out solution: its last `\boxed{…}`, with braces balanced.

Boxes joined only by white space, punctuation, `$`, "and", "or" are one list, as the service reads them in a trace:
`$\boxed{3}$ and $\boxed{5}$` has two answers, and with the last one alone no right trace could meet the gold.
"""

from __future__ import annotations

import re

_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?:\{|(?P<bare>[^\s{}\\$]+|\\[A-Za-z]+))")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_JOINT = re.compile(r"(?:[\s,;.$]|\\[,;!]|\band\b|\bor\b|\\text\{\s*(?:and|or)\s*\})*")


def boxed(solution: str) -> str | None:
    """None where nothing is boxed, or the last box is empty or never closed. Linear in the solution's length."""
    found: list[tuple[int, int, str]] = []
    place = 0
    while match := _BOX.search(solution, place):
        bare = match["bare"]
        end = match.end() if bare else _closing(solution, match.end())
        if end is None:
            found = []  # cut off: what came before was not the last word
            break
        content = bare.rstrip(".,;") if bare else solution[match.end() : end - 1].strip()
        found.append((match.start(), end, content))
        place = end
    answers: dict[str, None] = {}
    following: int | None = None
    for start, end, content in reversed(found):
        if following is not None and not _JOINT.fullmatch(solution, end, following):
            break
        following = start
        answers[content] = None
    return ", ".join(reversed(answers)) if answers and all(answers) else None


def _closing(text: str, place: int) -> int | None:
    """The index after the brace that closes the one before `place`."""
    depth = 1
    for match in _BRACES.finditer(text, place):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if not depth:
            return match.end()
    return None
