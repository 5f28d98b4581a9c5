"""Streams: rows as they come, each once, and a request that ends when nobody reads on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from scripted import NDJSON, TAIL, Scripted, cut_off, head, items_of, reply, row
from served import in_flight, stopped_workers

import adjudge_client
from adjudge_client import AsyncClient, Client, LocalServer

Start = Callable[..., Scripted]
ITEM = {"prompt": "p", "trace": "t", "ground_truth": "g", "verifier": "exact"}


def test_a_stream_that_breaks_off_is_asked_for_again_and_no_row_comes_twice(scripted: Start, connect: Any) -> None:
    server = scripted(
        cut_off(head() + row(0)),
        reply(200, head() + row(0) + row(2), kind=NDJSON),
        reply(200, head() + row(2) + row(0) + row(1) + TAIL, kind=NDJSON),
    )
    stream = connect(server).stream([ITEM] * 3)
    assert [each.index for each in stream.rows] == [0, 2, 1]
    assert stream.summary.terms == ["correct"]
    assert stream.summary.elapsed_ms == 2.0
    assert len(server.bodies) == 3


def test_a_stream_without_its_last_line_is_never_complete(scripted: Start, connect: Any) -> None:
    server = scripted(reply(200, head() + row(0), kind=NDJSON))
    with pytest.raises(adjudge_client.IncompleteAnswer):
        connect(server, retries=2).stream([ITEM])


def test_only_a_line_feed_ends_a_line(scripted: Start, connect: Any) -> None:
    """JSON may hold U+2028 and U+0085 as they are, and a model may write them."""
    strange = json.dumps({"index": 0, "id": "a\u2028b\x85c\x0bd", "reward": 1.0, "vector": [1.0]}, ensure_ascii=False)
    page = head() + strange.encode() + b"\n" + TAIL
    (only,) = connect(scripted(reply(200, page, kind=NDJSON)), retries=0).stream([ITEM]).rows
    assert only.id == "a\u2028b\x85c\x0bd"


def test_rows_arrive_in_any_pieces(scripted: Start, connect: Any) -> None:
    def byte_by_byte(connection: Any, body: bytes) -> bool:
        page = head() + row(1) + row(0) + TAIL
        connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-length: {len(page)}\r\n\r\n".encode())
        for byte in page:
            connection.sendall(bytes([byte]))
        return True

    assert [each.index for each in connect(scripted(byte_by_byte)).stream([ITEM] * 2).rows] == [1, 0]


def test_rows_of_two_judges_are_refused(scripted: Start, connect: Any) -> None:
    def judge(connection: Any, body: bytes) -> bool:
        count = len(items_of(body))
        lines = b"".join(row(index) for index in range(count))
        return reply(200, head(revisions={"exact": count}) + lines + TAIL, kind=NDJSON)(connection, body)

    with pytest.raises(adjudge_client.IncompleteAnswer, match="different revisions"):
        connect(scripted(judge), retries=1).stream([ITEM] * 10_001)


def test_a_refusal_names_the_place_in_the_callers_list(scripted: Start, connect: Any) -> None:
    def refuse(connection: Any, body: bytes) -> bool:
        found = items_of(body)
        if len(found) == 10_000:
            lines = b"".join(row(index) for index in range(10_000))
            return reply(200, head() + lines + TAIL, kind=NDJSON)(connection, body)
        return reply(422, {"error": {"code": "bad_request", "message": "no", "index": 2}})(connection, body)

    with pytest.raises(adjudge_client.RequestRefused) as refused:
        connect(scripted(refuse)).stream([ITEM] * 10_005)
    assert refused.value.index == 10_002


def test_leaving_the_loop_withdraws_the_rest_at_the_server(service: LocalServer) -> None:
    service.score([ITEM])  # known from here on: its row comes although no worker works
    with stopped_workers(service), Client(service.url) as client:
        for each in client.stream([ITEM, {**ITEM, "trace": "left the loop"}]):
            assert each.reward == 0.0
            assert in_flight(service) == 1
            break
        assert in_flight(service, becomes=0) == 0
    assert service.score([ITEM]).rewards == [0.0]


async def test_leaving_the_loop_withdraws_the_rest_at_the_server_asynchronously(service: LocalServer) -> None:
    service.score([ITEM])
    with stopped_workers(service):
        async with AsyncClient(service.url) as client:
            async for each in client.stream([ITEM, {**ITEM, "trace": "left the other loop"}]):
                assert each.reward == 0.0
                assert in_flight(service) == 1
                break
            assert await asyncio.to_thread(in_flight, service, 0) == 0


def test_what_the_deadline_leaves_no_time_for_is_null(service: LocalServer, connect: Any) -> None:
    stream = connect(service.url).stream([{**ITEM, "trace": "too late"}], deadline_s=1e-6, explain=True)
    assert [each.reward for each in stream.rows] == [None]
    assert stream.rows[0].verdicts["correct"].status == "expired"
