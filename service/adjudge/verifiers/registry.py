"""The `@verifier` decorator, the table of verifiers, and `grade`, which runs one of them on one job."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from adjudge_client.types import Verdict

from ..errors import JailUnavailable
from ..jail import Box, Execution, Limits, Outcome
from .answer import Answer, read_answer

Sees = Literal["answer", "trace", "messages", "group"]
Work = Literal["text", "math", "program", "network"]
Kind = Literal["correctness", "shaping", "form"]
"""`form`: it says what an answer is, not what it is worth. Internal: votes use it, no term can."""
Reads = Literal["text", "length"]

READING_OPTIONS = {"search_thinking": (bool, False)}
"""Options that every verifier which sees the answer has: how the answer is read out of the trace."""

CONTEXT = ("prompt", "open_think", "truncated")
"""Keyword arguments that are no options: what a verifier may ask to know of its item beside the trace. `prompt`: its
text; `open_think`: whether the trace begins inside the thinking; `truncated`: whether it was cut off."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long a trace is, in tokens; `exact` where the trainer sent it, else an estimate (`engine/lengths.py`)."""

    tokens: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.tokens} tokens" if self.exact else f"about {self.tokens} tokens (UTF-8 bytes / 4)"


@dataclass(frozen=True, slots=True)
class Group:
    """What a group verifier sees: all members in the order of the request, and which of them is judged."""

    position: int
    members: Sequence[Any]


@dataclass(frozen=True)
class Verifier:
    """One verifier and all that the API, the planner and the docs say of it."""

    name: str
    revision: int
    sees: Sees
    work: Work
    kind: Kind
    reads: Reads
    context: frozenset[str]
    function: Callable[..., Any]
    options: type[BaseModel]
    range: tuple[float, float]
    doc: str

    @property
    def needs_prompt(self) -> bool:
        return "prompt" in self.context

    @property
    def label(self) -> str:
        return f"{self.name}@{self.revision}"

    def nothing(self, reason: str) -> Verdict:
        """The verdict where the model left nothing to judge: `no_answer`, 0 (contract §1).

        Where the range goes below 0, 0 would be the best score there is: then the lowest is given, as a judgement.
        """
        low = self.range[0]
        if low < 0:
            return Verdict(score=low, status="ok", reason=f"{reason}: the lowest score", verifier=self.label)
        return Verdict(score=0.0, status="no_answer", reason=reason, verifier=self.label)


@dataclass(frozen=True, slots=True)
class Job:
    """One verifier on one item: all that may change the verdict, and nothing else (its hash is the identity).

    `trace` is what the verifier sees: a text, the messages, a `Length`, or a `Group` of texts or lengths; what it does
    not ask for is empty. `gold` is None for a shaping term: it does not know what is right. `options` are complete,
    defaults filled in.
    """

    verifier: str
    options: dict[str, Any]
    gold: Any
    trace: Any
    prompt: str = ""
    truncated: bool = False
    open_think: bool = False


_TABLE: dict[str, Verifier] = {}
_COMPLETE = False


