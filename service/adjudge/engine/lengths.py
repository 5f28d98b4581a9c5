"""How long traces are. A trainer knows it in tokens; where it does not say so, it is estimated from the bytes.

Tokenizers of today's models make a token of about four bytes of English, code or LaTeX (and of one and a half Chinese
characters). The estimate is the same for every model, so it never changes under a run; the verdict names it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..verifiers import Length

BYTES_PER_TOKEN = 4


def length_of(tokens: int | None, text: str) -> Length:
    """The length that the trainer sent, else the estimate."""
    return Length(_estimate(text), exact=False) if tokens is None else Length(tokens, exact=True)


def lengths_of(tokens: Sequence[int | None], texts: Sequence[str]) -> list[Length]:
    """Of a group. Where one member's is not known, all are estimated: a count and an estimate do not compare."""
    exact = [count for count in tokens if count is not None]
    if len(exact) == len(texts):
        return [Length(count, exact=True) for count in exact]
    return [Length(_estimate(text), exact=False) for text in texts]


def _estimate(text: str) -> int:
    size = len(text) if text.isascii() else len(text.encode())
    return -(-size // BYTES_PER_TOKEN)
