"""The line on standard error: on a real terminal, after a while, and gone at the end."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from scripted import NDJSON, TAIL, Scripted, head, items_of, reply, row, score

from adjudge_client import Client, _progress

Start = Callable[..., Scripted]
ITEM = {"prompt": "p", "trace": "t", "ground_truth": "g", "verifier": "exact"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def leisurely(connection: Any, body: bytes) -> bool:
    """Rows with a pause between them where a stream is asked for; else the whole at once."""
    count = len(items_of(body))
    lines = [head(), *(row(index, index / count) for index in range(count)), TAIL]
    start = f"HTTP/1.1 200 OK\r\ncontent-type: {NDJSON}\r\ncontent-length: {sum(map(len, lines))}\r\n\r\n"
    connection.sendall(start.encode())
    for line in lines:
        time.sleep(0.005)
        connection.sendall(line)
    return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr("adjudge_client._progress.AFTER_S", 0.1)
    monkeypatch.setattr("adjudge_client._progress._REDRAW_S", 0.01)
    found = Terminal()
    monkeypatch.setattr(
        "adjudge_client._progress.sys", SimpleNamespace(stderr=found, modules={})
    )  # pytest has the real
    return found


def test_a_long_call_shows_how_far_it_is_and_leaves_nothing(scripted: Start, connect: Any, terminal: Terminal) -> None:
    rewards = connect(scripted(leisurely)).score([ITEM] * 100).rewards
    assert rewards == [index / 100 for index in range(100)]
    drawn = terminal.getvalue()
    assert " of 100, " in drawn
    assert "\n" not in drawn
    assert drawn.endswith("\r") and not drawn.rpartition("\r")[0].rpartition("\r")[2].strip()


def test_a_short_call_shows_nothing(
    scripted: Start, connect: Any, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adjudge_client._progress.AFTER_S", 60.0)
    assert len(connect(scripted(leisurely)).score([ITEM] * 100).rewards) == 100
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("asked", "items"), [(False, 100), (None, 10), (True, 10)])
def test_who_does_not_want_it_gets_no_stream_either(
    scripted: Start, connect: Any, terminal: Terminal, asked: bool | None, items: int
) -> None:
    server = scripted(reply(200, score(*[1.0] * items)))
    connect(server).score([ITEM] * items, progress=asked)
    assert "accept: application/json" in server.heads[0]


def test_away_from_a_terminal_it_is_off_and_whole_lines_where_it_is_asked_for(
    scripted: Start, connect: Any, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    monkeypatch.setattr("adjudge_client._progress._LINE_EVERY_S", 0.1)
    server = scripted(reply(200, score(*[1.0] * 100)), leisurely)
    client = connect(server)
    client.score([ITEM] * 100)
    assert terminal.getvalue() == ""
    client.score([ITEM] * 100, progress=True)
    lines = terminal.getvalue().splitlines()
    assert 2 <= len(lines) <= 10
    assert all(line.startswith("adjudge [") and "\r" not in line for line in lines)


def test_in_a_notebook_it_draws_over_itself(
    scripted: Start, connect: Any, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    monkeypatch.setitem(_progress.sys.modules, "ipykernel", None)  # type: ignore[arg-type]
    connect(scripted(leisurely)).score([ITEM] * 100, progress=True)
    assert "\n" not in terminal.getvalue()
    assert " of 100, " in terminal.getvalue()


def test_one_call_at_a_time_draws(scripted: Start, terminal: Terminal) -> None:
    with Client(scripted(leisurely).url) as client:
        threads = [threading.Thread(target=client.score, args=([ITEM] * (100 + n),)) for n in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    drawn = re.findall(r" of (\d+), ", terminal.getvalue())
    turns = [total for total, before in zip(drawn, [None, *drawn], strict=False) if total != before]
    assert drawn and len(turns) == len(set(turns))  # nobody draws between two draws of another


def test_a_closed_terminal_costs_no_reward(
    scripted: Start, connect: Any, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted(reply(200, score(*[1.0] * 100)), leisurely)
    terminal.close()
    client = connect(server)
    for asked in (None, True):
        assert len(client.score([ITEM] * 100, progress=asked).rewards) == 100


def test_on_a_real_terminal(scripted: Start) -> None:
    code = """
        import sys
        from adjudge_client import Client, _progress
        _progress.AFTER_S = 0.1
        item = {"prompt": "p", "trace": "t", "ground_truth": "g", "verifier": "exact"}
        print(len(Client(sys.argv[1]).score([item] * 100).rewards))
    """
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", dedent(code), scripted(leisurely).url]
    assert subprocess.check_output(command, stderr=theirs, text=True, timeout=60) == "100\n"
    os.close(theirs)
    assert b" of 100, " in os.read(ours, 100_000)
    os.close(ours)
