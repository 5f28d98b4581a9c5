"""A grader that runs the real verifier over a real jail, for synchronous tests."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adjudge.jail import JailPool, Limits, Outcome
from adjudge.verifiers import Job, get, grade
from adjudge.verifiers.answer import prompt_opens_thinking
from adjudge_client.types import Verdict

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "data"
SHARED = ROOT.parent / "shared" / "data"


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file; skips the test where a shared file is missing."""
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Grader:
    """`grade` with a real jail pool; counts what went into jails."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pool = JailPool(["math"])
        self.loop.run_until_complete(self.pool.start())
        self.jailed: Counter[str] = Counter()

    async def run(self, program: str, request: bytes, limits: Limits) -> Outcome:
        self.jailed[program] += 1
        return await self.pool.run(program, request, limits)

    def open(self, program: str, limits: Limits) -> Any:
        return self.pool.open(program, limits)

    def __call__(self, gold: Any, trace: str, prompt: str = "", truncated: bool = False, **options: Any) -> Verdict:
        complete = get("math").options(**options).model_dump()
        job = Job("math", complete, gold, trace, prompt, truncated, open_think=prompt_opens_thinking(prompt))
        return self.loop.run_until_complete(grade(job, self))

    def row(self, row: dict[str, Any]) -> Verdict:
        """A row of one of our case files."""
        trace = row["trace"] if "trace" in row else row["answer"]
        return self(row["gold"], trace, row.get("prompt", ""), bool(row.get("truncated")), **(row.get("options") or {}))

    def close(self) -> None:
        self.loop.run_until_complete(self.pool.close())
        self.loop.close()


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    made = Grader()
    yield made
    made.close()
