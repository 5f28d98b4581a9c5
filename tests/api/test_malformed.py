"""Ten thousand malformed requests at a real server: each is answered, named, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from malformed import Case, bombs, cases
from raw_http import Answer, Connection, post, send_all

from adjudge_client import LocalServer

COUNT = 10_000
RICH: dict[str, Any] = {
    "items": [
        {
            "id": "a", "group": "g", "group_size": 2, "dataset": "d", "prompt": "1+1?", "trace": r"It is \boxed{2}.",
            "ground_truth": "2", "verifier": "math", "options": {}, "term_options": {"exactly": {}}, "tokens": 7,
            "truncated": False, "meta": {"any": [1, {"b": None}]},
        },
        {
            "group": "g", "prompt": [{"role": "user", "content": [{"type": "text", "text": "1+1?"}]}],
            "trace": [{"role": "assistant", "content": "2", "reasoning_content": "hm", "tool_calls": [{"f": 1}]}],
            "ground_truth": [2, "two"], "verifier": "exact",
        },
    ],
    "reward": {
        "terms": [
            {"name": "correct", "verifier": "item", "weight": 1.0},
            {"name": "exactly", "verifier": "exact", "options": {}, "weight": 0.5, "when": "correct", "min": 1.0},
        ],
        "range": [0, 2], "truncated": "zero",
    },
    "explain": True, "deadline_s": 60, "require": {"revisions": {}, "fingerprint": {}}, "run": "r", "step": 1,
    "policy_version": "p", "priority": 0,
}  # fmt: skip
ACCEPTED = {200, 400, 408, 409, 413, 415, 422}


def valid_requests(server: LocalServer) -> dict[str, list[Any]]:
    """By route: the examples of its page in OpenAPI, so that a new route is tried without a word here."""
    page = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()
    found: dict[str, list[Any]] = {}
    for path, operations in page["paths"].items():
        if "requestBody" in operations.get("post", {}):
            content = operations["post"]["requestBody"]["content"]["application/json"]
            examples = [each["value"] for each in content.get("examples", {}).values()]
            assert examples, f"{path} has no examples in OpenAPI"
            found[path] = [request for request in examples if _is_valid(server, path, request)]
            assert found[path], f"no example of {path} is valid"
    found["/v1/score"].append(RICH)
    assert _is_valid(server, "/v1/score", RICH)
    return found


def _is_valid(server: LocalServer, path: str, request: Any) -> bool:
    return httpx.post(f"{server.url}{path}", json=request, timeout=60, trust_env=False).status_code == 200


def resident_mb(pid: int | None) -> float:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def descriptors(pid: int | None) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.fixture(scope="module")
def bounded(start_server: Callable[..., LocalServer]) -> LocalServer:
    return start_server(body_mb=8, read_timeout_s=1, cache_verdicts=0, log_requests=False, max_wait_s=20)


def port_of(server: LocalServer) -> int:
    return int(server.url.rpartition(":")[2])


async def test_ten_thousand_malformed_requests_are_answered_and_leave_nothing_behind(bounded: LocalServer) -> None:
    port, pid = port_of(bounded), bounded.pid
    valid = valid_requests(bounded)
    made = cases(valid, COUNT, seed=1)
    heavy = [
        case for route, requests in valid.items() for case in bombs(route, json.dumps(requests[0]).encode(), 9_000_000)
    ]
    before = await asyncio.to_thread(_judged, bounded, valid)
    await send_all(port, [case.request for case in made[:2_000]])
    await send_all(port, [case.request for case in heavy], connections=1)
    idle, resident = descriptors(pid), resident_mb(pid)
    answers = await send_all(port, [case.request for case in made])
    answers += await send_all(port, [case.request for case in heavy], connections=1)
    assert _faults(made + heavy, answers) == []
    kinds = Counter(case.kind for case in made)
    assert len(kinds) >= 11 and sum(kinds.values()) == COUNT
    assert all(answer.status == 413 for answer in answers[COUNT:])
    assert resident_mb(pid) < 1.2 * resident
    end = time.monotonic() + 5
    while descriptors(pid) > idle and time.monotonic() < end:  # noqa: ASYNC110 (nothing announces it)
        await asyncio.sleep(0.05)
    assert descriptors(pid) <= idle
    assert await asyncio.to_thread(_judged, bounded, valid) == before
    metrics = await asyncio.to_thread(httpx.get, f"{bounded.url}/metrics", trust_env=False)
    failed = [line for line in metrics.text.splitlines() if line.startswith('adjudge_requests_total{code="5')]
    assert [line for line in failed if "/readyz" not in line] == []  # that one says 503 while it starts


def _judged(server: LocalServer, valid: dict[str, list[Any]]) -> list[Any]:
    """What the valid requests earn, but for what passes."""
    answers = []
    for route, requests in valid.items():
        for request in requests:
            page = httpx.post(f"{server.url}{route}", json=request, timeout=60, trust_env=False).json()
            answers.append({name: page[name] for name in page.keys() - {"elapsed_ms", "engine", "verdicts"}})
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    return answers


def _faults(made: list[Case], answers: list[Answer]) -> list[str]:
    """What is wrong with the answers, a line each."""
    return [
        f"{fault}: {case.kind} {case.at} {answer.status} {answer.body[:200]!r} to {case.request[-200:]!r}"
        for case, answer in zip(made, answers, strict=True)
        if (fault := _fault(case, answer))
    ][:20]


def _fault(case: Case, answer: Answer) -> str | None:
    if answer.status == 0:
        return None if case.kind in ("wrong chunks", "wrong length") else "no answer"
    if answer.status not in ACCEPTED:
        return "a status that blames the wrong side"
    if answer.status == 200:
        return None
    if len(answer.body) > 2_000:
        return "an error without a bound"
    if answer.body.startswith(b"Invalid HTTP request"):
        return None if case.kind in ("wrong chunks", "wrong length") else "not read as HTTP"
    error = answer.error
    if not error.get("code") or not error.get("message"):
        return "an error that says nothing"
    return _misplaced(case, error) if answer.status == 422 else None


def _misplaced(case: Case, error: dict[str, Any]) -> str | None:
    """An item's fault names the item and the field. What is not JSON has no place."""
    if case.kind not in ("wrong value", "unknown field") or case.at is None or case.at[:1] != ("items",):
        return None
    if len(case.at) < 2 or not isinstance(case.at[1], int):
        return None
    if error.get("index") != case.at[1]:
        return "the wrong item" if "group" not in case.at else None  # a group's other member may be the one named
    field, path = error.get("field"), ".".join(map(str, case.at[2:]))
    if len(case.at) < 3 or field in ("weights", "group_size") or repr(case.at[2]) in error["message"]:
        return None  # two fields that do not fit each other any more: either may be named
    if field is None or not (path.startswith(field) or field.startswith(path)):
        return "the wrong field"
    return None


