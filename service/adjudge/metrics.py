"""Prometheus metrics of one service process. Label values come from closed lists, or are bounded (engine/shown.py):
whatever callers send, they cannot make more than so many series.

Requests are counted here; what the engine counted (`Counters`) is read when it is scraped. docs/observability.md says
what each means; a test compares that page with what a server shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    exposition,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adjudge_client.types import NULL_STATUSES, Verdict

from . import __version__
from .engine.counters import RESTARTS
from .engine.tallies import MASKED

CONTENT_TYPE: str = exposition.CONTENT_TYPE_LATEST
OTHER = "other"
_SECONDS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_ITEMS = (1, 4, 16, 64, 256, 1024, 4096, 10_000)


class EngineCounters(Protocol):
    """What the engine counts (engine/counters.py); the metrics only read it."""

    @property
    def verdicts(self) -> Mapping[tuple[str, str, str], int]: ...
    @property
    def nulls(self) -> Mapping[str, int]: ...
    @property
    def worker_restarts(self) -> Mapping[str, int]: ...
    @property
    def runs(self) -> Table: ...
    @property
    def datasets(self) -> Table: ...


class Table(Protocol):
    """Rows by a name that callers gave: bounded and clean already."""

    def rows(self) -> Iterable[tuple[str, Any]]: ...


_PLAIN = {
    "items": ("items", "Items judged."),
    "cache_hits": ("cache_hits", "Verdicts answered from the cache."),
    "cache_misses": ("cache_misses", "Verdicts that the cache did not hold."),
    "deduped": ("deduped", "Jobs that shared the execution of an equal one."),
    "jobs_started": ("jobs_started", "Jobs sent to a worker, every try."),
    "queue_wait_seconds": ("queue_wait_s", "Time that those jobs waited for a worker, added up."),
    "jobs_handed_back": ("handed_back", "Jobs that a worker gave back because its jail was taken or did not stand."),
    "jail_failures": ("jail_failures", "Times that a worker could have no jail: none that passes its canary."),
    "jail_restarts": ("jail_restarts", "Jails started anew after one died."),
    "retries": ("retries", "Executions done again because something of ours died."),
}
_OF_RUN = {
    "items": ("items", "Items judged, by run."),
    "rewards": ("rewards", "Rewards that are not null, by run."),
    "rewards_gained": ("gained", "Sum of the rewards over 0, by run."),
    "rewards_lost": ("lost", "Sum of the rewards below 0, as a positive number, by run."),
    "rewards_squared": ("squares", "Sum of the squares of the rewards, by run."),
    "truncated": ("truncated", "Items whose trace was cut off, by run."),
    "tokens": ("tokens", "Tokens of the traces, of items that say so, by run."),
    "items_with_tokens": ("tokens_told", "Items that say how many tokens they have, by run."),
    "groups": ("groups", "Groups, by run."),
}
_OF_DATASET = {
    "items": ("items", "Items judged, by dataset."),
    "graded": ("graded", "Items whose correctness terms all have a score, by dataset."),
    "solved": ("solved", "Items whose correctness terms all score 1, by dataset."),
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
        Info("adjudge_build", "What runs here.", registry=registry).info({"version": __version__})
        ProcessCollector(registry=registry)
        self._routes: frozenset[str] = frozenset()
        self._score_seconds: dict[str, Histogram] = {}
        self._of_request: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def know_routes(self, paths: Iterable[str]) -> None:
        """Requests of these paths are told apart, all others are "other"."""
        self._routes = frozenset(paths)

    def observe_verdict(self, verdict: Verdict) -> None:
        """One verdict that was computed."""
        histogram = self._score_seconds.get(verdict.verifier)
        if histogram is None:
            histogram = self.verdict_seconds.labels(verdict.verifier.partition("@")[0])
            self._score_seconds[verdict.verifier] = histogram
        histogram.observe(verdict.elapsed_ms / 1000)

    def observe_request(self, path: str, code: int, seconds: float) -> None:
        route = path if path in self._routes else OTHER
        found = self._of_request.get((route, code))
        if found is None:
            found = self.requests.labels(route, str(code)), self.request_seconds.labels(route)
            self._of_request[route, code] = found
        found[0].inc()
        found[1].observe(seconds)

    def watch(self, counters: EngineCounters, gauges: Callable[[], Mapping[str, tuple[float, str]]]) -> None:
        """Show the engine's counters, and what `gauges` says at that moment (value, meaning), at every scrape."""
        self.registry.register(_Watched(counters, gauges))

    def text(self) -> bytes:
        """May run in a thread: some thousand lines take some tens of milliseconds."""
        return generate_latest(self.registry)


