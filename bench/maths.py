"""Maths through HTTP, isolation on, against a bare loop of math-verify over the same pairs in the same run.

    python bench/maths.py [--items 1000] [--rounds 3]

CPU seconds: for adjudge of the whole server tree (server, workers, jails), for math-verify of the loop alone (parsing
of the gold and the trace, then verify; one process, no isolation). The client's CPU time is shown apart. The rounds of
both sides alternate. Each round of adjudge starts a fresh server, so that nothing is cached, and warms it with 300
other items; math-verify is warmed with one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Any

from common import cpu_s, gsm8k_items, latex_items, settle, table

PEER = """
import json, sys, time
from math_verify import parse, verify
items = json.load(sys.stdin)
parse("$1$"); verify(parse("$1$"), parse("$1$"))
start, wall = time.process_time(), time.perf_counter()
right = sum(bool(verify(parse("$" + i["ground_truth"] + "$"), parse(i["trace"]))) for i in items)
print(json.dumps({"cpu": time.process_time() - start, "wall": time.perf_counter() - wall, "right": right}))
"""


def peer(items: list[dict[str, Any]]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", PEER], input=json.dumps(items), text=True, capture_output=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def ours(items: list[dict[str, Any]], warm: list[dict[str, Any]]) -> dict[str, float]:
    import adjudge_client

    with adjudge_client.local() as client:
        pid = client._process.pid  # type: ignore[union-attr]
        client.score([{**item, "prompt": f"[warm] {item['prompt']}"} for item in warm])
        settle(pid)
        before, wall, mine = cpu_s(pid), time.perf_counter(), time.process_time()
        answer = client.score(items)
        return {
            "wall": time.perf_counter() - wall,
            "cpu": cpu_s(pid) - before,
            "client": time.process_time() - mine,
            "right": sum(reward == 1.0 for reward in answer.rewards),
            "nulls": answer.errors,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    body = []
    for name, make in (("GSM8K-like", gsm8k_items), ("LaTeX-heavy", latex_items)):
        runs: list[tuple[dict[str, float], dict[str, float]]] = []
        for seed in range(args.rounds):
            items = make(args.items, seed)
            runs.append((ours(items, make(300, seed + 1000)), peer(items)))
        mine = statistics.median(r[0]["cpu"] for r in runs) / args.items * 1e6
        theirs = statistics.median(r[1]["cpu"] for r in runs) / args.items * 1e6
        ratios = sorted(r[1]["cpu"] / r[0]["cpu"] for r in runs)
        walls = sorted(r[1]["wall"] / r[0]["wall"] for r in runs)
        client = statistics.median(r[0]["client"] for r in runs) / args.items * 1e6
        body.append(
            [
                name,
                f"{mine:.0f}",
                f"{client:.0f}",
                f"{theirs:.0f}",
                f"{statistics.median(ratios):.1f}x ({ratios[0]:.1f} - {ratios[-1]:.1f})",
                f"{statistics.median(walls):.1f}x",
                f"{runs[0][0]['right']:.0f} / {runs[0][1]['right']:.0f}",
                f"{sum(r[0]['nulls'] for r in runs):.0f}",
            ]
        )
    table(
        [
            "pairs",
            "adjudge us CPU",
            "client us CPU",
            "math-verify us CPU",
            "per core",
            "wall",
            "paid ours / theirs",
            "nulls",
        ],
        body,
    )


if __name__ == "__main__":
    main()
