"""Are two expressions the same function of their symbols? Probe points, two precisions, and what counts as evidence.

The rule. Symbols are real numbers. A point counts where both expressions, every part of them, are real there (an
expression that speaks of i, re, im, arg or conj is evaluated on principal branches instead, at complex points if it
speaks of parts of complex numbers). So sqrt(x^2) is not x, sqrt(x) sqrt(y) is sqrt(xy), 2 ln x is ln x^2, and
(-1)^n is cos(n pi) for integers n. Constants are compared on principal branches.

Different: at one point the difference is clear, and the same at two precisions. Equal: at MIN_POINTS points the
difference vanishes to the last digits at 60 and, at two of them, at 150 digits; for constants at both precisions.
Anything else is undecided.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from mpmath import mp, mpc, mpf

from .math_nodes import (
    COMPLEX_FUNCTIONS,
    NoValue,
    TooBig,
    Tree,
    Undefined,
    Unsupported,
    canonical,
    children,
    free_symbols,
    is_complex,
    walk,
)
from .math_rational import rational
from .math_values import GUARD, Evaluator

LOW, HIGH = 60, 150
MAX_DIGITS = 7_000
MIN_POINTS = 8
TRIES = 90
Answer = tuple[bool | None, str]


class Clock:
    """A soft budget, asked between steps: no signals and no threads, the jail is the hard limit."""

    def __init__(self, budget_s: float) -> None:
        self.end = time.process_time() + budget_s

    def over(self) -> bool:
        return time.process_time() > self.end


def same_value(a: Tree, b: Tree, seed: str, tolerance: float | None, clock: Clock) -> Answer:
    """The answer for two scalar or matrix expressions."""
    names = sorted(free_symbols(a) | free_symbols(b))
    if not names:
        return _same_constant(a, b, seed, tolerance)
    real = not (is_complex(a) or is_complex(b))
    points = _complex_points(names, seed) if _speaks_of_parts(a, b) else real_points(names, seed, (a, b))
    return _probe(a, b, points, real, seed, tolerance, clock)


def _probe(
    a: Tree, b: Tree, points: Iterator[dict[str, Any]], real: bool, seed: str, tolerance: float | None, clock: Clock
) -> Answer:
    agreed = unclear = 0
    problem = "no probe point lies in the domain of both"
    for env in itertools.islice(points, TRIES):
        if clock.over():
            problem = "the time for the decision is used up"
            break
        try:
            verdict = at_point(a, b, env, real, seed, tolerance, thorough=agreed < 2)
        except (NoValue, TooBig) as error:
            problem = str(error) or problem
            continue
        if verdict is False:
            shown = ", ".join(f"{name} = {mp.nstr(value, 6)}" for name, value in env.items())
            return False, f"they differ at {shown}"
        if verdict is None:
            unclear += 1
            if unclear > 5:
                break
            continue
        agreed += 1
        if agreed >= MIN_POINTS + 2 * len(env):
            break
    if agreed >= MIN_POINTS and not unclear:
        return True, f"they agree at {agreed} points to 50 digits"
    return None, f"undecided: {problem}" if not unclear else "undecided: the difference is too close to zero to tell"


def _same_constant(a: Tree, b: Tree, seed: str, tolerance: float | None) -> Answer:
    try:
        x, y = rational(a), rational(b)
        if x is not None and y is not None:
            same = x == y or (tolerance is not None and abs(x - y) <= Fraction(tolerance) * max(abs(x), abs(y)))
            return same, "they are the same rational number" if x == y else "two rational numbers"
        verdict = at_point(a, b, {}, False, seed, tolerance, thorough=True)
    except TooBig as error:
        return _beyond_bounds(a, b, seed, str(error))
    except Undefined as error:
        defined = [_defined(side) for side in (a, b)]
        if any(defined):
            return False, f"one of them has no value: {error}"
        return None, f"undecided: {error}"
    except NoValue as error:
        return None, f"undecided: {error or 'no value'}"
    if verdict is None:
        return None, "undecided: the difference is too close to zero to tell"
    return verdict, "they agree to 130 digits" if verdict else "their values differ"


def _defined(node: Tree) -> bool:
    try:
        if rational(node) is not None:
            return True
        evaluate(node, {}, LOW, False)
    except (NoValue, TooBig):
        return False
    return True


# ------------------------------------------------------------------------------------------- at one point


def at_point(
    a: Tree, b: Tree, env: dict[str, Any], real: bool, seed: str, tolerance: float | None, *, thorough: bool
) -> bool | None:
    """Equal, different or unclear at one point. Raises NoValue and TooBig where there is nothing to compare."""
    x, y, digits, fuzzy, short = evaluate_both(a, b, env, LOW, real, seed)
    if isinstance(x, tuple) or isinstance(y, tuple):
        return _same_matrix(a, b, x, y, env, real, seed, tolerance)
    if any(mp.isinf(v) for v in (x, y)):
        return bool(x == y)
    gap, size = _gap(x, y, digits)
    if tolerance is not None and size * tolerance >= gap:
        return True
    if fuzzy:
        return True if gap <= size * mpf(10) ** -25 else None
    noise = _vanishes(gap, size, digits)
    if noise and short:
        raise TooBig("more digits than the bound would be needed")
    if noise and not thorough:
        return True
    x, y, higher, _, short = evaluate_both(a, b, env, digits + HIGH - LOW, real, seed)
    again, size = _gap(x, y, higher)
    if _vanishes(again, size, higher):
        return None if short else True
    if again <= gap * mpf(10) ** -40:  # shrinks as the precision grows: a zero, but one that we cannot pin down
        return None
    return False if abs(again - gap) <= gap * mpf(10) ** -8 else None


def _gap(x: Any, y: Any, digits: int) -> tuple[Any, Any]:
    with mp.workdps(digits + 10):
        return abs(x - y), max(abs(x), abs(y))


def _vanishes(gap: Any, size: Any, digits: int) -> bool:
    return bool(gap <= size * mpf(10) ** (GUARD + 8 - digits))


def evaluate_both(
    a: Tree, b: Tree, env: dict[str, Any], digits: int, real: bool, seed: str
) -> tuple[Any, Any, int, bool, bool]:
    """Both values at one precision, with as many more digits as the sums in either need.

    Also whether they are only approximate, and whether the digits fall short: then a difference that shows is one, but
    that none shows means nothing.
    """
    (x, y), digits, fuzzy, short = _evaluated((a, b), env, digits, real, seed)
    return x, y, digits, fuzzy, short


def _evaluated(
    nodes: tuple[Tree, ...], env: dict[str, Any], digits: int, real: bool, seed: str
) -> tuple[list[Any], int, bool, bool]:
    asked = digits
    while True:
        evaluators = [Evaluator(env, digits, real=real, seed=seed) for _ in nodes]
        values = [ev.value(node) for ev, node in zip(evaluators, nodes, strict=True)]
        need = max(ev.need for ev in evaluators)
        fuzzy = any(ev.approximate for ev in evaluators)
        if need + asked - GUARD <= digits:
            return values, digits, fuzzy, False
        if need > MAX_DIGITS:
            if max(ev.lost for ev in evaluators) < GUARD:
                return values, digits, fuzzy, True
            raise TooBig("more digits than the bound would be needed")
        digits = max(need + asked, digits + GUARD)


def evaluate(node: Tree, env: dict[str, Any], digits: int, real: bool = True, seed: str = "") -> Any:
    """One value. Raises NoValue, TooBig, Unsupported."""
    return _evaluated((node,), env, digits, real, seed)[0][0]


def _same_matrix(
    a: Tree, b: Tree, x: Any, y: Any, env: dict[str, Any], real: bool, seed: str, tolerance: float | None
) -> bool | None:
    if not (isinstance(x, tuple) and isinstance(y, tuple)) or (len(x), len(x[0])) != (len(y), len(y[0])):
        return False
    u, v, _, _, short = evaluate_both(a, b, env, HIGH, real, seed)
    unclear = short
    for low_a, low_b, high_a, high_b in zip(_cells(x), _cells(y), _cells(u), _cells(v), strict=True):
        gap, size = _gap(low_a, low_b, LOW)
        again, size = _gap(high_a, high_b, HIGH)
        if _vanishes(again, max(size, mpf(1)), HIGH) or (tolerance is not None and gap <= size * tolerance):
            continue
        if abs(again - gap) <= gap * mpf(10) ** -8:
            return False
        unclear = True
    return None if unclear else True


def _cells(matrix: Any) -> list[Any]:
    return [cell for row in matrix for cell in row]


# ------------------------------------------------------------------------------------------- probe points


def stream(seed: str) -> Iterator[int]:
    """32-bit numbers that depend on the seed alone."""
    for block in itertools.count():
        digest = hashlib.sha256(f"{seed}/{block}".encode()).digest()
        yield from (int.from_bytes(digest[at : at + 4], "big") for at in range(0, 32, 4))


def simple_points(names: list[str], seed: str, trees: tuple[Tree, ...]) -> Iterator[dict[str, Tree]]:
    """Points of moderate size with small fractions as coordinates, as trees: what is put in stays exact."""
    for env in real_points(names, seed, trees):
        if all(abs(value) < 60 for value in env.values()):
            near = {name: Fraction(str(mp.nstr(value, 12))).limit_denominator(97) for name, value in env.items()}
            yield {name: ["num", value.numerator, value.denominator] for name, value in near.items()}


def real_points(names: list[str], seed: str, trees: tuple[Tree, ...]) -> Iterator[dict[str, Any]]:
    """Points of many kinds by turns: broken and whole, positive and of mixed sign, small, large, near the constants."""
    numbers = stream(f"{seed}/{'/'.join(names)}")
    anchors = _anchors(trees)

    def broken(low: int, high: int) -> Any:
        return mpf(low) + mpf(next(numbers) % 10_007 + 1) * (high - low) / 10_009

    def signed(value: Any) -> Any:
        return value if next(numbers) & 1 else -value

    kinds = (
        lambda: broken(0, 3),
        lambda: -broken(0, 3),
        lambda: mpf(next(numbers) % 9 + 1),
        lambda: signed(broken(1, 12)),
        lambda: mpf(next(numbers) % 30 + 1),
        lambda: broken(3, 40),
        lambda: anchors[next(numbers) % len(anchors)] + signed(broken(0, 1)),
        lambda: broken(-1, 1),
        lambda: signed(broken(40, 3000)),
        lambda: signed(mpf(next(numbers) % 12)),
        lambda: broken(0, 1),
        lambda: signed(anchors[next(numbers) % len(anchors)]) + signed(broken(0, 4)),
    )
    for turn in itertools.count():
        kind = kinds[turn % len(kinds)]
        values = [kind() for _ in names]
        if turn % 24 >= 12:  # the same kinds in order of size: n >= k, a < b
            values.sort(reverse=bool(turn & 1))
        yield dict(zip(names, values, strict=True))


def _anchors(trees: tuple[Tree, ...]) -> list[Any]:
    """The numbers that stand in the trees: functions bend and domains end near them."""
    found = [mpf(0), mpf(1)]
    for tree in trees:
        for node in walk(tree):
            if node[0] == "num" and node[2] == 1 and 1 < abs(node[1]) < 10**6:
                found.append(mpf(node[1]))
            elif node[0] == "dec" and abs(node[1]) < 10**9 and -9 <= node[2] <= 0:
                found.append(mpf(node[1]) / 10 ** -node[2])
    return found[:40]


def _complex_points(names: list[str], seed: str) -> Iterator[dict[str, Any]]:
    numbers = stream(f"{seed}/complex")
    while True:
        yield {
            name: mpc(
                mpf(next(numbers) % 8_009 - 4_004) / 1_009 + mpf(1) / 3, mpf(next(numbers) % 8_009 - 4_004) / 1_013
            )
            for name in names
        }


def _speaks_of_parts(*trees: Tree) -> bool:
    return any(part[0] == "fn" and part[1] in COMPLEX_FUNCTIONS for tree in trees for part in walk(tree))


# ------------------------------------------------------------------------------------------- beyond all bounds


def _beyond_bounds(a: Tree, b: Tree, seed: str, problem: str) -> Answer:
    """Numbers too large to compute can be told apart by their logarithms, or by what is left of their difference."""
    try:
        with mp.workdps(80):
            x, y = _logarithm(a), _logarithm(b)
            if abs(x - y) > max(abs(x), abs(y)) * mpf(10) ** -40:
                return False, "their logarithms differ"
    except (NoValue, TooBig, Unsupported, ValueError, OverflowError):
        pass
    left, right = _terms(a), _terms(b)
    shared = [term for term in left if term in right]
    for term in shared:
        if term in left and term in right:
            left.remove(term)
            right.remove(term)
    if shared and len(left) < 30 and len(right) < 30:
        return _same_constant(_total(left), _total(right), seed, None)
    return None, f"undecided: {problem}"


def _terms(node: Tree) -> list[Tree]:
    return children(canonical(node)) if node[0] == "add" else [canonical(node)]


def _total(terms: list[Tree]) -> Tree:
    return ["add", ["num", 0, 1], *terms] if terms else ["num", 0, 1]


def _logarithm(node: Tree) -> Any:
    """The natural logarithm of a positive constant, without computing the constant."""
    kind = node[0]
    if kind == "pow":
        exponent = evaluate(node[2], {}, 80, False)
        return exponent * _logarithm(node[1])
    if kind == "mul":
        return mp.fsum(_logarithm(kid) for kid in node[1:])
    if kind == "div":
        return _logarithm(node[1]) - _logarithm(node[2])
    if kind == "fact":
        inner = evaluate(node[1], {}, 80, False)
        return mp.loggamma(inner + 1)
    value = evaluate(node, {}, 80, False)
    if mp.im(value) != 0 or value <= 0:
        raise NoValue("not positive")
    return mp.log(value)
