"""The nouns of the wire (contract §1), defined here once: the service and the client both import them.

Everything a trainer sends is a `ScoreRequest`; everything it gets back is a `ScoreResponse`.
Unknown fields are refused, never dropped: a misspelt option must not silently change a reward.
"""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Real
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, WithJsonSchema
from pydantic_core import PydanticCustomError

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


def _number(value: Any) -> float:
    """True and "5" are no numbers, though float() takes them."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise PydanticCustomError("number_type", "Input should be a number")
    try:
        return float(value)
    except OverflowError:
        return math.inf


Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_number)]


class _Wire(BaseModel):
    """What is sent. The string under a field is its description in `/openapi.json`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class _Answer(BaseModel):
    """What comes back."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Part(BaseModel):
    """One part of a multi-part message; only parts of type "text" are read."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str | None = None


class Message(_Wire):
    """One message of a conversation; the answer is the text of the last one of the assistant."""

    role: str
    content: str | list[Part] | None = None
    reasoning_content: str | None = None
    """Thinking that an inference server has split off: never part of the answer."""
    tool_calls: list[Any] | None = None
    name: str | None = None
    tool_call_id: str | None = None


Text = str | list[Message]


class Item(_Wire):
    """One rollout to be judged: a prompt, the model's trace, and what is known to be right."""

    prompt: Text
    """What the model was asked: a text or messages."""
    trace: Text
    """All that the model said, thinking included: a text or messages."""
    ground_truth: Gold
    """What is right: a text, a number (read exactly, never through float), an object, or a list: any of these."""
    id: str | None = None
    """Yours; it comes back in streams and in the output of `adjudge score`."""
    group: str | None = None
    """Rollouts of one prompt share a group; its statistics come back under this name."""
    group_size: Annotated[StrictInt, Field(ge=1)] | None = None
    """How many members the group ought to have; more, or two sizes in one group, refuse the request."""
    dataset: str | None = None
    """Where the problem comes from. Provenance: it never changes a verdict."""
    verifier: str = "math"
    """Who judges: a name of `/v1/verifiers`."""
    options: dict[str, Any] | None = None
    """Options of that verifier (`/v1/verifiers` has their schema)."""
    term_options: dict[str, dict[str, Any]] | None = None
    """By name of a reward's term: options for this item, over those of the term."""
    tokens: Annotated[StrictInt, Field(ge=0, le=1_000_000_000_000)] | None = None
    """Length of the trace in tokens, for verifiers that look at it."""
    truncated: StrictBool | None = None
    """Whether the trace was cut off at a length limit: correctness is then `no_answer`, 0."""
    meta: dict[str, Any] | None = None
    """Anything of yours; nobody reads it."""


class Term(_Wire):
    """One component of a reward. `verifier="item"` means the item's own verifier and options."""

    name: str
    """Names the component in `terms`, `verdicts` and the `when` of others."""
    verifier: str
    """A name of `/v1/verifiers`, or "item"."""
    weight: Number = 1.0
    """The score is multiplied by it; a reward is the sum."""
    options: dict[str, Any] | None = None
    """Options of the verifier."""
    when: str | None = None
    """Another term: this one counts only if that one scores at least `min`."""
    min: Number = 1.0
    """The score that `when` or `gate` asks for."""
    gate: StrictBool = False
    """If this term's own score is below `min`, the reward is the lower end of `range` (0 without one)."""


class RewardSpec(_Wire):
    """How the scores of an item become its reward: clip(sum of weight times score, range)."""

    terms: Annotated[list[Term], Field(min_length=1)]
    """The components, all of them run and shown."""
    range: tuple[Number, Number] | None = None
    """The reward is clipped to it; null: not clipped."""
    truncated: Literal["zero", "mask"] | None = None
    """Of truncated items: `zero`: the reward is 0; `mask`: it is null; null: they are judged like any other."""


class Require(_Wire):
    """Which judge must judge; 409 where none such lives. `engine` of an earlier response says what to ask for."""

    revisions: dict[str, StrictInt] | None = None
    """By verifier: its revision."""
    fingerprint: dict[str, str] | None = None
    """By kind of work: the fingerprint of all libraries that could change a verdict."""
    profile: str | None = None
    """A reward profile, `name@n`."""


class ScoreRequest(_Wire):
    """A batch: 1 to 10,000 items and how they are paid."""

    items: Annotated[list[Item], Field(min_length=1, max_length=MAX_ITEMS)]
    """The rollouts; a group must be whole within one request."""
    reward: str | RewardSpec | None = None
    """A profile's name or a spec; null: one term "correct", judged by the item's own verifier, weight 1."""
    explain: StrictBool = False
    """Whether `verdicts` with their reasons come back."""
    deadline_s: Annotated[Number, Field(gt=0)] | None = None
    """Seconds. Items that could not be finished by then are `expired`, null; none is judged by half."""
    require: Require | None = None
    """Which judge must judge."""
    run: str | None = None
    """Name of the training run. Provenance, like the next two: it never changes a verdict."""
    step: StrictInt | None = None
    """Step of the training run."""
    policy_version: str | StrictInt | None = None
    """Version of the weights that wrote the traces."""
    priority: StrictInt | None = None
    """Taken, and without effect so far."""


class TestResult(_Answer):
    """One unit test of a program (code verifier)."""

    __test__ = False  # not a pytest class
    name: str
    passed: bool
    status: Status
    detail: str | None = None
    """What went wrong."""
    elapsed_ms: float | None = None


