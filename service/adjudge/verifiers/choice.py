"""`choice`: the option letter(s) an answer commits to."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from adjudge_client.types import Verdict

from .answer import Answer
from .math.reading import extract
from .math.reading.options import letters_at_start
from .plain import readable
from .registry import verifier
from .verdicts import bad_task, judged, no_answer, text_gold

_WITH_TEXT = re.compile(r"\s*[(\[（]?([A-Ja-j])(?:[)\]）][.:：、]?|[.:：、])\s*(\S.*)", re.DOTALL)
_LONE = re.compile(r"[A-Ja-j]\.?")  # "A. C": an option whose text is a letter
_RUN = re.compile(r"[A-J]{2,10}")


@verifier("choice", revision=1, sees="answer", work="text")
def choice(
    answer: Answer,
    gold: Any,
    *,
    letters: Annotated[
        str,
        Field(
            pattern=r"^[A-J](?:-[A-J]|[A-J]*)$",
            description="the options there are: a range like A-D, or a list like ACE",
        ),
    ] = "A-J",
    many: Annotated[bool, Field(description="the question has several right options, and all must be named")] = False,
) -> Verdict:
    """Compare the letter(s) an answer commits to with the gold letter(s).

    "(B)", "B. 42", "\\textbf{(B)}\\ 12", "Choice_C", "the correct option is B" and a box around any of these commit.
    The last box decides; then a phrase ("the answer is B", "故选 B"); then the last sentence that names options,
    without those it rules out ("A is too small, so D" is D). "e" in a box is E; "a triangle" names no option.

    An answer that names two letters when one is asked for commits to neither: hedging must not pay, be it "A or C",
    "A. 1 B. 2", "A → B" or "A. B" (unless the gold is "A. B", an option whose text is a letter). "A and C" is an
    answer to a gold "A,C" with `many=true`; "A or C" never is. The order of letters does not matter.

    The gold is "B", "(B)", "B. 42" or "(B) 42" (then an answer that gives only "42" is right too, if it names no
    letter), or with `many` "A,C", "A and C", "AC". A gold of several letters without `many` is `bad_task`: it might
    mean any of them (write a list) or all of them (say `many=true`). So is a letter that is not among `letters`.
    """
    text = text_gold(gold)
    wanted, wording = _read_gold(text) if text is not None else ((), None)
    options = _options(letters)
    if not wanted:
        return bad_task(
            "choice", f"the gold must be an option letter ({letters}), alone or with its text; it is {gold!r}"[:300]
        )
    if len(wanted) > 1 and not many:
        return bad_task(
            "choice",
            f"the gold names {len(wanted)} letters: say many=true if all, or give a list if any of them is right",
        )
    if not set(wanted) <= options:
        return bad_task("choice", f"the gold {', '.join(wanted)} is not among the options {letters}")
    expected = ",".join(sorted(wanted))
    found = extract(answer.text, "choice")
    if found.missing:
        return no_answer("choice", found.missing, expected=expected)
    named = tuple(part for part in found.parts if re.fullmatch("[A-J]", part))
    extracted = ",".join(found.parts)
    if found.hedged and wording is not None and _reads_out(answer.text, wanted[0], wording):
        return judged("choice", 1.0, "the answer reads the gold's option out", extracted=extracted, expected=expected)
    if found.hedged:
        return judged("choice", 0.0, f"no commitment: {found.hedged}", extracted=extracted, expected=expected)
    if not named:
        return _by_wording(found.parts, wording, extracted, expected)
    if len(named) < len(found.parts) or (len(named) > 1 and not many):
        reason = f"the answer names {extracted}, which commits to no single option"
        return judged("choice", 0.0, reason, extracted=extracted, expected=expected)
    if not set(named) <= options:
        return judged(
            "choice", 0.0, f"{extracted} is not among the options {letters}", extracted=extracted, expected=expected
        )
    right = set(named) == set(wanted)
    reason = f"the answer commits to {extracted}" + (", the gold" if right else f"; the gold is {expected}")
    return judged("choice", float(right), reason, extracted=extracted, expected=expected)


def _read_gold(gold: str) -> tuple[tuple[str, ...], str | None]:
    """The letters of a gold, and the text of the option where it is given."""
    gold = readable(gold).strip()
    with_text = _WITH_TEXT.fullmatch(gold)
    if with_text and (not letters_at_start(with_text[2]).letters or _LONE.fullmatch(with_text[2])):
        return (with_text[1].upper(),), with_text[2].strip()
    if _RUN.fullmatch(gold):
        return tuple(dict.fromkeys(gold)), None
    committed = letters_at_start(gold)
    return (() if committed.hedged else committed.letters), None


def _reads_out(text: str, letter: str, wording: str) -> bool:
    """Is a seeming list of letters the gold itself: "A. C" where the text of option A is a C?"""
    parts = extract(text, "text").parts
    said = _WITH_TEXT.fullmatch(_folded(parts[0])) if len(parts) == 1 else None
    return said is not None and said[1].upper() == letter and _folded(said[2]) == _folded(wording)


def _options(letters: str) -> set[str]:
    if len(letters) == 3 and letters[1] == "-":
        return {chr(code) for code in range(ord(letters[0]), ord(letters[2]) + 1)}
    return set(letters)


def _by_wording(parts: tuple[str, ...], wording: str | None, extracted: str, expected: str) -> Verdict:
    """An answer that names no letter: right only if it is the text of the gold's option."""
    if not parts:
        return no_answer("choice", "the answer names no option", expected=expected)
    if wording is not None and len(parts) == 1 and _folded(parts[0]) == _folded(wording):
        return judged(
            "choice", 1.0, "the answer gives the text of the gold's option", extracted=extracted, expected=expected
        )
    return judged("choice", 0.0, "the answer names no option letter", extracted=extracted, expected=expected)


def _folded(text: str) -> str:
    text = re.sub(r"\\(?:text|textbf|mathrm|textrm|mbox)(?![a-zA-Z])|[{}$\\]", " ", readable(text)[:2_000])
    return " ".join(text.casefold().split()).rstrip(".")
