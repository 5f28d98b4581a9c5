"""Program `math.form`: plain-data trees in, their values out; for what exact arithmetic cannot put into a normal form.

Request {"trees": [{"tree": tree, "points": [{name: [p, q], ...}, ...]}, ...], "apart": digits, "near": count,
"budget_s": seconds}; reply {"values": [value, ...]} in order. A value is null (none within the bounds), {"q": [p, q]}
(a rational constant, both in hexadecimal) or {"at": [null | [real, imaginary], ...]}, one per point, in decimals.

The caller sees one answer's trees at a time and makes keys of the digits: two answers whose keys agree are taken for
the same. So a value is only given where nothing hides below the digits: a sum whose terms lie more than `apart`
digits apart at one of the first `near` points has no value, nor has what is known only by quadrature. As in
`math.decide`, nothing is parsed here, symbols are real numbers, and a point outside the domain of any part has none.
"""

from __future__ import annotations

import json
from typing import Any

from mpmath import mp, mpf

from .math_compare import Clock
from .math_nodes import COMPLEX_FUNCTIONS, NoValue, TooBig, Tree, Unsupported, free_symbols, is_complex, walk
from .math_operations import GUARD
from .math_rational import rational
from .math_undone import settled
from .math_values import Evaluator

LOW, HIGH, SHOWN = 110, 150, 100
"""Digits of the two evaluations, of which the first SHOWN must agree."""
MAX_DIGITS = 1_000


def run(request: bytes) -> bytes:
    """One request, one reply."""
    asked = json.loads(request)
    clock = Clock(float(asked.get("budget_s") or 1.5))
    bounds = int(asked["apart"]), int(asked["near"])
    return json.dumps(
        {"values": [value(each["tree"], each["points"], bounds, clock) for each in asked["trees"]]}
    ).encode()


def warm() -> None:
    """Evaluate once of each kind, so that the code and its caches are there in every fork."""
    x, two = ["sym", "x"], ["num", 2, 1]
    at = [{"x": [1 + 2 * k, 7]} for k in range(4)]
    value(["add", ["pow", two, x], ["fn", "sin", x], ["fn", "ln", x]], at, (50, 4), Clock(2.0))
    value(["root", two, ["add", ["num", 5, 1], ["root", two, ["num", 6, 1]]]], [{}], (50, 1), Clock(2.0))


def value(
    tree: Tree, points: list[dict[str, list[int]]], bounds: tuple[int, int], clock: Clock
) -> dict[str, Any] | None:
    """Never raises for what a tree can hold."""
    try:
        tree = settled(tree, clock)
        if not free_symbols(tree):
            exact = rational(tree)
            if exact is not None:
                return {"q": [hex(exact.numerator), hex(exact.denominator)]}
            points = points[:1]
        elif any(part[0] == "fn" and part[1] in COMPLEX_FUNCTIONS for part in walk(tree)):
            return None
        return {"at": _values(tree, points, bounds, clock)}
    except (Unsupported, TooBig, NoValue, RecursionError):
        return None
    except (ValueError, TypeError, ArithmeticError, KeyError, IndexError, AttributeError, NotImplementedError):
        return None


def _values(
    tree: Tree, points: list[dict[str, list[int]]], bounds: tuple[int, int], clock: Clock
) -> list[list[str] | None]:
    symbolic = bool(free_symbols(tree))
    real = symbolic and not is_complex(tree)
    found: list[list[str] | None] = []
    for place, point in enumerate(points):
        if clock.over():
            raise TooBig("the time is used up")
        apart = bounds[0] if place < bounds[1] else None
        try:
            found.append(_at(tree, point, real, apart))
        except NoValue:
            if not symbolic:
                raise
            found.append(None)
        except TooBig:
            if not symbolic or apart is not None:
                raise
            found.append(None)
    return found


def _at(tree: Tree, point: dict[str, list[int]], real: bool, apart: int | None) -> list[str]:
    """The value at one point, the same at two precisions. Raises NoValue, TooBig."""
    low, high = (_evaluated(tree, point, digits, real, apart) for digits in (LOW, HIGH))
    if mp.isinf(low) or mp.isinf(high):
        raise NoValue("infinite")
    with mp.workdps(HIGH):
        if abs(low - high) > abs(high) * mpf(10) ** -SHOWN:
            raise TooBig("its digits do not settle")
        return [mp.nstr(part, SHOWN + 5, strip_zeros=False) if part else "0" for part in (mp.re(high), mp.im(high))]


def _evaluated(tree: Tree, point: dict[str, list[int]], digits: int, real: bool, apart: int | None) -> Any:
    asked = digits
    while True:
        with mp.workdps(digits + GUARD):
            env = {name: mpf(p) / q for name, (p, q) in point.items()}
        evaluator = Evaluator(env, digits, real=real)
        found = evaluator.value(tree)
        if isinstance(found, tuple):
            raise Unsupported("a matrix")
        if evaluator.approximate:
            raise TooBig("known only by quadrature")
        if apart is not None and evaluator.need > apart + GUARD:
            raise TooBig("terms too far apart")
        if evaluator.need + asked - GUARD <= digits:
            return found
        if evaluator.need > MAX_DIGITS:
            raise TooBig("more digits than the bound would be needed")
        digits = max(evaluator.need + asked, digits + GUARD)
