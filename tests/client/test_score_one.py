"""Calls for one item each share requests, and nobody pays for a neighbour."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from scripted import NDJSON, TAIL, Scripted, cut_off, echo, head, items_of, reply, row
from served import in_flight, stopped_workers

import adjudge_client
from adjudge_client import AsyncClient, Client, Item, LocalServer, Scored, Verdict

Start = Callable[..., Scripted]


def item(worth: float = 1.0, **fields: Any) -> dict[str, Any]:
    """A scripted echo pays it `worth`."""
    return {"prompt": "p", "trace": "t", "ground_truth": worth, "verifier": "exact", **fields}


def exact(n: int) -> dict[str, Any]:
    """The real service pays every third of them nothing."""
    return {"prompt": "p", "trace": f"v{n}", "ground_truth": f"v{n}" if n % 3 else "another", "verifier": "exact"}


def refusing(is_bad: Callable[[dict[str, Any]], bool]) -> Callable[[Any, bytes], bool]:
    """An echo that names the first bad item, as the service does."""

    def answer(connection: Any, body: bytes) -> bool:
        for index, each in enumerate(items_of(body)):
            if is_bad(each):
                page = {"error": {"code": "bad_request", "message": f"bad {each['id']}", "index": index}}
                return reply(422, page)(connection, body)
        return echo(connection, body)

    return answer


async def together(client: AsyncClient, items: list[Any], *args: Any, **fields: Any) -> list[Any]:
    """What each call returned, or raised."""
    calls = (client.score_one(each, *args, **fields) for each in items)
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_calls_made_together_are_one_request_and_each_has_its_own_answer(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url) as client:
        answers = await together(client, [item(n / 100) for n in range(100)], run="r", step=7)
    assert [each.reward for each in answers] == [n / 100 for n in range(100)]
    assert len(server.bodies) == 1
    sent = json.loads(server.bodies[0])
    assert (sent["run"], sent["step"]) == ("r", 7)


async def test_the_real_service_gives_each_caller_its_own(service: LocalServer) -> None:
    async with AsyncClient(service.url) as client:
        answers = await together(client, [exact(n) for n in range(700)], explain=True)
    assert [each.reward for each in answers] == [1.0 if n % 3 else 0.0 for n in range(700)]
    assert [each.verdicts["correct"].extracted for each in answers] == [f"v{n}" for n in range(700)]
    assert {each.status for each in answers} == {"ok"}


async def test_only_what_is_to_be_judged_alike_shares_a_request(scripted: Start) -> None:
    server = scripted(echo)
    spec = {"terms": [{"name": "correct", "verifier": "item"}]}
    async with AsyncClient(server.url) as client:
        await asyncio.gather(
            *(
                client.score_one(item(), **fields)
                for fields in [{}, {"reward": spec}, {"explain": True}, {"step": 1}] * 5
            ),
            *(client.score_one(item(), deadline_s=9.0, require={"revisions": {"exact": 1}}) for _ in range(5)),
        )
    assert sorted(len(items_of(body)) for body in server.bodies) == [5] * 5


async def test_many_leave_at_once_and_do_not_wait_for_the_window(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adjudge_client._coalesce.WINDOW_S", 3600.0)
    server = scripted(echo)
    async with AsyncClient(server.url) as client:
        await asyncio.wait_for(together(client, [item()] * 512), 20)
        big = item(meta={"text": "x" * 1_500_000})
        tasks = [asyncio.create_task(client.score_one(big)) for _ in range(3)]
        done, waiting = await asyncio.wait(tasks, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert (len(done), len(waiting)) == (2, 1)
        waiting.pop().cancel()
    assert [len(items_of(body)) for body in server.bodies] == [256, 256, 2]


async def test_a_refusal_is_its_own_callers_only(service: LocalServer) -> None:
    """The real service refuses a whole request for one item."""
    items = [exact(n) for n in range(40)]
    items[7]["tokns"] = 5
    items[20]["verifier"] = "exakt"
    async with AsyncClient(service.url) as client:
        answers = await together(client, items)
    refused = {n: each for n, each in enumerate(answers) if isinstance(each, Exception)}
    assert sorted(refused) == [7, 20]
    assert isinstance(refused[7], adjudge_client.RequestRefused)
    assert (refused[7].index, refused[7].field) == (0, "tokns")
    assert "exakt" in str(refused[20])
    assert [each.reward for n, each in enumerate(answers) if n not in refused] == [
        1.0 if n % 3 else 0.0 for n in range(40) if n not in refused
    ]


async def test_many_bad_items_cost_few_requests(scripted: Start) -> None:
    server = scripted(refusing(lambda each: int(each["id"]) % 2 == 0))
    async with AsyncClient(server.url) as client:
        answers = await together(client, [item(n, id=str(n)) for n in range(256)])
    assert [str(each) if isinstance(each, Exception) else each.reward for each in answers] == [
        float(n) if n % 2 else f"422 bad_request: item 0: bad {n}" for n in range(256)
    ]
    assert sum(len(items_of(body)) for body in server.bodies) < 256 * 12  # not 256 * 128


@pytest.mark.parametrize("status", [500, 413])
async def test_a_fault_that_names_nobody_is_found_by_halving(scripted: Start, status: int) -> None:
    def answer(connection: Any, body: bytes) -> bool:
        page = {"error": {"code": "too_large", "message": "no"}}
        return (reply(status, page) if b"poison" in body else echo)(connection, body)

    server = scripted(answer)
    async with AsyncClient(server.url) as client:
        answers = await together(client, [item(n, id="poison" if n == 41 else "fine") for n in range(64)])
    assert [n for n, each in enumerate(answers) if not isinstance(each, Scored)] == [41]
    assert len(server.bodies) <= 13


async def test_what_is_wrong_with_all_is_told_to_all(service: LocalServer) -> None:
    async with AsyncClient(service.url) as client:
        answers = await together(client, [exact(n) for n in range(5)], require={"revisions": {"exact": 99}})
    assert {type(each) for each in answers} == {adjudge_client.CannotServe}
    assert len({id(each) for each in answers}) == 5  # a traceback grows with each raise


async def test_a_slow_neighbour_costs_nothing(scripted: Start) -> None:
    go_on = threading.Event()

    def answer(connection: Any, body: bytes) -> bool:
        first, rest = head() + row(0), row(1) + TAIL
        start = f"HTTP/1.1 200 OK\r\ncontent-type: {NDJSON}\r\ncontent-length: {len(first + rest)}\r\n\r\n"
        connection.sendall(start.encode() + first)
        assert go_on.wait(20)
        connection.sendall(rest)
        return True

    async with AsyncClient(scripted(answer).url) as client:
        fast, slow = (asyncio.create_task(client.score_one(item())) for _ in range(2))
        assert (await asyncio.wait_for(fast, 20)).reward == 1.0
        assert not slow.done()
        go_on.set()
        assert (await slow).reward == 1.0


async def test_an_answer_that_breaks_off_is_asked_for_again_and_what_came_stays(scripted: Start) -> None:
    server = scripted(cut_off(head() + row(1, 0.5)), echo)
    async with AsyncClient(server.url) as client:
        answers = await together(client, [item(0.0), item(0.25)])
    assert [each.reward for each in answers] == [0.0, 0.5]
    assert len(server.bodies) == 2


async def test_a_server_replaced_meanwhile_by_another_revision_answers_the_rest(scripted: Start) -> None:
    """Each call is a request of its own to its caller: only those of one `score` must have one judge."""
    rest = head(revisions={"exact": 2}) + row(0) + row(1) + TAIL
    server = scripted(cut_off(head() + row(1)), reply(200, rest, kind=NDJSON))
    async with AsyncClient(server.url, retries=1) as client:
        assert [each.reward for each in await together(client, [item(), item()])] == [1.0, 1.0]


async def test_who_is_cancelled_before_the_sending_sends_nothing(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url) as client:
        tasks = [asyncio.create_task(client.score_one(item(n))) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [each.ground_truth for each in map(Item.model_validate, items_of(server.bodies[0]))] == [0, 2]
    assert [answers[0].reward, answers[2].reward] == [0.0, 2.0]  # type: ignore[union-attr]
    assert isinstance(answers[1], asyncio.CancelledError)


async def test_the_request_ends_when_its_last_caller_is_cancelled_and_not_before(service: LocalServer) -> None:
    async with AsyncClient(service.url) as client:
        await client.score_one(exact(1))
        with stopped_workers(service):
            tasks = [asyncio.create_task(client.score_one(exact(7_000_000 + n))) for n in range(3)]
            assert await asyncio.to_thread(in_flight, service, 1) == 1
            tasks[0].cancel()
            tasks[1].cancel()
            await asyncio.sleep(0.7)
            assert await asyncio.to_thread(in_flight, service) == 1
            tasks[2].cancel()
            assert await asyncio.to_thread(in_flight, service, 0) == 0


async def test_a_cancelled_score_closes_its_request(service: LocalServer) -> None:
    async with AsyncClient(service.url) as client:
        with stopped_workers(service):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.score([exact(8_000_000)]), 0.3)
            assert await asyncio.to_thread(in_flight, service, 0) == 0
        assert (await client.score([exact(8_000_000)])).rewards == [1.0]


async def test_a_group_leaves_when_it_is_whole(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url) as client:
        members = [asyncio.create_task(client.score_one(item(n, group="g", group_size=4))) for n in range(3)]
        assert (await client.score_one(item(9))).reward == 9.0
        await asyncio.sleep(0.05)
        assert not any(each.done() for each in members)
        last = await client.score_one(item(3, group="g", group_size=4))
        assert [(await each).reward for each in members] + [last.reward] == [0.0, 1.0, 2.0, 3.0]
    assert [len(items_of(body)) for body in server.bodies] == [1, 4]


async def test_a_group_that_stays_incomplete_leaves_after_a_while(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url, group_wait_s=0.05) as client:
        answers = await together(client, [item(n, group="g", group_size=4) for n in range(3)])
    assert [each.reward for each in answers] == [0.0, 1.0, 2.0]
    assert len(server.bodies) == 1


async def test_a_term_over_the_group_sees_all_members_or_is_null_and_says_so(service: LocalServer) -> None:
    def member(tokens: int, group: str) -> dict[str, Any]:
        fields = {"tokens": tokens, "group": group, "group_size": 3, "verifier": "exact"}
        return {"prompt": "p", "trace": "2", "ground_truth": "2", **fields}

    spec = {"terms": [{"name": "length", "verifier": "kimi_length"}]}
    async with AsyncClient(service.url, group_wait_s=0.2) as client:
        whole = await together(client, [member(n, "whole") for n in (10, 20, 30)], spec)
        lacking = await together(client, [member(n, "lacking") for n in (10, 20)], spec, explain=True)
    assert [each.reward for each in whole] == [0.0, 0.0, -0.5]  # the penalty alone, of 10 to 30 tokens
    assert [(each.reward, each.status) for each in lacking] == [(None, "bad_task")] * 2
    assert "2 of its 3 members" in lacking[0].verdicts["length"].reason


async def test_a_cancelled_member_makes_room_for_its_successor(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url) as client:
        given_up = asyncio.create_task(client.score_one(item(0, group="g", group_size=2)))
        await asyncio.sleep(0)
        given_up.cancel()
        answers = await together(client, [item(n, group="g", group_size=2) for n in (1, 2)])
    assert [each.reward for each in answers] == [1.0, 2.0]
    assert len(server.bodies) == 1


async def test_two_groups_of_one_name_are_never_in_one_request(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url) as client:
        await together(client, [item(n, group="g", group_size=2) for n in range(4)])
    assert [[each["ground_truth"] for each in items_of(body)] for body in server.bodies] == [[0, 1], [2, 3]]


async def test_halving_never_splits_a_group(scripted: Start) -> None:
    server = scripted(refusing(lambda each: each["id"] == "bad"))
    items = [
        item(n, id="bad" if n in (0, 25) else "fine", group=f"g{n % 8}", group_size=5) for n in range(40)
    ]  # members arrive far apart
    async with AsyncClient(server.url) as client:
        answers = await together(client, items)
    assert [n for n, each in enumerate(answers) if isinstance(each, Exception)] == [0, 25]
    whole = [body for body in server.bodies if not any(each["id"] == "bad" for each in items_of(body))]
    graded = [{each["group"] for each in items_of(body)} for body in whole]
    assert sum(map(len, graded)) == 8


@pytest.mark.parametrize("size", [None, 0, True, 10_001, "4"])
def test_a_group_whose_size_is_not_known_is_refused_with_the_reason(scripted: Start, connect: Any, size: Any) -> None:
    server = scripted(echo)
    with pytest.raises(adjudge_client.BadInput, match=r"its group_size must be known.*\[field group_size\]"):
        connect(server).score_one(item(group="g", group_size=size))
    assert server.bodies == []


@pytest.mark.parametrize("bad", ["text", {**item(), "meta": {1j}}, {**item(), "group": 5}])
def test_an_item_that_cannot_be_sent_is_refused_before_it_is_sent(scripted: Start, connect: Any, bad: Any) -> None:
    server = scripted(echo)
    with pytest.raises(adjudge_client.BadInput):
        connect(server).score_one(bad)
    assert server.bodies == []


def test_both_clients_give_the_same_answer(service: LocalServer, connect: Any) -> None:
    client = connect(service.url)
    assert client.score_one(exact(1)) == Scored(1.0, [1.0], ["correct"], None)
    told = client.score_one(Item.model_validate(exact(3)), explain=True)
    assert (told.reward, told.status) == (0.0, "ok")
    assert told.verdicts["correct"].expected == "another"


async def test_closing_tells_who_waits(scripted: Start) -> None:
    client = AsyncClient(scripted(echo).url)
    waiting = asyncio.create_task(client.score_one(item(group="g", group_size=2)))
    await asyncio.sleep(0.02)
    await client.close()
    with pytest.raises(adjudge_client.ConnectionFailed, match="was closed"):
        await waiting


async def test_a_client_is_pickled_while_calls_are_pending(scripted: Start) -> None:
    server = scripted(echo)
    async with AsyncClient(server.url, "key", group_wait_s=5.0) as client:
        pending = asyncio.create_task(client.score_one(item(group="g", group_size=2)))
        await asyncio.sleep(0.02)
        async with pickle.loads(pickle.dumps(client)) as copy:
            assert (await copy.score_one(item(0.5))).reward == 0.5
            assert copy._group_wait_s == 5.0
        assert not pending.done()
        pending.cancel()
    assert "Bearer key" in server.heads[0]


def verdict(status: Any, score: float | None) -> Verdict:
    return Verdict(score=score, status=status, reason="r", verifier="v@1")


@pytest.mark.parametrize(
    ("reward", "first", "second", "status"),
    [
        (1.0, ("ok", 1.0), ("ok", 1.0), "ok"),
        (0.0, ("timeout", 0.0), ("ok", 1.0), "timeout"),
        (None, ("ok", 1.0), ("error", None), "error"),
        (None, ("bad_task", None), ("error", None), "bad_task"),
        (None, ("no_answer", 0.0), ("ok", 1.0), "no_answer"),  # a mask: no term lacks a score
    ],
)
def test_the_status_is_that_of_the_term_that_decides(reward: Any, first: Any, second: Any, status: str) -> None:
    verdicts = {"correct": verdict(*first), "format": verdict(*second)}
    scored = Scored(reward, [first[1], second[1]], ["correct", "format"], verdicts)
    assert scored.status == status
    assert Scored(reward, [first[1]], ["correct"]).status is None


def test_one_client_serves_threads(scripted: Start) -> None:
    answers: list[float | None] = [None] * 40
    with Client(scripted(lambda c, b: _plain(c, b)).url, max_connections=4) as client:

        def ask(n: int) -> None:
            answers[n] = client.score_one(item(n)).reward

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(40)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert answers == [float(n) for n in range(40)]


def _plain(connection: Any, body: bytes) -> bool:
    from scripted import score

    return reply(200, score(*[float(each["ground_truth"]) for each in items_of(body)]))(connection, body)
