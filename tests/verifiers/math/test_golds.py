"""What the ground truth may be, and what it may not do to the answer."""

from __future__ import annotations

import time

import pytest

from .conftest import Grader

SLOW = [rf"\int_0^{{{k}}}\sin(x^2+1)e^{{\cos x}}dx" for k in range(1, 25)]


def test_slow_golds_beside_the_right_one_cost_nothing(grader: Grader) -> None:
    start = time.process_time()
    assert grader([*SLOW, "7"], r"\boxed{7}").score == 1.0
    assert time.process_time() - start < 2.0


def test_lists_of_golds_within_lists_mean_any_of_them(grader: Grader) -> None:
    assert grader([["7"], ["8", ["9"]]], r"\boxed{9}").score == 1.0
    assert grader([[], []], r"\boxed{9}").status == "bad_task"


@pytest.mark.parametrize("digit", list("①²٣५𝟘¼五"))
def test_odd_digits_are_no_fault_of_ours(grader: Grader, digit: str) -> None:
    for text in (
        digit,
        f":\\sqrt{{-1}}\\text{{cm}}{digit}",
        f"5\\text{{cm}}^{digit}",
        f"x_{digit}",
        f"0.{digit}",
        f"1,{digit}",
    ):
        assert grader(text, r"\boxed{5}").status in ("ok", "bad_task"), text
        assert grader("5", rf"\boxed{{{text}}}").status in ("ok", "no_answer"), text


@pytest.mark.parametrize(
    "trace",
    [
        r"\boxed{\frac10=5}", r"\boxed{\ln0=5}", r"\boxed{5=\tan90^\circ=6}",
        r"\boxed{|\frac10|=5}", r"\boxed{\frac10:3}",
        r"\boxed{\infty-\infty=5}", r"\boxed{\text{one" + " and half" * 400 + "}}",
        r"\boxed{5" + r"\text{dozen }" * 300 + "}",
        r"\boxed{0.\overline{" + "1" * 5000 + "}}", "\\boxed{二分之" + "1" * 4000 + "}",
        r"\boxed{" + "x^{" * 60 + "x" + "}" * 61,
    ],
)  # fmt: skip
def test_no_answer_makes_a_null_of_an_ordinary_gold(grader: Grader, trace: str) -> None:
    assert grader("5", trace).score == 0.0
    assert grader(r"\frac{5}{7}", trace).score == 0.0


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("no solution", r"\{\}"), ("one half", "0.5"), ("twenty-one", "21"), (r"\{\}", r"\emptyset"), ("two", "2"),
        (r"P(A\cap B)", r"P(A \cap B)"), (r"AB \parallel CD", r"AB\parallel CD"), (r"\mathbb{R}^2", r"\mathbb{R}^{2}"),
        ("#### 18", "18"), ("The roots are $3$ and $7$", "7, 3"), ("(A) 12", "12"), ("(A) 12", "A"),
        ("a, b, c", "c, b, a"),
    ],
)  # fmt: skip
def test_golds_as_data_sets_write_them_are_met(grader: Grader, gold: str, answer: str) -> None:
    assert grader(gold, rf"\boxed{{{answer}}}").score == 1.0


REPEATS = [
    (
        r"What is $2^{10}$?",
        "1024",
        [r"2^{10}", r"x = 2^{10}", r"2^{10}\text{ units}", r"2^{10}=2^{10}", r"\{2^{10}\}", r"1\cdot 2^{10}"],
    ),
    ("Compute 3·4 + 5·6.", "42", [r"5\cdot6+3\cdot4", "3*4+5*6"]),
    (r"Expand $(x+1)^3$.", "x^3+3x^2+3x+1", [r"(1+x)^3", r"(x+1)^3"]),
    (r"Solve $2x+1>7$.", "x>3", [r"2x+1>7", r"7<2x+1"]),
    ("Convert 3 km to m.", r"3000 \text{ m}", [r"3 \text{ km}"]),
    (r"What is $\int_0^1 x^2dx$? (A) 1/2 (B) 1/3", "B", [r"\int_0^1 x^2\,dx"]),
]


@pytest.mark.parametrize(("prompt", "gold", "answers"), REPEATS)
def test_boxing_the_question_does_not_pay(grader: Grader, prompt: str, gold: str, answers: list[str]) -> None:
    assert [a for a in answers if grader(gold, rf"\boxed{{{a}}}", prompt).score != 0.0] == []
