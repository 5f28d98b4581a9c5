"""Each trainer's tests look at one run of a program inside that trainer's own environment, against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adjudge_client import LocalServer, local

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
LONGEST_S = 420
Facts = dict[str, Any]


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    with local(workers=1) as started:
        yield started


@pytest.fixture(scope="session")
def seen_by(server: LocalServer) -> Callable[[str, str], Facts]:
    """Runs a program with a trainer's Python and gives what it printed last, as JSON; once a session."""
    known: dict[str, Facts] = {}

    def run(trainer: str, program: str) -> Facts:
        if program not in known:
            known[program] = printed(environment(trainer), program, server.url)
        return known[program]

    return run


def environment(trainer: str) -> Path:
    python = ROOT / ".venv-trainers" / trainer / "bin" / "python"
    if python.exists():
        return python
    if trainer == "verl" and sys.version_info >= (3, 13):
        pytest.skip("verl needs a Python older than 3.13: PYTHON=python3.12 scripts/trainers verl")
    if os.environ.get("CI"):
        pytest.fail(f"no environment for {trainer}, though CI makes it: scripts/trainers {trainer}")
    pytest.skip(f"no environment for {trainer}; make it with: scripts/trainers {trainer}")


def printed(python: Path, program: str, url: str) -> Facts:
    """Settings of the service and of this Python stay here; nothing may be downloaded from a hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ADJUDGE_", "PYTHON"))}
    own = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "RAY_USAGE_STATS_ENABLED": "0", "PYTHONUNBUFFERED": "1"}
    # "CUDA_VISIBLE_DEVICES": the runs are small, and must be the same wherever they run.
    done = subprocess.run(
        [python, PROGRAMS / program, url],
        env={**kept, **own, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert done.returncode == 0, f"{program} failed:\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    facts: Facts = json.loads(done.stdout.splitlines()[-1])
    return facts
