"""Both clients, the same words and the same patience: every test runs against each."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from scripted import ENGINE, Scripted, drop, reply, score

import adjudge_client
from adjudge_client import AsyncClient, Client, Item

Start = Callable[..., Scripted]
ITEM = {"prompt": "p", "trace": "t", "ground_truth": "g", "verifier": "exact"}


def test_it_tries_again_while_the_server_sheds_load(scripted: Start, connect: Any) -> None:
    server = scripted(*[reply(status, {}) for status in (503, 429, 502, 504, 408)], reply(200, score(1.0)))
    assert connect(server).score([ITEM]).rewards == [1.0]
    assert len(server.bodies) == 6
    assert len(set(server.bodies)) == 1


def test_it_waits_as_long_as_retry_after_says(scripted: Start, connect: Any) -> None:
    server = scripted(reply(503, {}, retry_after="1"), reply(200, score(1.0)))
    started = time.monotonic()
    connect(server).score([ITEM])
    assert 1.0 <= time.monotonic() - started < 3.0


def test_it_tries_again_when_the_connection_drops(scripted: Start, connect: Any) -> None:
    server = scripted(drop, drop, reply(200, score(0.0)))
    assert connect(server).score([ITEM]).rewards == [0.0]


def test_it_gives_up_when_the_time_is_over_and_says_what_happened(scripted: Start, connect: Any) -> None:
    server = scripted(reply(503, {}, retry_after="30"))
    started = time.monotonic()
    with pytest.raises(adjudge_client.Overloaded, match=r"503 \(tried once within 0\.5 s\)"):
        connect(server, timeout_s=0.5).score([ITEM])
    assert time.monotonic() - started < 0.5


def test_a_server_that_is_not_there_is_told_as_such(scripted: Start, connect: Any) -> None:
    with pytest.raises(adjudge_client.ConnectionFailed, match=r"nothing answers .*tried 3 times"):
        connect("http://127.0.0.1:9", retries=2).score([ITEM])


def test_a_server_that_does_not_answer_is_timed_out(scripted: Start, connect: Any) -> None:
    def silent(connection: Any, body: bytes) -> bool:
        time.sleep(2)
        return False

    with pytest.raises(adjudge_client.TimedOut):
        connect(scripted(silent), timeout_s=0.3).score([ITEM])


def test_a_refusal_is_not_tried_again_and_keeps_its_place(scripted: Start, connect: Any) -> None:
    page = {"error": {"code": "bad_request", "message": "unknown field", "index": 3, "field": "tokns"}}
    server = scripted(reply(422, page))
    with pytest.raises(adjudge_client.RequestRefused) as refused:
        connect(server).score([ITEM] * 5)
    error = refused.value
    assert (error.status, error.code, error.index, error.field) == (422, "bad_request", 3, "tokns")
    assert "item 3" in str(error)
    assert len(server.bodies) == 1
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.index) == (str(error), 3)


def test_a_requirement_that_nobody_meets_has_its_own_exception(scripted: Start, connect: Any) -> None:
    with pytest.raises(adjudge_client.CannotServe):
        connect(scripted(reply(409, {"error": {"code": "cannot_serve", "message": "no"}}))).score([ITEM])


def test_a_fault_of_the_server_is_loud(scripted: Start, connect: Any) -> None:
    with pytest.raises(adjudge_client.ServerFault, match="abc"):
        connect(scripted(reply(500, {}, x_request_id="abc"))).score([ITEM])


@pytest.mark.parametrize("page", [b"<html>", b"{}", b'{"rewards":[1.0]}', json.dumps(score(1.0, 1.0)).encode()])
def test_an_answer_that_is_not_the_contracts_is_never_a_reward(scripted: Start, connect: Any, page: bytes) -> None:
    with pytest.raises(adjudge_client.IncompleteAnswer):
        connect(scripted(reply(200, page))).score([ITEM])


def test_the_key_is_sent_as_a_bearer_token(scripted: Start, connect: Any) -> None:
    server = scripted(reply(200, score(1.0)))
    connect(server, "secret").score([ITEM])
    assert "Authorization: Bearer secret" in server.heads[0].replace("authorization", "Authorization")


def test_one_connection_serves_many_requests(scripted: Start, connect: Any) -> None:
    server = scripted(reply(200, score(1.0)))
    client = connect(server)
    for _ in range(20):
        client.score([ITEM])
    assert server.connections == 1


def test_what_is_sent_is_exact(scripted: Start, connect: Any) -> None:
    server = scripted(reply(200, score(1.0)))
    odd = {"ground_truth": Decimal("0.1000000000000000000001"), "trace": "a\ud800b\ud83d\ude00", "id": "é"}
    connect(server).score([{**ITEM, **odd}], explain=True, run="r", step=3)
    sent = json.loads(server.bodies[0])
    assert sent["items"][0]["ground_truth"] == "0.1000000000000000000001"
    assert sent["items"][0]["trace"] == "a\ufffdb😀"
    assert (sent["explain"], sent["run"], sent["step"]) == (True, "r", 3)
    assert "reward" not in sent


@pytest.mark.parametrize("bad", [[], ["text"], [{**ITEM, "ground_truth": float("nan")}], [{**ITEM, "meta": {1j}}]])
def test_what_cannot_be_sent_is_refused_before_it_is_sent(scripted: Start, connect: Any, bad: Any) -> None:
    server = scripted(reply(200, score(1.0)))
    with pytest.raises(adjudge_client.BadInput):
        connect(server).score(bad)
    assert server.bodies == []


def test_more_items_than_one_request_holds_go_in_several_and_no_group_is_split(scripted: Start, connect: Any) -> None:
    def echo(connection: Any, body: bytes) -> bool:
        page = score(*[float(item["ground_truth"]) for item in json.loads(body)["items"]])
        return reply(200, page)(connection, body)

    server = scripted(echo)
    items = [Item(prompt="p", trace="t", ground_truth=n, group=f"g{n % 3000}") for n in range(24_000)]
    response = connect(server).score(items)
    assert response.rewards == [float(n) for n in range(24_000)]
    assert len(server.bodies) == 3
    groups = [{item["group"] for item in json.loads(body)["items"]} for body in server.bodies]
    assert sum(map(len, groups)) == 3000


def test_requests_of_one_batch_that_were_judged_by_two_revisions_are_refused(scripted: Start, connect: Any) -> None:
    def by_size(connection: Any, body: bytes) -> bool:
        count = len(json.loads(body)["items"])
        revisions = {"exact": 1 if count == 10_000 else 2}
        page = {**score(*[1.0] * count), "engine": {**ENGINE, "revisions": revisions}}
        return reply(200, page)(connection, body)

    server = scripted(by_size)
    with pytest.raises(adjudge_client.IncompleteAnswer, match="different revisions"):
        connect(server).score([ITEM] * 12_000)


def test_waiting_for_readiness(scripted: Start, connect: Any) -> None:
    server = scripted(reply(503, {"ready": False}), reply(503, {"ready": False}), reply(200, {"ready": True}))
    connect(server).wait_ready(5)
    with pytest.raises(adjudge_client.TimedOut, match="not ready within"):
        connect("http://127.0.0.1:9").wait_ready(0.2)


def test_a_client_travels_by_pickle(scripted: Start) -> None:
    server = scripted(reply(200, score(1.0)))
    with Client(server.url, "key", timeout_s=5) as client:
        client.score([ITEM])
        with pickle.loads(pickle.dumps(client)) as copy:
            assert copy.score([ITEM]).rewards == [1.0]
    assert "Bearer key" in server.heads[1]


def test_an_async_client_works_in_one_event_loop_after_another(scripted: Start) -> None:
    client = AsyncClient(scripted(reply(200, score(1.0))).url)
    for _ in range(3):
        assert asyncio.run(client.score([ITEM])).rewards == [1.0]


async def test_an_async_client_bounds_its_requests(scripted: Start) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def slow(connection: Any, body: bytes) -> bool:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return reply(200, score(1.0))(connection, body)

    async with AsyncClient(scripted(slow).url, max_connections=4) as client:
        answers = await asyncio.gather(*(client.score([ITEM]) for _ in range(40)))
    assert [answer.rewards for answer in answers] == [[1.0]] * 40
    assert most == 4


@pytest.mark.parametrize("url", ["localhost:8900", "ftp://x", "", "nonsense"])
def test_a_url_that_cannot_be_one_is_told(connect: Any, url: str) -> None:
    with pytest.raises(adjudge_client.BadInput, match="is not a URL"):
        connect(url).score([ITEM])
