"""What the client costs: one item a call, sent in company (`score_one`) against a request each (`score`), with 64 and
1,500 callers at once; and large batches, in parts that go together against one after another.

    python bench/client.py [--items 3000] [--rounds 3]

One client in this process, one embedded server; both ways in turn on the same server, on different items of the same
kind, so that the cache helps neither. CPU seconds are of the client's process and of the server's process tree.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import adjudge_client
from adjudge_client import AsyncClient
from common import cpu_s, gsm8k_items, settle, table

Ask = Callable[[AsyncClient, dict[str, Any]], Awaitable[float | None]]


async def in_company(client: AsyncClient, item: dict[str, Any]) -> float | None:
    return (await client.score_one(item)).reward


async def alone(client: AsyncClient, item: dict[str, Any]) -> float | None:
    return (await client.score([item])).rewards[0]


async def calls(url: str, ask: Ask, items: list[dict[str, Any]], callers: int) -> list[float]:
    """Latency of each call, seconds; `callers` at once, each one call after another."""
    times: list[float] = []

    async def caller(client: AsyncClient, own: list[dict[str, Any]]) -> None:
        for item in own:
            start = time.perf_counter()
            await ask(client, item)
            times.append(time.perf_counter() - start)

    async with AsyncClient(url) as client:
        await asyncio.gather(*(caller(client, items[n::callers]) for n in range(callers)))
    return times


def measure(server: adjudge_client.LocalServer, work: Callable[[], Any]) -> tuple[float, float, float, Any]:
    """(wall s, client CPU s, server CPU s, what the work returned)."""
    assert server.pid is not None
    settle(server.pid)
    server_cpu, own_cpu, start = cpu_s(server.pid), time.process_time(), time.perf_counter()
    found = work()
    wall, own = time.perf_counter() - start, time.process_time() - own_cpu
    return wall, own, cpu_s(server.pid) - server_cpu, found


def one_item_a_call(server: adjudge_client.LocalServer, count: int, callers: int, rounds: int) -> None:
    body, faster, cheaper = [], [], []
    for round_number in range(rounds):
        found = {}
        for number, (name, ask) in enumerate((("score_one", in_company), ("score", alone))):
            mark = f"({callers} {round_number} {number}) "
            items = [{**item, "trace": mark + item["trace"]} for item in gsm8k_items(count, round_number)]
            wall, own, theirs, times = measure(
                server, lambda ask=ask, items=items: asyncio.run(calls(server.url, ask, items, callers))
            )
            cuts = statistics.quantiles(times, n=100)
            found[name] = count / wall, own + theirs
            body.append(
                [name, f"{count / wall:.0f}", f"{own / count * 1e6:.0f}", f"{theirs / count * 1e6:.0f}"]
                + [f"{cuts[49] * 1e3:.1f}", f"{cuts[98] * 1e3:.1f}"]
            )
        faster.append(found["score_one"][0] / found["score"][0])
        cheaper.append(found["score"][1] / found["score_one"][1])
    print(f"\n{callers} callers at once\n")
    table(["call", "items/s", "client CPU us", "server CPU us", "p50 ms", "p99 ms"], body)
    print(
        f"\n{callers} callers: score_one judges {statistics.median(faster):.1f}x the items a second"
        f" at {1 / statistics.median(cheaper):.2f}x the CPU time of client and server"
    )


def large_batch(server: adjudge_client.LocalServer, rounds: int) -> None:
    from adjudge_client import _base, async_client

    ratios = []
    for round_number in range(rounds):
        wall = {}
        for at_once in (1, _base.PARTS_AT_ONCE):
            async_client.PARTS_AT_ONCE = at_once
            items = [
                {"prompt": "", "trace": f"{round_number} {at_once} {n}", "ground_truth": str(n), "verifier": "exact"}
                for n in range(40_000)
            ]

            async def score(items: list[dict[str, Any]] = items) -> None:
                async with AsyncClient(server.url) as client:
                    await client.score(items, progress=False)

            wall[at_once] = measure(server, lambda score=score: asyncio.run(score()))[0]
        ratios.append(wall[1] / wall[_base.PARTS_AT_ONCE])
    async_client.PARTS_AT_ONCE = _base.PARTS_AT_ONCE
    print(
        f"\n40,000 items in 4 requests: {statistics.median(ratios):.2f}x as fast together as one after another"
        f" (last round {wall[1]:.2f} s, {wall[_base.PARTS_AT_ONCE]:.2f} s)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with adjudge_client.local() as server:
        for callers in (64, 1500):
            one_item_a_call(server, args.items, callers, args.rounds)
        large_batch(server, args.rounds)


if __name__ == "__main__":
    main()
