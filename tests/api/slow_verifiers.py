"""Verifiers that take their time, for the tests of draining, streaming and pressure."""

from __future__ import annotations

import time
from typing import Any

from adjudge.verifiers import verifier
from adjudge_client.types import Verdict


@verifier("sleeper", revision=1, sees="trace", work="text")
def sleeper(trace: str, gold: Any, *, seconds: float = 0.0) -> Verdict:
    """Sleeps, then agrees."""
    time.sleep(seconds)
    return Verdict(score=1.0, status="ok", reason="slept well", verifier="sleeper@1", stage="text")
