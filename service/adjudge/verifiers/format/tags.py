"""Think and answer tags: which of a trace's tags count, and whether they stand as asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from adjudge_client.types import Verdict

from ..answer import Tag, in_channels, standing_tags, tags_in, without_end_of_turn
from ..invisible import INVISIBLE
from ..verdicts import judged

_ASKED = {
    "think_answer": ("<think>", "</think>", "<answer>", "</answer>"),
    "think": ("<think>", "</think>"),
}
_VISIBLE = re.compile(rf"[^\s{INVISIBLE}]")
_SHOWN = 40


def judge_tags(trace: str, open_think: bool, style: Literal["think_answer", "think"], partial: bool) -> Verdict:
    """See the manual of `format`."""
    text = without_end_of_turn(trace).lstrip()
    asked = _ASKED[style][1:] if open_think else _ASKED[style]
    standing, _, _ = standing_tags(text, list(tags_in(text)), open_think)
    tags = [tag for tag in standing if style == "think_answer" or tag.name == "think"]
    spelt = [text[tag.start : tag.end] for tag in tags]
    if partial:
        once = sum(spelt.count(tag) == 1 for tag in asked)
        return judged("format", once / len(asked), f"{once} of {len(asked)} tags stand exactly once", stage="tags")
    fault = _wrong_tags(spelt, asked, open_think) or _wrong_place(text, tags, open_think)
    return judged("format", float(fault is None), fault or "the tags stand as asked", stage="tags")


def _wrong_tags(spelt: Sequence[str], asked: Sequence[str], open_think: bool) -> str | None:
    """What is wrong with the tags themselves, first of all."""
    if tuple(spelt) == tuple(asked):
        return None
    counts = Counter(spelt)
    if open_think and counts["<think>"]:
        return "<think> stands in the prompt already, and the trace opens it again"
    for tag in counts:
        if tag not in asked:
            shown = tag if len(tag) <= _SHOWN else tag[:_SHOWN] + "…"
            return f"{shown!r} is none of the tags asked for: {' '.join(asked)}"
    for tag in asked:
        if counts[tag] != 1:
            return f"{tag} stands {counts[tag]} times, not once" if counts[tag] else f"{tag} is missing"
    return f"the tags stand in another order than {' '.join(asked)}"


def _wrong_place(text: str, tags: Sequence[Tag], open_think: bool) -> str | None:
    """What is wrong with the text around tags that are the right ones in the right order."""
    if in_channels(text):
        return "there are marks of channels, which say otherwise what is thinking and what the answer"
    opens = None if open_think else tags[0]
    closes, *answer = tags if opens is None else tags[1:]
    if opens is not None and opens.start > 0:
        return "there is text before <think>"
    if not _VISIBLE.search(text, opens.end if opens else 0, closes.start):
        return "the thinking is empty"
    if not answer:
        return None if _VISIBLE.search(text, closes.end) else "nothing follows the thinking"
    if text[closes.end : answer[0].start].strip():
        return "there is text between </think> and <answer>"
    if not _VISIBLE.search(text, answer[0].end, answer[1].start):
        return "the answer is empty"
    return "there is text after </answer>" if text[answer[1].end :].strip() else None
