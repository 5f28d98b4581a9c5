"""/metrics of a real server: what a run and a dataset did, whatever callers send, and what an operator is woken for."""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adjudge_client import LocalServer

PAGE = Path(__file__).parents[2] / "docs" / "observability.md"
Make = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def http(start_server: Callable[..., LocalServer]) -> Iterator[httpx.Client]:
    """A server of its own, so that only this file's runs are shown."""
    with httpx.Client(base_url=start_server(metric_names=8).url, timeout=60.0, trust_env=False) as client:
        yield client


class Shown:
    """One scrape."""

    def __init__(self, http: httpx.Client) -> None:
        answer = http.get("/metrics")
        assert answer.status_code == 200
        self.families = list(text_string_to_metric_families(answer.text))

    def value(self, name: str, **labels: str) -> float:
        """The sum over all series that have these labels."""
        samples = [each for family in self.families for each in family.samples if each.name == name]
        return sum(each.value for each in samples if labels.items() <= each.labels.items())

    def names(self, label: str) -> set[str]:
        return {each.labels[label] for family in self.families for each in family.samples if label in each.labels}


def score(http: httpx.Client, items: list[Any], **fields: Any) -> dict[str, Any]:
    answer = http.post("/v1/score", json={"items": items, **fields})
    assert answer.status_code == 200, answer.text[:500]
    page: dict[str, Any] = answer.json()
    return page


def test_the_rewards_of_a_run_can_be_read_from_its_sums(http: httpx.Client, item: Make) -> None:
    reward = {"terms": [{"name": "a", "verifier": "item", "weight": 2}, {"name": "b", "verifier": "f1", "weight": -3}]}
    items = [item(trace, truncated=n == 2, tokens=100 * n) for n, trace in enumerate(["B", "B C", "C", "B B B"])]
    rewards = score(http, items, run="grpo", step=12, reward=reward)["rewards"]
    assert min(rewards) < 0
    shown = Shown(http)
    sums = {name: shown.value(f"adjudge_run_{name}_total", run="grpo") for name in ("items", "tokens", "truncated")}
    assert sums == {"items": 4, "tokens": 600, "truncated": 1}
    gained, lost = (shown.value(f"adjudge_run_rewards_{each}_total", run="grpo") for each in ("gained", "lost"))
    mean = (gained - lost) / 4
    assert mean == pytest.approx(statistics.fmean(rewards))
    deviation = math.sqrt(shown.value("adjudge_run_rewards_squared_total", run="grpo") / 4 - mean**2)
    assert deviation == pytest.approx(statistics.pstdev(rewards))
    assert shown.value("adjudge_run_step", run="grpo") == 12


def test_a_null_is_counted_by_whose_doing_it_is(http: httpx.Client, item: Make) -> None:
    items = [item(), item(gold=[]), item(truncated=True)]
    reward = {"terms": [{"name": "a", "verifier": "item"}], "truncated": "mask"}
    before = Shown(http)
    assert score(http, items, run="nulls", reward=reward)["rewards"] == [1.0, None, None]
    shown = Shown(http)
    for status in ("bad_task", "masked"):
        assert shown.value("adjudge_run_null_rewards_total", run="nulls", status=status) == 1
        name = "adjudge_null_rewards_total"
        assert shown.value(name, status=status) == before.value(name, status=status) + 1
    assert shown.value("adjudge_run_null_rewards_total", run="nulls") == 2


def test_the_solved_share_of_a_dataset(http: httpx.Client, item: Make) -> None:
    items = [item("B", dataset="gsm"), item("C", dataset="gsm"), item(gold=[], dataset="gsm"), item("B")]
    score(http, items)
    shown = Shown(http)
    assert shown.value("adjudge_dataset_items_total", dataset="gsm") == 3
    assert shown.value("adjudge_dataset_solved_total", dataset="gsm") == 1
    assert shown.value("adjudge_dataset_graded_total", dataset="gsm") == 2
    assert shown.value("adjudge_dataset_verdicts_total", dataset="gsm", status="bad_task") == 1
    assert shown.value("adjudge_dataset_solved_total", dataset="none") >= 1


def test_groups_that_teach_nothing_are_counted_with_why(http: httpx.Client, item: Make) -> None:
    traces = {"solved": "BB", "unsolved": "CC", "mixed": "BC"}
    items = [item(trace, group=group) for group, pair in traces.items() for trace in pair]
    score(http, items, run="groups")
    shown = Shown(http)
    assert shown.value("adjudge_run_groups_total", run="groups") == 3
    for why in ("solved", "unsolved"):
        assert shown.value("adjudge_run_groups_zero_gradient_total", run="groups", why=why) == 1
    assert shown.value("adjudge_run_groups_zero_gradient_total", run="groups") == 2


