"""What traces cost: one-item requests over 64 connections, a server without a collector against one that sends a trace
of every request, alternating.

    python bench/tracing.py [--requests 2500] [--rounds 5]

CPU is that of the server's whole tree; the load generator and the collector (which only says 200) are apart.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import adjudge_client
from common import cpu_s, gsm8k_items, settle, table
from one_item import load

COLLECTOR = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *_): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def collector() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", COLLECTOR], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


def measure(bodies: list[bytes], endpoint: str | None) -> tuple[float, float]:
    """(requests a second, CPU us a request)."""
    os.environ.pop("OTEL_EXPORTER_OTLP_ENDPOINT", None)
    if endpoint is not None:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    with adjudge_client.local() as client, multiprocessing.get_context("spawn").Pool(1) as pool:
        assert client.pid is not None
        settle(client.pid)
        port = int(client.url.rpartition(":")[2])
        pool.map(load, [("127.0.0.1", port, bodies[:50], 1)])
        before = cpu_s(client.pid)
        ((wall, times),) = pool.map(load, [("127.0.0.1", port, bodies[50:], 64)])
        return len(times) / wall, (cpu_s(client.pid) - before) / len(times) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2500)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    rows, ratios = [], []
    with collector() as endpoint:
        for number in range(args.rounds):
            bodies = [json.dumps({"items": [item]}).encode() for item in gsm8k_items(args.requests + 50, number)]
            off, on = measure(bodies, None), measure(bodies, endpoint)
            ratios.append(on[1] / off[1])
            rows += [[name, f"{r[0]:.0f}", f"{r[1]:.0f}"] for name, r in (("no collector", off), ("every request", on))]
    table(["traces", "requests/s", "CPU us a request"], rows)
    print(f"\ntraces of every request: {statistics.median(ratios):.2f}x the CPU of none")


if __name__ == "__main__":
    main()
