"""POST /v1/score over a socket: what is answered, what is refused, and in which shape."""

from __future__ import annotations

import gzip
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adjudge_client import LocalServer

Make = Callable[..., dict[str, Any]]


def refused(response: httpx.Response) -> dict[str, Any]:
    """The error of a refusal in the contract's shape, and nothing else in it."""
    page = response.json()
    assert set(page) == {"error"}
    assert {"code", "message"} <= set(page["error"]) <= {"code", "message", "index", "field"}
    assert response.headers["content-type"] == "application/json"
    error: dict[str, Any] = page["error"]
    return error


def test_rewards_come_in_the_order_of_the_items(http: httpx.Client, item: Make) -> None:
    page = http.post("/v1/score", json={"items": [item("B"), item("A"), item("B")]}).json()
    assert page["rewards"] == [1.0, 0.0, 1.0]
    assert page["terms"] == ["correct"]
    assert page["vectors"] == [[1.0], [0.0], [1.0]]
    assert page["errors"] == 0
    assert page["engine"]["revisions"].keys() == {"exact"}
    assert len(page["engine"]["spec_sha256"]) == 64
    assert "verdicts" not in page
    assert page["elapsed_ms"] > 0


def test_explained_verdicts_say_why(http: httpx.Client, item: Make) -> None:
    page = http.post("/v1/score", json={"items": [item("A")], "explain": True}).json()
    verdict = page["verdicts"][0]["correct"]
    assert verdict["score"] == 0.0
    assert verdict["status"] == "ok"
    assert verdict["reason"]
    assert verdict["verifier"].startswith("exact@")


def test_a_null_reward_is_written_as_null(http: httpx.Client, item: Make) -> None:
    page = http.post("/v1/score", json={"items": [item(gold=[])], "explain": True}).json()
    assert page["rewards"] == [None]
    assert page["errors"] == 1
    assert page["verdicts"][0]["correct"]["score"] is None
    assert page["verdicts"][0]["correct"]["status"] == "bad_task"


def test_groups_have_statistics(http: httpx.Client, item: Make) -> None:
    items = [item("A", group="x"), item("B", group="x"), item("B", group="y")]
    groups = http.post("/v1/score", json={"items": items}).json()["groups"]
    assert groups["x"] == {"n": 2, "n_null": 0, "mean": 0.5, "std": 0.5, "solved": 1, "zero_gradient": False}
    assert groups["y"]["zero_gradient"] is True


def test_an_unknown_verifier_is_refused_with_the_nearest_name(http: httpx.Client, item: Make) -> None:
    response = http.post("/v1/score", json={"items": [item(), item(verifier="exakt")]})
    assert response.status_code == 422
    error = refused(response)
    assert (error["index"], error["field"]) == (1, "verifier")
    assert "'exact'" in error["message"]


def test_a_misspelt_field_is_refused_with_its_index(http: httpx.Client, item: Make) -> None:
    items = [item(), item(), item(), item(tokns=5)]
    error = refused(http.post("/v1/score", json={"items": items}))
    assert error == {
        "code": "bad_request",
        "message": "unknown field 'tokns'; did you mean 'tokens'?",
        "index": 3,
        "field": "tokns",
    }


def test_a_profile_is_refused_until_there_are_profiles(http: httpx.Client, item: Make) -> None:
    response = http.post("/v1/score", json={"items": [item()], "reward": "r1@2"})
    assert response.status_code == 422
    assert refused(response)["field"] == "reward"


def test_a_requirement_that_nobody_meets_is_409(http: httpx.Client, item: Make) -> None:
    response = http.post("/v1/score", json={"items": [item()], "require": {"revisions": {"exact": 99}}})
    assert response.status_code == 409
    refused(response)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/score", 405, "method_not_allowed"),
        ("DELETE", "/v1/score", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/v1/scores", 404, "not_found"),
        ("POST", "/v1/score/", 404, "not_found"),
        ("GET", "/v1/vote", 405, "method_not_allowed"),
        ("POST", "/v1/jobs", 404, "not_found"),
        ("POST", "/v1/profiles", 405, "method_not_allowed"),
        ("GET", "/v1/profile", 404, "not_found"),
        ("GET", "/%ff%00", 404, "not_found"),
    ],
)
def test_other_paths_and_methods_are_refused_in_the_same_shape(
    http: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = http.request(method, path)
    assert response.status_code == status
    assert refused(response)["code"] == code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json", "content-encoding": "br"}, 415),
        ({"content-type": "application/json; charset=utf-8"}, 200),
        ({"content-type": "application/vnd.api+json"}, 200),
        ({}, 200),
    ],
)
def test_only_json_is_read(http: httpx.Client, item: Make, headers: dict[str, str], status: int) -> None:
    response = http.post("/v1/score", content=json.dumps({"items": [item()]}), headers=headers)
    assert response.status_code == status
    if status != 200:
        refused(response)