def test_a_streamed_batch_is_counted_like_any_other(http: httpx.Client, item: Make) -> None:
    request = {"items": [item(dataset="streamed"), item("C", dataset="streamed")], "run": "grpo"}
    before = Shown(http).value("adjudge_run_items_total", run="grpo")
    http.post("/v1/score", json=request, headers={"accept": "application/x-ndjson"})
    shown = Shown(http)
    assert shown.value("adjudge_run_items_total", run="grpo") == before + 2
    assert shown.value("adjudge_dataset_solved_total", dataset="streamed") == 1


def test_whatever_callers_send_there_are_only_so_many_names(http: httpx.Client, item: Make) -> None:
    before = Shown(http)
    for n in range(30):
        score(http, [item(dataset=f"junk {n} {m}") for m in range(30)], run=f"junk {n}")
    shown = Shown(http)
    for label in ("run", "dataset"):
        names = shown.names(label)
        assert len(names) <= 10 and {"other", *before.names(label)} <= names
    for kind, count in (("run_items", 900), ("dataset_items", 900), ("items", 900)):
        assert shown.value(f"adjudge_{kind}_total") == before.value(f"adjudge_{kind}_total") + count


def test_names_and_numbers_beyond_all_measure_break_nothing(start_server: Callable[..., LocalServer]) -> None:
    with httpx.Client(base_url=start_server().url, timeout=60.0, trust_env=False) as http:
        names = ["x" * 1_000_000, 'quo"te\\\n', "\u0000\u2028", "\\ud800 half"]
        for name in names:
            body = (
                '{"run": "NAME", "step": 1STEP, "items": [{"prompt": "", "trace": "B", "ground_truth": "B", '
                '"verifier": "exact", "dataset": "NAME", "tokens": 1TOKENS}]}'
            )
            written = name if "ud800" in name else _inside(name)
            body = body.replace("NAME", written).replace("STEP", "0" * 400).replace("TOKENS", "0" * 12)
            assert http.post("/v1/score", content=body.encode()).json()["rewards"] == [1.0]
        text = http.get("/metrics").text
        assert max(map(len, text.splitlines())) < 400
        shown = Shown(http)
        assert shown.names("run") == shown.names("dataset") >= {"x" * 64, 'quo"te\\?', "??"}
        assert all(math.isfinite(each.value) for family in shown.families for each in family.samples)


def _inside(text: str) -> str:
    return httpx.Request("POST", "http://x", json=text).content.decode()[1:-1]


def _kill_below(pid: int) -> None:
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            _kill_below(int(child))
            os.kill(int(child), signal.SIGKILL)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_an_operator_sees_that_jails_do_not_stand(start_server: Callable[..., LocalServer]) -> None:
    server = start_server(max_wait_s=5)
    hard = {"prompt": "", "trace": r"$\sqrt{x^2}$", "ground_truth": "|x|"}  # needs the jail
    with httpx.Client(base_url=server.url, timeout=60.0, trust_env=False) as http:
        assert score(http, [hard])["rewards"] == [1.0]
        calm = Shown(http)
        assert (calm.value("adjudge_workers_jailed"), calm.value("adjudge_jail_failures_total")) == (1, 0)
        assert server.pid is not None
        (worker,) = [pid for pid in _children(server.pid) if "worker" in Path(f"/proc/{pid}/cmdline").read_text()]
        end = time.monotonic() + 20
        number = 0
        while Shown(http).value("adjudge_workers_jailed") == 1:
            assert time.monotonic() < end, "its jail dies all the time, and nobody sees it"
            asked = http.build_request("POST", "/v1/score", json={"items": [{**hard, "ground_truth": f"|x|+{number}"}]})
            number += 1
            with _jails_killed(worker):
                http.send(asked)
        shown = Shown(http)
        assert shown.value("adjudge_jail_failures_total") > 0
        assert shown.value("adjudge_null_rewards_total", status="error") > 0
        assert shown.value("adjudge_workers_ready") == 1
        end = time.monotonic() + 30
        again = {**hard, "trace": r"$\sqrt{x^2}+x$", "ground_truth": "|x|+x"}
        while score(http, [again])["rewards"] != [1.0]:
            assert time.monotonic() < end, "its jails live, and are not used"
        assert Shown(http).value("adjudge_workers_jailed") == 1


@contextlib.contextmanager
def _jails_killed(worker: int) -> Iterator[None]:
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.005):
            _kill_below(worker)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_the_page_names_every_metric_and_no_other(http: httpx.Client) -> None:
    text = PAGE.read_text()
    told = set(re.findall(r"^\| `((?:adjudge|process)_\w+)` \|", text, re.MULTILINE))
    shown = {line.split()[2] for line in http.get("/metrics").text.splitlines() if line.startswith("# TYPE")}
    shown = {name for name in shown if not name.endswith("_created")}
    assert told == shown
    for name in set(re.findall(r"\b(?:adjudge|process)_[a-z_]+\b", text)) - told:
        assert re.sub(r"_(bucket|sum|count)$", "", name) in told, f"{name} is in an example and is no metric"
