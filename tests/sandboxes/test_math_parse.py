"""The parser in the jail: what it reads, what it refuses, and that it says only what a tree can say."""

from __future__ import annotations

import json
import time

import pytest
from math_calls import parse, rows, spelled, tree

from adjudge.verifiers.math.notation.parse import read as scan
from adjudge.verifiers.math.tree import validate

X, N1, N2, N3 = ["sym", "x"], ["num", 1, 1], ["num", 2, 1], ["num", 3, 1]

READ = {
    r"\frac{1}{2}": ["div", N1, N2],
    r"$\frac12$": ["div", N1, N2],
    r"x^2": ["pow", X, N2],
    r"-x": ["neg", X],
    r"2\frac{1}{3}": ["mixed", N2, N1, N3],
    r"0.50": ["dec", 50, -2],
    r"3E5": ["dec", 3, 5],
    r"1,234": ["num", 1234, 1],
    r"10\%": ["percent", ["num", 10, 1]],
    r"1010_2": ["base", "1010", 2],
    r"90^\circ": ["deg", ["num", 90, 1]],
    r"\pm 3": ["pm", N3],
    r"1\mp x": ["mp", N1, X],
    r"3:2": ["colon", N3, N2],
    r"5!!": ["dfact", ["num", 5, 1]],
    r"\sqrt[3]{x}": ["root", N3, X],
    r"\binom{3}{2}": ["binom", N3, N2],
    r"\log_2 x": ["fn", "log", X, N2],
    r"\log_e x": ["fn", "ln", X],
    r"\log x": ["fn", "log", X, ["sym", "log base"]],
    r"\vec{a}": ["sym", "vec a"],
    r"\sin^2 x": ["pow", ["fn", "sin", X], N2],
    r"\cos^{-1}(x)": ["fn", "arccos", X],
    r"\lfloor x\rfloor": ["floor", X],
    r"|x|": ["abs", X],
    r"\gcd(2,3)": ["fn", "gcd", N2, N3],
    r"f(x)": ["app", "f", X],
    r"x(3)": ["mul", X, N3],
    r"x_1": ["sym", "x_1"],
    r"\alpha": ["sym", "alpha"],
    r"\gamma": ["sym", "gamma"],
    r"\Gamma(3)": ["fn", "gamma", N3],
    r"e^{i\pi}": ["pow", ["const", "e"], ["mul", ["const", "i"], ["const", "pi"]]],
    r"\text{Evelyn}": ["text", "Evelyn"],
    r"1,2,3": ["seq", N1, N2, N3],
    r"\{1,2\}": ["set", N1, N2],
    r"(1,2)": ["paren", N1, N2],
    r"[1,2]": ["brack", N1, N2],
    r"[1,2)": ["half", "[)", N1, N2],
    r"(1,2]": ["half", "(]", N1, N2],
    r"(1,2)\cup(3,\infty)": ["union", ["paren", N1, N2], ["paren", N3, ["const", "oo"]]],
    r"\mathbb{R}\setminus\{2\}": ["minus", ["named", "R"], ["set", N2]],
    r"x\in\{1,2\}": ["rel", "in", X, ["set", N1, N2]],
    r"1<x\leq 3": ["rel", "< <=", N1, X, N3],
    r"x=1": ["rel", "=", X, N1],
    r"x<1 or x>2": ["or", ["rel", "<", X, N1], ["rel", ">", X, N2]],
    r"\begin{pmatrix}1&2\\3&x\end{pmatrix}": ["matrix", 2, 2, N1, N2, N3, X],
    r"2*sqrt(3)": ["mul", N2, ["root", N2, N3]],
    r"sin(x)/2": ["div", ["fn", "sin", X], N2],
    r"x**2": ["pow", X, N2],
}


@pytest.mark.parametrize("text", READ)
def test_it_writes_down_what_is_there(text):
    assert tree(text) == READ[text]


UNDONE = {
    r"\int_0^1 x dx": "int",
    r"\int x dx": "int",
    r"\sum_{k=1}^{3} k": "sum",
    r"\prod_{k=1}^{3} k": "prod",
    r"\lim_{x\to 0} x": "lim",
    r"\frac{d}{dx} x^2": "deriv",
    r"\begin{vmatrix}1&2\\3&4\end{vmatrix}": "det",
    r"\det\begin{pmatrix}1&2\\3&4\end{pmatrix}": "det",
    r"\operatorname{tr}\begin{pmatrix}1&2\\3&4\end{pmatrix}": "other",
}


@pytest.mark.parametrize("text", UNDONE)
def test_work_left_undone_stays_undone(text):
    assert tree(text)[:2] == ["undone", UNDONE[text]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hello world",
        r"\frac{",
        "2 3",
        r"\notacommand{2}",
        "1" * 3000,
        "(" * 30 + "1" + ")" * 30,
        "x" * 20_000,
    ],
)
def test_what_it_cannot_read_is_an_error_in_one_sentence(text):
    reply = parse(text)
    assert set(reply) == {"error"}
    assert 0 < len(reply["error"]) < 200


@pytest.mark.parametrize("row", rows("math_decide.jsonl"), ids=lambda row: f"{row['a']} {row['b']}")
def test_every_tree_is_valid_on_the_trusted_side(row):
    for side in (row["a"], row["b"]):
        validate(tree(side))


@pytest.mark.parametrize("row", rows("math_attacks.jsonl"), ids=lambda row: row["name"])
def test_no_hostile_text_costs_more_than_its_limit_or_leaves_the_closed_kinds(row):
    """No text reaches sympy or eval in this program, so that even these may be read here, outside a jail."""
    started = time.process_time()
    reply = parse(spelled(row["answer"]))
    assert time.process_time() - started < 2.0
    if "tree" in reply:
        validate(reply["tree"])


@pytest.mark.parametrize("request_text", ["{}", '{"text": 5}', '{"text": null}', "[]", '{"text": ["x"]}'])
def test_a_malformed_request_is_an_error_not_a_crash(request_text):
    from adjudge_sandboxes.programs import math_parse

    assert "error" in json.loads(math_parse.run(request_text.encode()))


SHARED = [text for text in READ if "*" not in text and text != r"\Gamma(3)"]  # Gamma is a letter to the scanner


@pytest.mark.parametrize("text", SHARED)
def test_both_readers_say_the_same_of_what_both_can_read(text):
    """A gold may be read by the scanner of the trusted side and its answer by this one."""
    assert scan(text) == validate(tree(text))