def verifier(
    name: str,
    *,
    revision: int,
    sees: Sees,
    work: Work,
    kind: Kind = "correctness",
    reads: Reads = "text",
    range: tuple[float, float] = (0.0, 1.0),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a verifier; its keyword arguments are its options, its docstring the user's manual.

    An option without a default must be given: 422 else. Keyword arguments named in `CONTEXT` are not options: they are
    filled in from the item. With `reads="length"` the function gets a `Length` in place of each text, which spares the
    text its way to a worker.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {
            parameter.name: (hints[parameter.name], _default(parameter))
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.name not in CONTEXT
        }
        context = frozenset(inspect.signature(function).parameters) & frozenset(CONTEXT)
        if sees == "answer":
            fields.update(READING_OPTIONS)
        options = create_model(f"{name}_options", __config__=ConfigDict(extra="forbid", strict=True), **fields)
        _TABLE[name] = Verifier(
            name=name,
            revision=revision,
            sees=sees,
            work=work,
            kind=kind,
            reads=reads,
            context=context,
            function=function,
            options=options,
            range=range,
            doc=inspect.getdoc(function) or "",
        )
        return function

    return register


def _default(parameter: inspect.Parameter) -> Any:
    return ... if parameter.default is inspect.Parameter.empty else parameter.default


def known() -> dict[str, Verifier]:
    """All verifiers by name."""
    global _COMPLETE
    if not _COMPLETE:
        _COMPLETE = True
        package = importlib.import_module(__package__)
        for module in pkgutil.iter_modules(package.__path__):
            if module.name not in {"registry", "answer"}:
                importlib.import_module(f"{__package__}.{module.name}")
    return _TABLE


def get(name: str) -> Verifier:
    return known()[name]


async def grade(job: Job, box: Box) -> Verdict:
    """Run one job. A list as gold means "any of these": the first that accepts decides, else the best verdict."""
    spec = get(job.verifier)
    started = time.perf_counter()
    try:
        verdict = await _grade(spec, job, box)
    except JailUnavailable as error:
        verdict = Verdict(score=None, status="error", reason=str(error), verifier=spec.label)
    except (MemoryError, RecursionError) as error:  # what the text made it do: no null that the model can cause
        reason = f"judging it took more than it may: {type(error).__name__}"
        verdict = Verdict(score=0.0, status="memory", reason=reason, verifier=spec.label)
    except Exception as error:  # a fault of ours is null and loud, never 0
        reason = f"internal error in {spec.label}: {type(error).__name__}: {error}"[:500]
        verdict = Verdict(score=None, status="error", reason=reason, verifier=spec.label)
    verdict.elapsed_ms = round((time.perf_counter() - started) * 1000, 3)
    return verdict


async def _grade(spec: Verifier, job: Job, box: Box) -> Verdict:
    options = dict(job.options)
    seen: Any = job.trace
    if spec.sees == "answer":
        answer = read_answer(
            job.trace,
            open_think=job.open_think,
            truncated=job.truncated,
            search_thinking=options.pop("search_thinking", False),
        )
        if answer.missing is not None:
            return spec.nothing(answer.missing)
        seen = answer
    options.update((name, getattr(job, name)) for name in spec.context)
    golds = _flat(job.gold) if isinstance(job.gold, list) and spec.kind == "correctness" else [job.gold]
    if not golds:
        return Verdict(score=None, status="bad_task", reason="the ground truth is an empty list", verifier=spec.label)
    if len(golds) == 1:
        return await _call(spec, seen, golds[0], box, options)
    return await _any_of(spec, seen, golds, box, options)


async def _any_of(spec: Verifier, seen: Any, golds: list[Any], box: Box, options: dict[str, Any]) -> Verdict:
    """The best verdict over several golds. Without a jail first: a slow gold costs no right answer."""
    best: Verdict | None = None
    later = []
    for gold in golds:
        try:
            verdict = await _call(spec, seen, gold, _NoJail(), options)
        except _JailNeeded:
            later.append(gold)
            continue
        best = verdict if best is None or _rank(verdict) > _rank(best) else best
        if best.score == 1.0:
            return best
    for gold in later:
        verdict = await _call(spec, seen, gold, box, options)
        best = verdict if best is None or _rank(verdict) > _rank(best) else best
        if best.score == 1.0:
            break
    assert best is not None
    return best


class _JailNeeded(Exception):
    """Raised by `_NoJail`: this gold cannot be judged without an execution."""


class _NoJail:
    """A box that runs nothing."""

    async def run(self, program: str, request: bytes, limits: Limits) -> Outcome:
        raise _JailNeeded

    def open(self, program: str, limits: Limits) -> AbstractAsyncContextManager[Execution]:
        raise _JailNeeded


def _flat(golds: list[Any]) -> list[Any]:
    """Lists within lists mean "any of these" as well (bounded by the depth that the wire accepts)."""
    out: list[Any] = []
    todo = list(reversed(golds))
    while todo:
        gold = todo.pop()
        if isinstance(gold, list):
            todo.extend(reversed(gold))
        else:
            out.append(gold)
    return out


async def _call(spec: Verifier, seen: Answer | Any, gold: Any, box: Box, options: dict[str, Any]) -> Verdict:
    if spec.work == "text":
        verdict: Verdict = spec.function(seen, gold, **options)
    else:
        verdict = await spec.function(seen, gold, box, **options)
    verdict.verifier = spec.label
    return verdict


def _rank(verdict: Verdict) -> float:
    """Higher is better for the answer; a gold that cannot be read counts only if no other can."""
    return -1.0 if verdict.score is None else verdict.score
