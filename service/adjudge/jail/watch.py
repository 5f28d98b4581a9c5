"""What one process has used, as the kernel tells anybody: CPU time, resident memory, time spent waiting to run."""

from __future__ import annotations

import os
import time
from pathlib import Path

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


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()
