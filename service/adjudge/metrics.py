"""Prometheus metrics of one service process. Label values come from closed lists: no caller can make a new series.

Requests are counted here; what the engine counted (`Counters`) is read when it is scraped.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, exposition, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adjudge_client.types import NULL_STATUSES, Verdict

CONTENT_TYPE: str = exposition.CONTENT_TYPE_LATEST
ROUTES = frozenset({"/v1/score", "/v1/verifiers", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"})
_SECONDS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_ITEMS = (1, 4, 16, 64, 256, 1024, 4096, 10_000)


class EngineCounters(Protocol):
    """What the engine counts (engine/counters.py); the metrics only read it."""

    @property
    def verdicts(self) -> Mapping[tuple[str, str, str], int]: ...
    @property
    def worker_restarts(self) -> Mapping[str, int]: ...


_PLAIN = {
    "items": "Items judged.",
    "cache_hits": "Verdicts answered from the cache.",
    "cache_misses": "Verdicts that the cache did not hold.",
    "deduped": "Jobs that shared the execution of an equal one.",
    "null_rewards": "Items whose reward is null.",
    "jail_restarts": "Jails started anew after one died.",
    "retries": "Executions done again because something of ours died.",
}


class Metrics:
    """`registry` is this service's own, so that two services in one process do not mix."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "adjudge_requests_total", "HTTP requests by route and status code.", ["route", "code"], registry=registry
        )
        self.request_seconds = Histogram(
            "adjudge_request_duration_seconds",
            "Wall time from a request's head to the last byte of its response.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch_items = Histogram(
            "adjudge_batch_items", "Items per score request.", buckets=_ITEMS, registry=registry
        )
        self.body_bytes = Counter("adjudge_body_bytes_total", "Bytes of score bodies read.", registry=registry)
        self.verdict_seconds = Histogram(
            "adjudge_verdict_duration_seconds",
            "Time to compute one verdict, waiting apart.",
            ["verifier"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._score_seconds: dict[str, Histogram] = {}
        self._of_request: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def observe_verdict(self, verdict: Verdict) -> None:
        """One verdict that was computed."""
        histogram = self._score_seconds.get(verdict.verifier)
        if histogram is None:
            histogram = self.verdict_seconds.labels(verdict.verifier.partition("@")[0])
            self._score_seconds[verdict.verifier] = histogram
        histogram.observe(verdict.elapsed_ms / 1000)

    def observe_request(self, path: str, code: int, seconds: float) -> None:
        route = path if path in ROUTES else "other"
        found = self._of_request.get((route, code))
        if found is None:
            found = self.requests.labels(route, str(code)), self.request_seconds.labels(route)
            self._of_request[route, code] = found
        found[0].inc()
        found[1].observe(seconds)

    def watch(self, counters: EngineCounters, gauges: Callable[[], Mapping[str, float]]) -> None:
        """Show the engine's counters, and what `gauges` says at that moment, at every scrape."""
        self.registry.register(_Watched(counters, gauges))

    def text(self) -> bytes:
        return generate_latest(self.registry)


class _Watched(Collector):
    def __init__(self, counters: EngineCounters, gauges: Callable[[], Mapping[str, float]]) -> None:
        self._counters = counters
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for name, text in _PLAIN.items():
            yield CounterMetricFamily(f"adjudge_{name}", text, value=getattr(self._counters, name))
        yield from _verdicts(dict(self._counters.verdicts))
        yield _family(
            "worker_restarts", "Worker processes replaced.", ["reason"], self._counters.worker_restarts.items()
        )
        for name, value in self._gauges().items():
            yield GaugeMetricFamily(f"adjudge_{name}", f"{name.replace('_', ' ').capitalize()}.", value=value)


def _verdicts(counts: Mapping[tuple[str, str, str], int]) -> Iterator[Metric]:
    by_label: Tally[tuple[str, ...]] = Tally()
    nulls: Tally[str] = Tally()
    for (label, status, stage), count in counts.items():
        by_label[label.partition("@")[0], status, stage] += count
        if status in NULL_STATUSES:
            nulls[status] += count
    text = "Verdicts by verifier, status and the stage that decided."
    yield _family("verdicts", text, ["verifier", "status", "stage"], by_label.items())
    yield _family("nulls", "Verdicts without a score, by status: whose fault.", ["status"], nulls.items())


def _family(
    name: str, text: str, labels: list[str], counts: Iterable[tuple[str | tuple[str, ...], int]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"adjudge_{name}", text, labels=labels)
    for values, count in counts:
        family.add_metric([values] if isinstance(values, str) else list(values), count)
    return family
