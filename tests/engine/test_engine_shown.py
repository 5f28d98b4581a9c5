"""Names that callers give, in the metrics: clean, bounded, and never a number that falls."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.engine.shown import IDLE_S, LONGEST, NONE, OTHER, Shown, shown_name


class Sum:
    def __init__(self) -> None:
        self.value = 0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def table(most: int) -> tuple[Shown[Sum], Clock]:
    clock = Clock()
    return Shown(Sum, most, clock), clock


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        (None, NONE),
        ("", NONE),
        ("grpo-7b", "grpo-7b"),
        ("数学 9", "数学 9"),
        ("a\nb\x00c\u2028d", "a?b?c?d"),
        ("half \ud800 pair", "half ? pair"),
        ("x" * 1_000_000, "x" * LONGEST),
    ],
)
def test_a_name_is_cut_and_cleaned(given_name: str | None, shown: str) -> None:
    assert shown_name(given_name) == shown


@given(st.text())
def test_a_shown_name_can_always_be_written(name: str) -> None:
    assert 1 <= len(shown_name(name).encode()) <= 4 * LONGEST


def test_what_finds_no_place_is_counted_as_other() -> None:
    shown, _ = table(2)
    for name in ("a", "b", "c", "d", "a", NONE):
        shown.row(name).value += 1
    assert {name: row.value for name, row in shown.rows()} == {"a": 2, "b": 1, OTHER: 2, NONE: 1}


def test_a_table_without_places_shows_other_only() -> None:
    shown, _ = table(0)
    shown.row("a").value += 1
    assert [name for name, _ in shown.rows()] == [OTHER]


def test_the_longest_idle_gives_its_place_but_not_within_the_hour() -> None:
    shown, clock = table(2)
    shown.row("old")
    clock.now = 10
    shown.row("young")
    clock.now = IDLE_S - 1
    assert shown.row("new") is shown.row(OTHER)
    clock.now = IDLE_S
    shown.row("new").value = 5
    assert {name for name, _ in shown.rows()} == {"young", "new", OTHER}
    clock.now = 3 * IDLE_S
    assert shown.row("old").value == 0  # it starts anew: Prometheus reads that as a restart


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 9), st.floats(0, 2000))), st.integers(0, 4))
def test_no_series_falls_while_it_is_shown_and_there_are_never_more(
    steps: list[tuple[str, int, float]], most: int
) -> None:
    shown, clock = table(most)
    before: Counter[str] = Counter()
    for name, count, pause in steps:
        clock.now += pause
        shown.row(name).value += count
        now = {name: row.value for name, row in shown.rows()}
        assert len(now) <= most + 2
        gone = before.keys() - now.keys()
        assert len(gone) <= 1
        assert all(now[each] >= before[each] for each in before.keys() - gone)
        before = Counter(now)
