"""A vote: the canonical forms of all answers, in two rounds of ordinary jobs, and then counting (rewards/vote.py).

The first round reads every different answer without a jail. The second gives a jail to those that want one: of each
item the first JAILED different forms, in the order of its answers. So what an item's result is depends on the item
alone, never on its neighbours, the load, or how a client cut its request; what is beyond is compared as written, and
the result says so (`by_text`).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from adjudge_client.types import MAX_ITEMS, Item, Term, Verdict, VoteEngine, VoteItem, VoteRequest, VoteResponse

from .. import __version__
from ..errors import BadRequest
from ..rewards import Ballot, NoVote, Vote, count, nearest
from ..verifiers import Verifier
from .fingerprint import fingerprint
from .grouping import Groups
from .jobs import JobMaker, Memory, Need
from .options import Layer, OptionReader
from .settings import EngineSettings
from .timeline import Timeline

FORM = "form"
JAILED = 64
"""Different forms of one item that may go to a jail."""
_OWN = frozenset({"given", "jail"})
"""Options of the form that are ours to set."""
_MAX_BITS = 12_000

Cell = Verdict | int
"""What is known of one answer already, or the index of the need that will say it."""


@dataclass(slots=True)
class Round:
    """Jobs of one round, and for each item the cells of its answers (or of its forms)."""

    needs: list[Need]
    cells: list[dict[Any, Cell]]
    verdicts: Sequence[Verdict | None] = ()

    def verdict(self, item: int, key: Any) -> Verdict | None:
        cell = self.cells[item].get(key)
        return self.verdicts[cell] if isinstance(cell, int) else cell


@dataclass(slots=True)
class VotePlan:
    """All that is to be done for one request."""

    request: VoteRequest
    options: dict[str, Any]
    verifier: Verifier
    settings: EngineSettings
    memory: Memory
    first: Round
    items: int
    """Answers, over all items."""
    deadline: float | None = None
    timeline: Timeline | None = None
    received: float = field(default_factory=time.monotonic)

    @property
    def needs(self) -> list[Need]:
        return self.first.needs

    def second(self) -> Round:
        """The jobs for what wants a jail. The first round is settled."""
        maker = _Maker(self.request, self.options, self.verifier, self.settings, self.memory, jail=True)
        cells: list[dict[Any, Cell]] = []
        for item, answers in enumerate(self.first.cells):
            wanted: dict[Any, Cell] = {}
            for index in answers:
                form = _form(self.first.verdict(item, index))
                if form is not None and form.open and form.key not in wanted and len(wanted) < JAILED:
                    wanted[form.key] = maker.cell(item, index)
            cells.append(wanted)
        return Round(maker.needs, cells)

    def respond(self, second: Round) -> VoteResponse:
        """Both rounds are settled. Linear in the request, but for sorting."""
        results = []
        for index, item in enumerate(self.request.items):
            given = _rollouts(item)
            ballots = [self._ballot(index, place, rollout, second) for place, rollout in enumerate(given)]
            results.append(count(ballots, item.weights))
        return VoteResponse(
            results=results,
            errors=sum(result.winner is None and bool(result.errors) for result in results),
            elapsed_ms=round((time.monotonic() - self.received) * 1000, 3),
            engine=VoteEngine(
                adjudge=__version__,
                revisions={FORM: self.verifier.revision},
                fingerprint={self.verifier.work: fingerprint(self.verifier.work)},
            ),
        )

    def _ballot(self, item: int, index: int, rollout: Any, second: Round) -> Ballot:
        verdict = self.first.verdict(item, index)
        if verdict is None:
            return NoVote("no answer was given")
        form = _form(verdict)
        if form is None:
            return NoVote(verdict.reason, ours=verdict.score is None)
        by_text = form.by_text or form.open
        if form.open and (again := second.verdict(item, form.key)) is not None:
            better = _form(again)
            if better is not None:
                form, by_text = better, better.by_text
            elif again.score is None or again.status == "no_answer":
                return NoVote(again.reason, ours=again.score is None)
        shown = rollout if isinstance(rollout, str) and self.request.items[item].traces is None else verdict.extracted
        return Vote(form.key, form.near, shown or "", by_text)


def plan_votes(request: VoteRequest, verifier: Verifier, settings: EngineSettings, memory: Memory) -> VotePlan:
    """Raises BadRequest. Pure and linear in the request; for a large one call it in a thread."""
    _check(request)
    options = _options(request, verifier, memory)
    maker = _Maker(request, options, verifier, settings, memory, jail=False)
    cells: list[dict[Any, Cell]] = []
    for item, each in enumerate(request.items):
        given = enumerate(_rollouts(each))
        cells.append({index: maker.cell(item, index) for index, rollout in given if rollout is not None})
    answers = sum(len(_rollouts(each)) for each in request.items)
    return VotePlan(request, options, verifier, settings, memory, Round(maker.needs, cells), answers)


class _Maker:
    """Rollouts to jobs."""

    def __init__(
        self,
        request: VoteRequest,
        options: dict[str, Any],
        verifier: Verifier,
        settings: EngineSettings,
        memory: Memory,
        *,
        jail: bool,
    ):
        self._jobs = JobMaker(settings, Groups(()), None, memory)
        self._items = request.items
        self._verifier = verifier
        self._terms = {
            given: Term(name=FORM, verifier=FORM, options={**options, "given": given, "jail": jail})
            for given in ("answer", "trace")
        }
        self._count = 0

    @property
    def needs(self) -> list[Need]:
        return self._jobs.needs

    def cell(self, item: int, index: int) -> Cell:
        each = self._items[item]
        rollout = _rollouts(each)[index]
        if isinstance(rollout, int) and rollout.bit_length() > _MAX_BITS:
            return self._verifier.nothing("the number has too many digits")
        if isinstance(rollout, Decimal) and not rollout.is_finite():
            return self._verifier.nothing("the number is beyond what is read")
        trace = _text(rollout) if each.traces is None else rollout
        term = self._terms["answer" if each.traces is None else "trace"]
        self._count += 1
        whole = Item.model_construct(prompt="", trace=trace, ground_truth=None)
        return self._jobs.cell(self._jobs.read(whole, self._count), 0, term, self._verifier)


@dataclass(frozen=True, slots=True)
class _Form:
    key: str
    near: tuple[str, ...]
    open: bool
    """A jail could say more."""
    by_text: bool


def _form(verdict: Verdict | None) -> _Form | None:
    """The form that a verdict carries; None where it is no form."""
    if verdict is None or verdict.score != 1.0 or verdict.expected is None:
        return None
    page = json.loads(verdict.expected)
    return _Form(page["key"], tuple(page["near"]), verdict.stage == "open", verdict.stage == "text")


def _rollouts(item: VoteItem) -> list[Any]:
    return (item.traces if item.traces is not None else item.answers) or []


def _text(answer: Any) -> str:
    """An answer as a text, numbers as they were written."""
    if isinstance(answer, Decimal):
        return format(answer, "f") if abs(answer.adjusted()) < 400 else str(answer)
    return answer if isinstance(answer, str) else repr(answer)


def _check(request: VoteRequest) -> None:
    """What the types cannot say. Raises BadRequest."""
    for index, item in enumerate(request.items):
        if (item.answers is None) == (item.traces is None):
            which = "either 'answers' or 'traces' must be there" if item.answers is None else "not both, please"
            raise BadRequest(f"an item has 'answers' or 'traces': {which}", index=index, field="answers")
        given = len(_rollouts(item))
        if item.weights is not None and len(item.weights) != given:
            raise BadRequest(
                f"weights: one per rollout, {given}, not {len(item.weights)}", index=index, field="weights"
            )
        if item.weights is not None and not math.isfinite(sum(item.weights)):
            raise BadRequest("the weights are so large that their sum is not finite", index=index, field="weights")
    total = sum(len(_rollouts(item)) for item in request.items)
    if total > MAX_ITEMS:
        raise BadRequest(f"at most {MAX_ITEMS} answers or traces in one request, not {total}", field="items")


def _options(request: VoteRequest, verifier: Verifier, memory: Memory) -> dict[str, Any]:
    """Complete, but for what is ours to set. Raises BadRequest."""
    names = verifier.options.model_fields.keys() - _OWN
    for name in request.options or ():
        if name not in names:
            raise BadRequest(f"a vote has no option {name[:100]!r}; {nearest(name, names)}", field=f"options.{name}")
    read = OptionReader(memory.defaults).read(verifier, [Layer("options", None, request.options)])
    return {name: value for name, value in read.values.items() if name not in _OWN}