class _Watched(Collector):
    def __init__(self, counters: EngineCounters, gauges: Callable[[], Mapping[str, tuple[float, str]]]) -> None:
        self._counters = counters
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        counters = self._counters
        for name, (field, text) in _PLAIN.items():
            yield CounterMetricFamily(f"adjudge_{name}", text, value=getattr(counters, field))
        yield from _verdicts(dict(counters.verdicts))
        nulls = _from_zero((*NULL_STATUSES, MASKED), counters.nulls)
        yield _family("null_rewards", "Items whose reward is null, by why.", ["status"], nulls)
        restarts = _from_zero(RESTARTS, counters.worker_restarts)
        yield _family("worker_restarts", "Worker processes replaced.", ["reason"], restarts)
        yield from _of_runs(list(counters.runs.rows()))
        yield from _of_datasets(list(counters.datasets.rows()))
        for name, (value, text) in self._gauges().items():
            yield GaugeMetricFamily(f"adjudge_{name}", text, value=value)


def _verdicts(counts: Mapping[tuple[str, str, str], int]) -> Iterator[Metric]:
    by_label: dict[tuple[str, ...], int] = {}
    nulls = dict.fromkeys(NULL_STATUSES, 0)
    for (label, status, stage), count in counts.items():
        kind = label.partition("@")[0], status, stage
        by_label[kind] = by_label.get(kind, 0) + count
        if status in NULL_STATUSES:
            nulls[status] += count
    text = "Verdicts by verifier, status and the stage that decided."
    yield _family("verdicts", text, ["verifier", "status", "stage"], by_label.items())
    yield _family("nulls", "Verdicts without a score, by status: whose fault.", ["status"], nulls.items())


def _of_runs(rows: list[tuple[str, Any]]) -> Iterator[Metric]:
    yield from _sums("run", _OF_RUN, rows)
    nulls = [((run, status), count) for run, row in rows for status, count in dict(row.nulls).items()]
    yield _family("run_null_rewards", "Items whose reward is null, by run and why.", ["run", "status"], nulls)
    flat = [((run, why), count) for run, row in rows for why, count in dict(row.flat).items()]
    yield _family("run_groups_zero_gradient", "Groups that teach nothing, by run and why.", ["run", "why"], flat)
    step = GaugeMetricFamily("adjudge_run_step", "The last step that the run told.", labels=["run"])
    for run, row in rows:
        if row.step is not None:
            step.add_metric([run], row.step)
    yield step


def _of_datasets(rows: list[tuple[str, Any]]) -> Iterator[Metric]:
    yield from _sums("dataset", _OF_DATASET, rows)
    statuses = [((name, status), count) for name, row in rows for status, count in dict(row.statuses).items()]
    text = "Verdicts of correctness terms, by dataset and status."
    yield _family("dataset_verdicts", text, ["dataset", "status"], statuses)


def _from_zero(known: Iterable[str], counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    """A series that begins with its first event hides that event from `rate`."""
    return {**dict.fromkeys(known, 0), **counts}.items()


def _sums(kind: str, fields: Mapping[str, tuple[str, str]], rows: list[tuple[str, Any]]) -> Iterator[Metric]:
    for name, (field, text) in fields.items():
        yield _family(f"{kind}_{name}", text, [kind], [(label, getattr(row, field)) for label, row in rows])


def _family(
    name: str, text: str, labels: list[str], counts: Iterable[tuple[str | tuple[str, ...], float]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"adjudge_{name}", text, labels=labels)
    for values, count in counts:
        family.add_metric([values] if isinstance(values, str) else list(values), count)
    return family
