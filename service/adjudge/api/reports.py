"""What the small routes say: the verifiers, the reward profiles, and whether the engine is ready."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from pydantic import BaseModel

from adjudge_client.types import RewardSpec

from ..engine import Engine, spec_sha256
from ..rewards import Profile, is_newest
from ..verifiers import Verifier


class VerifierInfo(BaseModel):
    """One verifier, as a person choosing one needs it; `options` is a JSON schema."""

    name: str
    revision: int
    sees: str
    work: str
    kind: str
    reads: str
    needs_prompt: bool
    range: tuple[float, float]
    doc: str
    options: dict[str, Any]


class ProfileInfo(BaseModel):
    """One reward recipe: what it pays, where it comes from, and where it differs from that."""

    profile: str
    """Its full name, for `reward` and `require`: "r1@1"."""
    newest: bool
    """Whether the bare name means this one."""
    summary: str
    source: str
    differs: list[str]
    spec: RewardSpec
    spec_sha256: str


class ReadyReport(BaseModel):
    """`jail` is the rung of the ladder, `lacks` what that rung does not hold on this host; absent until it is known."""

    ready: bool
    draining: bool
    workers: int
    waiting: int
    running: int
    jail: str | None = None
    lacks: list[str] | None = None
    detail: str | None = None


def verifier_info(spec: Verifier) -> VerifierInfo:
    return VerifierInfo(
        name=spec.name,
        revision=spec.revision,
        sees=spec.sees,
        work=spec.work,
        kind=spec.kind,
        reads=spec.reads,
        needs_prompt=spec.needs_prompt,
        range=spec.range,
        doc=spec.doc,
        options=spec.options.model_json_schema(),
    )


def profile_info(profile: Profile) -> ProfileInfo:
    return ProfileInfo(
        profile=profile.label,
        newest=is_newest(profile),
        summary=profile.summary,
        source=profile.source,
        differs=list(profile.differs),
        spec=profile.spec,
        spec_sha256=spec_sha256(profile.spec),
    )


async def wait_told(engine: Engine, timeout_s: float = 60.0) -> None:
    """Until a worker is ready and it is known on which jail it stands, or that there is none."""
    end = time.monotonic() + timeout_s
    while not _told(engine) and time.monotonic() < end:  # noqa: ASYNC110 (the engine announces neither)
        await asyncio.sleep(0.02)


def _told(engine: Engine) -> bool:
    return engine.ready and (engine.jail is not None or engine.jail_fault is not None)


def ready_report(engine: Engine, *, draining: bool, lacks: list[str] | None) -> ReadyReport:
    return ReadyReport(
        ready=_told(engine) and not draining,
        draining=draining or engine.state == "draining",
        workers=engine.settings.workers,
        waiting=engine.queue_depth,
        running=engine.in_flight,
        jail=engine.jail,
        lacks=lacks,
        detail=engine.jail_fault,
    )


def engine_gauges(engine: Engine) -> dict[str, tuple[float, str]]:
    """What the metrics show of this moment, each with its meaning."""
    return {
        "ready": (engine.ready, "1 if a worker is there and requests are taken."),
        "workers": (engine.settings.workers, "Worker processes that there ought to be."),
        "workers_ready": (engine.workers_ready, "Worker processes that take jobs."),
        "workers_jailed": (engine.workers_jailed, "Ready workers whose jail passed its canary when last asked for."),
        "queue_depth": (engine.queue_depth, "Jobs that wait for a worker."),
        "jobs_running": (engine.in_flight, "Jobs that workers have."),
        "cache_bytes": (engine.cache.bytes, "Size of the verdict cache, about."),
    }
