"""One term of one item becomes a job with an identity, or a verdict where there is nothing to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from adjudge_client.types import Item, Term, Verdict

from ..rewards import ITEM
from ..verifiers import Group, Job, Verifier
from ..verifiers.answer import prompt_text, starts_in_thinking, text_of, whole_text
from ..verifiers.registry import Reads
from .canonical import NotCanonical, canonical, scrub, scrub_data
from .fingerprint import fingerprint
from .grouping import Groups
from .identity import IdentityMaker, Judge, judge
from .lengths import length_of, lengths_of
from .options import Layer, OptionReader, Options
from .settings import EngineSettings


@dataclass(slots=True)
class Need:
    """One job that some cells of the plan wait for."""

    identity: bytes
    job: Job
    verifier: Verifier
    wall_s: float
    size: int
    """Bytes of the job's texts, about."""


@dataclass(slots=True)
class Reading:
    """An item as its verifiers will see it. `*_fault` says why a part cannot be handed on."""

    item: Item
    index: int
    text: str
    gold: Any
    gold_form: str
    trace_fault: str | None
    gold_fault: str | None
    whole: str | None = None
    """All that the model said in every turn, once somebody asked for it."""


@dataclass(slots=True)
class Memory:
    """What one plan learns and the next can use: defaults of options, and judges with default options."""

    defaults: dict[str, Options] = field(default_factory=dict)
    judges: dict[tuple[str, str, float], Judge] = field(default_factory=dict)

    MOST_JUDGES: ClassVar[int] = 1_000


