"""What a row becomes: everything of an Item but the trace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ..errors import BadInput
from ..types import Item

Prompt = str | list[dict[str, str]]


@dataclass(frozen=True)
class Problem:
    """One problem. A trainer samples traces from `prompt` and scores `item(trace)`; nothing here is a network call."""

    prompt: Prompt
    """As the data set has it: a text, or messages."""
    ground_truth: str
    dataset: str
    """A short name, for metrics and for reports by data set."""
    id: str
    """The row's own where it has one; else from a hash of prompt and ground truth: alike in every process."""
    verifier: str = "math"
    options: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    """Level, topic, source: to slice an evaluation by. It travels with the item and is read by nobody."""
    references: tuple[str, ...] = ()
    """Solutions that the row comes with: `[p.item(r) for r in p.references]` checks data and verifier together."""

    def item(self, trace: str | list[dict[str, Any]] = "", **fields: Any) -> Item:
        """The Item to score. `fields` are further ones of Item, over those of the problem: group, tokens, truncated…

        Raises BadInput for a field that Item does not have, or that is of another type.
        """
        known = {
            "prompt": self.prompt,
            "trace": trace,
            "ground_truth": self.ground_truth,
            "id": self.id,
            "dataset": self.dataset,
            "verifier": self.verifier,
            "options": None if self.options is None else dict(self.options),
            "meta": dict(self.meta) or None,
        }
        try:
            return Item.model_validate(known | fields)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise BadInput(f"item of {self.id}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None

    def messages(self, system: str | None = None) -> list[dict[str, str]]:
        """The prompt as a chat, for a model's chat template; `system` is put in front."""
        asked = [{"role": "user", "content": self.prompt}] if isinstance(self.prompt, str) else list(self.prompt)
        return [{"role": "system", "content": system}, *asked] if system is not None else asked

    def columns(self, *, system: str | None = None, chat: bool = True) -> dict[str, Any]:
        """A flat row for a trainer's own data set: `data.map(lambda row: gsm8k(row).columns())`.

        `prompt` as messages, or with `chat=False` as the row has it. All values are texts or messages, so that every
        data set gives the same columns and several can be joined.
        """
        return {
            "prompt": self.messages(system) if chat else self.prompt,
            "ground_truth": self.ground_truth,
            "dataset": self.dataset,
            "verifier": self.verifier,
            "id": self.id,
        }


def identity(dataset: str, prompt: Prompt, ground_truth: str) -> str:
    """A name for a problem that has none: the data set's, and 16 hexadecimal digits of SHA-256 over its content."""
    content = json.dumps([prompt, ground_truth], ensure_ascii=True, sort_keys=True)
    return f"{dataset}:{hashlib.sha256(content.encode()).hexdigest()[:16]}"
