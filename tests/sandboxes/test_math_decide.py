"""The decision in the jail: never true when unequal, never false when equal, undecided rather than wrong."""

from __future__ import annotations

import itertools
import json
import re
import time

import pytest
from math_calls import decide, rows, tree

from adjudge.verifiers.math import tree as closed
from adjudge_sandboxes.programs import math_decide, math_nodes, math_symbolic, math_values

CASES = rows("math_decide.jsonl")
X, TWO = ["sym", "x"], ["num", 2, 1]


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row['ask']}: {row['a']} and {row['b']}")
def test_the_decision_is_right_in_both_directions(row):
    a, b = tree(row["a"]), tree(row["b"])
    for seed, (left, right) in (("0a", (a, b)), ("f1", (b, a))):
        answer = decide(row["ask"], left, right, seed=seed)
        assert answer["equal"] is row["equal"], answer["how"]


@pytest.mark.parametrize("text", sorted({row["a"] for row in CASES if row["equal"] is not None}))
def test_everything_equals_itself_unless_it_has_no_value(text):
    node = tree(text)
    assert decide("equal", node, node)["equal"] is (None if text == r"\frac{1}{0}" else True)


def test_no_expression_of_one_case_equals_one_of_another_by_accident():
    """Constants with distinct values are told apart, all against all."""
    distinct = [
        r"\pi",
        "e",
        r"\sqrt{2}",
        "3",
        "22/7",
        r"\frac{355}{113}",
        "0.5",
        "-0.5",
        "i",
        "-i",
        r"\ln 2",
        "10^{40}",
    ]
    distinct += ["10^{40}+1", r"10^{-40}", "0", r"2^{10^{9}}", r"2^{10^{9}}+1", "100!", "101!", r"e^{100}", r"\sqrt{3}"]
    trees = [tree(text) for text in distinct]
    for (name_a, a), (name_b, b) in itertools.combinations(zip(distinct, trees, strict=True), 2):
        assert decide("equal", a, b)["equal"] is False, f"{name_a} and {name_b}"


def test_the_tables_cover_exactly_the_closed_kinds():
    assert set(math_values.VALUES) == set(math_symbolic.BUILD) == set(math_nodes.PAYLOAD) == set(closed.KINDS)
    assert {kind: len(spec[0]) for kind, spec in closed.KINDS.items()} == math_nodes.PAYLOAD


def test_the_tables_cover_exactly_the_closed_functions():
    from adjudge_sandboxes.programs.math_functions import FUNCTIONS

    assert set(FUNCTIONS) == set(math_symbolic.FUNCTIONS) == set(closed.FUNCTIONS)


def test_no_name_from_outside_reaches_sympy():
    """sympy prints names into source code that it compiles."""
    hostile = ["add", ["sym", "__import__('os')"], ["app", "eval", ["sym", "x\rimport os"]], ["sym", "pi"]]
    built = math_symbolic.build(hostile, math_symbolic.Names())
    names = {str(symbol) for symbol in built.free_symbols} | {
        str(f.func) for f in built.atoms(math_symbolic.sympy.Function)
    }
    assert len(names) == 4
    assert all(re.fullmatch(r"[vu]\d+", name) for name in names)


@pytest.mark.parametrize("name", ["pi", "e", "E", "I", "oo", "S", "beta", "gamma", "zoo", "nan", "lambda", "N", "Q"])
def test_a_symbol_never_turns_into_a_constant_or_function(name):
    assert decide("equal", ["sym", name], ["sym", "x"])["equal"] is False
    shifted = ["add", ["sym", name], ["num", 1, 1]]
    assert decide("equal", ["add", ["num", 1, 1], ["sym", name]], shifted)["equal"] is True


def test_a_tolerance_is_relative():
    small, close, far = ["dec", 1000, -33], ["dec", 1001, -33], ["dec", 2000, -33]
    assert decide("equal", small, close, tolerance=0.01)["equal"] is True
    assert decide("equal", small, close)["equal"] is False
    assert decide("equal", small, far, tolerance=0.01)["equal"] is False


