"""Traces: a real server, a real collector, the trainer's `traceparent`."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from otlp import Collector, Span, collector

from adjudge.logs import trace_of
from adjudge.tracing import from_environment
from adjudge_client import LocalServer

Make = Callable[..., dict[str, Any]]
SECRET = "zanzibar"
HARD = {"prompt": SECRET, "trace": rf"{SECRET} $\sqrt{{x^2}}$", "ground_truth": "|x|"}  # needs the jail


def started(start_server: Callable[..., LocalServer], variables: dict[str, str], **settings: Any) -> LocalServer:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OTEL_")]:
            patch.delenv(name)
        for name, text in variables.items():
            patch.setenv(name, text)
        return start_server(**settings)


@pytest.fixture(scope="module")
def collected() -> Iterator[Collector]:
    with collector() as found:
        yield found


@pytest.fixture(scope="module")
def traced(start_server: Callable[..., LocalServer], collected: Collector) -> LocalServer:
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    return started(start_server, variables, workers=2)


class Trainer:
    """One request within a span of the trainer's."""

    def __init__(self, server: LocalServer, flags: str = "01") -> None:
        self._url = server.url
        self.trace, self.span = secrets.token_hex(16), secrets.token_hex(8)
        self._headers = {"traceparent": f"00-{self.trace}-{self.span}-{flags}"}

    def ask(self, items: list[Any], accept: str = "application/json", **fields: Any) -> httpx.Response:
        request, headers = {"items": items, **fields}, {**self._headers, "accept": accept}
        return httpx.post(f"{self._url}/v1/score", json=request, headers=headers, timeout=60, trust_env=False)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self._url}{path}", headers=self._headers, trust_env=False)


def one(spans: dict[str, list[Span]], name: str) -> Span:
    (span,) = spans[name]
    return span


def test_a_request_is_one_trace_from_the_trainer_to_the_jail(traced: LocalServer, collected: Collector) -> None:
    trainer = Trainer(traced)
    assert trainer.ask([HARD], run="grpo", step=3).json()["rewards"] == [1.0]
    spans = collected.of(trainer.trace)
    parents = {
        "POST /v1/score": trainer.span,
        "adjudge.read": one(spans, "POST /v1/score").id,
        "adjudge.plan": one(spans, "POST /v1/score").id,
        "adjudge.judge": one(spans, "POST /v1/score").id,
        "adjudge.queue": one(spans, "adjudge.judge").id,
        "adjudge.jobs": one(spans, "adjudge.judge").id,
        "adjudge.worker": one(spans, "adjudge.jobs").id,
        "adjudge.jail": one(spans, "adjudge.worker").id,
        "adjudge.compose": one(spans, "POST /v1/score").id,
    }
    assert {name: one(spans, name).parent for name in spans} == parents
    request = one(spans, "POST /v1/score")
    assert (request.kind, request.error, request.service) == (2, None, "adjudge")
    told = {name: request.about[name] for name in ("adjudge.items", "adjudge.run", "adjudge.step", "http.route")}
    assert told == {"adjudge.items": 1, "adjudge.run": "grpo", "adjudge.step": 3, "http.route": "/v1/score"}
    assert request.about["http.response.status_code"] == 200
    assert one(spans, "adjudge.jobs").about["adjudge.verifier"].startswith("math@")
    assert one(spans, "adjudge.jail").about["adjudge.executions"] >= 1
    assert one(spans, "adjudge.worker").about["process.pid"] not in (0, os.getpid(), traced.pid)


def test_every_span_lies_within_its_parent_and_the_steps_follow_one_another(
    traced: LocalServer, collected: Collector
) -> None:
    trainer = Trainer(traced)
    trainer.ask([{**HARD, "trace": rf"$\sqrt{{x^2}}+{n}$", "ground_truth": f"|x|+{n}"} for n in range(1, 9)])
    spans = collected.of(trainer.trace)
    by_id = {span.id: span for named in spans.values() for span in named}
    clocks = 1_000_000  # a span's clock is read twice: a millisecond is forgiven
    for span in by_id.values():
        assert span.end >= span.start
        if span.parent in by_id:
            parent = by_id[span.parent]
            assert parent.start - clocks <= span.start and span.end <= parent.end + clocks, (span.name, parent.name)
    steps = [one(spans, f"adjudge.{name}") for name in ("read", "plan", "judge", "compose")]
    assert all(first.end <= second.start + clocks for first, second in itertools.pairwise(steps))


def test_no_word_of_a_prompt_a_trace_or_a_gold_is_in_a_span(traced: LocalServer, collected: Collector) -> None:
    trainer = Trainer(traced)
    items = [{**HARD, "ground_truth": [SECRET, 1]}, {**HARD, "id": SECRET, "group": SECRET, "meta": {SECRET: SECRET}}]
    trainer.ask(items, explain=True)
    assert SECRET not in repr(collected.of(trainer.trace))


