"""Real zeros of an expression in one variable: of polynomials exactly counted, of other expressions by search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy
from mpmath import mp, mpf

from .math_compare import evaluate
from .math_nodes import NoValue, TooBig, Tree, Unsupported, children, mentions, walk
from .math_symbolic import Names, build

DIGITS = 60
MAX_DEGREE = 40
_HALF_GRID = [mpf(k) / 8 for k in range(1, 81)] + [mpf(k) for k in range(11, 41)] + [mpf(3) ** k for k in range(4, 14)]


def degree_bound(node: Tree) -> int:
    """An upper bound on the degree of a polynomial expression; TooBig where expansion would explode."""
    kids = [degree_bound(kid) for kid in children(node)]
    kind = node[0]
    if kind == "sym":
        return 1
    if kind in ("mul", "div"):
        total = sum(kids)
    elif kind == "pow" and (node[2][0] == "neg" or (node[2][0] == "num" and node[2][2] == 1)):
        exponent = node[2] if node[2][0] == "num" else node[2][1]
        total = kids[0] * abs(exponent[1]) if exponent[0] == "num" else 10**6
    else:
        total = max(kids, default=0)
    if total > MAX_DEGREE:
        raise TooBig("a polynomial of too high a degree")
    return total


def as_polynomial(node: Tree, names: Names, generators: Iterable[str]) -> sympy.Poly | None:
    """The numerator of a rational function with rational coefficients as a polynomial, or None if it is not one."""
    if mentions(node, "fn", "abs", "root", "floor", "ceil", "fact", "binom", "undone", "cases", "mod", "app", "dfact"):
        return None
    if any(part[0] == "const" for part in walk(node)):
        return None
    if any(part[0] == "pow" and part[2][0] not in ("num", "neg") for part in walk(node)):
        return None
    symbols = [names.symbol(name) for name in generators]
    degree = degree_bound(node)
    if len(symbols) > 1 and degree ** len(symbols) > 20_000:
        raise TooBig("a polynomial of too many terms")
    try:
        numerator, _ = sympy.cancel(sympy.together(build(node, names))).as_numer_denom()
        return sympy.Poly(numerator, *symbols, domain="QQ")
    except (sympy.PolynomialError, sympy.polys.polyerrors.CoercionFailed):
        return None


def real_roots(poly: sympy.Poly) -> list[Any]:
    """All real zeros of a polynomial in one variable, as numbers of DIGITS digits, without multiplicity."""
    free = poly.sqf_part()
    if free.degree() < 1:
        return []
    count = free.count_roots()
    if not count:
        return []
    with mp.workdps(DIGITS + 40):
        coefficients = [mpf(int(c.p)) / int(c.q) for c in free.all_coeffs()]
        found = mp.polyroots(coefficients, maxsteps=500, extraprec=400)
        found.sort(key=lambda root: abs(mp.im(root)))
        return sorted(mp.re(root) for root in found[:count])


def zeros(node: Tree, name: str) -> list[Any]:
    """Real zeros of an expression in the one variable `name`: all of them where it is a quotient of polynomials."""
    try:
        poly = as_polynomial(node, Names(), [name])
    except TooBig:
        poly = None
    if poly is None:
        straight = _straight(node, name)
        return _scan(node, name) if straight is None else straight
    return [] if poly.is_zero else real_roots(poly)


def _straight(node: Tree, name: str) -> list[Any] | None:
    """The zero of an expression that is linear in the variable, as its values at four points show; else None."""
    try:
        with mp.workdps(DIGITS + 10):
            f = [evaluate(node, {name: mpf(x)}, DIGITS + 10) for x in (1, 2, 4, 9)]
            slope = f[1] - f[0]
            gaps = (f[2] - f[1] - 2 * slope, f[3] - f[2] - 5 * slope)
            if slope == 0 or any(abs(gap) > abs(slope) * mpf(10) ** -40 for gap in gaps):
                return None
            return [1 - f[0] / slope]
    except (NoValue, TooBig, TypeError):
        return None


def _scan(node: Tree, name: str) -> list[Any]:
    """Sign changes on a grid, closed in on by bisection and secants; zeros on the grid itself."""

    def at(x: Any, digits: int = 20) -> Any:
        value = evaluate(node, {name: x}, digits)
        if isinstance(value, tuple) or mp.im(value) != 0:
            raise NoValue("not a real number")
        return value

    grid = [-x for x in reversed(_HALF_GRID)] + [mpf(0), *_HALF_GRID]
    shift = mpf(1) / 97
    found: list[Any] = []
    before: tuple[Any, Any] | None = None
    for x in sorted({*grid, *(x + shift for x in grid)}):
        try:
            value = at(x)
        except (NoValue, TooBig):
            before = None
            continue
        if value == 0:
            found.append(x)
        elif before is not None and before[1] != 0 and (before[1] > 0) != (value > 0):
            root = _close_in(at, before[0], x, before[1] > 0)
            if root is not None:
                found.append(root)
        before = (x, value)
    return found


def _close_in(at: Callable[..., Any], low: Any, high: Any, positive_low: bool) -> Any:
    """The zero between two points of different sign, to DIGITS digits; None at a pole or a gap in the domain."""
    try:
        with mp.workdps(DIGITS + 10):
            start = max(abs(at(low)), abs(at(high)))
            for _ in range(40):
                middle = (low + high) / 2
                value = at(middle)
                if value == 0:
                    break
                low, high = (middle, high) if (value > 0) == positive_low else (low, middle)
            if abs(at((low + high) / 2)) > start:
                return None  # it grew: a pole
            return _secant(at, low, high)
    except (NoValue, TooBig, Unsupported, ValueError, ZeroDivisionError):
        return None


def _secant(at: Callable[..., Any], x: Any, y: Any) -> Any:
    """From 12 digits to DIGITS by secants; None if they do not settle."""
    f, g = at(x, DIGITS + 10), at(y, DIGITS + 10)
    for _ in range(14):
        if g == f:
            return y if g == 0 else None
        x, y, f = y, y - g * (y - x) / (g - f), g
        if abs(y - x) <= abs(y) * mpf(10) ** -(DIGITS - 4):
            return y
        g = at(y, DIGITS + 10)
        if g == 0:
            return y
    return None