async def test_bodies_that_stop_are_told_so_or_forgotten(bounded: LocalServer) -> None:
    port, pid = port_of(bounded), bounded.pid
    body = json.dumps(RICH).encode()
    whole = post("/v1/score", body)
    chunks = post("/v1/score", b"10\r\n" + body[:16] + b"\r\n", content_length="", transfer_encoding="chunked")
    stopped = [whole[:-1], whole[: -len(body)], chunks]
    before = descriptors(pid)
    waited = await asyncio.gather(*(Connection(port).ask(request) for request in stopped * 10))
    assert {answer.status for answer in waited} == {408}
    assert {answer.error["code"] for answer in waited} == {"request_timeout"}
    ended = await asyncio.gather(*(Connection(port).ask(request, end=True) for request in stopped * 10))
    assert {answer.status for answer in ended} <= {0, 400}
    end = time.monotonic() + 5
    while descriptors(pid) > before and time.monotonic() < end:  # noqa: ASYNC110 (nothing announces it)
        await asyncio.sleep(0.05)
    assert descriptors(pid) <= before
    assert (await Connection(port).ask(whole)).status == 200


async def test_a_head_without_end_is_refused(bounded: LocalServer) -> None:
    port = port_of(bounded)
    endless = b"POST /v1/score HTTP/1.1\r\nhost: x\r\nx-request-id: " + b"a" * 2_000_000
    answer = await Connection(port).ask(endless, end=True)
    assert answer.status in (0, 400, 431)
    assert (await Connection(port).ask(post("/v1/score", json.dumps(RICH).encode()))).status == 200
