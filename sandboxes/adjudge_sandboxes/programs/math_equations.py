"""Do two equations, or systems of equations, have the same solutions?

The rule, for f = 0 and g = 0 in real unknowns:

1. f and g are constant multiples of each other: equal. (y = 2x + 3 and 2x - y + 3 = 0; x = 5 and 2x = 10)
2. Both are quotients of polynomials with rational coefficients, in lowest terms: the numerators decide. Equal if they
   have the same factors, whatever the multiplicities (xy = 1 and y = 1/x; (x - 2)^2 = 0 and x = 2). In one unknown:
   equal if they have the same real zeros; if neither has any, the complex zeros decide. x = 2 and x^2 = 4: different.
3. Otherwise solutions of each are found, unknown by unknown, and put into the other. One that does not solve it: not
   equal. If all of MIN_SOLVED on each side do: equal. Too few found: undecided.

Systems: linear ones by their reduced row-echelon form, others equation by equation. Alternatives (x = 1 or x = 2) are
the product of their equations.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy
from mpmath import mp, mpf

from .math_compare import Answer, Clock, evaluate, real_points, same_value, simple_points
from .math_nodes import (
    NoValue,
    TooBig,
    Tree,
    Unsupported,
    canonical,
    children,
    free_symbols,
    is_complex,
    rebuilt,
    substituted,
)
from .math_roots import as_polynomial, zeros
from .math_symbolic import Names

MIN_SOLVED = 5
_ZERO: Tree = ["num", 0, 1]


def same_equation(a: Tree, b: Tree, seed: str, tolerance: float | None, clock: Clock) -> Answer:
    """True, False or None, and why. Raises Unsupported for what is no equation."""
    apps: dict[str, str] = {}
    ours, theirs = (_system(_without_applications(tree, apps)) for tree in (a, b))
    if len(ours) == len(theirs) == 1:
        return _same_single(ours[0], theirs[0], seed, tolerance, clock)
    return _same_system(ours, theirs, seed, tolerance, clock)


def _without_applications(node: Tree, apps: dict[str, str]) -> Tree:
    """f(x) stands for an unknown of its own: f(x) = x^2 is y = x^2."""
    if node[0] == "app":
        key = str(canonical(node))
        return ["sym", apps.setdefault(key, f"application {len(apps)}")]
    return rebuilt(node, [_without_applications(kid, apps) for kid in children(node)])


def _system(node: Tree) -> list[Tree]:
    """The expressions that must all be zero."""
    kind = node[0]
    if kind == "rel":
        if set(node[1].split(" ")) != {"="}:
            raise Unsupported("a relation that is not an equation")
        return [_difference(left, right) for left, right in zip(node[2:], node[3:], strict=False)]
    if kind == "or" or (kind == "seq" and _alternatives(node)):
        parts = [_system(kid) for kid in node[1:]]
        if any(len(part) != 1 for part in parts):
            raise Unsupported("alternatives of systems")
        return [["mul", *(part[0] for part in parts)]]
    if kind in ("and", "seq", "paren", "set", "brack"):
        return [expression for kid in node[1:] for expression in _system(kid)]
    raise Unsupported("not an equation")


def _alternatives(node: Tree) -> bool:
    """x = 1, x = 2: one unknown cannot be both."""
    names = [free_symbols(kid[2]) for kid in node[1:] if kid[0] == "rel"]
    return len(names) == len(node) - 1 and all(name == names[0] and len(name) == 1 for name in names)


def _difference(left: Tree, right: Tree) -> Tree:
    return left if right == _ZERO else ["add", left, ["neg", right]]


# ------------------------------------------------------------------------------------------- one equation


def _same_single(f: Tree, g: Tree, seed: str, tolerance: float | None, clock: Clock) -> Answer:
    names = sorted(free_symbols(f) | free_symbols(g))
    if not names:
        return _without_unknowns(f, g, seed)
    answer = _proportional(f, g, names, seed)
    if answer is not None:
        return answer
    if free_symbols(f) != free_symbols(g) and min(len(free_symbols(t)) for t in (f, g)) == 0:
        return False, "one of them holds no unknown"
    known = Names()
    try:
        p, q = (as_polynomial(side, known, names) for side in (f, g))
    except TooBig:
        p = q = None
    if p is not None and q is not None:
        answer = _same_zeros(p, q)
        if answer is not None:
            return answer
    if is_complex(f) or is_complex(g):
        return None, "undecided: an equation in complex numbers"
    return _by_solving(f, g, names, seed, clock)


def _without_unknowns(f: Tree, g: Tree, seed: str) -> Answer:
    """73 = 72 is no 72 = 72."""
    holds = [same_value(side, _ZERO, seed, None, Clock(1.0))[0] for side in (f, g)]
    if None in holds:
        return None, "undecided: an equation between numbers"
    return holds[0] == holds[1], "both hold" if holds[0] and holds[1] else "one of them does not hold"


def _proportional(f: Tree, g: Tree, names: list[str], seed: str) -> Answer | None:
    """Is f a constant times g? None if not: then they may still have the same solutions."""
    ratio, seen, zero_f, zero_g = None, 0, 0, 0
    real = not (is_complex(f) or is_complex(g))
    points = real_points(names, seed, (f, g))
    for _ in range(40):
        env = next(points)
        try:
            x, y = (evaluate(side, env, 60, real) for side in (f, g))
        except (NoValue, TooBig):
            continue
        seen += 1
        zero_f, zero_g = zero_f + (x == 0), zero_g + (y == 0)
        if x == 0 or y == 0:
            continue
        with mp.workdps(60):
            now = x / y
            if ratio is None:
                ratio = now
            elif abs(now - ratio) > abs(ratio) * mpf(10) ** -35:
                return None
        if seen - zero_f >= 10:
            break
    if seen < 8:
        return None
    if zero_f == seen or zero_g == seen:
        same = zero_f == zero_g == seen
        return same, "both always hold" if same else "one of them always holds"
    if ratio is None or zero_f != zero_g:
        return None
    return True, "one is a constant multiple of the other"


def _same_zeros(p: sympy.Poly, q: sympy.Poly) -> Answer | None:
    """By the numerators in lowest terms. None where factors without real zeros could matter."""
    p, q = p.sqf_part(), q.sqf_part()
    if p.is_zero or q.is_zero:
        return p.is_zero and q.is_zero, "one of them always holds"
    if p.monic() == q.monic():
        return True, "they have the same factors"
    common = p.gcd(q)
    extra = [p.quo(common), q.quo(common)]
    if len(p.gens) == 1:
        shared, alone = common.count_roots() if common.degree() > 0 else 0, [_count(part) for part in extra]
        if alone == [0, 0]:
            return (True, "they have the same real solutions") if shared else (False, "their complex solutions differ")
        return False, "a solution of one does not solve the other"
    return None


def _count(poly: sympy.Poly) -> int:
    return int(poly.count_roots()) if poly.degree() > 0 else 0


def _by_solving(f: Tree, g: Tree, names: list[str], seed: str, clock: Clock) -> Answer:
    """Solutions of each, put into the other, by turns."""
    pairs = [(f, g, _solutions(f, names, seed, clock)), (g, f, _solutions(g, names, seed, clock))]
    solved, open_ = [0, 0], [True, True]
    while any(open_) and not clock.over():
        for turn, (one, other, found) in enumerate(pairs):
            env, name = next(found, (None, ""))
            open_[turn] = open_[turn] and env is not None and solved[turn] < MIN_SOLVED + 2
            if not open_[turn] or env is None or _solves(one, env, name) is not True:
                continue
            verdict = _solves(other, env, name)
            if verdict is False:
                return False, "a solution of one does not solve the other"
            solved[turn] += bool(verdict)
    if min(solved) >= MIN_SOLVED or (len(names) == 1 and solved[0] == solved[1] > 0):
        return True, f"{min(solved)} solutions of each solve the other"
    return None, "undecided: too few solutions were found"


def _solutions(f: Tree, names: list[str], seed: str, clock: Clock) -> Iterator[tuple[dict[str, Any], str]]:
    """Points with f = 0: one unknown is solved for, the others take values of many kinds."""
    inside = sorted(free_symbols(f))
    points = simple_points(names, f"{seed}/solve", (f,))
    for turn in range(8 * len(inside) if len(names) > 1 else 1):
        name = inside[turn % len(inside)]
        rest = {other: value for other, value in next(points).items() if other != name}
        if clock.over():
            return
        line = f
        for other, value in rest.items():
            line = substituted(line, other, value)
        try:
            found = zeros(line, name)
        except (NoValue, TooBig, Unsupported):
            continue
        with mp.workdps(80):
            env = {other: mpf(value[1]) / value[2] for other, value in rest.items()}
        for root in found[:4] if rest else found:
            yield {**env, name: root}, name


def _solves(g: Tree, env: dict[str, Any], name: str) -> bool | None:
    """Is g zero at this point, which is good to some 50 digits?

    The yardstick is how much g changes when the solved unknown moves by 1e-20 of itself.
    """
    x = env[name]
    step = abs(x) * mpf(10) ** -20 if x else mpf(10) ** -20
    try:
        here, beside = evaluate(g, env, 70), evaluate(g, {**env, name: x + step}, 70)
    except (NoValue, TooBig):
        return None
    if isinstance(here, tuple):
        return None
    with mp.workdps(70):
        change = abs(beside - here)
        if here == 0 or abs(here) <= change * mpf(10) ** -15:
            return True
        if name not in free_symbols(g):
            return False if abs(here) > mpf(10) ** -20 else None
        return False if abs(here) > change * mpf(10) ** 6 else None


# ------------------------------------------------------------------------------------------- systems


def _same_system(ours: list[Tree], theirs: list[Tree], seed: str, tolerance: float | None, clock: Clock) -> Answer:
    names = sorted(set().union(*(free_symbols(tree) for tree in (*ours, *theirs))))
    if not names:
        return None, "undecided: several equations without unknowns"
    first, second = _linear(ours, names), _linear(theirs, names)
    if first is not None and second is not None:
        same = _reduced(first) == _reduced(second)
        return same, "the same linear system" if same else "the linear systems have different solutions"
    if len(ours) != len(theirs):
        return None, "undecided: systems of different sizes"
    left = list(theirs)
    for equation in ours:
        for other in left:
            if _same_single(equation, other, seed, tolerance, clock)[0]:
                left.remove(other)
                break
        else:
            return (
                _separate(ours, theirs, seed, clock)
                if all(len(free_symbols(e)) == 1 for e in (*ours, *theirs))
                else (None, "undecided: systems that do not match equation by equation")
            )
    return True, "the systems match equation by equation"


def _separate(ours: list[Tree], theirs: list[Tree], seed: str, clock: Clock) -> Answer:
    """x = 1, y = 2: each equation fixes one unknown, so unknown by unknown decides."""
    sides = [{}, {}]  # type: list[dict[str, Tree]]
    for side, system in zip(sides, (ours, theirs), strict=True):
        for equation in system:
            (name,) = free_symbols(equation)
            if name in side:
                return None, "undecided: two equations for one unknown"
            side[name] = equation
    if set(sides[0]) != set(sides[1]):
        return False, "they are about different unknowns"
    for name, equation in sides[0].items():
        answer = _same_single(equation, sides[1][name], seed, None, clock)
        if answer[0] is not True:
            return answer
    return True, "they agree unknown by unknown"


def _linear(system: list[Tree], names: list[str]) -> list[list[Fraction]] | None:
    """The rows of coefficients and constants, or None if the system is not linear over the rationals."""
    known, rows = Names(), []
    for equation in system:
        try:
            poly = as_polynomial(equation, known, names)
        except TooBig:
            return None
        if poly is None or poly.total_degree() > 1:
            return None
        row = [Fraction(0)] * (len(names) + 1)
        for powers, coefficient in poly.terms():
            at = powers.index(1) if 1 in powers else len(names)
            row[at] = Fraction(int(coefficient.p), int(coefficient.q))
        rows.append(row)
    return rows


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """The reduced row-echelon form without zero rows: the same for systems with the same solutions."""
    rows = [list(row) for row in rows]
    done = 0
    for column in range(len(rows[0])):
        pivot = next((r for r in range(done, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        lead = rows[done][column]
        rows[done] = [cell / lead for cell in rows[done]]
        for r, row in enumerate(rows):
            if r != done and row[column]:
                factor = row[column]
                rows[r] = [x - factor * y for x, y in zip(row, rows[done], strict=True)]
        done += 1
    return rows[:done]
