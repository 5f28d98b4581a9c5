"""`local()`: a server of one's own, which ends with the process that started it, however that ends."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from served import children_of

import adjudge_client
from adjudge_client import AsyncClient, Client, local

ITEM = {"prompt": "p", "trace": "the same", "ground_truth": "the same", "verifier": "exact"}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def all_gone(pids: set[int], within_s: float = 15.0) -> bool:
    end = time.monotonic() + within_s
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.fixture(scope="module")
def server() -> Iterator[adjudge_client.LocalServer]:
    with local(workers=1, keep_alive_s=1) as started:
        yield started


def test_it_scores_with_every_client(server: adjudge_client.LocalServer) -> None:
    assert server.score([ITEM]).rewards == [1.0]
    with Client(server.url) as client:
        assert client.score([ITEM], explain=True).verdicts[0]["correct"].status == "ok"  # type: ignore[index]
        assert {each["name"] for each in client.verifiers()} >= {"exact", "math"}
        assert {each["profile"] for each in client.profiles()} >= {"r1@1", "kimi-k1.5@1"}
        assert [row.reward for row in client.stream([ITEM] * 3)] == [1.0] * 3
    copy = pickle.loads(pickle.dumps(server))
    assert type(copy) is Client
    assert copy.score([ITEM]).rewards == [1.0]


async def test_it_scores_asynchronously(server: adjudge_client.LocalServer) -> None:
    async with AsyncClient(server.url) as client:
        await client.wait_ready()
        assert (await client.score([ITEM])).rewards == [1.0]
        assert [row.reward async for row in client.stream([ITEM] * 3)] == [1.0] * 3


def test_a_socket_that_the_server_closed_while_idle_never_surfaces(server: adjudge_client.LocalServer) -> None:
    """This server closes after 1 s what the client would keep for 30 s: the pool's clock alone must not decide."""
    with Client(server.url, retries=1) as client:
        for pause_s in (0.9, 0.99, 1.0, 1.01, 1.1, 1.5):
            client.score([ITEM])
            time.sleep(pause_s)
        assert client.score([ITEM]).rewards == [1.0]


def test_the_server_keeps_idle_sockets_longer_than_the_client() -> None:
    from adjudge.settings import Settings
    from adjudge_client._retry import KEEP_IDLE_S

    assert Settings.model_fields["keep_alive_s"].default > 2 * KEEP_IDLE_S


def test_nothing_is_left_when_it_is_stopped() -> None:
    before = children_of(os.getpid())
    with local(workers=2) as server:
        assert server.score([ITEM]).rewards == [1.0]
        started = children_of(os.getpid()) - before
        assert len(started) >= 3
    assert all_gone(started)
    with pytest.raises(adjudge_client.ConnectionFailed):
        Client(server.url, retries=0).score([ITEM])


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(3)", "raise ValueError"]
)
def test_it_ends_with_its_parent_however_that_ends(end: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        dedent(f"""
        import os, signal, sys, time
        from adjudge_client import local
        server = local(workers=1)
        print(server._process.pid, flush=True)
        sys.stdin.readline()
        {end}
        """)
    )
    with subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        pid = int(parent.stdout.readline())
        family = {pid, *children_of(pid)}
        assert len(family) >= 2
        parent.stdin.write("go\n")
        parent.stdin.close()
        parent.wait(20)
    assert all_gone(family)


def test_an_interrupt_for_the_script_is_not_for_its_server(server: adjudge_client.LocalServer) -> None:
    assert server._process is not None
    assert os.getsid(server._process.pid) != os.getsid(0)
    assert signal.getsignal(signal.SIGINT) is not None
    assert server.score([ITEM]).rewards == [1.0]


def test_a_wrong_setting_is_told_with_the_servers_own_words() -> None:
    with pytest.raises(adjudge_client.LocalServerFailed, match="ADJUDGE_WORKERS=many"):
        local(workers="many")