@pytest.mark.parametrize("ask", ["equal", "equation", "condition"])
@pytest.mark.parametrize("kind", sorted(closed.KINDS))
def test_no_kind_crashes_any_question(ask, kind):
    types, fewest, _ = closed.KINDS[kind]
    sample = {"rel": ["<"], "half": ["[)"], "const": ["pi"], "named": ["R"], "fn": ["sin"], "undone": ["det"]}
    sample.update({"num": [3, 2], "dec": [15, -1], "base": ["101", 2], "matrix": [1, 2], "clock": ["am"]})
    payload = sample.get(kind, ["x" for _ in types])
    node = [kind, *payload, *([X] * max(fewest, 2 if kind == "matrix" else 0))]
    for a, b in ((node, X), (X, node), (node, ["neg", node])):
        assert decide(ask, a, b)["equal"] in (None, False, True)


def test_the_index_of_a_sum_is_no_imaginary_unit():
    index, upper = ["const", "i"], ["sym", "n"]
    total = ["undone", "sum", ["mul", TWO, index], index, ["num", 1, 1], upper]
    assert decide("equal", total, ["mul", upper, ["add", upper, ["num", 1, 1]]])["equal"] is True


def test_a_bare_logarithm_has_some_base_but_the_same_throughout():
    nine, three, some = ["num", 9, 1], ["num", 3, 1], ["sym", "log base"]
    assert decide("equal", ["fn", "log", nine, some], ["mul", TWO, ["fn", "log", three, some]])["equal"] is True
    assert decide("equal", ["fn", "log", nine, some], ["fn", "ln", nine])["equal"] is False


@pytest.mark.parametrize("text", [r"\frac{0}{0}", r"\ln(0)", r"0^{-1}", r"\tan(\frac{\pi}{2})", r"1+\frac{2}{1-1}"])
def test_what_has_no_value_does_not_equal_itself(text):
    assert decide("equal", tree(text), tree(text))["equal"] is None


def test_a_plus_or_minus_sign_is_left_undecided():
    assert decide("equal", ["pm", X], ["neg", X])["equal"] is None


def test_the_same_question_has_the_same_answer_every_time():
    question = {"ask": "equal", "a": tree(r"\sin(2x)"), "b": tree(r"2\sin(x)\cos(x)")}
    request = json.dumps({"questions": [question] * 3, "seed": "00ff", "tolerance": None, "budget_s": 5}).encode()
    assert math_decide.run(request) == math_decide.run(request)


EXPLOSIVE = [
    r"9^{9^{9^{9}}}",
    r"10^{10^{10^{10^{10}}}}",
    r"1000000000!",
    r"((((3!)!)!)!)!",
    r"\binom{10^{9}}{5\cdot 10^{8}}",
    r"\sum_{k=1}^{10^{12}} \frac{1}{k}",
    r"(a+b+c+d+e+f+g+h)^{400}",
    r"(x^{1000}+1)^{1000}",
    r"e^{e^{e^{e^{e^{e}}}}}",
    r"7^{7^{7^{7}}} \mod 10^{9}",
    r"\gcd(2^{100003}-1, 2^{100019}-1)",
    r"\begin{pmatrix}1&1\\1&0\end{pmatrix}^{10^{9}}",
    r"\sin(10^{10^{10}})",
    r"10^{-10^{10^{10}}}",
]


@pytest.mark.parametrize("text", EXPLOSIVE)
@pytest.mark.parametrize("ask", ["equal", "equation", "condition"])
def test_explosive_trees_are_answered_at_once(ask, text):
    node = tree(text)
    if ask != "equal":
        node = ["rel", "=" if ask == "equation" else "<", ["mul", node, X], TWO]
    other = {"equal": ["num", 5, 1], "equation": ["rel", "=", X, TWO], "condition": ["rel", "<", X, TWO]}[ask]
    started = time.process_time()
    assert decide(ask, node, other)["equal"] is not True
    assert time.process_time() - started < 3.0
