"""The case files are data that people extend by hand: well-formed, without doubles, and rich enough kind by kind."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parent.parent / "data"
CASE_KEYS = {"kind", "gold", "answer", "expected", "note"}
TRACE_KEYS = {"kind", "prompt", "trace", "gold", "expected", "note"}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("name", "needed", "allowed"),
    [
        ("math_cases.jsonl", CASE_KEYS, {"prompt", "options"}),
        ("math_traces.jsonl", TRACE_KEYS, {"truncated"}),
    ],
)
def test_every_row_has_the_needed_columns_and_no_others(name: str, needed: set[str], allowed: set[str]) -> None:
    for row in rows(name):
        assert needed <= row.keys() <= needed | allowed, row
        assert row["expected"] in (True, False, "bad_task"), row


@pytest.mark.parametrize("name", ["math_cases.jsonl", "math_traces.jsonl"])
def test_no_question_is_asked_twice(name: str) -> None:
    seen: Counter[str] = Counter()
    for row in rows(name):
        asked = {key: row[key] for key in row.keys() - {"kind", "expected", "note"}}
        seen[json.dumps(asked, sort_keys=True)] += 1
    assert [question for question, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("name", ["math_cases.jsonl", "math_traces.jsonl"])
def test_rows_are_sorted_by_kind(name: str) -> None:
    kinds = [row["kind"] for row in rows(name)]
    assert kinds == sorted(kinds)


def test_every_kind_of_case_has_enough_rows_and_its_near_misses() -> None:
    table = rows("math_cases.jsonl")
    paid = Counter(row["kind"] for row in table if row["expected"] is True)
    unpaid = Counter(row["kind"] for row in table if row["expected"] is not True)
    assert len(table) >= 900
    for kind in paid.keys() | unpaid.keys():
        assert paid[kind] + unpaid[kind] >= 15, kind
        assert unpaid[kind] >= 5, f"{kind} has too few near misses"


def test_there_are_enough_traces_right_and_wrong() -> None:
    table = rows("math_traces.jsonl")
    assert len(table) >= 200
    assert sum(row["expected"] is True for row in table) >= 80
    assert sum(row["expected"] is False for row in table) >= 60
