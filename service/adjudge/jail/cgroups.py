"""A memory cgroup (version 1 or 2) for each agent, where this process may make one; elsewhere memory is polled.

Only below a cgroup that was given to us: named by the caller, or delegated (systemd `Delegate=yes`, or the root of a
cgroup namespace as in a container). A program that makes cgroups elsewhere is in its administrator's way.
"""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_numbers = itertools.count()


def parent(named: str | None) -> Path | None:
    """The folder below which groups may be made and do limit memory, tried by making one; else None."""
    for folder in [Path(named)] if named else _delegated():
        try:
            group = Group(folder, 64)
        except OSError:
            continue
        group.remove()
        _sweep(folder)
        return folder
    return None


def _delegated() -> list[Path]:
    found = []
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            folder = _ROOT / "memory" / path.lstrip("/")
        elif controllers == "":
            folder = _ROOT / path.lstrip("/")
        else:
            continue
        if (path == "/" and _is_namespaced()) or _is_marked(folder):
            found.append(folder)
    return found


def _is_marked(folder: Path) -> bool:
    try:
        return os.getxattr(folder, "user.delegate") == b"1" or os.getxattr(folder, "trusted.delegate") == b"1"
    except OSError:
        return False


def _is_namespaced() -> bool:
    """The initial cgroup namespace has a fixed number; any other has been made for a container."""
    try:
        return os.stat("/proc/self/ns/cgroup").st_ino != 0xEFFFFFFB  # noqa: PTH116
    except OSError:
        return False


def _sweep(folder: Path) -> None:
    """Remove what a worker that was killed left behind: empty groups named after a process that is gone."""
    for stale in folder.glob("adjudge-*"):
        pid = stale.name.split("-")[1]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            with suppress(OSError):
                stale.rmdir()


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


class Group:
    """One group. Raises OSError where it cannot be made or cannot limit memory."""

    def __init__(self, folder: Path, limit_mb: float):
        self._path = folder / f"adjudge-{os.getpid()}-{next(_numbers)}"
        self._path.mkdir()
        self._limit_mb = 0.0
        try:
            self._version = 1 if (self._path / "memory.limit_in_bytes").exists() else 2
            self.limit(limit_mb)
        except OSError:
            self.remove()
            raise

    def limit(self, megabytes: float) -> None:
        """Set the limit on what all its processes hold, swap included where the kernel counts it."""
        if megabytes == self._limit_mb:
            return
        value = str(int(megabytes) << 20)
        if self._version == 2:
            self._write("memory.max", value)
            with suppress(OSError):
                self._write("memory.swap.max", "0")
        else:
            with suppress(OSError):  # the two limits must stay in order: lowered and raised from the outer one
                self._write("memory.memsw.limit_in_bytes", value)
            self._write("memory.limit_in_bytes", value)
            with suppress(OSError):
                self._write("memory.memsw.limit_in_bytes", value)
        self._limit_mb = megabytes

    def add(self, pid: int) -> None:
        self._write("cgroup.procs", str(pid))

    def used_mb(self) -> float:
        name = "memory.current" if self._version == 2 else "memory.usage_in_bytes"
        return int((self._path / name).read_text()) / (1 << 20)

    def kills(self) -> int:
        """How often the kernel has killed in this group for want of memory."""
        name = "memory.events" if self._version == 2 else "memory.oom_control"
        for line in _lines(str(self._path / name)):
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return int(value)
        return 0

    def remove(self) -> None:
        """Needs its processes dead; what is still in use then is swept by the next start."""
        with suppress(OSError):
            self._path.rmdir()

    def _write(self, name: str, value: str) -> None:
        (self._path / name).write_text(value)
