"""The command line as a person uses it: real processes, exit codes, messages that name the place."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RIGHT = {"prompt": "1+1?", "trace": "It is \\boxed{2}", "ground_truth": 2, "id": "a"}
WRONG = {"prompt": "1+1?", "trace": "It is \\boxed{3}", "ground_truth": 2, "id": "b", "model": "a column of the user's"}
BROKEN = {"prompt": "1+1?", "trace": "It is \\boxed{3}", "ground_truth": [], "id": "c"}


@pytest.fixture
def adjudge(tmp_path: Path) -> Run:
    def run(*args: Any, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "adjudge.cli", *map(str, args)]
        given = {**os.environ, "ADJUDGE_WORKERS": "1", **environment}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=given)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(*lines: Any) -> Path:
        path = tmp_path / "items.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
        return path

    return make


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    from adjudge_client import local

    with local(workers=1) as server:
        yield server.url


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("where", ["here", "there"])
def test_score_writes_a_line_per_item_in_order(adjudge: Run, write: Any, url: str, where: str) -> None:
    more = ["--url", url] if where == "there" else []
    done = adjudge("score", write(RIGHT, "", WRONG, RIGHT), *more)
    assert done.returncode == 0, done.stderr
    found = rows(done.stdout)
    assert [row["id"] for row in found] == ["a", "b", "a"]
    assert [row["reward"] for row in found] == [1.0, 0.0, 1.0]
    assert [row["vector"] for row in found] == [[1.0], [0.0], [1.0]]
    assert found[0]["verdicts"]["correct"]["reason"]
    assert "3 items" in done.stderr


@pytest.mark.parametrize("where", ["here", "there"])
def test_score_exits_1_when_some_reward_is_null(adjudge: Run, write: Any, url: str, tmp_path: Path, where: str) -> None:
    more = ["--url", url] if where == "there" else []
    done = adjudge("score", write(RIGHT, BROKEN), "-o", tmp_path / "out.jsonl", *more)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    found = rows((tmp_path / "out.jsonl").read_text())
    assert [row["reward"] for row in found] == [1.0, None]
    assert found[1]["verdicts"]["correct"]["status"] == "bad_task"


def test_score_takes_a_reward_as_json_or_as_a_file(adjudge: Run, write: Any, tmp_path: Path) -> None:
    spec = {"terms": [{"name": "half", "verifier": "math", "weight": 0.5}]}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    for reward in (json.dumps(spec), "spec.json"):
        done = adjudge("score", write(RIGHT), "--reward", reward)
        assert [row["reward"] for row in rows(done.stdout)] == [0.5], done.stderr


@pytest.mark.parametrize(
    ("lines", "place", "hint"),
    [
        ([RIGHT, "{nonsense"], "items.jsonl:2", "not valid JSON"),
        ([RIGHT, "", {"prompt": "p", "ground_truth": 1}], "items.jsonl:3", "'trace' is missing"),
        ([{**RIGHT, "tokens": "many"}], "items.jsonl:1", "tokens"),
        ([RIGHT, {**RIGHT, "verifier": "maths"}], "items.jsonl:2", "'math'"),
        ([RIGHT, RIGHT, {**RIGHT, "options": {"tolerence": 1}}], "items.jsonl:3", "tolerence"),
        (["[1, 2]"], "items.jsonl:1", "an item is a JSON object"),
        ([""], "items.jsonl", "no items"),
    ],
)
@pytest.mark.parametrize("where", ["here", "there"])
def test_a_bad_line_is_named_by_file_and_line(
    adjudge: Run, write: Any, url: str, where: str, lines: list[Any], place: str, hint: str
) -> None:
    done = adjudge("score", write(*lines), *(["--url", url] if where == "there" else []))
    assert done.returncode == 2
    assert done.stdout == ""
    assert place in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["score", "absent.jsonl"], "absent.jsonl: No such file"),
        (["score", "items.jsonl", "--reward", "r1-zer"], "did you mean 'r1-zero'"),
        (["score", "items.jsonl", "--reward", '{"terms": 1}'], "--reward: terms"),
        (["score", "items.jsonl", "--reward", '{"terms":'], "--reward: invalid JSON"),
        (["score", "items.jsonl", "--reward", "absent.json"], "absent.json: No such file"),
        (["score", "items.jsonl", "--url", "http://127.0.0.1:9x"], "127.0.0.1:9x"),
        (["score", "items.jsonl", "-o", "absent/out.jsonl"], "absent/out.jsonl: No such file"),
        (["score", "items.jsonl", "-o", "."], ".: Is a directory"),
        (["serve", "--port", "99999"], "serve: --port 99999: "),
        (["serve", "--jail", "prison"], "serve: --jail prison: "),
        (["serve", "--prot", "1"], "did you mean --port?"),
        (["serve", "--prot", "1"], "usage: adjudge serve"),
        (["serve", "--host", "203.0.113.1"], "cannot listen on 203.0.113.1:8900"),
        (["bench", "--items", "0"], "--items"),
    ],
)
def test_a_wrong_use_exits_2_and_says_what_is_wrong(adjudge: Run, write: Any, args: list[str], hint: str) -> None:
    write(RIGHT)
    done = adjudge(*args)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [[], ["fly"], ["score"], ["serve", "--porrt", "1"]])
def test_an_unknown_command_or_option_exits_2(adjudge: Run, args: list[str]) -> None:
    assert adjudge(*args).returncode == 2


def test_an_output_that_is_no_plain_file_is_written_to_and_not_replaced(
    adjudge: Run, write: Any, tmp_path: Path
) -> None:
    pipe, link, real = tmp_path / "pipe", tmp_path / "link", tmp_path / "real"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        try:
            assert adjudge("score", write(RIGHT), "-o", pipe).returncode == 0
            assert [row["reward"] for row in rows(reader.communicate(timeout=20)[0])] == [1.0]
        finally:
            reader.kill()  # it would wait for ever on a pipe that was replaced
    assert pipe.is_fifo()
    real.write_text("what stood there before\n")
    link.symlink_to("real")
    assert adjudge("score", write(RIGHT), "-o", link).returncode == 0
    assert link.is_symlink()
    assert [row["reward"] for row in rows(real.read_text())] == [1.0]
    assert not list(tmp_path.glob("*.part"))


def test_a_file_stays_as_it_was_when_scoring_fails(adjudge: Run, write: Any, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before")
    assert adjudge("score", write({**RIGHT, "verifier": "maths"}), "-o", "out").returncode == 2
    assert (tmp_path / "out").read_text() == "before"


def test_columns_that_no_item_has_are_told_once_with_what_may_have_been_meant(adjudge: Run, write: Any) -> None:
    line = {**RIGHT, "verifer": "exact", "model": "m", "\x1b[31m": 1}
    done = adjudge("score", write(line, line, RIGHT))
    assert done.returncode == 0
    (told,) = [each for each in done.stderr.splitlines() if "passed over" in each]
    assert "verifer (did you mean 'verifier'?)" in told
    assert "model" in told
    assert "\x1b" not in told
    assert "passed over" not in adjudge("score", write(RIGHT)).stderr


def test_the_place_of_a_broken_line_is_said_once(adjudge: Run, write: Any) -> None:
    done = adjudge("score", write(RIGHT, "", '{"prompt": nonsense}'))
    assert "items.jsonl:3: not valid JSON: Expecting value (column 12)" in done.stderr


@pytest.mark.parametrize("command", [["score", "items.jsonl"], ["bench"]])
def test_an_address_where_nothing_answers_is_told_soon(adjudge: Run, write: Any, command: list[str]) -> None:
    write(RIGHT)
    done = adjudge(*command, "--url", "http://127.0.0.1:9", "--wait", "2.6")
    assert done.returncode == 2
    assert re.search(r"nothing answers at http://127\.0\.0\.1:9; trying until \d\d:\d\d:\d\d", done.stderr)
    assert "nothing answers at http://127.0.0.1:9 (tried for 2.6 s)" in done.stderr


def test_a_server_that_comes_late_is_waited_for(adjudge: Run, write: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    late = f"sleep 1; exec {sys.executable} -m adjudge.cli serve --port {port} --workers 1"
    with subprocess.Popen(["sh", "-c", late], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            done = adjudge("score", write(RIGHT), "--url", f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["score", "items.jsonl"], ["serve", "--port", "0"]])
def test_a_verifier_module_that_cannot_be_imported_is_told_by_name(
    adjudge: Run, write: Any, command: list[str]
) -> None:
    write(RIGHT)
    done = adjudge(*command, ADJUDGE_VERIFIER_MODULES="no.such")
    assert done.returncode == 2
    assert "ADJUDGE_VERIFIER_MODULES: cannot import no.such (No module named 'no')" in done.stderr
    assert "PYTHONPATH" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told_with_what_to_do(adjudge: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = adjudge("serve", "--port", port)
    assert done.returncode == 2
    assert f"port {port} is in use (another adjudge?); choose one with --port" in done.stderr


def test_serve_logs_text_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "adjudge.cli", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as server:
        os.close(theirs)
        assert server.stdout is not None
        server.stdout.readline()
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    logged = os.read(ours, 65536).decode()
    os.close(ours)
    assert "info" in logged
    assert '"level"' not in logged


def test_a_wrong_setting_is_named(adjudge: Run, write: Any) -> None:
    done = adjudge("score", write(RIGHT), ADJUDGE_QUEUE_ITEMS="lots")
    assert done.returncode == 2
    assert "ADJUDGE_QUEUE_ITEMS=lots" in done.stderr


def test_help_answers_at_once_and_names_every_command(adjudge: Run) -> None:
    done = adjudge("--help")
    assert done.returncode == 0
    for command in ("serve", "score", "doctor", "bench"):
        assert command in done.stdout


def test_doctor_says_what_each_rung_lacks(adjudge: Run) -> None:
    done = adjudge("doctor")
    for word in ("bubblewrap", "namespaces", "confined", "process", "maths", "programs", "sympy"):
        assert word in done.stdout, done.stderr
    assert "not a jail" in done.stdout
    told = json.loads(adjudge("doctor", "--json").stdout)
    assert {rung["name"] for rung in told["rungs"] if rung["lacks_by_nature"]} == {"confined", "process"}
    assert {rung["name"] for rung in told["rungs"]} == {"bubblewrap", "namespaces", "confined", "process"}
    assert told["chosen"].keys() == {"math", "program"}


def test_bench_measures_a_small_batch(adjudge: Run, url: str) -> None:
    done = adjudge("bench", "--items", "50", "--singles", "10", "--url", url)
    assert done.returncode == 0, done.stderr
    assert re.search(r"batch of 50: [\d,]+ items/s, [\d,]+ items/s per core", done.stdout)
    assert re.search(r"p50 [\d.]+ ms, p99 [\d.]+ ms", done.stdout)


def test_serve_says_where_it_serves_logs_no_texts_and_stops_on_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "adjudge.cli", "serve", "--port", "0", "--workers", "1"]
    log = tmp_path / "log"
    environment = {**os.environ, "ADJUDGE_WORKRES": "3"}
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as server,
    ):
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.match(r"adjudge serves on (http://127\.0\.0\.1:\d+)  \(1 workers, (jail|no jail): ", line)
        assert found, line
        secret = "a text that must not be logged"
        item = {"prompt": secret, "trace": secret, "ground_truth": secret, "verifier": "exact"}
        answer = httpx.post(
            f"{found[1]}/v1/score", json={"items": [item]}, headers={"x-request-id": "r17"}, trust_env=False
        )
        assert answer.json()["rewards"] == [1.0]
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    lines = rows(log.read_text())
    assert secret not in log.read_text()
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    request = next(line for line in lines if line.get("request_id") == "r17")
    assert (request["path"], request["status"]) == ("/v1/score", 200)
    start = next(line for line in lines if line["message"].startswith("serving on"))
    assert ("lacks" in start) == ("jail" in start)  # known by then, or there is no jail
    assert any("ADJUDGE_WORKRES" in line["message"] and "ADJUDGE_WORKERS" in line["message"] for line in lines)
