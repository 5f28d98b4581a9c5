"""Which rungs this host has, found by doing, what each lacks, and what to do about it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adjudge_sandboxes import box, table

from ..errors import ConfigError, JailUnavailable
from . import rungs
from .agents import Agent, AgentDied, AgentFailed
from .layout import layout, own_uid
from .types import End, Limits

_CANARY_LIMITS = Limits(cpu_s=5.0, wall_s=30.0)
_CANARY_PREFIX = "adjudge-canary-"
_counter = itertools.count()

ADVICE = {
    "bubblewrap": "install bubblewrap (Debian, Ubuntu: apt install bubblewrap) and allow user namespaces",
    "namespaces": "allow unprivileged user namespaces: sysctl user.max_user_namespaces=10000 "
    "(Debian: kernel.unprivileged_userns_clone=1; Ubuntu 24.04: kernel.apparmor_restrict_unprivileged_userns=0)",
    "confined": "use Linux 5.13 or newer with Landlock among its security modules (boot option lsm=landlock,...)",
    "process": "needs only a working Python",
}


@dataclass(frozen=True)
class RungReport:
    """One rung on this host. `why` says why it does not work, `lacks` what it does not give although it works."""

    name: str
    works: bool
    why: str = ""
    lacks: tuple[str, ...] = ()
    advice: str = ""
    start_ms: float = 0.0


@dataclass(frozen=True)
class Report:
    rungs: tuple[RungReport, ...]
    images: dict[str, str] = field(default_factory=dict)
    """Image name -> why its agent does not come up on the rung that maths would use; "" if it does."""

    def rung(self, name: str) -> RungReport:
        return next(rung for rung in self.rungs if rung.name == name)

    def lines(self) -> list[str]:
        """For a person: one line a rung."""
        told = []
        for rung in self.rungs:
            if rung.works:
                lacks = f"; lacks {', '.join(rung.lacks)}" if rung.lacks else ""
                told.append(f"{rung.name}: works ({rung.start_ms:.0f} ms to start){lacks}")
            else:
                told.append(f"{rung.name}: no: {rung.why}; to do: {rung.advice}")
        told += [f"image {name}: does not start: {why}" for name, why in self.images.items() if why]
        return told


class Canary:
    """A file of the host that any user may read, and the question whether a jail can see it."""

    def __init__(self) -> None:
        _sweep()
        self._folder = tempfile.TemporaryDirectory(prefix=f"{_CANARY_PREFIX}{os.getpid()}-")
        folder = Path(self._folder.name)
        folder.chmod(0o755)
        self.path = folder / "canary"
        self.path.write_text("a jail that can read this is not a jail\n")
        self.path.chmod(0o644)

    def close(self) -> None:
        self._folder.cleanup()

    async def passes(self, agent: Agent) -> str:
        """Run the harmless canary program in this jail: "" if it works and is blind, else what is wrong."""
        hidden = [str(self.path), "/etc/passwd", "/proc/self/environ", "/proc/1/cmdline"]
        try:
            running = agent.run(table.CANARY[agent.image], _CANARY_LIMITS)
            await running.channel.send(json.dumps({"paths": hidden, "late": table.IMAGES[agent.image].late}).encode())
            outcome = await running.outcome()
        except AgentDied as error:
            return str(error)
        if outcome.end is not End.EXITED or outcome.reply is None:
            return f"the canary program ended by {outcome.end}: {outcome.detail}"
        try:
            seen = json.loads(outcome.reply)
            return _judge(seen, agent.rung)
        except (ValueError, KeyError, TypeError):
            return "the canary program answered nonsense"


def _sweep() -> None:
    """Remove the canary files of our user's processes that were killed and could not do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_CANARY_PREFIX}*"):
        pid = folder.name.removeprefix(_CANARY_PREFIX).split("-")[0]
        with suppress(OSError):
            if pid.isdigit() and folder.lstat().st_uid == os.geteuid() and not _is_running(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _judge(seen: dict[str, Any], rung: str) -> str:
    allowed = {*box.ENVIRONMENT, "PYTHONHOME", "LD_LIBRARY_PATH", "PWD", "LC_CTYPE"}
    if seen["sum"] != 499500:
        return "the canary program cannot add"
    if seen["missing"]:
        return f"its executions cannot import {', '.join(seen['missing'])}"
    if set(seen["environment"]) - allowed:
        return "the environment of the service is visible"
    if set(seen["descriptors"]) - {0, 1, 2, 3}:
        return "descriptors are inherited"
    if seen["readable"] and rung != "process":
        return f"{seen['readable'][0]} can be read"
    return ""


async def start_agent(image: str, rung: str, canary: Canary, cgroup: Path | None = None) -> Agent:
    """A fresh jail that has passed its canary. Raises AgentFailed."""
    uid = own_uid(os.getpid() * 64 + next(_counter) % 64)
    agent = await Agent.start(image, rung, uid, cgroup)
    wrong = await canary.passes(agent)
    if wrong:
        await agent.close()
        raise AgentFailed(wrong)
    if rung in ("namespaces", "bubblewrap") and (uid is None or not layout(image).world_readable):
        agent.lacks.append("a user id of its own")
    return agent


async def probe(images: Sequence[str] = ("bare", "math")) -> Report:
    """Try every rung with the bare image, and the other images on the rung that maths would use."""
    canary = Canary()
    try:
        found = tuple(await asyncio.gather(*(_try(name, canary) for name in rungs.LADDER)))
        report = Report(found)
        with suppress(JailUnavailable):
            rung = choose("math", None, report)
            report = Report(found, {image: await _try_image(image, rung, canary) for image in images})
        return report
    finally:
        canary.close()


async def _try(name: str, canary: Canary) -> RungReport:
    why = rungs.missing(name)
    started = time.monotonic()
    if why is None:
        try:
            agent = await start_agent("bare", name, canary)
        except AgentFailed as error:
            why = str(error).strip().splitlines()[-1]
        else:
            elapsed = (time.monotonic() - started) * 1000
            await agent.close()
            return RungReport(name, True, lacks=tuple(agent.lacks), start_ms=elapsed)
    return RungReport(name, False, why=why, advice=ADVICE[name])


async def _try_image(image: str, rung: str, canary: Canary) -> str:
    try:
        agent = await start_agent(image, rung, canary)
    except AgentFailed as error:
        return str(error)
    await agent.close()
    return ""


def choose(work: str, setting: str | None, report: Report) -> str:
    """The rung for "math" or "program" work: the one named by ADJUDGE_JAIL, else the best that is enough.

    Among rungs that work, one that lacks less goes first, then the order of the ladder. Raises ConfigError for an
    unknown name, JailUnavailable (with what to do) where no rung is enough.
    """
    if setting and setting != "auto":
        if setting not in rungs.LADDER:
            raise ConfigError(f"ADJUDGE_JAIL={setting}: no such rung; one of {', '.join(rungs.LADDER)}, auto")
        named = report.rung(setting)
        if not named.works:
            raise JailUnavailable(f"ADJUDGE_JAIL={setting} does not work on this host: {named.why}; {named.advice}")
        return setting
    enough = rungs.LADDER[: rungs.LADDER.index(rungs.ENOUGH[work]) + 1]
    working = [rung for rung in report.rungs if rung.works and rung.name in enough]
    if not working:
        advice = "; or ".join(ADVICE[name] for name in enough)
        raise JailUnavailable(f"no jail on this host: {advice}; or name a weaker rung with ADJUDGE_JAIL")
    order = [name for name in rungs.LADDER if name != "confined"] + ["confined"]
    return min(working, key=lambda rung: (rung.name == "confined", len(rung.lacks), order.index(rung.name))).name