def test_a_batch_of_thousands_has_a_bounded_number_of_spans(
    traced: LocalServer, collected: Collector, item: Make
) -> None:
    trainer = Trainer(traced)
    count = 5_000
    items = [item(f"{n}", str(n), verifier=("exact", "f1", "math")[n % 3]) for n in range(count)]
    assert trainer.ask(items).json()["rewards"] == [1.0] * count
    spans = collected.of(trainer.trace)
    assert sum(map(len, spans.values())) <= 5 + 1 + 3 * (1 + 2 * 2)
    assert sum(span.about["adjudge.jobs"] for span in spans["adjudge.jobs"]) == count
    assert sum(span.about["adjudge.jobs"] for span in spans["adjudge.worker"]) == count
    assert one(spans, "adjudge.queue").about["adjudge.jobs"] >= count
    assert {span.about["adjudge.verifier"].partition("@")[0] for span in spans["adjudge.jobs"]} == {
        "exact",
        "f1",
        "math",
    }


def test_what_was_known_or_is_under_way_is_told_as_such(traced: LocalServer, collected: Collector, item: Make) -> None:
    items = [item("known to the cache")]
    Trainer(traced).ask(items)
    trainer = Trainer(traced)
    trainer.ask(items * 2)
    spans = collected.of(trainer.trace)
    assert (one(spans, "adjudge.plan").about["adjudge.jobs"], one(spans, "adjudge.judge").about["adjudge.cached"]) == (
        1,
        1,
    )
    assert "adjudge.jobs" not in spans and "adjudge.worker" not in spans


def test_a_null_is_an_error_and_a_wrong_answer_is_none(traced: LocalServer, collected: Collector, item: Make) -> None:
    wrong, null, late, masked = (Trainer(traced) for _ in range(4))
    assert wrong.ask([item("C")]).json()["rewards"] == [0.0]
    assert null.ask([item(), item(gold=[])]).json()["rewards"] == [1.0, None]
    sleepers = [item(f"s{n}", verifier="sleeper", options={"seconds": 0.4}) for n in range(12)]
    assert late.ask(sleepers, deadline_s=1.0).json()["errors"] > 0
    reward = {"terms": [{"name": "a", "verifier": "item"}], "truncated": "mask"}
    assert masked.ask([item(truncated=True)], reward=reward).json()["rewards"] == [None]
    for trainer in (wrong, masked):
        assert all(span.error is None for named in collected.of(trainer.trace).values() for span in named)
    request = one(collected.of(null.trace), "POST /v1/score")
    assert request.error == "1 null rewards: 1 bad_task"
    assert request.about["adjudge.null.bad_task"] == 1
    assert "expired" in str(one(collected.of(late.trace), "POST /v1/score").error)


def test_a_null_verdict_marks_the_jobs_that_gave_it(traced: LocalServer, collected: Collector) -> None:
    trainer = Trainer(traced)
    unreadable = {"prompt": "", "trace": "1", "ground_truth": r"\frac{1}{"}
    assert trainer.ask([unreadable]).json()["rewards"] == [None]
    spans = collected.of(trainer.trace)
    assert one(spans, "adjudge.jobs").error == "1 null verdicts: 1 bad_task"
    assert one(spans, "adjudge.jobs").about["adjudge.status.bad_task"] == 1


def test_a_stream_is_traced_too(traced: LocalServer, collected: Collector, item: Make) -> None:
    trainer = Trainer(traced)
    trainer.ask([item("to be streamed"), item(gold=[])], accept="application/x-ndjson")
    spans = collected.of(trainer.trace)
    assert one(spans, "adjudge.judge").parent == one(spans, "POST /v1/score").id
    assert one(spans, "adjudge.jobs").parent == one(spans, "adjudge.judge").id
    assert one(spans, "POST /v1/score").error == "1 null rewards: 1 bad_task"


def test_a_refusal_is_the_callers_mistake_and_no_error_of_the_span(traced: LocalServer, collected: Collector) -> None:
    trainer = Trainer(traced)
    assert trainer.ask([]).status_code == 422
    request = one(collected.of(trainer.trace), "POST /v1/score")
    assert (request.error, request.about["http.response.status_code"]) == (None, 422)


