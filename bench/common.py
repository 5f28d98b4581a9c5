"""What the benchmarks share: data, CPU time and memory of a process tree, and a table."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
_TICK = os.sysconf("SC_CLK_TCK")


def rows(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def gsm8k_items(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Whole model solutions against golds; synthetic ones of the same shape where the data is not on this machine."""
    path = SHARED / "gsm8k_model_solutions.jsonl.gz"
    if path.exists():
        data = rows(path)
        random.Random(seed).shuffle(data)
        items = [{"prompt": r["question"], "trace": r["solution"], "ground_truth": r["gold"]} for r in data]
        return _distinct(items, count)
    from adjudge.cli.bench import _items

    return _items(count, seed=seed, verifier="math")


def latex_items(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Competition solutions (their own answer, or another problem's) against LaTeX golds; our cases where they
    are missing.
    """
    dice = random.Random(seed)
    path = SHARED / "math_problems.jsonl.gz"
    if path.exists():
        data = [r for r in rows(path) if not r["answer"].strip().lstrip("-").isdigit()]
        right = [{"prompt": r["problem"], "trace": r["solution"], "ground_truth": r["answer"]} for r in data]
        wrong = [
            {"prompt": r["problem"], "trace": r["solution"], "ground_truth": dice.choice(data)["answer"]} for r in data
        ]
        items = right + wrong
    else:
        cases = rows(ROOT / "tests/data/math_cases.jsonl")
        items = [
            {"prompt": "", "trace": r["answer"], "ground_truth": r["gold"]}
            for r in cases
            if r["expected"] in (True, False) and "\\" in r["gold"]
        ]
    dice.shuffle(items)
    return _distinct(items, count)


def _distinct(items: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """`count` items; where the data has fewer, a serial number at the start of the trace keeps the cache out of it."""
    out = []
    for i in range(count):
        item = dict(items[i % len(items)])
        if i >= len(items):
            item["trace"] = f"(sample {i})\n{item['trace']}"
        out.append(item)
    return out


def tree(pid: int) -> list[int]:
    """A process and all its living descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    out, todo = [], [pid]
    while todo:
        current = todo.pop()
        out.append(current)
        todo += parents.get(current, [])
    return out


def cpu_s(pid: int) -> float:
    """CPU seconds of a process tree so far, those of ended and awaited children included."""
    total = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(f) for f in fields[11:15])
    return total / _TICK


def settle(pid: int, still_s: float = 0.6, most_s: float = 30.0) -> None:
    """Wait until a process tree has stopped working (workers open their jails in the background)."""
    end = time.monotonic() + most_s
    last, since = cpu_s(pid), time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < still_s:
        time.sleep(0.1)
        now = cpu_s(pid)
        if now - last > 0.02:
            last, since = now, time.monotonic()


def memory_mb(pid: int) -> float:
    """Proportional resident memory of a process tree (resident where the kernel does not say)."""
    total = 0
    for one in tree(pid):
        try:
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024


def table(head: list[str], body: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    for row in [head, ["-" * w for w in widths], *body]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
