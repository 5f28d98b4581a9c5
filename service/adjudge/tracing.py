"""Traces (OpenTelemetry), where the extra `otel` is installed and the standard OTEL_… variables name a collector.

    trainer's span
    └── POST /v1/score                          items, run, step, nulls
        ├── adjudge.read      the body          bytes come from the network, decompressed
        ├── adjudge.plan      what to do        jobs
        ├── adjudge.judge     until the last verdict
        │   ├── adjudge.queue     the waiting for a worker, of all jobs
        │   └── adjudge.jobs      one per verifier
        │       └── adjudge.worker    one per worker process that took part
        │           └── adjudge.jail      the executions in its jail
        └── adjudge.compose   rewards from verdicts

The context comes from the request's `traceparent` (W3C); its sampling flag is honoured. All spans are made here, when
the response is out, from what the engine recorded (engine/timeline.py): no span for each item, and no word that a
model wrote in any of them. Without a collector nothing is imported and nothing recorded.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adjudge_client.types import NULL_STATUSES

from .engine.shown import shown_name
from .engine.tallies import MASKED, MOST
from .engine.timeline import Stay, Timeline

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

logger = logging.getLogger("adjudge.tracing")
Value = str | int | float


class Tracing:
    """Makes the spans of requests; `close` sends what is left. Spans go out from a thread of their own."""

    def __init__(self) -> None:
        """Raises ImportError where the extra is missing. The exporter is that of the standard variables."""
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create()
        if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "adjudge"}))
        self._api = trace
        self._propagator = TraceContextTextMapPropagator()
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("adjudge")

    def begin(self, method: str, route: str | None, headers: Mapping[str, str]) -> Trace | None:
        """The trace of one request, or None where it is not sampled. `route` is None for a path that is not known."""
        context = self._propagator.extract(headers)
        now = time.monotonic()
        span = self._tracer.start_span(
            method if route is None else f"{method} {route}",
            context=context,
            kind=self._api.SpanKind.SERVER,
            start_time=time.time_ns(),
        )
        if not span.is_recording():
            return None
        span.set_attributes({"http.request.method": method, **({} if route is None else {"http.route": route})})
        return Trace(self, span, now)

    def child(self, name: str, parent: Span, start_ns: int, **attributes: Value) -> Span:
        context = self._api.set_span_in_context(parent)
        given = {f"adjudge.{key}": value for key, value in attributes.items()}
        return self._tracer.start_span(name, context=context, start_time=start_ns, attributes=given)

    def fail(self, span: Span, why: str) -> None:
        span.set_status(self._api.StatusCode.ERROR, why)

    def close(self) -> None:
        """Sends what is left; blocks for as long as the exporter's own time-out."""
        self._provider.shutdown()


class Trace:
    """One sampled request. `timeline` is for the engine to fill."""

    def __init__(self, tracing: Tracing, span: Span, started: float) -> None:
        self.timeline = Timeline()
        self._tracing = tracing
        self._span = span
        self._offset_ns = time.time_ns() - int(time.monotonic() * 1e9)
        self._started = started

    @property
    def trace_id(self) -> str:
        return f"{self._span.get_span_context().trace_id:032x}"

    def end(self, status: int, request_id: str) -> None:
        """The response is out: all spans are made, the request's last."""
        try:
            self._make(status, request_id)
        except Exception:  # a trace is not worth a request
            logger.exception("a trace could not be made")
        finally:
            self._span.end()

    def _make(self, status: int, request_id: str) -> None:
        line, span = self.timeline, self._span
        span.set_attributes({"http.response.status_code": status, "adjudge.request_id": request_id})
        if line.provenance is not None:
            span.set_attributes(_about(line))
        self._fail_for_nulls(span, {why: count for why, count in line.nulls.items() if why != MASKED}, "rewards")
        if status >= 500:
            self._tracing.fail(span, f"answered {status}")
        for name, (start, end) in line.parts.items():
            part = self._child(f"adjudge.{name}", span, start)
            if name == "plan":
                part.set_attribute("adjudge.jobs", line.needs)
            if name == "judge":
                part.set_attribute("adjudge.cached", line.settled)
                self._judge(part)
            part.end(self._ns(end))

    def _judge(self, judge: Span) -> None:
        line = self.timeline
        if line.queue is not None:
            queue = line.queue
            waits = {"jobs": queue.jobs, "wait_s": queue.wait_s, "longest_wait_s": queue.longest_s}
            self._child("adjudge.queue", judge, queue.first, **waits).end(self._ns(queue.last))
        for label, jobs in line.jobs.items():
            about: dict[str, Value] = {"verifier": label, "jobs": jobs.jobs, "retries": jobs.retries}
            span = self._child("adjudge.jobs", judge, jobs.first, **about)
            span.set_attributes({f"adjudge.status.{status}": count for status, count in jobs.statuses.items()})
            self._fail_for_nulls(
                span, {each: n for each, n in jobs.statuses.items() if each in NULL_STATUSES}, "verdicts"
            )
            for (of, worker), stay in line.stays.items():
                if of == label:
                    self._worker(span, worker, stay)
            span.end(self._ns(jobs.last))

    def _worker(self, parent: Span, worker: int, stay: Stay) -> None:
        span = self._child("adjudge.worker", parent, stay.first, jobs=stay.jobs, busy_s=stay.busy_s)
        span.set_attribute("process.pid", worker)
        jail = stay.jail
        if jail.executions:
            work: dict[str, Value] = {"executions": jail.executions, "wait_s": jail.wait_s, "run_s": jail.run_s}
            self._child("adjudge.jail", span, jail.first, **work).end(self._ns(jail.last))
        span.end(self._ns(stay.last))

    def _fail_for_nulls(self, span: Span, nulls: Mapping[str, int], what: str) -> None:
        if nulls:
            told = ", ".join(f"{count} {why}" for why, count in sorted(nulls.items()))
            self._tracing.fail(span, f"{sum(nulls.values())} null {what}: {told}")

    def _child(self, name: str, parent: Span, start: float, **attributes: Value) -> Span:
        return self._tracing.child(name, parent, self._ns(start), **attributes)

    def _ns(self, moment: float) -> int:
        return int(moment * 1e9) + self._offset_ns


def _about(line: Timeline) -> dict[str, Value]:
    """What a request says of itself, and what came of it. Names of callers are bounded like those of metrics."""
    provenance = line.provenance
    assert provenance is not None
    about: dict[str, Value] = {"adjudge.items": line.items, "adjudge.run": shown_name(provenance.run)}
    if provenance.step is not None:
        about["adjudge.step"] = max(-MOST, min(provenance.step, MOST))
    return {**about, **{f"adjudge.null.{why}": count for why, count in line.nulls.items()}}


def from_environment(environment: Mapping[str, str]) -> Tracing | None:
    """Tracing if the standard variables ask for it and it can be had; what cannot be is said in the log.

    It is asked for by an OTLP endpoint, or by OTEL_TRACES_EXPORTER=otlp (then the standard's default endpoint).
    """
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or exporter == "none":
        return None
    if not endpoint and not exporter:
        return None
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if exporter not in ("", "otlp") or protocol not in (None, "", "http/protobuf"):
        logger.warning("no traces: adjudge sends them by OTLP over http/protobuf only")
        return None
    try:
        return Tracing()
    except ImportError:
        logger.warning("no traces: OTEL_… asks for them, but the extra is missing: pip install 'adjudge[otel]'")
        return None
