"""The shaping terms' tables of values, worked out by hand, through the whole engine."""

from __future__ import annotations

import json

import pytest
from harness import request

import golden
from adjudge.verifiers import known

TERMS = ["format", "repetition", "overlong", "kimi_length", "cosine_length", "l1_exact", "l1_max", "language"]


@pytest.mark.parametrize("name", TERMS)
async def test_every_row_earns_what_was_worked_out(start, name):
    path = golden.DATA / f"{name}_cases.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    engine = await start(wall_s={"text": 10.0, "math": 10.0, "program": 10.0, "network": 10.0})
    response = await engine.run(engine.plan(request(list(golden.items_of(path, name)), explain=True)))
    low, high = known()[name].range
    wrong = []
    for number, (row, verdicts) in enumerate(zip(rows, response.verdicts, strict=True), 1):
        verdict = verdicts["correct"]
        assert verdict.score is not None, (number, verdict)
        assert low <= verdict.score <= high and verdict.verifier == known()[name].label
        if verdict.score != pytest.approx(row["expected"], rel=1e-9, abs=1e-12):
            wrong.append(
                f"{path.name}:{number} {row['note']}: {row['expected']} but {verdict.score} ({verdict.reason})"
            )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", TERMS)
def test_rows_are_sorted_by_kind_and_none_is_asked_twice(name):
    rows = [json.loads(line) for line in (golden.DATA / f"{name}_cases.jsonl").read_text("utf-8").splitlines()]
    assert [row["kind"] for row in rows] == sorted(row["kind"] for row in rows)
    asked = [json.dumps({k: v for k, v in row.items() if k not in ("kind", "note", "expected")}) for row in rows]
    assert len(set(asked)) == len(asked)
