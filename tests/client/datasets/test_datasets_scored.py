"""Rows → problems → items → a real server → rewards → monitors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rows import (
    DAPO,
    DEEPMATH,
    GSM8K,
    MATH,
    MATH_500,
    NUMINA_15,
    NUMINA_COT,
    OPENR1,
    TULU3_GSM8K,
    TULU3_MATH,
    shared,
)

from adjudge_client import LocalServer, local
from adjudge_client.datasets import gsm8k, hendrycks, mapper
from adjudge_client.monitors import Monitor, from_batch, summarize


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local(workers=2) as started:
        yield started


ROWS = [
    ("openai/gsm8k", GSM8K, "71"),
    ("EleutherAI/hendrycks_math", MATH, "3\\sqrt{2}"),
    ("HuggingFaceH4/MATH-500", MATH_500, "\\frac{6}{5}"),
    ("BytedTsinghua-SIA/DAPO-Math-17k", DAPO, "18"),
    ("zwhe99/DeepMath-103K", DEEPMATH, "2"),
    ("AI-MO/NuminaMath-CoT", NUMINA_COT, "\\frac{6}{13}"),
    ("AI-MO/NuminaMath-1.5", NUMINA_15, "B"),
    ("open-r1/OpenR1-Math-220k", OPENR1, "6"),
    ("allenai/RLVR-GSM-MATH-IF-Mixed-Constraints", TULU3_GSM8K, "43"),
    ("allenai/RLVR-GSM-MATH-IF-Mixed-Constraints", TULU3_MATH, "\\frac{1}{3}"),
]


def test_rows_of_every_data_set_are_rewarded_for_the_gold_and_not_for_another_answer(server):
    items = []
    for name, row, wrong in ROWS:
        problem = mapper(name)(row)
        items += [
            problem.item(f"<think>Let us see.</think>It is \\boxed{{{answer}}}.", group=problem.id, tokens=9)
            for answer in (problem.ground_truth, wrong)
        ]
    response = server.score(items, explain=True)
    assert response.rewards == [1.0, 0.0] * len(ROWS)
    found = Monitor()(**from_batch(items, response))
    assert (found["group/share"], found["pass@1"], found["pass@2"], found["null/share"]) == (0.0, 0.5, 1.0, 0.0)
    assert found["length/mean"] == 9.0


def test_the_traces_that_openr1_comes_with_are_judged_as_its_makers_judged_them(server):
    problem = mapper("open-r1/OpenR1-Math-220k")(OPENR1)
    rewards = server.score([problem.item(trace) for trace in problem.references]).rewards
    assert rewards == [float(flag) for flag in problem.meta["correctness_math_verify"]]


def test_a_data_fault_shows_as_a_null_and_in_its_status(server):
    row = {**MATH_500, "answer": "\\frac{5}{", "solution": ""}
    response = server.score([hendrycks(row).item("It is 5.", group="g")] * 2, explain=True)
    assert response.rewards == [None, None]
    found = summarize(**from_batch([hendrycks(row).item("It is 5.", group="g")] * 2, response))
    assert (found["null/share"], found["null/bad_task"], found["group/too_few"]) == (1.0, 1.0, 1.0)


def test_every_gold_of_gsm8k_meets_itself_and_real_solutions_earn_what_their_authors_say(server):
    found = {row["question"]: row for row in shared("gsm8k_model_solutions.jsonl.gz")}
    golds = [gsm8k({"question": q, "answer": f"…\n#### {row['gold']}"}) for q, row in found.items()]
    items = [problem.item(f"So it is \\boxed{{{problem.ground_truth}}}.") for problem in golds]
    assert set(server.score(items).rewards) == {1.0}
    solved = [problem.item(row["solution"]) for problem, row in zip(golds, found.values(), strict=True)]
    assert server.score(solved).rewards == [float(row["is_correct"]) for row in found.values()]


def test_every_gold_of_math_meets_itself_and_its_own_solution(server):
    mapped = [hendrycks({k: v for k, v in row.items() if k != "answer"}) for row in shared("math_problems.jsonl.gz")]
    items = [problem.item(f"It is $\\boxed{{{problem.ground_truth}}}$.") for problem in mapped]
    response = server.score([*items, *(problem.item(problem.references[0]) for problem in mapped)], explain=True)
    assert response.verdicts is not None
    assert [v["correct"].reason for r, v in zip(response.rewards, response.verdicts, strict=True) if r != 1.0] == []
