"""Short ways for a text verifier to say its verdict, to read a gold that must be a text, to refuse an option."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from adjudge_client.types import Verdict

SHOWN = 200


def text_gold(gold: Any) -> str | None:
    """A gold that is a text, or a number as written; None for anything else and for an empty text."""
    if isinstance(gold, str):
        return gold if gold.strip() else None
    if isinstance(gold, (int, Decimal)) and not isinstance(gold, bool):
        return str(gold)
    return repr(gold) if isinstance(gold, float) else None


def judged(
    name: str,
    score: float,
    reason: str,
    *,
    extracted: str | None = None,
    expected: str | None = None,
    stage: str = "text",
) -> Verdict:
    """A verdict that was reached: status ok."""
    return Verdict(
        score=score,
        status="ok",
        reason=reason,
        verifier=name,
        extracted=_cut(extracted),
        expected=_cut(expected),
        stage=stage,
    )


def no_answer(name: str, reason: str, *, expected: str | None = None) -> Verdict:
    return Verdict(
        score=0.0, status="no_answer", reason=reason, verifier=name, expected=_cut(expected), stage="extraction"
    )


def bad_task(name: str, reason: str) -> Verdict:
    """The gold cannot be read: nobody's answer can be judged by it."""
    return Verdict(score=None, status="bad_task", reason=reason, verifier=name, stage="gold")


def wrong_option(message: str) -> PydanticCustomError:
    """To be raised by a validator of an option: 422 with this message and the option's name."""
    return PydanticCustomError("option", "{message}", {"message": message})


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= SHOWN else text[: SHOWN - 1] + "…"
