"""What one item costs: over HTTP against in process, and 64 and 1,500 connections at once against an empty FastAPI
route with the same body.

    python bench/one_item.py [--requests 3000] [--connections 64 1500]

The peer is a FastAPI route that takes the same body as a pydantic model and returns a constant, under the same uvicorn
settings (uvloop, httptools, no access log). The load generator is the same for both and runs in its own process; both
servers are measured in the same run, alternating. Latency p50/p99 are seen by the load generator.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common import cpu_s, gsm8k_items, settle, table

PEER = """
import socket, sys
import uvicorn
from fastapi import FastAPI
from adjudge_client.types import ScoreRequest
app = FastAPI()
@app.post("/v1/score")
async def score(body: ScoreRequest):
    return {"rewards": [1.0]}
@app.get("/readyz")
async def ready():
    return {}
server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, timeout_keep_alive=75))
server.run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


@contextmanager
def empty_route() -> Iterator[tuple[str, int, int]]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    port = listener.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", PEER, str(listener.fileno())], pass_fds=(listener.fileno(),))
    listener.close()
    try:
        time.sleep(2)
        yield "127.0.0.1", port, process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def adjudge() -> Iterator[tuple[str, int, int]]:
    import adjudge_client

    with adjudge_client.local() as client:
        pid = client._process.pid  # type: ignore[union-attr]
        settle(pid)
        yield "127.0.0.1", int(client.url.rpartition(":")[2]), pid


async def _connection(host: str, port: int, bodies: list[bytes], times: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for body in bodies:
        start = time.perf_counter()
        writer.write(
            b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode()
            + b"\r\n\r\n"
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head[:200])
        length = int(next(x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")).split(b":")[1])
        await reader.readexactly(length)
        times.append(time.perf_counter() - start)
    writer.close()


def load(args: tuple[str, int, list[bytes], int]) -> tuple[float, list[float]]:
    """All bodies over so many connections: (seconds, latencies)."""
    host, port, bodies, connections = args

    async def run() -> tuple[float, list[float]]:
        times: list[float] = []
        start = time.perf_counter()
        await asyncio.gather(*(_connection(host, port, bodies[i::connections], times) for i in range(connections)))
        return time.perf_counter() - start, times

    return asyncio.run(run())


def measure(server: Any, bodies: list[bytes], connections: int) -> tuple[float, float, float, float]:
    """(requests a second, p50 ms, p99 ms, server CPU us a request)."""
    with server() as (host, port, pid), multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(load, [(host, port, bodies[:50], 1)])
        before = cpu_s(pid)
        ((wall, times),) = pool.map(load, [(host, port, bodies[50:], connections)])
        cpu = cpu_s(pid) - before
    cuts = statistics.quantiles(times, n=100)
    return len(times) / wall, cuts[49] * 1e3, cuts[98] * 1e3, cpu / len(times) * 1e6


def in_process(items: list[dict[str, Any]]) -> float:
    """Median milliseconds of `Engine.run` on one item, no HTTP."""
    from adjudge.engine import Engine, EngineSettings
    from adjudge_client.types import ScoreRequest

    async def run() -> float:
        engine = Engine(EngineSettings())
        await engine.start()
        await asyncio.sleep(3)
        times = []
        for item in items:
            start = time.perf_counter()
            await engine.run(engine.plan(ScoreRequest(items=[item])))
            times.append(time.perf_counter() - start)
        await engine.stop()
        return statistics.median(times[50:]) * 1e3

    return asyncio.run(run())


def against_empty_route(requests: int, connections: int, rounds: int) -> None:
    body = []
    ratios = []
    for round_number in range(rounds):
        items = gsm8k_items(requests + 50, round_number)
        bodies = [json.dumps({"items": [item]}).encode() for item in items]
        ours = measure(adjudge, bodies, connections)
        peer = measure(empty_route, bodies, connections)
        ratios.append(ours[0] / peer[0])
        for name, r in (("adjudge", ours), ("empty route", peer)):
            body.append([name, f"{r[0]:.0f}", f"{r[1]:.1f}", f"{r[2]:.1f}", f"{r[2] / r[1]:.1f}", f"{r[3]:.0f}"])
    print(f"\n{connections} connections\n")
    table(["server", "requests/s", "p50 ms", "p99 ms", "p99/p50", "CPU us"], body)
    print(f"\n{connections} connections: {statistics.median(ratios):.2f}x the requests of an empty route\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 1500])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    for connections in args.connections:
        against_empty_route(args.requests, connections, args.rounds)
    items = gsm8k_items(550, 99)
    alone = measure(adjudge, [json.dumps({"items": [item]}).encode() for item in items], 1)
    inside = in_process(items)
    more = alone[1] - inside
    print(f"one item at a time, p50: {alone[1]:.2f} ms over HTTP, {inside:.2f} ms in process: {more:.2f} ms more")


if __name__ == "__main__":
    main()
