"""`adjudge doctor`: what this host has, what each rung of the jail ladder lacks here, what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ..errors import JailUnavailable

if TYPE_CHECKING:
    from ..jail import Report

_WORKS = {"math": "maths", "program": "programs"}
_BY_NATURE = {
    "confined": ("a process namespace of its own", "hiding that a file of the host exists (its content is hidden)"),
    "process": ("walls: it is not a jail, and reads every file of the host that its user may read",),
}
"""What a rung gives on no host (docs/security.md has the table); what it lacks on this one, the probe finds."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "doctor",
        help="say what this host has and lacks",
        description="Try every rung of the jail ladder on this host and say what works, what each lacks, and what to "
        "do. Exit code 1 if maths would find no jail.",
    )
    command.add_argument("--json", action="store_true", help="the same for a program")
    command.set_defaults(run=run, usage=command)


def run(args: argparse.Namespace) -> int:
    from ..jail import probe
    from ..settings import load, unknown_variables

    settings = load()
    report = asyncio.run(probe())
    rung = None if settings.jail == "auto" else settings.jail
    chosen = {work: _choose(work, rung, report) for work in _WORKS}
    if args.json:
        rungs = [{**asdict(each), "lacks_by_nature": _BY_NATURE.get(each.name, ())} for each in report.rungs]
        print(json.dumps({"host": _host(), "rungs": rungs, "chosen": chosen}, indent=2))
    else:
        _print(report, chosen, unknown_variables(os.environ))
    return 0 if chosen["math"]["rung"] and not any(report.images.values()) else 1


def _choose(work: str, rung: str | None, report: Report) -> dict[str, str]:
    from ..jail import choose

    try:
        return {"rung": choose(work, rung, report), "why_not": ""}
    except JailUnavailable as error:
        return {"rung": "", "why_not": str(error)}


def _host() -> dict[str, Any]:
    from ..engine import libraries

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "adjudge": metadata.version("adjudge"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": cores,
        "user": "root" if os.geteuid() == 0 else "unprivileged",
        "libraries": libraries(),
    }


def _print(report: Report, chosen: dict[str, dict[str, str]], warnings: list[str]) -> None:
    host = _host()
    print(
        f"adjudge {host['adjudge']} on Python {host['python']}, {host['system']}, {host['cores']} cores, {host['user']}"
    )
    print(
        "libraries of the fingerprint: " + ", ".join(f"{name} {version}" for name, version in host["libraries"].items())
    )
    print("\nJails, best first")
    for rung in report.rungs:
        print(
            f"  {_mark(rung.works)} {rung.name:<11} "
            + (f"starts in {rung.start_ms:.0f} ms" if rung.works else rung.why)
        )
        for lack in _BY_NATURE.get(rung.name, ()):
            print(f"      lacks  {lack}  (on any host)")
        for lack in rung.lacks:
            print(f"      lacks  {lack}")
        if not rung.works:
            print(f"      to do  {rung.advice}")
    for image, why in report.images.items():
        print(f"  {_mark(not why)} image {image}" + (f": {why}" if why else " starts"))
    print("\nChosen")
    for work, name in _WORKS.items():
        rung_name, why_not = chosen[work]["rung"], chosen[work]["why_not"]
        print(f"  {_mark(bool(rung_name))} {name:<9} " + (rung_name or why_not))
    for warning in warnings:
        print(f"\n  {_mark(False)} {warning}")


def _mark(good: bool) -> str:
    sign = "✓" if good else "✗"
    return f"\033[3{2 if good else 1}m{sign}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else sign
