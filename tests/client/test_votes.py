"""`vote`: any number of rollouts, each item's together, in the caller's order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from scripted import Scripted, reply

import adjudge_client
from adjudge_client import LocalServer, VoteItem

Start = Callable[..., Scripted]


def votes(connection: Any, body: bytes) -> bool:
    """Everybody's first answer wins; a request of over 10,000 rollouts is refused, as the service does."""
    items = json.loads(body)["items"]
    if sum(len(each["answers"]) for each in items) > 10_000:
        return reply(422, {"error": {"code": "bad_request", "message": "too many"}})(connection, body)
    for index, each in enumerate(items):
        if each["answers"][0] == "bad":
            page = {"error": {"code": "bad_request", "message": "no", "index": index}}
            return reply(422, page)(connection, body)
    results = [
        {"winner": each["answers"][0], "share": 1.0, "clusters": [], "abstained": [], "errors": [], "by_text": []}
        for each in items
    ]
    engine = {"adjudge": "0.1.0", "revisions": {"math": 1}, "fingerprint": {}}
    return reply(200, {"results": results, "errors": 0, "elapsed_ms": 1.0, "engine": engine})(connection, body)


def test_the_real_service_counts(service: LocalServer, connect: Any) -> None:
    items = [{"answers": ["1/2", "0.5", "3", None]}, VoteItem(traces=[r"\boxed{7}", "no idea"])]
    answer = connect(service.url).vote(items, {"search_thinking": False})
    assert [each.winner for each in answer.results] == ["1/2", "7"]
    assert [each.members for each in answer.results[0].clusters] == [[0, 1], [2]]


def test_more_rollouts_than_a_request_holds_go_in_several(scripted: Start, connect: Any) -> None:
    server = scripted(votes)
    items = [{"answers": [str(n)] * 64} for n in range(500)]
    answer = connect(server).vote(items)
    assert [each.winner for each in answer.results] == [str(n) for n in range(500)]
    assert (len(server.bodies), answer.elapsed_ms) == (4, 4.0)


def test_a_refusal_names_the_place_in_the_callers_list(scripted: Start, connect: Any) -> None:
    items = [{"answers": ["bad" if n == 400 else "good"] * 64} for n in range(500)]
    with pytest.raises(adjudge_client.RequestRefused) as refused:
        connect(scripted(votes)).vote(items)
    assert refused.value.index == 400


@pytest.mark.parametrize("bad", [[], ["text"], [{"answers": [1j]}]])
def test_what_cannot_be_sent_is_refused_before_it_is_sent(scripted: Start, connect: Any, bad: Any) -> None:
    server = scripted(votes)
    with pytest.raises(adjudge_client.BadInput):
        connect(server).vote(bad)
    assert server.bodies == []
