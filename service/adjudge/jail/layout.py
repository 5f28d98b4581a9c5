"""Where this interpreter, its libraries and the agent lie on the host, and where they appear inside a box.

Inside, paths are fixed (/python, /site/N, /agent), so no box depends on the host's paths: they are resolved by the
trusted side and bound by the process that builds the box, which may pass through a home folder of mode 0700.
"""

from __future__ import annotations

import importlib.resources
import importlib.util
import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adjudge_sandboxes import table

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/lib32", "/libx32")
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
INNER_PYTHON = f"/python/bin/{_VERSION}"
_UID_BASES = ((1_900_000_000, 4_194_304), (60_600, 400))
"""Ranges of user ids that nothing else hands out; the second is for hosts that map only 65,536."""


@dataclass(frozen=True)
class Layout:
    """One image's view. `binds` are (host path, inner path), `links` are (text, inner path)."""

    python: str
    agent: str  # the folder that holds adjudge_sandboxes on the host
    binds: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    inner_path: tuple[str, ...]
    host_path: tuple[str, ...]
    readable: tuple[str, ...]  # host paths that `confined` may read
    world_readable: bool


@cache
def layout(image: str) -> Layout:
    python = str(Path(getattr(sys, "_base_executable", None) or sys.executable).resolve())
    package = Path(str(importlib.resources.files("adjudge_sandboxes"))).resolve()
    standard = _standard_library()
    sites = _sites(table.IMAGES[image].preload) if table.IMAGES[image].packages else []
    libraries, links = _libraries()
    binds = [*libraries, (python, INNER_PYTHON), *standard, (str(package), "/agent/adjudge_sandboxes")]
    binds += [(site, f"/site/{n}") for n, site in enumerate(sites)]
    readable = [source for source, _ in libraries] + [source for source, _ in standard] + sites + [str(package)]
    return Layout(
        python=python,
        agent=str(package.parent),
        binds=tuple(binds),
        links=tuple(links),
        inner_path=("/agent", *(f"/site/{n}" for n in range(len(sites)))),
        host_path=(str(package.parent), *sites),
        readable=tuple(readable),
        world_readable=_world_readable([python, *(s for s, _ in standard), str(package), *sites]),
    )


def _standard_library() -> list[tuple[str, str]]:
    """For a prefix of its own the whole lib folder (libpython and its neighbours), for /usr the stdlib alone."""
    base = Path(sys.base_prefix).resolve()
    stdlib = Path(os.__file__).resolve().parent
    found = [stdlib] if base == Path("/usr") else [base / "lib"]
    dynamic = Path(sysconfig.get_config_var("DESTSHARED") or stdlib).resolve()
    for folder in (stdlib, dynamic):
        if folder.is_dir() and not any(folder.is_relative_to(known) for known in found):
            found.append(folder)
    return [(str(path), f"/python/{path.relative_to(base)}") for path in found if path.is_relative_to(base)]


def _sites(packages: tuple[str, ...]) -> list[str]:
    """The folders from which this interpreter would import the image's packages."""
    found = [Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))]
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            found.append(Path(spec.origin).parent.parent)
    return list(dict.fromkeys(str(path.resolve()) for path in found if path.is_dir()))


def _libraries() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The system's library folders; where one is a link (merged /usr), the same link."""
    binds, links = [], []
    for path in _LIBRARIES:
        if Path(path).is_symlink():
            links.append((str(Path(path).readlink()), path))
        elif Path(path).is_dir():
            binds.append((path, path))
    if Path("/etc/ld.so.cache").exists():
        binds.append(("/etc/ld.so.cache", "/etc/ld.so.cache"))
    return binds, links


def _world_readable(paths: list[str]) -> bool:
    """Whether another user could read all this once it is bound (a sample: a umask of 077 shows everywhere)."""
    for path in map(Path, paths):
        entries = [path, *list(path.iterdir())[:200]] if path.is_dir() else [path]
        if not all(entry.stat().st_mode & 0o004 for entry in entries if entry.exists()):
            return False
    return True


def own_uid(unique: int) -> int | None:
    """A user id for one agent's executions, unlike any other's; None where this process may not change users."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not _may_change_users():
        return None
    for base, count in _UID_BASES:
        uid = base + unique % count
        if _is_mapped("/proc/self/uid_map", uid) and _is_mapped("/proc/self/gid_map", uid):
            return uid
    return None


def _may_change_users() -> bool:
    """CAP_SETUID and CAP_SETGID in the effective set."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    for line in status.splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16) & 0b11000000 == 0b11000000
    return False


def _is_mapped(path: str, number: int) -> bool:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return False
    ranges = [[int(field) for field in line.split()] for line in lines]
    return any(first <= number < first + count for first, _, count in ranges)