def test_a_gzip_body_is_read(http: httpx.Client, item: Make) -> None:
    packed = gzip.compress(json.dumps({"items": [item()] * 3000}).encode())
    response = http.post("/v1/score", content=packed, headers={"content-encoding": "gzip"})
    assert response.json()["rewards"] == [1.0] * 3000


@pytest.mark.parametrize("packed", [b"", b"\x1f\x8b", b"not gzip", gzip.compress(b"{}")[:-9]])
def test_a_broken_gzip_body_is_refused(http: httpx.Client, packed: bytes) -> None:
    response = http.post("/v1/score", content=packed, headers={"content-encoding": "gzip"})
    assert response.status_code == 422
    refused(response)


@pytest.fixture(scope="module")
def small(start_server: Callable[..., LocalServer]) -> LocalServer:
    return start_server(body_mb=1, bodies_mb=2, read_timeout_s=1)


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(small: LocalServer) -> None:
    host, port = small.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'{"error":{"code":"too_large"' in answer


def test_a_body_that_grows_too_large_is_refused(small: LocalServer) -> None:
    def chunks() -> Any:
        for _ in range(30):
            yield b" " * 100_000

    response = httpx.post(f"{small.url}/v1/score", content=chunks(), trust_env=False)
    assert response.status_code == 413
    refused(response)


def test_a_gzip_bomb_is_refused(small: LocalServer) -> None:
    bomb = gzip.compress(b" " * 200_000_000, compresslevel=1)
    assert len(bomb) < 1_000_000
    response = httpx.post(
        f"{small.url}/v1/score", content=bomb, headers={"content-encoding": "gzip"}, trust_env=False, timeout=10
    )
    assert response.status_code == 413
    refused(response)


def test_a_body_that_stops_coming_is_refused(small: LocalServer) -> None:
    host, port = small.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert connection.recv(65536).startswith(b"HTTP/1.1 408")


def test_callers_that_vanish_within_a_body_cost_nothing(small: LocalServer, item: Make) -> None:
    host, port = small.url.removeprefix("http://").split(":")
    for _ in range(40):  # forty half bodies would be more than all bodies may hold
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + b" " * 400_000)
    time.sleep(0.2)
    assert small.score([item()]).rewards == [1.0]


def test_no_malformed_body_is_a_fault_of_ours(http: httpx.Client, item: Make) -> None:
    draw = random.Random(8)
    spec = {"terms": [{"name": "a", "verifier": "item", "weight": 0.5}], "range": [0, 1]}
    request = {"items": [item(group="g"), item(options={"x": [1]}, meta={"é": None})], "reward": spec, "explain": True}
    good = json.dumps(request).encode()
    seeds = [
        b"",
        b"\x00",
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\xff",
        b"\xed\xa0\x80",
        b"1e999",
        b"-",
        b"null",
    ]
    statuses = set()
    for _ in range(400):
        raw = bytearray(good)
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(raw))
            raw[place : place + draw.choice([0, 1, 1, 5, 40])] = draw.choice(seeds)
        response = http.post("/v1/score", content=bytes(raw))
        statuses.add(response.status_code)
        assert response.status_code < 500, bytes(raw)
        if response.status_code != 200:
            refused(response)
    assert 422 in statuses


ODD = [None, True, 0, -1, 1.5, 1e300, "", "x", [], [[]], {}, {"a": 1}, ["x"], {"terms": 1}, "\ud800", "a" * 5000]


