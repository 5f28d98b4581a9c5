"""What tests need to know of the real service: what it is busy with, and how to make its workers stand still."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adjudge_client import LocalServer


def children_of(pid: int) -> set[int]:
    """All descendants, living or not yet reaped."""
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        found.setdefault(int(text.rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
    todo, seen = [pid], set()
    while todo:
        for child in found.get(todo.pop(), []):
            seen.add(child)
            todo.append(child)
    return seen


@contextmanager
def stopped_workers(service: LocalServer) -> Iterator[None]:
    """Nothing is judged meanwhile. Short: the service replaces a worker that stays away."""
    assert service.pid is not None
    stopped = children_of(service.pid)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


def in_flight(service: LocalServer, becomes: int | None = None) -> int:
    """Score requests that the service has in hand; waits up to 10 s for it to become so many."""
    end = time.monotonic() + 10
    while True:
        with urllib.request.urlopen(service.url + "/metrics") as answer:
            text = answer.read().decode()
        match = re.search(r"^adjudge_requests_in_flight(?:\{[^}]*\})? ([\d.]+)$", text, re.M)
        assert match is not None
        now = int(float(match[1]))
        if becomes is None or now == becomes or time.monotonic() > end:
            return now
        time.sleep(0.05)
