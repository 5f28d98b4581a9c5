"""The small parts: the cache, the queue, frames, the canonical form."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.engine.cache import VerdictCache
from adjudge.engine.canonical import NotCanonical, canonical
from adjudge.engine.executors import Task
from adjudge.engine.executors.fair import Costs, FairQueue
from adjudge.engine.frames import HEAD, Frames
from adjudge_client.types import Verdict


def verdict(status="ok", reason=""):
    score = None if status in ("error", "bad_task") else 0.0
    return Verdict(score=score, status=status, reason=reason, verifier="v@1")


def test_the_cache_forgets_what_was_used_longest_ago():
    cache = VerdictCache(verdicts=2, megabytes=1)
    cache.put(b"a", verdict())
    cache.put(b"b", verdict())
    assert cache.get(b"a") is not None
    cache.put(b"c", verdict())
    assert cache.get(b"b") is None and cache.get(b"a") is not None and len(cache) == 2


def test_the_cache_is_bounded_in_bytes_too():
    cache = VerdictCache(verdicts=1_000_000, megabytes=1)
    for number in range(100):
        cache.put(str(number).encode(), verdict(reason="é" * 10_000))
    assert len(cache) < 30 and cache.bytes <= 1_000_000
    cache.put(b"huge", verdict(reason="x" * 2_000_000))
    assert b"huge" not in cache


def test_the_cache_knows_its_size_in_memory():
    cache = VerdictCache(verdicts=1_000_000, megabytes=1_000)
    tracemalloc.start()
    for number in range(3_000):
        fields = {**verdict().model_dump(), "extracted": str(number), "stage": "exact", "reason": f"it is {number}"}
        made = Verdict(**json.loads(json.dumps(fields)))
        cache.put(hashlib.sha256(str(number).encode()).digest(), made.model_copy(update={"cached": True}))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.75 * used < cache.bytes < 1.5 * used


@pytest.mark.parametrize("status", ["timeout", "memory", "crash", "error", "bad_task"])
def test_what_does_not_hold_beyond_its_batch_is_not_kept(status):
    cache = VerdictCache(verdicts=10, megabytes=1)
    cache.put(b"a", verdict(status))
    assert len(cache) == 0


def task(label="v@1", size=1):
    return Task(b"", None, label, "text", 1.0, size)


def test_lanes_take_turns():
    queue, costs = FairQueue(), Costs()
    many, one = [task() for _ in range(1000)], [task()]
    queue.add(many, "many")
    queue.add(one, "one")
    chunk = queue.take(10 * Costs.FIRST_S, 100, 1_000_000, costs)
    assert one[0] in chunk[:2] and len(chunk) == 10
    assert len(queue) == 991


def test_a_chunk_is_bounded_by_cost_count_and_bytes_and_never_empty():
    queue, costs = FairQueue(), Costs()
    queue.add([task(size=1000) for _ in range(100)], "lane")
    assert len(queue.take(1e-9, 100, 1_000_000, costs)) == 1
    assert len(queue.take(1.0, 7, 1_000_000, costs)) == 7
    assert len(queue.take(1.0, 100, 2500, costs)) == 3


def test_a_withdrawn_task_is_passed_over():
    queue = FairQueue()
    first, second = task(), task()
    queue.add([first, second], "lane")
    assert queue.remove(first) and not queue.remove(first)
    assert queue.pop() is second and queue.pop() is None


def test_costs_follow_what_is_measured_and_one_outlier_does_not_rule():
    costs = Costs()
    for _ in range(200):
        costs.learn("v@1", 0.01)
    assert 0.009 < costs.of("v@1") < 0.011
    costs.learn("v@1", 100.0)
    assert costs.of("v@1") < 0.025


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 50))
def test_frames_are_cut_right_however_the_bytes_arrive(bodies, step):
    stream = b"".join(HEAD.pack(len(body)) + body for body in bodies)
    frames = Frames()
    got = [body for start in range(0, len(stream), step) for body in frames.feed(stream[start : start + step])]
    assert got == bodies


PLAIN = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(),
        st.decimals(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)  # fmt: skip


def same(one, other):
    """Equal as data, with integers and other numbers kept apart."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float | Decimal):
        return isinstance(other, Decimal) and Decimal(repr(one) if isinstance(one, float) else one) == other
    return type(one) is type(other) and one == other


@given(PLAIN)
def test_the_canonical_form_is_json_that_says_the_same_exactly(value):
    text = canonical(value)
    assert same(value, json.loads(text, parse_float=Decimal))
    assert canonical(json.loads(text, parse_float=Decimal)) == text


@pytest.mark.parametrize("value", [float("inf"), Decimal("NaN"), {1, 2}, object()])
def test_what_is_not_plain_data_has_no_canonical_form(value):
    with pytest.raises(NotCanonical):
        canonical(value)
