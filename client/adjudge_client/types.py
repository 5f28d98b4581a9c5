"""The nouns of the wire (contract §1), defined here once: the service and the client both import them.

Everything a trainer sends is a `ScoreRequest`; everything it gets back is a `ScoreResponse`.
Unknown fields are refused, never dropped: a misspelt option must not silently change a reward.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

WIRE_VERSION = 1
MAX_ITEMS = 10_000

Status = Literal[
    "ok",  # the verifier reached a verdict; the score says which
    "no_answer",  # the model committed to no answer (none found, cut off, still thinking): 0
    "timeout",  # what the model wrote ran over its time: 0
    "memory",  # what the model wrote ran over its memory: 0
    "crash",  # what the model wrote killed its execution three times over: 0
    "unsupported",  # the model's objects cannot be judged by the rules (code): 0
    "bad_task",  # the ground truth cannot be read, or does not accept itself: null
    "error",  # our fault: null
    "expired",  # the caller's deadline left no time to start: null
    "cancelled",  # the caller took it back: null
]
NULL_STATUSES: frozenset[str] = frozenset({"bad_task", "error", "expired", "cancelled"})

Gold = Any
"""str | number (read exactly, never through float) | object | list of golds, meaning "any of these"."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Part(BaseModel):
    """One part of a multi-part message; only parts of type "text" are read."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str | None = None


class Message(_Wire):
    role: str
    content: str | list[Part] | None = None
    reasoning_content: str | None = None
    tool_calls: list[Any] | None = None
    name: str | None = None
    tool_call_id: str | None = None


Text = str | list[Message]


class Item(_Wire):
    """One rollout to be judged: a prompt, the model's trace, and what is known to be right."""

    prompt: Text
    trace: Text
    ground_truth: Gold
    id: str | None = None
    group: str | None = None
    group_size: Annotated[StrictInt, Field(ge=1)] | None = None
    dataset: str | None = None
    verifier: str = "math"
    options: dict[str, Any] | None = None
    term_options: dict[str, dict[str, Any]] | None = None
    tokens: Annotated[StrictInt, Field(ge=0)] | None = None
    truncated: StrictBool | None = None
    meta: dict[str, Any] | None = None


class Term(_Wire):
    """One component of a reward. `verifier="item"` means the item's own verifier and options."""

    name: str
    verifier: str
    weight: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    options: dict[str, Any] | None = None
    when: str | None = None
    min: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    gate: StrictBool = False


class RewardSpec(_Wire):
    terms: Annotated[list[Term], Field(min_length=1)]
    range: tuple[float, float] | None = None
    truncated: Literal["zero", "mask"] | None = None


class Require(_Wire):
    revisions: dict[str, StrictInt] | None = None
    fingerprint: dict[str, str] | None = None
    profile: str | None = None


class ScoreRequest(_Wire):
    items: Annotated[list[Item], Field(min_length=1, max_length=MAX_ITEMS)]
    reward: str | RewardSpec | None = None
    explain: StrictBool = False
    deadline_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    require: Require | None = None
    run: str | None = None
    step: StrictInt | None = None
    policy_version: str | StrictInt | None = None
    priority: StrictInt | None = None


class TestResult(BaseModel):
    """One unit test of a program (code verifier)."""

    __test__ = False  # not a pytest class
    name: str
    passed: bool
    status: Status
    detail: str | None = None
    elapsed_ms: float | None = None


class Verdict(BaseModel):
    """What one verifier says of one item, and why. `score` is finite, or null with a status in NULL_STATUSES."""

    score: float | None
    status: Status
    reason: str
    verifier: str
    extracted: str | None = None
    expected: str | None = None
    stage: str | None = None
    tests: list[TestResult] | None = None
    elapsed_ms: float = 0.0
    cached: bool = False


class GroupStats(BaseModel):
    """Over the group's non-null rewards; `std` is the population's."""

    n: int
    n_null: int
    mean: float | None
    std: float | None
    solved: int
    zero_gradient: bool


class EngineInfo(BaseModel):
    """What judged: enough to ask for the same judge again with `require`."""

    adjudge: str
    revisions: dict[str, int]
    fingerprint: dict[str, str]
    profile: str | None = None
    spec_sha256: str


class ScoreResponse(BaseModel):
    rewards: list[float | None]
    terms: list[str]
    vectors: list[list[float | None]]
    verdicts: list[dict[str, Verdict]] | None = None
    groups: dict[str, GroupStats]
    errors: int
    elapsed_ms: float
    engine: EngineInfo
