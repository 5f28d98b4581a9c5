"""Program `math.decide`: plain-data trees in, decisions out. The last word where exact arithmetic did not decide.

Request {"questions": [{"ask": "equal" | "equation" | "condition", "a": tree, "b": tree}], "seed": hex text,
"tolerance": null or a relative tolerance, "budget_s": seconds}; reply {"answers": [{"equal": true | false | null,
"how": one sentence}, ...]}, in order. Nothing is parsed here: numbers, symbols and operations come as validated
trees, and symbols are renamed before sympy sees them, since sympy prints names into code that it executes.

equal       the same function of the symbols (see math_compare for the rule)
equation    the same solutions (see math_equations)
condition   the same subset of the reals (see math_conditions)
"""

from __future__ import annotations

import json
from typing import Any

from .math_compare import Answer, Clock, evaluate, same_value
from .math_conditions import same_condition
from .math_equations import same_equation
from .math_nodes import (
    NoValue,
    TooBig,
    Tree,
    Undefined,
    Unsupported,
    canonical,
    children,
    free_symbols,
    mentions,
    rebuilt,
    walk,
)
from .math_rational import rational
from .math_undone import settled

CONTAINERS = frozenset({"seq", "paren", "brack", "angle", "half", "unit", "money", "set", "text", "named", "colon"})


def run(request: bytes) -> bytes:
    """One request, one reply."""
    asked = json.loads(request)
    clock = Clock(float(asked.get("budget_s") or 4.0))
    seed, tolerance = str(asked.get("seed", "")), asked.get("tolerance")
    answers = []
    for question in asked["questions"]:
        equal, how = decide(question["ask"], question["a"], question["b"], seed, tolerance, clock)
        answers.append({"equal": equal, "how": how})
    return json.dumps({"answers": answers}).encode()


def warm() -> None:
    """Decide once of each kind, so that the code and its caches are there in every fork."""
    x, two, four = ["sym", "x"], ["num", 2, 1], ["num", 4, 1]
    square = ["pow", ["add", x, two], two]
    spread = ["add", ["pow", x, two], ["mul", four, x], four]
    line = ["rel", "=", ["mul", two, x], four]
    above = ["rel", ">", ["mul", two, x], four]
    ray = ["paren", two, ["const", "oo"]]
    sine = ["fn", "sin", ["div", ["const", "pi"], ["num", 3, 1]]]
    surd = ["div", ["root", two, ["num", 3, 1]], two]
    for ask, a, b in (
        ("equal", square, spread),
        ("equal", sine, surd),
        ("equation", line, ["rel", "=", x, two]),
        ("equation", ["rel", "=", ["pow", x, two], four], line),
        ("condition", above, ray),
    ):
        decide(ask, a, b, "00", None, Clock(2.0))


def decide(ask: str, a: Tree, b: Tree, seed: str, tolerance: float | None, clock: Clock) -> Answer:
    """True, False or None (undecided), and a sentence why. Never raises for what a tree can hold."""
    try:
        if canonical(a) == canonical(b):
            return _identical(a)
        if mentions(a, "pm", "mp") or mentions(b, "pm", "mp"):
            return None, "undecided: a plus-or-minus sign"
        a, b = settled(a, clock), settled(b, clock)
        if ask == "equation":
            return same_equation(a, b, seed, tolerance, clock)
        if ask == "condition":
            return same_condition(a, b, seed, clock)
        return _equal(a, b, seed, tolerance, clock)
    except (Unsupported, NoValue, TooBig) as error:
        return None, f"undecided: {error}"
    except RecursionError:
        return None, "undecided: nested too deeply"
    except (ValueError, TypeError, ArithmeticError, KeyError, IndexError, AttributeError, NotImplementedError) as error:
        return None, f"undecided: {type(error).__name__} in the computation"


def _identical(a: Tree) -> Answer:
    """The same tree is the same thing, unless it is undefined."""
    for part in walk(a):
        if part[0] in ("div", "pow", "fn", "const") and not free_symbols(part):
            try:
                if rational(part) is None:
                    evaluate(part, {}, 60, False)
            except Undefined as error:
                return None, f"undecided: {error}"
            except (Unsupported, NoValue, TooBig):
                continue
    return True, "they are the same expression"


def _equal(a: Tree, b: Tree, seed: str, tolerance: float | None, clock: Clock) -> Answer:
    """Containers of the same kind part by part, everything else as values."""
    if a[0] in CONTAINERS or b[0] in CONTAINERS:
        return _equal_parts(a, b, seed, tolerance, clock)
    if a[0] == b[0] == "rel" and a[1] == b[1] == "=":
        return same_equation(a, b, seed, tolerance, clock)
    if a[0] in ("rel", "and", "or", "union") or b[0] in ("rel", "and", "or", "union"):
        return same_condition(a, b, seed, clock)
    return same_value(a, b, seed, tolerance, clock)


def _equal_parts(a: Tree, b: Tree, seed: str, tolerance: float | None, clock: Clock) -> Answer:
    head_a, head_b = rebuilt(a, []), rebuilt(b, [])
    ours, theirs = children(a), children(b)
    if head_a != head_b:
        return (False, "they are not of one kind") if a[0] != "text" and b[0] != "text" else (None, "undecided: a text")
    if a[0] == "set":
        return _equal_sets(ours, theirs, seed, tolerance, clock)
    if len(ours) != len(theirs):
        return False, "they have different numbers of parts"
    unclear: Answer | None = None
    for left, right in zip(ours, theirs, strict=True):
        answer = decide("equal", left, right, seed, tolerance, clock)
        if answer[0] is False:
            return False, f"a part differs: {answer[1]}"
        unclear = unclear if answer[0] else answer
    return unclear or (True, "they agree part by part")


def _equal_sets(ours: list[Any], theirs: list[Any], seed: str, tolerance: float | None, clock: Clock) -> Answer:
    """Every element of one has an equal in the other."""
    unclear = False
    for some, others in ((ours, theirs), (theirs, ours)):
        for element in some:
            found = [decide("equal", element, other, seed, tolerance, clock)[0] for other in others]
            if True not in found:
                if None not in found:
                    return False, "an element of one is not in the other"
                unclear = True
    return (None, "undecided: an element") if unclear else (True, "they have the same elements")
