"""`adjudge bench`: a minute's look at what this machine does, through HTTP, on a synthetic GSM8K-like batch.

Published numbers come from `bench/`; this one answers "is my installation healthy and how fast is it?".
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .reach import await_server

if TYPE_CHECKING:
    from adjudge_client import Client

_STEPS = (
    "First we add {a} and {b}, which makes {a} + {b} = <<{a}+{b}={ab}>>{ab} in total.",
    "Each of the {c} boxes then holds {ab} * {c} = <<{ab}*{c}={abc}>>{abc} of them.",
    "Since {d} are given away, what remains is {abc} - {d} = <<{abc}-{d}={r}>>{r}.",
)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "bench",
        help="measure this machine for a few seconds",
        description="Start a server (or use --url), score a synthetic batch and single items over HTTP, print items "
        "per second and core, and the latency of one item.",
    )
    command.add_argument("--url", metavar="U", help="measure this server instead of one of our own")
    command.add_argument("--wait", metavar="S", type=float, default=60.0, help="seconds to wait for a server (60)")
    command.add_argument("--items", type=int, default=2000, help="items in the batch (2000)")
    command.add_argument("--singles", type=int, default=300, help="one-item requests (300)")
    command.add_argument("--verifier", default="math", help="verifier to measure (math)")
    command.set_defaults(run=run, usage=command)


def run(args: argparse.Namespace) -> int:
    import adjudge_client

    if not 1 <= args.items <= 10_000 or args.singles < 1:
        raise ConfigError("--items may be 1 to 10000, --singles at least 1")
    if args.url:
        await_server(args.url, args.wait)
    try:
        client = adjudge_client.Client(args.url) if args.url else adjudge_client.local()
        with client:
            return _measure(client, args.items, args.singles, args.verifier)
    except adjudge_client.AdjudgeClientError as error:
        raise ConfigError(str(error)) from None


def _measure(client: Client, items: int, singles: int, verifier: str) -> int:
    client.score(_items(64, seed=1, verifier=verifier))  # warm
    batch = _items(items, seed=2, verifier=verifier)
    started = time.perf_counter()
    response = client.score(batch)
    batch_s = time.perf_counter() - started
    wrong = sum(reward != expected for reward, expected in zip(response.rewards, _expected(batch), strict=True))
    latencies = []
    for item in _items(singles, seed=3, verifier=verifier):
        started = time.perf_counter()
        client.score([item])
        latencies.append((time.perf_counter() - started) * 1000)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cuts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else latencies * 99
    rate = items / batch_s
    print(f"batch of {items}: {rate:,.0f} items/s, {rate / cores:,.0f} items/s per core ({cores} cores)")
    print(f"one item: p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms ({singles} requests, one after another)")
    if wrong:
        print(f"{wrong} of {items} verdicts are not as expected", file=sys.stderr)
    return 1 if wrong else 0


def _items(count: int, *, seed: int, verifier: str) -> list[dict[str, Any]]:
    """GSM8K-like: a few lines of arithmetic, an answer after ####; every fourth is wrong."""
    draw = random.Random(seed)
    made = []
    for index in range(count):
        a, b, c, d = (draw.randint(2, 4000) for _ in range(4))
        numbers = {"a": a, "b": b, "c": c, "d": d, "ab": a + b, "abc": (a + b) * c, "r": (a + b) * c - d}
        answer = numbers["r"] + (1 if index % 4 == 3 else 0)
        trace = "\n".join(step.format(**numbers) for step in _STEPS) + f"\n#### {answer}"
        prompt = (
            f"There are {a} red and {b} blue marbles for each of {c} boxes, and {d} are given away. How many remain?"
        )
        made.append({"prompt": prompt, "trace": trace, "ground_truth": str(numbers["r"]), "verifier": verifier})
    return made


def _expected(batch: list[dict[str, Any]]) -> list[float]:
    return [float(item["trace"].endswith(f"#### {item['ground_truth']}")) for item in batch]
