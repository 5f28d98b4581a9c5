"""A regular expression of the trainer's, in RE2: linear in the text whatever the expression."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from adjudge_client.types import Verdict

from ..answer import without_end_of_turn
from ..verdicts import judged, wrong_option

_LONGEST = 2_000
_MOST_INSTRUCTIONS = 1_000
"""Where RE2's automaton does not fit its memory, a character costs as many steps: 0.7 s a megabyte, at worst."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.never_capture = True  # only whether it matches is asked
    options.log_errors = False
    return re2.compile(pattern, options)


def check_pattern(pattern: str) -> str:
    """Raises for an expression that RE2 does not take, or that is too large."""
    if len(pattern) > _LONGEST:
        raise wrong_option(f"a pattern of {len(pattern)} characters; at most {_LONGEST} are taken")
    try:
        size = _compiled(pattern).programsize
    except re2.error as error:
        said = error.args[0] if error.args else error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise wrong_option(f"RE2 does not take this pattern: {text}") from None
    if size > _MOST_INSTRUCTIONS:
        raise wrong_option(f"a pattern of {size} instructions; at most {_MOST_INSTRUCTIONS} are taken")
    return pattern


def judge_pattern(trace: str, pattern: str) -> Verdict:
    """See the manual of `format`."""
    matches = _compiled(pattern).fullmatch(without_end_of_turn(trace).lstrip()) is not None
    reason = "the whole trace matches the pattern" if matches else "the trace does not match the pattern as a whole"
    return judged("format", float(matches), reason, stage="pattern")
