"""What the tests of the engine share: items for the odd verifiers, requests, and an engine with short limits."""

from __future__ import annotations

from typing import Any

from adjudge.engine import EngineSettings
from adjudge_client.types import ScoreRequest

WALL = {"text": 0.6, "math": 3.0, "program": 3.0, "network": 3.0}


def settings(**changes: Any) -> EngineSettings:
    return EngineSettings(
        **{"workers": 2, "wall_s": WALL, "grace_s": 0.2, "verifier_modules": ("odd_verifiers",), **changes}
    )


def item(trace: str, gold: Any = "right", **fields: Any) -> dict[str, Any]:
    return {"prompt": "p", "trace": trace, "ground_truth": gold, "verifier": "odd", **fields}


def request(items: list[dict[str, Any]], **fields: Any) -> ScoreRequest:
    return ScoreRequest.model_validate({"items": items, **fields})
