"""`f1`: how many words the answer and the gold share, as the SQuAD evaluation counts them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import Field

from adjudge_client.types import Verdict

from .answer import Answer
from .exact import Read
from .math.reading import extract
from .plain import readable
from .registry import verifier
from .verdicts import bad_task, judged, no_answer, text_gold

_ARTICLES = frozenset({"a", "an", "the"})
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\W_]+")


@verifier("f1", revision=1, sees="answer", work="text")
def f1(
    answer: Answer,
    gold: Any,
    *,
    read: Read = "whole",
    articles: Annotated[bool, Field(description="a, an, the count as words")] = False,
    tokens: Annotated[
        Literal["words", "mixed"],
        Field(
            description="`words`: blanks separate, as in SQuAD; `mixed`: each Chinese or Japanese character is a "
            "word too"
        ),
    ] = "words",
) -> Verdict:
    """The harmonic mean of precision and recall over words, 0 … 1: SQuAD's F1.

    As in the official `evaluate-v1.1.py` (Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of
    Text", EMNLP 2016): lower case, punctuation removed, a/an/the removed, words counted with their multiplicity.
    Beyond it: Unicode punctuation counts as punctuation, and full-width forms are plain ones.

    Arguable cases: word order is free, so "dog bites man" is fully "man bites dog". Long answers lose precision: put
    the answer into <answer> or use `read="commitment"`. "twenty" and "20" share nothing. A gold of articles only ("The
    The") keeps them. Chinese has no blanks: use `tokens="mixed"`. An empty gold is `bad_task`.
    """
    expected = text_gold(gold)
    wanted = _tokens(expected, articles, tokens) if expected is not None else []
    if expected is None or not wanted:
        return bad_task("f1", "the gold must be a text with at least one word, or a number")
    text = answer.text
    if read == "commitment":
        found = extract(text, "text")
        if found.missing or found.hedged or not found.parts:
            return no_answer("f1", found.missing or found.hedged or "the answer commits to nothing", expected=expected)
        text = ", ".join(found.parts)
    said = _tokens(text, articles, tokens)
    shared = sum((Counter(said) & Counter(wanted)).values())
    score = 2 * shared / (len(said) + len(wanted)) if said else 0.0
    reason = f"{shared} words shared; the answer has {len(said)}, the gold {len(wanted)}"
    return judged("f1", score, reason, extracted=text.strip(), expected=expected)


def _tokens(text: str, articles: bool, tokens: str) -> list[str]:
    text = readable(text).lower()
    text = "".join(c for c in text if unicodedata.category(c)[0] != "P" and c not in "$+<=>^`|~")
    found = _UNSPACED.findall(text) if tokens == "mixed" else text.split()
    if articles:
        return found
    return [word for word in found if word not in _ARTICLES] or found