class JobMaker:
    """Collects the needs of one plan."""

    def __init__(self, settings: EngineSettings, groups: Groups, deadline_s: float | None, memory: Memory):
        self.needs: list[Need] = []
        self._settings = settings
        self._groups = groups
        self._deadline_s = deadline_s
        self._options = OptionReader(memory.defaults)
        self._identities = IdentityMaker()
        self._index: dict[bytes, int] = {}
        self._judges = memory.judges
        self._readings: dict[int, Reading] = {}
        self._seen_groups: dict[tuple[str, Reads], list[Any]] = {}

    def read(self, item: Item, index: int) -> Reading:
        """The texts of an item, scrubbed and measured. All items are read before the first cell is made."""
        text = scrub(text_of(item.trace))
        gold = scrub_data(item.ground_truth)
        gold_fault: str | None = None
        try:
            form = canonical(gold)
            if self._too_long(form):
                gold_fault = f"the ground truth is longer than {self._settings.text_limit} bytes"
        except NotCanonical as error:
            form, gold_fault = "", f"the ground truth cannot be read: {error}"
        fault = self._length_fault(text, "answer")
        reading = self._readings[index] = Reading(item, index, text, gold, form, fault, gold_fault)
        return reading

    def cell(self, reading: Reading, position: int, term: Term, verifier: Verifier) -> Verdict | int:
        """A settled verdict, or the index of a need; `position` is the term's place in the spec.

        Raises BadRequest for options that are wrong.
        """
        item = reading.item
        layers = [Layer(f"reward.terms.{position}.options", None, term.options)]
        if term.verifier == ITEM:
            layers.append(Layer("options", reading.index, item.options))
        layers.append(Layer(f"term_options.{term.name}", reading.index, (item.term_options or {}).get(term.name)))
        options = self._options.read(verifier, layers)
        settled = self._settled(reading, verifier)
        if settled is not None:
            return settled
        needs_prompt = verifier.needs_prompt
        prompt = scrub(prompt_text(item.prompt)) if needs_prompt else ""
        fault = self._length_fault(prompt, "prompt") if needs_prompt else None
        if fault is not None:
            return verifier.nothing(fault)
        answers, correctness = verifier.sees == "answer", verifier.kind == "correctness"
        job = Job(
            verifier=verifier.name,
            options=options.values,
            gold=reading.gold if correctness else None,
            trace=self._seen(reading, verifier),
            prompt=prompt,
            truncated=bool(item.truncated) and (answers or "truncated" in verifier.context),
            open_think=(answers or "open_think" in verifier.context) and starts_in_thinking(item.prompt, item.trace),
        )
        try:
            return self._need(job, verifier, options, reading.gold_form if correctness else "null", len(reading.text))
        except NotCanonical as error:  # of messages: tool calls that the model nested without end
            return verifier.nothing(f"the trace cannot be read: {error}")

    def _settled(self, reading: Reading, verifier: Verifier) -> Verdict | None:
        if verifier.sees == "group":
            why = self._groups.incomplete(reading.item.group)
            if why is not None:
                return Verdict(score=None, status="bad_task", reason=why, verifier=verifier.label)
        fault = None if verifier.reads == "length" else self._trace_fault(reading, verifier)
        if fault is not None:
            return verifier.nothing(fault)
        if reading.item.truncated and verifier.kind == "correctness" and verifier.sees != "answer":
            return verifier.nothing("the trace was cut off before the model had finished")
        if reading.gold_fault is not None and verifier.kind == "correctness":
            return Verdict(score=None, status="bad_task", reason=reading.gold_fault, verifier=verifier.label)
        return None

    def _trace_fault(self, reading: Reading, verifier: Verifier) -> str | None:
        if reading.trace_fault is not None or verifier.sees == "answer" or isinstance(reading.item.trace, str):
            return reading.trace_fault
        if verifier.sees == "messages":
            return self._length_fault(prompt_text(reading.item.trace), "conversation")
        return self._length_fault(_whole(reading), "trace")

    def _need(self, job: Job, verifier: Verifier, options: Options, gold_form: str, size: int) -> int:
        wall_s = self._wall_s(verifier.work)
        key = (verifier.name, options.canonical, wall_s)
        by = self._judges.get(key)
        if by is None:
            if len(self._judges) >= Memory.MOST_JUDGES:
                self._judges.clear()
            limits: dict[str, Any] = {"thread_s": self._settings.thread_s, "wall_s": wall_s}
            if verifier.work == "math":
                limits["math"] = self._settings.math.canonical()
            by = self._judges[key] = judge(verifier, options.values, limits, fingerprint(verifier.work))
        identity = self._identities.make(job, gold_form, by)
        known = self._index.get(identity)
        if known is None:
            known = self._index[identity] = len(self.needs)
            size = (0 if verifier.reads == "length" else size) + len(job.prompt) + len(gold_form)
            self.needs.append(Need(identity, job, verifier, wall_s, size))
        return known

    def _wall_s(self, work: str) -> float:
        """The total wall limit of one item, lowered to half of the deadline (contract §1)."""
        limit = self._settings.wall_s[work]
        return limit if self._deadline_s is None else min(limit, self._deadline_s / 2)

    def _seen(self, reading: Reading, verifier: Verifier) -> Any:
        if verifier.sees == "answer":
            return reading.text
        if verifier.sees == "messages":
            trace = reading.item.trace
            if isinstance(trace, str):
                return [{"role": "assistant", "content": reading.text}]
            return [scrub_data(message.model_dump(exclude_none=True)) for message in trace]
        group = reading.item.group
        if verifier.sees == "group" and group is not None:
            members = self._groups.members[group]
            return Group(self._groups.position[reading.index], self._members(group, members, verifier.reads))
        whole = _whole(reading)
        return length_of(reading.item.tokens, whole) if verifier.reads == "length" else whole

    def _members(self, group: str, members: list[int], reads: Reads) -> list[Any]:
        """The texts or the lengths of a group in the order of the request; one list for all members."""
        known: list[Any] | None = self._seen_groups.get((group, reads))
        if known is None:
            readings = [self._readings[index] for index in members]
            known = list(map(_whole, readings))
            if reads == "length":
                known = lengths_of([reading.item.tokens for reading in readings], known)
            self._seen_groups[group, reads] = known
        return known

    def _length_fault(self, text: str, what: str) -> str | None:
        if self._too_long(text):
            return f"the {what} is longer than {self._settings.text_limit} bytes"
        return None

    def _too_long(self, text: str) -> bool:
        limit = self._settings.text_limit
        if len(text) > limit:
            return True
        return 4 * len(text) > limit and not text.isascii() and len(text.encode()) > limit


def _whole(reading: Reading) -> str:
    """All that the model said, every turn of it, thinking that came apart included."""
    if reading.whole is None:
        trace = reading.item.trace
        reading.whole = reading.text if isinstance(trace, str) else scrub(whole_text(trace))
    return reading.whole


__all__ = ["JobMaker", "Need", "Reading"]
