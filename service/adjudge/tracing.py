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
import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adjudge_client.types import NULL_STATUSES

from . import __version__
from .engine.shown import shown_name
from .engine.tallies import MASKED, MOST
from .engine.timeline import Stay, Timeline

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext

logger = logging.getLogger("adjudge.tracing")
Value = str | int | float
Attributes = Mapping[str, Value]


class Tracing:
    """Makes the spans of requests; `close` sends what is left. Spans go out from a thread of their own."""

    def __init__(self) -> None:
        """Raises ImportError where the extra is missing. The exporter is that of the standard variables."""
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create()
        if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "adjudge"}))
        self.api = trace
        self._finished = ReadableSpan
        self._resource = resource
        self._scope = InstrumentationScope("adjudge", __version__)
        self._propagator = TraceContextTextMapPropagator()
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("adjudge", __version__)

    def begin(self, method: str, route: str | None, headers: Mapping[str, str]) -> Trace | None:
        """The trace of one request, or None where it is not sampled. `route` is None for a path that is not known."""
        span = self._tracer.start_span(
            method if route is None else f"{method} {route}",
            context=self._propagator.extract(headers),
            kind=self.api.SpanKind.SERVER,
            attributes={"http.request.method": method, **({} if route is None else {"http.route": route})},
        )
        return Trace(self, span) if span.is_recording() else None

    def child(
        self, name: str, parent: SpanContext, start_ns: int, end_ns: int, about: Attributes, error: str | None = None
    ) -> SpanContext:
        """A span that is over already. Made without the tracer: that takes thrice the time, for what is not needed."""
        api = self.api
        context: SpanContext = api.SpanContext(parent.trace_id, random.getrandbits(64) or 1, False, parent.trace_flags)
        status = api.Status(api.StatusCode.UNSET) if error is None else api.Status(api.StatusCode.ERROR, error)
        span = self._finished(
            name,
            context,
            parent,
            self._resource,
            about,
            status=status,
            start_time=start_ns,
            end_time=end_ns,
            instrumentation_scope=self._scope,
        )
        self._processor.on_end(span)
        return context

    def close(self) -> None:
        """Sends what is left; blocks for as long as the exporter's own time-out."""
        self._provider.shutdown()


class Trace:
    """One sampled request. `timeline` is for the engine to fill."""

    def __init__(self, tracing: Tracing, span: Span) -> None:
        self.timeline = Timeline()
        self._tracing = tracing
        self._span = span
        self._offset_ns = time.time_ns() - time.monotonic_ns()

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
        span.set_attributes({"http.response.status_code": status, "adjudge.request_id": request_id, **_about(line)})
        error = _nulls({why: count for why, count in line.nulls.items() if why != MASKED}, "rewards")
        if status >= 500:
            error = f"answered {status}"
        if error is not None:
            span.set_status(self._tracing.api.StatusCode.ERROR, error)
        top = span.get_span_context()
        more: dict[str, Attributes] = {
            "plan": {"adjudge.jobs": line.needs},
            "judge": {"adjudge.cached": line.settled},
        }
        for name, stretch in line.parts.items():
            part = self._child(f"adjudge.{name}", top, stretch, more.get(name, {}))
            if name == "judge":
                self._judge(part)

    def _judge(self, judge: SpanContext) -> None:
        line = self.timeline
        if line.queue is not None:
            queue = line.queue
            waits = {
                "adjudge.jobs": queue.jobs,
                "adjudge.wait_s": queue.wait_s,
                "adjudge.longest_wait_s": queue.longest_s,
            }
            self._child("adjudge.queue", judge, (queue.first, queue.last), waits)
        for label, jobs in line.jobs.items():
            about: dict[str, Value] = {
                "adjudge.verifier": label,
                "adjudge.jobs": jobs.jobs,
                "adjudge.retries": jobs.retries,
            }
            about |= {f"adjudge.status.{status}": count for status, count in jobs.statuses.items()}
            error = _nulls({each: n for each, n in jobs.statuses.items() if each in NULL_STATUSES}, "verdicts")
            span = self._child("adjudge.jobs", judge, (jobs.first, jobs.last), about, error)
            for (of, worker), stay in line.stays.items():
                if of == label:
                    self._worker(span, worker, stay)

    def _worker(self, jobs: SpanContext, worker: int, stay: Stay) -> None:
        about = {"process.pid": worker, "adjudge.jobs": stay.jobs, "adjudge.busy_s": stay.busy_s}
        span = self._child("adjudge.worker", jobs, (stay.first, stay.last), about)
        jail = stay.jail
        if jail.executions:
            runs = {
                "adjudge.executions": jail.executions,
                "adjudge.wait_s": jail.wait_s,
                "adjudge.run_s": jail.run_s,
            }
            self._child("adjudge.jail", span, (jail.first, jail.last), runs)

    def _child(
        self, name: str, parent: SpanContext, stretch: tuple[float, float], about: Attributes, error: str | None = None
    ) -> SpanContext:
        start, end = (int(moment * 1e9) + self._offset_ns for moment in stretch)
        return self._tracing.child(name, parent, start, end, about, error)


def _nulls(counts: Mapping[str, int], what: str) -> str | None:
    """What an error says of nulls, None where there are none."""
    told = ", ".join(f"{count} {why}" for why, count in sorted(counts.items()))
    return f"{sum(counts.values())} null {what}: {told}" if counts else None


def _about(line: Timeline) -> dict[str, Value]:
    """What a score request says of itself, and what came of it. Names of callers are bounded like those of metrics."""
    provenance = line.provenance
    if provenance is None:
        return {}
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
        logger.warning("no traces: OTEL_… asks for them, but the extra is missing (a clone: pip install '.[otel]')")
        return None
