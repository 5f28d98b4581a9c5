"""What the small routes say: the verifiers, and whether the engine is ready."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from pydantic import BaseModel

from ..engine import Engine
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


def engine_gauges(engine: Engine) -> dict[str, float]:
    return {
        "queue_depth": engine.queue_depth,
        "jobs_running": engine.in_flight,
        "ready": engine.ready,
        "cache_bytes": engine.cache.bytes,
    }
