"""Program `math.form`: values of trees, and when it gives none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from math_calls import rows, tree

from adjudge.verifiers.math.forms.values import MAX_APART, NEAR, points
from adjudge_sandboxes.programs import math_form, math_nodes


def value(node: Any) -> Any:
    places = points(sorted(math_nodes.free_symbols(node)))
    at = [{name: list(x.as_integer_ratio()) for name, x in place.items()} for place in places]
    request = {"trees": [{"tree": node, "points": at}], "apart": MAX_APART, "near": NEAR, "budget_s": 5.0}
    (found,) = json.loads(math_form.run(json.dumps(request).encode()))["values"]
    return found


def test_a_rational_constant_is_exact() -> None:
    assert value(tree(r"\frac{7}{3}-2")) == {"q": ["0x1", "0x3"]}


def test_a_constant_has_a_hundred_digits() -> None:
    ((real, imaginary),) = value(tree(r"\sin(1)"))["at"]
    assert real.startswith(
        "0.841470984807896506652502321630298999622563060798371065672751709991910404391239668948639743543052"
    )
    assert imaginary == "0"


def test_a_function_has_a_value_at_each_point_of_its_domain() -> None:
    found = value(tree(r"\ln(x)"))["at"]
    inside = [place["x"] > 0 for place in points(["x"])]
    assert [each is not None for each in found] == inside


@pytest.mark.parametrize("text", [r"\pi+10^{-70}", r"\sin(1)+10^{-80}", r"9^{9^{9^{9}}}+1", r"\int_0^1 x^{x}\,dx"])
def test_what_could_hide_something_below_the_digits_has_no_value(text: str) -> None:
    assert value(tree(text)) is None


DIFFERENT = [row for row in rows("math_decide.jsonl") if row["ask"] == "equal" and row["equal"] is False]


@pytest.mark.parametrize("row", DIFFERENT, ids=lambda row: f"{row['a']} ~ {row['b']}")
def test_what_the_decision_tells_apart_has_other_digits(row: dict[str, Any]) -> None:
    a, b = tree(row["a"]), tree(row["b"])
    mine, other = value(a), value(b)
    if math_nodes.free_symbols(a) == math_nodes.free_symbols(b):
        assert mine is None or mine != other


def test_there_are_enough_of_them() -> None:
    assert len(DIFFERENT) > 40
