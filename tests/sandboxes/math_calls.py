"""Direct calls of the maths programs, for tests: text to tree, and one question to one answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adjudge_sandboxes.programs import math_decide, math_parse

DATA = Path(__file__).parents[1] / "data"


def parse(text: str) -> dict[str, Any]:
    reply: dict[str, Any] = json.loads(math_parse.run(json.dumps({"text": text}).encode()))
    return reply


def tree(text: str) -> Any:
    reply = parse(text)
    assert "tree" in reply, f"{text!r} {reply['error']}"
    return reply["tree"]


def decide(ask: str, a: Any, b: Any, *, seed: str = "5eed", tolerance: float | None = None) -> dict[str, Any]:
    request = {"questions": [{"ask": ask, "a": a, "b": b}], "seed": seed, "tolerance": tolerance, "budget_s": 5.0}
    (answer,) = json.loads(math_decide.run(json.dumps(request).encode()))["answers"]
    return dict(answer)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def spelled(answer: str | list[Any]) -> str:
    """The answer of a row of math_attacks.jsonl: text, or parts of which some are {"repeat": [unit, times]}."""
    if isinstance(answer, str):
        return answer
    return "".join(part if isinstance(part, str) else part["repeat"][0] * part["repeat"][1] for part in answer)
