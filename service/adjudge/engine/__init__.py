"""From a `ScoreRequest` to a `ScoreResponse`: plan (identity, dedupe, cache) → executor → verdicts → rewards.

In: a request that has passed the wire types. Out: a response, or a stream of its rows; refusals are `RequestRefused`.
`Engine.plan` is pure and may run in a thread; `Engine.run` and `Engine.stream` await the executor. This process never
runs a verifier: workers do (`executors/`), so nothing that a model wrote can stop it.
"""

from .counters import Counters
from .fingerprint import libraries
from .plan import Plan, spec_sha256
from .run import Engine
from .settings import EngineSettings
from .stream import Head, Row, Tail
from .timeline import Timeline
from .vote import VotePlan

__all__ = [
    "Counters",
    "Engine",
    "EngineSettings",
    "Head",
    "Plan",
    "Row",
    "Tail",
    "Timeline",
    "VotePlan",
    "libraries",
    "spec_sha256",
]