class Verdict(_Answer):
    """What one verifier says of one item, and why. `score` is finite, or null with a status in NULL_STATUSES."""

    score: float | None
    """Before weights; null: nobody knows, and it is not the model's doing."""
    status: Status
    """Whose doing it is: `bad_task`, `error`, `expired`, `cancelled` go with null, the others with a number."""
    reason: str
    """One sentence that a person understands."""
    verifier: str
    """Who judged, with the revision: "math@1"."""
    extracted: str | None = None
    """The answer that was read out of the trace."""
    expected: str | None = None
    """The ground truth as it was read."""
    stage: str | None = None
    """Which part of the verifier decided."""
    tests: list[TestResult] | None = None
    """Of a program: test by test."""
    elapsed_ms: float = 0.0
    """Milliseconds that the judging took."""
    cached: bool = False
    """Whether the verdict was known from an earlier request."""


class GroupStats(_Answer):
    """Over the group's non-null rewards; `std` is the population's."""

    n: int
    """Members in this request."""
    n_null: int
    """Members whose reward is null."""
    mean: float | None
    """Of the rewards that are not null; null where there are none."""
    std: float | None
    """The population's (divided by n, not n - 1)."""
    solved: int
    """Members whose correctness terms all score 1."""
    zero_gradient: bool
    """Whether fewer than two rewards are not null or all are equal: such a group teaches nothing."""


class EngineInfo(_Answer):
    """What judged: enough to ask for the same judge again with `require`."""

    adjudge: str
    """The service's version."""
    revisions: dict[str, int]
    """By verifier that took part: its revision."""
    fingerprint: dict[str, str]
    """By kind of work: of all libraries that could change a verdict."""
    profile: str | None = None
    """The profile that paid, with its number."""
    spec_sha256: str
    """Of the reward spec, defaults filled in."""


class ScoreResponse(_Answer):
    """What a batch earned, in the order of its items."""

    rewards: list[float | None]
    """One per item; null where there is none: mask it, never make it 0."""
    terms: list[str]
    """Names of the reward's components, in the order of each vector."""
    vectors: list[list[float | None]]
    """Per item its scores by term, before weights."""
    verdicts: list[dict[str, Verdict]] | None = None
    """Per item its verdicts by term, if `explain` was asked for."""
    groups: dict[str, GroupStats]
    """By group."""
    errors: int
    """Items whose reward is null, except those that `truncated: "mask"` asked for."""
    elapsed_ms: float
    """Milliseconds from the request's arrival to the answer."""
    engine: EngineInfo
    """What judged."""


def _as_written(value: Any) -> Any:
    """Numbers stay what they are; True is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal | None):
        raise PydanticCustomError("answer_type", "Input should be a text, a number or null")
    return value


VoteAnswer = Annotated[Any, BeforeValidator(_as_written), WithJsonSchema({"type": ["string", "number", "null"]})]
"""str | number (read exactly, never through float) | null."""


class VoteItem(_Wire):
    """The rollouts of one prompt, of which the majority answer is wanted. Either `answers` or `traces`."""

    answers: Annotated[list[VoteAnswer], Field(min_length=1)] | None = None
    """Answers that were read out already, one per rollout: a text (LaTeX or plain), a number (read exactly), or null
    where a rollout has none."""
    traces: Annotated[list[Text], Field(min_length=1)] | None = None
    """All that the model said, one per rollout: the answer is read out as for `/v1/score`."""
    weights: list[Annotated[Number, Field(ge=0)]] | None = None
    """What each vote counts, finite and not negative, as many as there are rollouts; null: 1 each."""


class VoteRequest(_Wire):
    """Prompts whose rollouts vote: 1 to 10,000 items with at most 10,000 rollouts together."""

    items: Annotated[list[VoteItem], Field(min_length=1, max_length=MAX_ITEMS)]
    """One per prompt; no item changes the result of another."""
    options: dict[str, Any] | None = None
    """How answers are read and what counts as the same: `search_thinking`, `alternatives`, `unevaluated`, `units`,
    `order`, `variable`."""


class Cluster(_Answer):
    """Rollouts whose answers are the same mathematics."""

    answer: str
    """As its first member wrote it."""
    members: list[int]
    """Indices of the rollouts, ascending."""
    weight: float
    """The sum of the members' weights."""


class Abstention(_Answer):
    """A rollout that has no vote."""

    index: int
    """Of the rollout, in its item."""
    reason: str
    """One sentence that a person understands."""


class VoteResult(_Answer):
    """What the rollouts of one item voted for."""

    winner: str | None
    """The answer of the heaviest cluster (of equals the one that appears first); null: see `reason`."""
    share: float | None
    """The winner's weight by that of all votes: abstentions left out, `errors` counted in; null without a winner."""
    clusters: list[Cluster]
    """In order of first appearance."""
    abstained: list[Abstention]
    """Rollouts without an answer, with a hedge, or whose answer cannot be read; they do not count in `share`."""
    errors: list[Abstention]
    """Rollouts that could not be read by a fault of ours. A winner is named only if they could not change it."""
    by_text: list[int]
    """Members of clusters whose answer has no canonical form within its limits: only the same text meets it."""
    reason: str | None = None
    """Why there is no winner."""


class VoteEngine(_Answer):
    """What read and compared the answers."""

    adjudge: str
    """The service's version."""
    revisions: dict[str, int]
    """By verifier that took part: its revision."""
    fingerprint: dict[str, str]
    """By kind of work: of all libraries that could change a result."""


class VoteResponse(_Answer):
    """One result per item, in their order."""

    results: list[VoteResult]
    """One per item."""
    errors: int
    """Items without a winner by a fault of ours."""
    elapsed_ms: float
    """Milliseconds from the request's arrival to the answer."""
    engine: VoteEngine
    """What judged."""
