"""What one process has used, as the kernel tells anybody: CPU time, resident memory, time spent waiting to run."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def cpu_s(pid: int) -> float | None:
    """CPU seconds of all its threads; None if it is gone or this kernel does not say."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, OverflowError):
        return None


def resident_mb(pid: int) -> float | None:
    try:
        return int(_read(pid, "statm").split()[1]) * _PAGE_MB
    except (OSError, IndexError, ValueError):
        return None


def address_mb(pid: int) -> float | None:
    try:
        return int(_read(pid, "statm").split()[0]) * _PAGE_MB
    except (OSError, IndexError, ValueError):
        return None


def waited_s(pid: int) -> float:
    """Seconds it was ready to run and was not run (schedstat); 0 where the kernel does not say."""
    try:
        return int(_read(pid, "schedstat").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def tree(pid: int) -> list[int]:
    """The process and all that descends from it, as far as the kernel lists children."""
    found = [pid]
    for parent in found:
        try:
            found += [int(child) for child in _read(parent, f"task/{parent}/children").split()]
        except (OSError, ValueError):
            continue
    return found


def tree_usage(members: list[int]) -> tuple[float | None, float | None]:
    """CPU seconds (dead children included) and resident MB of an execution that may have forked: its `tree`.

    Pages that a child shares with files are counted once, with the first process; pages that it shares with its
    parent since the fork are counted for both, in the service's favour.
    """
    pid = members[0]
    cpu, resident = cpu_s(pid), resident_mb(pid)
    if cpu is None or resident is None:
        return cpu, resident
    for member in members:
        cpu += _reaped_s(member)
        if member != pid:
            cpu += cpu_s(member) or 0.0
            resident += _private_mb(member)
    return cpu, resident


def _reaped_s(pid: int) -> float:
    try:
        fields = _read(pid, "stat").rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / _TICKS
    except (OSError, IndexError, ValueError):
        return 0.0


def _private_mb(pid: int) -> float:
    try:
        fields = _read(pid, "statm").split()
        return (int(fields[1]) - int(fields[2])) * _PAGE_MB
    except (OSError, IndexError, ValueError):
        return 0.0


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()
