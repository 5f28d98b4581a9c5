"""What the `language` term is worth: the words of the part that is judged, and the language that is wanted."""

from __future__ import annotations

from typing import Literal

from adjudge_client.types import Verdict

from ..answer import thinking_and_rest
from ..verdicts import judged, no_answer
from .detector import version
from .scripts import LANGUAGES, OTHER, WORD
from .tally import Tally, tally

LEAST_SHARE = 5
"""A prompt is in another language than English if one has a fifth of its words."""

LEAST_WORDS = 3

FREE = 24 * WORD
"""What code, formulas and the like may always hold, as a sentence with a short program does; beyond, as much as is
said. Measured on honest texts: docs/rewards.md."""


def judge(
    trace: str, prompt: str, open_think: bool, target: str, otherwise: str, part: Literal["thinking", "answer", "all"]
) -> Verdict:
    """See the manual of `language`."""
    wanted, asked = _language_of(prompt, otherwise) if target == "prompt" else (target, False)
    text = trace if part == "all" else thinking_and_rest(trace, open_think=open_think)[part == "answer"]
    name = {"thinking": "the thinking", "answer": "the answer", "all": "the trace"}[part]
    found = tally(text, wanted)
    stage = version() if asked or found.asked else "scripts"
    if not found.total:
        reason = (
            f"{name} has no words (code and formulas have none)" if not found.undecided else _undecided(name, found)
        )
        return no_answer("language", reason, expected=wanted)
    hidden = max(0, found.left_out - max(FREE, found.total + found.undecided))
    found.languages[OTHER.name] += hidden
    score = found.languages[wanted] / found.total
    shares = ", ".join(f"{code} {found.words(code)}" for code, weight in found.languages.most_common(5) if weight)
    reason = f"{score:.1%} of {round(found.total / WORD)} words in {name} are {wanted}"
    if hidden:
        reason += f" ({round(hidden / WORD)} of them for what code, formulas and the like hold beyond what is said)"
    return judged("language", score, reason, extracted=shares, expected=wanted, stage=stage)


def _undecided(name: str, found: Tally) -> str:
    return f"no language can be told for the {found.undecided // WORD} words in {name}"


def _language_of(prompt: str, otherwise: str) -> tuple[str, bool]:
    """The language of a prompt, and whether the detector was asked."""
    found = tally(prompt, "en")
    for code, weight in found.languages.most_common():
        if code in LANGUAGES and code != "en" and weight * LEAST_SHARE >= found.total and weight >= LEAST_WORDS * WORD:
            return code, found.asked
    return ("en" if found.languages["en"] else otherwise), found.asked
