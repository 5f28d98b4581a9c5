"""The end of a server: what was accepted is answered, what comes later is told when to come back."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adjudge_client import LocalServer


def sleeping(seconds: float, count: int = 1, **fields: Any) -> dict[str, Any]:
    item = {"prompt": "", "ground_truth": 0, "verifier": "sleeper", "options": {"seconds": seconds}, **fields}
    return {"items": [{**item, "trace": f"{n} of {os.urandom(4).hex()}"} for n in range(count)]}


def test_accepted_requests_are_answered_and_new_ones_are_turned_away(
    start_server: Callable[..., LocalServer],
) -> None:
    server = start_server()
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(httpx.post(f"{server.url}/v1/score", json=sleeping(0.5, 4), timeout=30, trust_env=False))

    asker = threading.Thread(target=ask)
    asker.start()
    time.sleep(0.3)
    process = server._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    late = httpx.post(f"{server.url}/v1/score", json=sleeping(0), trust_env=False)
    assert late.status_code == 503
    assert int(late.headers["retry-after"]) >= 1
    assert late.json()["error"]["code"] == "busy"
    ready = httpx.get(f"{server.url}/readyz", trust_env=False)
    assert (ready.status_code, ready.json()["draining"]) == (503, True)
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    asker.join(20)
    assert answers[0].status_code == 200
    assert answers[0].json()["rewards"] == [1.0] * 4
    assert process.wait(20) == 0


def test_a_full_queue_is_told_with_a_time_to_come_back(start_server: Callable[..., LocalServer]) -> None:
    server = start_server(queue_items=10)

    def ask(count: int) -> httpx.Response:
        request = sleeping(0.01, count)
        return httpx.post(f"{server.url}/v1/score", json=request, timeout=30, trust_env=False)

    first = threading.Thread(target=ask, args=(400,))
    first.start()
    time.sleep(0.3)
    refused = ask(5)
    first.join()
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert ask(1).status_code == 200


def test_rows_are_streamed_as_they_complete(start_server: Callable[..., LocalServer]) -> None:
    server = start_server()
    request = sleeping(0.0, 2)
    request["items"][1]["options"] = {"seconds": 1.0}
    came: list[float] = []
    started = time.monotonic()
    accept = {"accept": "application/x-ndjson"}
    with httpx.stream("POST", f"{server.url}/v1/score", json=request, headers=accept, trust_env=False) as response:
        came = [time.monotonic() - started for _ in response.iter_lines()]
    assert len(came) == 4
    assert came[1] < 0.8
    assert came[2] >= 0.9


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_what_a_caller_who_hung_up_had_queued_is_withdrawn(
    start_server: Callable[..., LocalServer], accept: str
) -> None:
    server = start_server()
    request, headers = sleeping(0.05, 400), {"accept": accept}
    with (
        contextlib.suppress(httpx.ReadTimeout),
        httpx.stream(
            "POST", f"{server.url}/v1/score", json=request, headers=headers, timeout=1.0, trust_env=False
        ) as response,
    ):
        next(response.iter_lines())
        time.sleep(1.0)
    started = time.monotonic()
    assert server.score(sleeping(0)["items"]).rewards == [1.0]
    while "adjudge_requests_in_flight 0.0" not in httpx.get(f"{server.url}/metrics", trust_env=False).text:
        assert time.monotonic() - started < 8, "twenty seconds of work are still done for nobody"
        time.sleep(0.1)
    gauges = httpx.get(f"{server.url}/metrics", trust_env=False).text
    assert "adjudge_queue_depth 0.0" in gauges
