"""Harmless programs: the canary that every jail must pass, an echo, and a conversation.

The canary reports what its execution can see; the trusted side, which knows what must be invisible, judges.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def canary(request: bytes) -> bytes:
    """In: {"paths": [...] of the host, "late": [...] modules}. Out: what can be read and imported, and who we are."""
    asked = json.loads(request)
    seen = {
        "readable": [path for path in asked.get("paths", []) if _readable(path)],
        "uid": os.getuid(),
        "pid": os.getpid(),
        "environment": sorted(os.environ),
        "descriptors": [fd for fd in range(256) if _is_open(fd)],
        "missing": [name for name in asked.get("late", []) if not _imports(name)],
        "sum": sum(range(asked.get("n", 1000))),
        "python": list(sys.version_info[:3]),
    }
    return json.dumps(seen).encode()


def _readable(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            file.read(1)
        return True
    except OSError:
        return False


def _imports(name: str) -> bool:
    """Whether a module that is not loaded yet can be, with every wall on: libraries import late."""
    try:
        importlib.import_module(name)
        return True
    except (ImportError, OSError):
        return False


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False


def echo(request: bytes) -> bytes:
    return request


def talk(channel: object) -> None:
    """Answers every frame with itself, upper-cased; ends when the other side stops."""
    while True:
        frame = channel.recv()
        if frame is None:
            return
        channel.send(frame.upper())
