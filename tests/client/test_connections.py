"""Connections against a real server: kept, taken in turns, replaced when stale, and closed with their loop."""

from __future__ import annotations

import asyncio
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from scripted import Scripted, drop, echo, items_of, reply, score

import adjudge_client
from adjudge_client import AsyncClient, Client, LocalServer

Start = Callable[..., Scripted]
ITEM = {"prompt": "p", "trace": "t", "ground_truth": "g", "verifier": "exact"}
KEPT_S = 1.3
"""Longer than the service of these tests keeps an idle connection."""


def exact(n: int) -> dict[str, Any]:
    return {"prompt": "p", "trace": f"v{n}", "ground_truth": f"v{n}" if n % 3 else "another", "verifier": "exact"}


def due(n: int) -> float:
    return 1.0 if n % 3 else 0.0


def open_sockets() -> int:
    links = (each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
    return sum(str(link).startswith("socket:") for link in links)


@pytest.mark.parametrize("method", ["score_one", "score"])
@pytest.mark.parametrize("connections", [64, 1500])
async def test_1500_callers_at_once_never_see_a_connection_that_the_server_closed(
    service: LocalServer, method: str, connections: int
) -> None:
    async with AsyncClient(service.url, retries=0 if connections == 64 else 8, max_connections=connections) as client:

        async def ask(n: int) -> float | None:
            if method == "score_one":
                return (await client.score_one(exact(n))).reward
            return (await client.score([exact(n)])).rewards[0]

        for _ in range(2):
            assert await asyncio.gather(*map(ask, range(1500))) == [due(n) for n in range(1500)]
            await asyncio.sleep(KEPT_S)
        assert await asyncio.gather(*map(ask, range(1500))) == [due(n) for n in range(1500)]


def test_300_threads_never_see_a_connection_that_the_server_closed(service: LocalServer) -> None:
    got: dict[int, float | None] = {}
    with Client(service.url, retries=0) as client:

        def ask(first: int) -> None:
            for n in range(first, 1500, 300):
                got[n] = client.score([exact(n)]).rewards[0]

        for _ in range(2):
            threads = [threading.Thread(target=ask, args=(first,)) for first in range(300)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            assert got == {n: due(n) for n in range(1500)}
            got.clear()
            time.sleep(KEPT_S)
        assert client.score([exact(1)]).rewards == [1.0]


def test_a_kept_connection_that_breaks_is_replaced_without_a_word(scripted: Start, connect: Any) -> None:
    """The server closed it in the moment in which it was taken: no try is counted, no pause is made."""
    answers = [reply(200, score(1.0)), drop, reply(200, score(0.5)), drop, reply(200, score(0.0))]
    server = scripted(*answers)
    client = connect(server, retries=0)
    assert [client.score([ITEM]).rewards for _ in range(3)] == [[1.0], [0.5], [0.0]]
    assert server.connections == 3
    with pytest.raises(adjudge_client.ConnectionFailed, match="tried once"):
        connect(scripted(drop), retries=0).score([ITEM])


def test_surplus_connections_grow_old(scripted: Start, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(connection: Any, body: bytes) -> bool:
        time.sleep(0.2)
        return reply(200, score(1.0))(connection, body)

    monkeypatch.setattr("adjudge_client._pool.KEEP_IDLE_S", 0.5)
    server = scripted(slow)
    before = open_sockets()

    async def burst(client: AsyncClient) -> int:
        await asyncio.gather(*(client.score([ITEM]) for _ in range(10)))
        most = open_sockets() - before
        for _ in range(4):
            await client.score([ITEM])
        await client.score([ITEM])
        return most - (open_sockets() - before)

    def threads(client: Client) -> int:
        some = [threading.Thread(target=client.score, args=([ITEM],)) for _ in range(10)]
        for each in some:
            each.start()
        for each in some:
            each.join()
        most = open_sockets() - before
        for _ in range(5):
            client.score([ITEM])
        return most - (open_sockets() - before)

    client = connect(server)
    if isinstance(client, Client):
        assert threads(client) >= 9
    else:
        closed_here_and_there = client.loop.run_until_complete(burst(client.inner))
        assert closed_here_and_there >= 9


async def test_a_request_costs_the_same_with_many_idle_connections(scripted: Start) -> None:
    """With httpx's own pool it costs over ten times as much with 64."""
    everybody = threading.Barrier(64)

    def together(connection: Any, body: bytes) -> bool:
        if b"wait" in body:
            everybody.wait(20)
        return reply(200, score(1.0))(connection, body)

    async def cpu_s(client: AsyncClient) -> float:
        started = time.process_time()
        for _ in range(100):
            await client.score([ITEM])
        return time.process_time() - started

    server = scripted(together)
    async with AsyncClient(server.url) as one, AsyncClient(server.url) as many:
        await asyncio.gather(*(many.score([{**ITEM, "id": "wait"}]) for _ in range(64)))
        assert server.connections == 64
        few, lots = zip(*[(await cpu_s(one), await cpu_s(many)) for _ in range(3)], strict=True)
    assert min(lots) < 2 * min(few)


STEPS = """
    import asyncio, os, sys
    from adjudge_client import AsyncClient
    url, ending = sys.argv[1:]
    item = {"prompt": "p", "trace": "t", "ground_truth": "t", "verifier": "exact"}
    client = AsyncClient(url)

    async def step(n):
        scores = await asyncio.gather(*(client.score_one(item) for _ in range(20)), client.score([item]))
        assert scores[0].reward == 1.0
        if ending == "break":
            async for row in client.stream([item] * 2000):
                break
        elif ending == "pending":
            asyncio.ensure_future(client.score_one({**item, "group": "g", "group_size": 2}))
            asyncio.ensure_future(client.score([item] * 2000))
            await asyncio.sleep(0)
        elif ending == "closed":
            await client.close()

    fds = []
    for n in range(12):
        asyncio.run(step(n))
        fds.append(len(os.listdir("/proc/self/fd")))
    assert fds[-1] == fds[0], fds
    print("fine", len(client._loops._by_loop))
"""


@pytest.mark.parametrize("ending", ["left", "closed", "break", "pending"])
def test_loop_after_loop_leaves_no_connection_and_no_warning(service: LocalServer, ending: str) -> None:
    command = [sys.executable, "-W", "error", "-c", dedent(STEPS), service.url, ending]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("fine 0\n", "")


def test_loops_of_several_threads_share_a_client(service: LocalServer) -> None:
    client = AsyncClient(service.url)
    got: list[Any] = []

    async def ask(first: int) -> None:
        for n in range(first, first + 20):
            one, (other,) = await asyncio.gather(client.score_one(exact(n)), asyncio.gather(client.score([exact(n)])))
            got.append((one.reward, other.rewards[0]) == (due(n), due(n)))

    threads = [threading.Thread(target=lambda first=n: asyncio.run(ask(first))) for n in range(8)]  # type: ignore[misc]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert got == [True] * 160


FORK = """
    import asyncio, os, sys
    from adjudge_client import AsyncClient, Client
    url = sys.argv[1]
    item = {"prompt": "p", "trace": "t", "ground_truth": "t", "verifier": "exact"}
    plain, client = Client(url), AsyncClient(url)

    async def ask():
        return [(await client.score_one(item)).reward, (await client.score([item])).rewards[0]]

    async def main():
        assert await ask() == [1.0, 1.0] and plain.score([item]).rewards == [1.0]
        child = os.fork()
        if not child:
            code = 1
            try:
                asyncio._set_running_loop(None)
                ok = asyncio.run(ask()) == [1.0, 1.0] and plain.score([item]).rewards == [1.0]
                plain.close()
                code = 0 if ok else 1
            finally:
                os._exit(code)
        for _ in range(10):
            assert await ask() == [1.0, 1.0] and plain.score([item]).rewards == [1.0]
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert await ask() == [1.0, 1.0] and plain.score([item]).rewards == [1.0]

    asyncio.run(main())
    print("fine")
"""


def test_both_sides_of_a_fork_go_on(service: LocalServer) -> None:
    command = [sys.executable, "-c", dedent(FORK), service.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_a_server_that_is_not_up_yet_is_waited_for(
    connect: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Far longer than 8 tries; and the trainer's log says why it stands still, once."""
    monkeypatch.setattr("adjudge_client._retry._LONGEST_PAUSE_S", 0.02)
    monkeypatch.setattr("adjudge_client._retry._said_at", {})
    place = socket.create_server(("127.0.0.1", 0))
    address = place.getsockname()
    place.close()
    client = connect(f"http://127.0.0.1:{address[1]}", timeout_s=60)

    def come_up() -> None:
        time.sleep(1.0)
        late.append(Scripted([reply(200, score(1.0))], address))

    late: list[Scripted] = []
    thread = threading.Thread(target=come_up)
    thread.start()
    assert client.score([ITEM]).rewards == [1.0]
    thread.join()
    late[0].close()
    said = [record for record in caplog.records if record.name == "adjudge_client"]
    assert len(said) == 1
    assert "nothing answers at" in said[0].message


def test_a_server_that_never_comes_up_is_given_up_in_time(connect: Any) -> None:
    started = time.monotonic()
    with pytest.raises(adjudge_client.NoServer, match=r"nothing answers .* within 0\.4 s"):
        connect("http://127.0.0.1:9", timeout_s=0.4).score([ITEM])
    assert time.monotonic() - started < 5


async def test_a_failing_part_cancels_the_others(scripted: Start) -> None:
    gone = threading.Event()

    def answer(connection: Any, body: bytes) -> bool:
        if len(items_of(body)) == 10_000:
            connection.settimeout(20)
            gone.set() if connection.recv(1) == b"" else None  # closed by the client, not answered
            return False
        return reply(422, {"error": {"code": "bad_request", "message": "no", "index": 4}})(connection, body)

    async with AsyncClient(scripted(answer).url) as client:
        with pytest.raises(adjudge_client.RequestRefused) as refused:
            await client.score([ITEM] * 10_005)
    assert refused.value.index == 10_004
    assert await asyncio.to_thread(gone.wait, 10)


async def test_parts_go_together_and_keep_the_order(scripted: Start) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def answer(connection: Any, body: bytes) -> bool:
        nonlocal now, most
        found = items_of(body)
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.3 if found[0]["ground_truth"] == 0 else 0.1)
        with lock:
            now -= 1
        return reply(200, score(*[float(each["ground_truth"]) for each in found]))(connection, body)

    items = [{**ITEM, "ground_truth": n} for n in range(60_000)]
    async with AsyncClient(scripted(answer).url) as client:
        assert (await client.score(items)).rewards == [float(n) for n in range(60_000)]
    assert 2 <= most <= 4


async def test_a_dead_loops_client_travels_by_pickle(scripted: Start) -> None:
    client = AsyncClient(scripted(echo).url)
    await client.score_one({**ITEM, "ground_truth": 1})
    copy = pickle.loads(pickle.dumps(client))
    assert (await copy.score_one({**ITEM, "ground_truth": 0.5})).reward == 0.5
    await copy.close()
    await client.close()


def test_the_name_and_password_of_a_url_are_sent(scripted: Start, connect: Any) -> None:
    server = scripted(reply(200, score(1.0)))
    connect(server.url.replace("//", "//me:p%40ss@")).score([ITEM])
    assert "Basic bWU6cEBzcw==" in server.heads[0]


def test_the_current_span_is_sent_along(scripted: Start, connect: Any) -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    server = scripted(reply(200, score(1.0)))
    client = connect(server)
    context = trace.SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=trace.TraceFlags(1))
    with trace.use_span(trace.NonRecordingSpan(context)):
        client.score([ITEM])
    client.score([ITEM])
    assert f"traceparent: 00-{0xABC:032x}-{0xDEF:016x}-01" in server.heads[0]
    assert "traceparent" not in server.heads[1]
