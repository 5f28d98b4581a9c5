"""`exact`: the answer is the gold, letter by letter, after the normalisations that the options name."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from adjudge_client.types import Verdict

from .answer import Answer
from .math.reading import extract
from .plain import readable
from .registry import verifier
from .verdicts import bad_task, judged, no_answer, text_gold

Read = Annotated[
    Literal["whole", "commitment"],
    Field(
        description="what is compared: the whole answer, or what it commits to (a box, 'the answer is …', its "
        "last line)"
    ),
]
_ARTICLE = re.compile(r"\b(?:a|an|the)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,20}|[0-9]{1,60})(?:\.[0-9]{1,60})?")
_FRACTION = re.compile(r"[-+]?[0-9]{1,60}/0*[1-9][0-9]{0,60}")


@verifier("exact", revision=1, sees="answer", work="text")
def exact(
    answer: Answer,
    gold: Any,
    *,
    read: Read = "whole",
    case: Annotated[bool, Field(description="capital letters matter")] = False,
    whitespace: Annotated[
        Literal["collapse", "remove", "exact"],
        Field(description="blanks: runs count as one and the ends not at all; do not count; count as they are"),
    ] = "collapse",
    punctuation: Annotated[
        Literal["ends", "remove", "exact"],
        Field(description="punctuation: does not count at the end; nowhere; counts"),
    ] = "ends",
    unicode: Annotated[
        Literal["width", "NFKC", "exact"],
        Field(
            description="`width`: full-width forms are plain ones, invisible characters do not count; NFKC; as it is"
        ),
    ] = "width",
    articles: Annotated[bool, Field(description="a, an, the count")] = True,
    numbers: Annotated[
        Literal["text", "value"],
        Field(description="`value`: if both are plain decimal numbers or fractions, compare their values"),
    ] = "text",
) -> Verdict:
    """Compare the answer with the gold as texts.

    By default the *whole* answer must be the gold, but for capitals, runs of blanks, invisible characters, full-width
    forms, and punctuation at its end. "Paris." is "paris"; "The answer is Paris" is not, unless `read="commitment"`.

    Arguable cases: "1,234" is not "1234" unless `numbers="value"`. "the cat" is not "cat" unless `articles=false`.
    "x²" is not "x2"; under `unicode="NFKC"` it is, since that standard folds superscripts: choose it for prose only.
    "don't" is "dont" only under `punctuation="remove"`. A gold "!" is all punctuation and compared as it stands.
    Several golds (a list) mean "any of these". A gold that is empty, or no text or number, is `bad_task`.
    """
    expected = text_gold(gold)
    if expected is None:
        return bad_task("exact", f"the gold must be a text that is not empty, or a number; it is {type(gold).__name__}")
    text = answer.text
    if read == "commitment":
        found = extract(text, "text")
        if found.missing or len(found.parts) != 1 or found.hedged:
            reason = found.missing or found.hedged or f"the answer commits to {len(found.parts)} things, not to one"
            return no_answer("exact", reason, expected=expected)
        text = found.parts[0]
    if numbers == "value":
        left, right = _value(text), _value(expected)
        if left is not None and right is not None:
            return _said(left == right, text, expected, "as numbers")
    said, wanted = (
        _normal(t, case=case, whitespace=whitespace, punctuation=punctuation, unicode=unicode, articles=articles)
        for t in (text, expected)
    )
    return _said(said == wanted, text, expected, "as texts")


def _said(equal: bool, text: str, expected: str, how: str) -> Verdict:
    reason = f"the answer is the gold, compared {how}" if equal else f"the answer is not the gold, compared {how}"
    return judged("exact", float(equal), reason, extracted=text.strip(), expected=expected)


def _normal(text: str, *, case: bool, whitespace: str, punctuation: str, unicode: str, articles: bool) -> str:
    if unicode == "width":
        text = unicodedata.normalize("NFC", readable(text))
    elif unicode == "NFKC":
        text = unicodedata.normalize("NFKC", readable(text))
    if not case:
        text = text.casefold()
    if not articles:
        text = _ARTICLE.sub(" ", text)
    text = _without_punctuation(text, punctuation)
    if whitespace == "collapse":
        return " ".join(text.split())
    return "".join(text.split()) if whitespace == "remove" else text


def _without_punctuation(text: str, punctuation: str) -> str:
    if punctuation == "remove":
        kept = "".join(c for c in text if unicodedata.category(c)[0] != "P")
        return kept if kept.strip() else text
    if punctuation == "ends":
        kept = text.rstrip()
        while kept and kept[-1] in ".,;:!?。，；：！？":
            kept = kept[:-1].rstrip()
        return kept + text[len(text.rstrip()) :] if kept else text
    return text


def _value(text: str) -> Fraction | None:
    """The exact value of a plain number or fraction; None for anything else. Bounded: 60 digits a side."""
    if len(text) > 400:
        return None
    plain = readable(text).strip().rstrip(".")
    if _NUMBER.fullmatch(plain):
        return Fraction(plain.replace(",", ""))
    return Fraction(plain) if _FRACTION.fullmatch(plain) else None
