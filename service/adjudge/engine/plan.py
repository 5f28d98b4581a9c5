"""A request becomes a plan: which terms, which jobs, which of them are the same. Pure; may run in a thread.

Shape errors refuse the request and name the item and the field. Content errors stay with their item: they become
verdicts here and cost no neighbour anything.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from functools import cache

from adjudge_client.types import EngineInfo, RewardSpec, ScoreRequest, Verdict

from .. import __version__
from ..rewards import DEFAULT_SPEC, Profile, check_spec, find_profile
from ..verifiers import Verifier
from .canonical import canonical
from .fingerprint import fingerprint
from .grouping import Groups
from .jobs import JobMaker, Memory, Need
from .require import check_require
from .settings import EngineSettings
from .tallies import Provenance
from .terms import check_names, term_verifier
from .timeline import Timeline

Cell = Verdict | int
"""One term of one item: a verdict that is settled already, or the index of the need that will settle it."""


@dataclass(slots=True)
class Plan:
    """All that is to be done for one request, and all that its response needs beside the verdicts."""

    spec: RewardSpec
    terms: list[str]
    ids: list[str | None]
    groups: list[str | None]
    truncated: list[bool]
    correctness: list[tuple[int, ...]]
    """Per item, which terms are correctness terms (all of them must score 1 for `solved`)."""
    cells: list[list[Cell]]
    needs: list[Need]
    """The jobs, each identity once."""
    engine: EngineInfo
    explain: bool
    deadline: float | None
    """`time.monotonic()` seconds."""
    provenance: Provenance
    timeline: Timeline | None = None
    """Where a trace of the request was asked for."""
    received: float = field(default_factory=time.monotonic)

    @property
    def items(self) -> int:
        return len(self.cells)


def make_plan(
    request: ScoreRequest, verifiers: dict[str, Verifier], settings: EngineSettings, memory: Memory | None = None
) -> Plan:
    """Raises RequestRefused. Linear in the request."""
    received = time.monotonic()
    spec, profile = _spec(request)
    check_spec(spec)
    check_names(spec, request.items, verifiers)
    check_require(request.require, verifiers, profile)
    groups = Groups(request.items)
    jobs = JobMaker(settings, groups, request.deadline_s, memory or Memory())
    used: dict[str, Verifier] = {}
    cells: list[list[Cell]] = []
    correctness: list[tuple[int, ...]] = []
    kinds: dict[tuple[int, ...], tuple[int, ...]] = {}
    for reading in [jobs.read(item, index) for index, item in enumerate(request.items)]:
        row: list[Cell] = []
        right: list[int] = []
        for position, term in enumerate(spec.terms):
            verifier = term_verifier(term, reading.item, verifiers)
            used[verifier.name] = verifier
            if verifier.kind == "correctness":
                right.append(position)
            row.append(jobs.cell(reading, position, term, verifier))
        cells.append(row)
        correctness.append(kinds.setdefault(tuple(right), tuple(right)))
    return Plan(
        spec=spec,
        terms=[term.name for term in spec.terms],
        ids=[item.id for item in request.items],
        groups=[item.group for item in request.items],
        truncated=[bool(item.truncated) for item in request.items],
        correctness=correctness,
        cells=cells,
        needs=jobs.needs,
        engine=_engine(spec, used, profile),
        explain=request.explain,
        deadline=None if request.deadline_s is None else received + request.deadline_s,
        provenance=Provenance.of(request),
        received=received,
    )


def _spec(request: ScoreRequest) -> tuple[RewardSpec, Profile | None]:
    if request.reward is None:
        return DEFAULT_SPEC, None
    if isinstance(request.reward, str):
        profile = find_profile(request.reward, "reward")
        return profile.spec, profile
    return request.reward, None


def spec_sha256(spec: RewardSpec) -> str:
    """Of the canonical form of the spec with its defaults filled in."""
    return _default_sha256() if spec is DEFAULT_SPEC else _sha256(spec)


@cache
def _default_sha256() -> str:
    return _sha256(DEFAULT_SPEC)


def _sha256(spec: RewardSpec) -> str:
    return hashlib.sha256(canonical(spec.model_dump()).encode()).hexdigest()


def _engine(spec: RewardSpec, used: dict[str, Verifier], profile: Profile | None) -> EngineInfo:
    return EngineInfo(
        adjudge=__version__,
        revisions={name: used[name].revision for name in sorted(used)},
        fingerprint={work: fingerprint(work) for work in sorted({verifier.work for verifier in used.values()})},
        profile=None if profile is None else profile.label,
        spec_sha256=spec_sha256(spec),
    )
