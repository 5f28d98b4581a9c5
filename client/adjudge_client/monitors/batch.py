"""From a scored batch to the columns that `summarize` and `Monitor` take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import BadInput


def from_batch(items: Iterable[Any], response: Any, *, correct: str = "correct") -> dict[str, list[Any]]:
    """Rewards, groups, lengths, truncations, texts, and what the verdicts add, as keyword arguments for `summarize`.
    A column of which nothing is known is left out.

    `items`: the Items (or dicts) that were sent; `response`: the ScoreResponse to them. `correct`: the term whose
    scores are correctness; left out if there is no such term. `statuses` need `explain=True`.
    """
    fields = [item if isinstance(item, Mapping) else vars(item) for item in items]
    if len(fields) != len(response.rewards):
        raise BadInput(f"items has {len(fields)} entries, response.rewards has {len(response.rewards)}")
    columns: dict[str, list[Any]] = {
        "rewards": list(response.rewards),
        "groups": [each.get("group") for each in fields],
        "lengths": [each.get("tokens") for each in fields],
        "truncated": [each.get("truncated") for each in fields],
        "texts": [_text(each.get("trace")) for each in fields],
    }
    if correct in response.terms:
        place = response.terms.index(correct)
        columns["scores"] = [vector[place] for vector in response.vectors]
    if response.verdicts is not None:
        columns["statuses"] = [_status(each) for each in response.verdicts]
    known = {name for name, column in columns.items() if any(entry is not None for entry in column)} | {"rewards"}
    return {name: column for name, column in columns.items() if name in known}


def _text(trace: Any) -> str | None:
    """A trace as one text: of messages, what the assistant said, its split-off thinking put back in front."""
    if trace is None or isinstance(trace, str):
        return trace
    said = []
    for message in trace:
        fields = message if isinstance(message, Mapping) else vars(message)
        if fields.get("role") != "assistant":
            continue
        if fields.get("reasoning_content"):
            said.append(f"<think>{fields['reasoning_content']}</think>")
        content = fields.get("content")
        parts = [content] if isinstance(content, str) else content or ()
        said.extend(part if isinstance(part, str) else _part(part) for part in parts)
    return "\n".join(said)


def _part(part: Any) -> str:
    fields = part if isinstance(part, Mapping) else vars(part)
    return fields.get("text") or ""


def _status(verdicts: Mapping[str, Any]) -> str | None:
    """Of the first term without a score, else of the first term: that one decides."""
    listed = list(verdicts.values())
    deciding = next((verdict for verdict in listed if verdict.score is None), listed[0] if listed else None)
    return None if deciding is None else str(deciding.status)
