"""Growth from 16 to 16,000 items in time and memory, and a soak of 100,000 items.

    python bench/growth.py            sizes 16, 160, 1600, 16000 (two requests of 8,000: the wire's bound is 10,000)
    python bench/growth.py --soak     100,000 items in batches of 2,000; memory after each tenth

Memory is the proportional set size of the whole server tree.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from common import cpu_s, gsm8k_items, latex_items, memory_mb, settle, table


def score(client: Any, items: list[dict[str, Any]], batch: int) -> int:
    nulls = 0
    for start in range(0, len(items), batch):
        nulls += client.score(items[start : start + batch]).errors
    return nulls


def growth() -> None:
    import adjudge_client

    body = []
    with adjudge_client.local(cache_verdicts=20_000) as client:
        pid = client._process.pid  # type: ignore[union-attr]
        settle(pid)
        for seed, size in enumerate((16, 160, 1600, 16_000)):
            items = [{**item, "prompt": f"[{seed}] {item['prompt']}"} for item in gsm8k_items(size, seed)]
            before, wall = cpu_s(pid), time.perf_counter()
            nulls = score(client, items, 8_000)
            wall, cpu = time.perf_counter() - wall, cpu_s(pid) - before
            body.append(
                [
                    str(size),
                    f"{wall * 1e3:.0f}",
                    f"{wall / size * 1e6:.0f}",
                    f"{cpu / size * 1e6:.0f}",
                    f"{memory_mb(pid):.0f}",
                    str(nulls),
                ]
            )
    table(["items", "wall ms", "us an item", "CPU us an item", "memory MB after", "nulls"], body)


def soak(total: int) -> None:
    import adjudge_client

    body = []
    with adjudge_client.local(cache_verdicts=20_000) as client:
        pid = client._process.pid  # type: ignore[union-attr]
        settle(pid)
        done, nulls = 0, 0
        start = time.perf_counter()
        while done < total:
            size = min(2_000, total - done)
            make = latex_items if (done // 2_000) % 5 == 4 else gsm8k_items
            items = [{**item, "prompt": f"[{done}] {item['prompt']}"} for item in make(size, done)]
            nulls += score(client, items, size)
            done += size
            if done % (total // 10) == 0:
                body.append([str(done), f"{memory_mb(pid):.0f}", f"{time.perf_counter() - start:.0f}", str(nulls)])
    table(["items so far", "memory MB", "seconds", "nulls"], body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--total", type=int, default=100_000)
    args = parser.parse_args()
    soak(args.total) if args.soak else growth()


if __name__ == "__main__":
    main()