def test_other_routes_are_traced_unknown_paths_without_a_name_and_probes_not(
    traced: LocalServer, collected: Collector
) -> None:
    verifiers, nowhere, probe = (Trainer(traced) for _ in range(3))
    verifiers.get("/v1/verifiers")
    nowhere.get(f"/{SECRET}")
    probe.get("/healthz")
    assert one(collected.of(verifiers.trace), "GET /v1/verifiers").parent == verifiers.span
    assert SECRET not in repr(collected.of(nowhere.trace))
    assert collected.of(nowhere.trace).keys() == {"GET"}
    assert collected.of(probe.trace, most_s=0.3) == {}


def test_a_trace_that_is_not_sampled_is_not_recorded(traced: LocalServer, collected: Collector, item: Make) -> None:
    unsampled = Trainer(traced, flags="00")
    assert unsampled.ask([item("unsampled")]).json()["rewards"] == [0.0]
    sampled = Trainer(traced)
    sampled.ask([item("sampled")])
    assert collected.of(sampled.trace) and not collected.of(unsampled.trace, most_s=0.3)


@pytest.mark.parametrize("given", ["", "nonsense", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff-" + "1" * 60])
def test_without_a_readable_traceparent_the_trace_begins_here(
    traced: LocalServer, collected: Collector, item: Make, given: str
) -> None:
    before = {span.trace for span in collected.spans}
    name = secrets.token_hex(4)
    headers = {"traceparent": given}
    httpx.post(f"{traced.url}/v1/score", json={"items": [item()], "run": name}, headers=headers, trust_env=False)
    end = time.monotonic() + 10
    while not (mine := [span for span in collected.spans if span.about.get("adjudge.run") == name]):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert mine[0].parent == "" and mine[0].trace not in before


def test_log_lines_carry_the_id_of_the_trace_installed_or_not(
    traced: LocalServer, start_server: Callable[..., LocalServer], item: Make
) -> None:
    for each in (traced, started(start_server, {})):
        trainer = Trainer(each)
        answer = trainer.ask([item()])
        lines = _logged(each, answer.headers["x-request-id"])
        assert [line["trace_id"] for line in lines] == [trainer.trace]


def _logged(server: LocalServer, request: str) -> list[Any]:
    """The lines of one request, which come when the response is out."""
    for _ in range(100):
        text = os.pread(server._log.fileno(), 1 << 20, 0)  # not `seek`: the server writes where the file stands
        lines = [json.loads(line) for line in text.splitlines() if line.startswith(b"{")]
        if mine := [line for line in lines if line.get("request_id") == request]:
            return mine
        time.sleep(0.05)
    return []


def test_a_traceparent_is_read_as_the_standard_says() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    assert trace_of(f"00-{trace}-00f067aa0ba902b7-01") == trace
    assert trace_of(f"cc-{trace}-00f067aa0ba902b7-01-what-will-be") == trace
    for bad in (None, "", trace, f"00-{trace.upper()}-00f067aa0ba902b7-01", f"00-{'0' * 32}-00f067aa0ba902b7-01"):
        assert trace_of(bad) is None


def test_a_collector_that_is_gone_costs_no_request_and_no_graceful_end(
    start_server: Callable[..., LocalServer], item: Make
) -> None:
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "50"}
    server = started(start_server, variables)
    process = server._process
    assert process is not None
    for n in range(5):
        assert Trainer(server).ask([item(f"{n}")]).status_code == 200
    process.terminate()
    assert process.wait(20) == 0


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1"},
        {"OTEL_TRACES_EXPORTER": "console"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1"},
    ],
)
def test_no_traces_where_they_are_not_asked_for_or_cannot_be_sent(variables: dict[str, str]) -> None:
    assert from_environment(variables) is None


def test_without_a_collector_nothing_of_the_sdk_is_imported_and_nothing_recorded() -> None:
    code = (
        "import sys\n"
        "from adjudge.api import create_app\n"
        "app = create_app()\n"
        "assert app._tracing is None\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    environment = {name: text for name, text in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "[]", done.stderr


def test_where_the_extra_is_missing_the_log_says_so_and_the_service_works() -> None:
    code = (
        "import os, sys\n"
        "sys.modules['opentelemetry.sdk'] = None\n"
        "from adjudge.api import create_app\n"
        "assert create_app()._tracing is None"
    )
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "pip install '.[otel]'" in done.stderr


def test_the_client_sends_the_span_that_is_current(traced: LocalServer, collected: Collector, item: Make) -> None:
    """What docs/observability.md shows: nothing is to be switched on in the trainer but its own tracing."""
    tracer = TracerProvider().get_tracer("train")
    with tracer.start_as_current_span("reward") as span:
        assert traced.score([item()], run="grpo").rewards == [1.0]
    trainers = span.get_span_context()
    request = one(collected.of(f"{trainers.trace_id:032x}"), "POST /v1/score")
    assert request.parent == f"{trainers.span_id:016x}"
