"""The case files, row by row: what a careful person says of an answer is what the verifier says."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from .conftest import CASES, SHARED, Grader, rows

OWN = tuple(f"math_{name}.jsonl" for name in ("cases", "traces", "verify_kinds", "redteam", "variants"))


@cache
def by_kind(name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(CASES / name):
        found[row["kind"]].append(row)
    return found


def wrong(grader: Grader, some: list[dict[str, Any]]) -> list[str]:
    out = []
    for row in some:
        verdict = grader.row(row)
        expected = row["expected"]
        right = verdict.status == "bad_task" if expected == "bad_task" else verdict.score == float(expected)
        if not right:
            said = f"{verdict.score} {verdict.status} ({verdict.reason})"
            out.append(f"gold {row['gold']!r}, answer {row.get('answer', row.get('trace'))[-200:]!r}: {said}")
    return out


@pytest.mark.parametrize(
    "kind", [pytest.param((name, kind), id=f"{name[5:-6]}-{kind}") for name in OWN for kind in by_kind(name)]
)
def test_our_cases_are_judged_as_a_careful_person_would(grader: Grader, kind: tuple[str, str]) -> None:
    assert not wrong(grader, by_kind(kind[0])[kind[1]])


def test_tricky_pairs_are_judged_as_expected(grader: Grader) -> None:
    data = rows(SHARED / "math_tricky.jsonl")
    bad = []
    for row in data:
        verdict = grader(row["gold"], row["answer"])
        paid = verdict.score == 1.0  # a null is not paid
        if paid != row["expected"]:
            bad.append((row["category"], row["gold"], row["answer"], verdict.reason))
    assert not bad


def test_every_gsm8k_label_is_agreed_with(grader: Grader) -> None:
    data = rows(SHARED / "gsm8k_model_solutions.jsonl.gz")
    bad = [
        (row["gold"], row["solution"][-100:], verdict.reason)
        for row in data
        if (verdict := grader(row["gold"], row["solution"], row["question"])).score != float(row["is_correct"])
    ]
    assert len(data) == 5276
    assert not bad


def test_every_solution_earns_one_against_its_own_answer(grader: Grader) -> None:
    data = rows(SHARED / "math_problems.jsonl.gz")
    bad = [
        (row["answer"], verdict.reason)
        for row in data
        for trace in (row["solution"], f"\\boxed{{{row['answer']}}}")
        if (verdict := grader(row["answer"], trace, row["problem"])).score != 1.0
    ]
    assert not bad


def test_no_answer_but_an_equal_one_is_accepted_when_answers_are_shuffled(grader: Grader) -> None:
    """`math_problems_equal.jsonl` lists every pair of different answers, out of all pairs, that our policy
    calls equal.
    """
    answers = sorted({row["answer"] for row in rows(SHARED / "math_problems.jsonl.gz")})
    equal = {(row["gold"], row["answer"]) for row in rows(CASES / "math_problems_equal.jsonl")}
    dice = random.Random(20)
    pairs = [(gold, answer) for gold in answers for answer in dice.sample(answers, 60) if gold != answer]
    paid = {(gold, answer) for gold, answer in pairs if grader(gold, f"\\boxed{{{answer}}}").score != 0.0}
    assert paid <= equal
    assert all(grader(gold, f"\\boxed{{{answer}}}").score == 1.0 for gold, answer in dice.sample(sorted(equal), 40))


def test_golds_given_as_json_numbers_are_read_exactly(grader: Grader) -> None:
    from decimal import Decimal

    assert grader(72, r"\boxed{72}").score == 1.0
    assert grader(Decimal("0.1"), r"\boxed{\frac{1}{10}}").score == 1.0
    assert grader(Decimal("12345678901234567890.5"), r"\boxed{12345678901234567890.5}").score == 1.0
    assert grader(10**30 + 1, rf"\boxed{{{10**30}}}").score == 0.0


def test_a_list_of_golds_means_any_of_them(grader: Grader) -> None:
    assert grader(["7", "8"], r"\boxed{8}").score == 1.0
    assert grader(["7", "8"], r"\boxed{9}").score == 0.0
    assert grader([], r"\boxed{9}").status == "bad_task"
    assert grader([r"\frac{0}{0}", "8"], r"\boxed{8}").score == 1.0


@pytest.mark.parametrize("gold", [{"a": 1}, None, True, "", "   ", r"\frac{0}{0}", r"\frac{1}{"])
def test_a_gold_that_cannot_be_read_is_the_datas_fault(grader: Grader, gold: Any) -> None:
    verdict = grader(gold, r"\boxed{5}")
    assert (verdict.score, verdict.status) == (None, "bad_task")
    assert verdict.reason


def test_every_verdict_says_why_and_which_stage_decided(grader: Grader) -> None:
    for gold, trace, stage in [
        ("5", r"\boxed{5}", "exact"),
        ("5", "I do not know.", "extract"),
        ("B", r"\boxed{B}", "choice"),
        ("Yes", r"\boxed{No}", "text"),
        (r"\sin 2x", r"\boxed{2\sin x\cos x}", "decide"),
        (r"\frac{0}{0}", r"\boxed{1}", "gold"),
    ]:
        verdict = grader(gold, trace)
        assert verdict.stage == stage, verdict
        assert verdict.reason