def test_no_strange_value_in_any_field_is_a_fault_of_ours(http: httpx.Client, item: Make) -> None:
    term = {"name": "a", "verifier": "item"}
    in_item = ["prompt", "trace", "ground_truth", "id", "group", "group_size", "dataset", "verifier", "options"]
    in_item += ["term_options", "tokens", "truncated", "meta"]
    in_term = ["name", "verifier", "weight", "options", "when", "min", "gate"]
    in_request = ["items", "reward", "explain", "deadline_s", "require", "run", "step", "policy_version", "priority"]
    for value in ODD:
        for request in (
            *({"items": [item(**{name: value})]} for name in in_item),
            *({"items": [item()], "reward": {"terms": [{**term, name: value}]}} for name in in_term),
            *(
                {"items": [item()], "reward": {"terms": [term], name: value}}
                for name in ("range", "truncated", "terms")
            ),
            *({"items": [item()], "require": {name: value}} for name in ("revisions", "fingerprint", "profile")),
            *({"items": [item()], name: value} for name in in_request),
        ):
            response = http.post("/v1/score", content=json.dumps(request))
            assert response.status_code in (200, 409, 422), (request, response.text)
            if response.status_code != 200:
                refused(response)


def test_health_is_told_promptly_while_a_hundred_megabytes_are_parsed(server: LocalServer, item: Make) -> None:
    filler = {"prompt": "é\n" * 2_500, "trace": "\\boxed{3} " * 500}
    raw = json.dumps({"items": [item(**filler, meta={"tests": list(range(200))})] * 3700, "reward": "none"}).encode()
    assert 95_000_000 < len(raw) < 128_000_000
    done = threading.Event()
    waits: list[float] = []

    def ask() -> None:
        with httpx.Client(base_url=server.url, trust_env=False) as http:
            while not done.is_set():
                started = time.perf_counter()
                assert http.get("/healthz").status_code == 200
                waits.append(time.perf_counter() - started)
                time.sleep(0.005)

    asker = threading.Thread(target=ask)
    asker.start()
    response = httpx.post(f"{server.url}/v1/score", content=raw, timeout=120, trust_env=False)
    done.set()
    asker.join()
    assert response.status_code == 422  # there are no profiles, and so nothing but parsing and planning was done
    assert len(waits) > 20
    assert max(waits) < 0.5, f"the longest of {len(waits)} answers took {max(waits):.2f} s"


def test_a_stream_ends_with_its_last_line_and_keeps_groups_together(http: httpx.Client, item: Make) -> None:
    items = [item(group=str(n % 3), id=f"i{n}") for n in range(30)] + [item("A")]
    request = {"items": items, "explain": True}
    response = http.post("/v1/score", json=request, headers={"accept": "application/x-ndjson"})
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert lines[0].keys() == {"terms", "engine"}
    assert lines[-1].keys() == {"errors", "groups", "elapsed_ms"}
    rows = lines[1:-1]
    assert sorted(row["index"] for row in rows) == list(range(31))
    assert all(row["id"] == items[row["index"]].get("id") for row in rows)
    groups = [items[row["index"]].get("group") for row in rows]
    assert all(groups[n] == groups[n + 1] or groups[n] not in groups[n + 1 :] for n in range(len(groups) - 1))
    assert {row["index"]: row["reward"] for row in rows}[30] == 0.0
    assert rows[0]["verdicts"]["correct"]["reason"]


def test_a_request_keeps_its_id(http: httpx.Client, item: Make) -> None:
    given = http.post("/v1/score", json={"items": [item()]}, headers={"x-request-id": "step-17.a"})
    assert given.headers["x-request-id"] == "step-17.a"
    unsafe = http.post("/v1/score", json={"items": [item()]}, headers={"x-request-id": 'a"b {}'})
    assert unsafe.headers["x-request-id"] not in ('a"b {}', "")
    assert http.get("/nowhere").headers["x-request-id"]


def test_a_large_response_is_whole(http: httpx.Client, item: Make) -> None:
    items = [item(str(n), str(n) if n % 2 else "no", group=str(n // 8)) for n in range(2000)]
    page = http.post("/v1/score", json={"items": items, "explain": True}).json()
    assert page["rewards"] == [float(n % 2) for n in range(2000)]
    assert [each["correct"]["extracted"] for each in page["verdicts"]] == [str(n) for n in range(2000)]
    assert len(page["groups"]) == 250
