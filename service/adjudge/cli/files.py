"""The files that `adjudge score` reads and writes."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import ConfigError


@contextmanager
def reader(name: str) -> Iterator[IO[bytes]]:
    """The file, or standard input for "-". Raises ConfigError that names it."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as source:
            yield source
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None


@contextmanager
def writer(name: str | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that appears whole or not at all (a pipe or a device is written to as it is).

    Raises ConfigError that names it.
    """
    if name is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with _whole(Path(name).resolve()) if _plain(Path(name)) else Path(name).open("wb") as out:
            yield out
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None


def _plain(path: Path) -> bool:
    """Whether a regular file is there, or nothing yet: only these may be replaced by another file."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


@contextmanager
def _whole(target: Path) -> Iterator[IO[bytes]]:
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
