"""The table of docs/maths.md is true: every form it accepts is paid, every one it refuses is not."""

from __future__ import annotations

import re

import pytest

from .conftest import ROOT, Grader

PAGE = (ROOT / "docs" / "maths.md").read_text(encoding="utf-8")
TABLE = PAGE.split("## What meets what")[1].split("##")[0]
ROWS = [line.strip()[1:-1].split("|") for line in TABLE.splitlines() if line.startswith("| `")]
CODE = re.compile(r"`([^`]+)`")
PROMPTS = {"155": r"Compute $3^4\cdot2-7$."}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_every_row_of_the_page_is_true(grader: Grader, row: list[str]) -> None:
    golds, accepted, refused = (CODE.findall(cell) for cell in row[:3])
    wrong = []
    for gold in golds[:1]:
        prompt = PROMPTS.get(gold, "")
        wrong += [f"{a}: {v.reason}" for a in accepted if (v := grader(gold, rf"\boxed{{{a}}}", prompt)).score != 1.0]
        wrong += [f"{a}: {v.reason}" for a in refused if (v := grader(gold, rf"\boxed{{{a}}}", prompt)).score != 0.0]
    assert not wrong


def test_the_page_has_its_rows() -> None:
    assert len(ROWS) >= 28
