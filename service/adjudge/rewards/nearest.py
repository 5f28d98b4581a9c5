"""The nearest known name, so that a refusal says what would have been right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LOOKED_AT = 100
"""Characters of a name. Callers give both sides, and the search takes the square of their length."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A clause to end a refusal with: "did you mean 'math'?", or the known names, or nothing where there are none."""
    names = sorted(each[:_LOOKED_AT] for each in known)
    close = difflib.get_close_matches(name[:_LOOKED_AT], names, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(names[:20])}" if names else "there are none"
