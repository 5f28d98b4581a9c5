"""Exact arithmetic against an independent, slow oracle: the same random expressions, evaluated by mpmath to 60
digits.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from adjudge.verifiers.math.deciding import numeric
from adjudge.verifiers.math.deciding.exact import Field, Undecided, Undefined, evaluate, factorise, rational
from adjudge.verifiers.math.notation.parse import read
from adjudge.verifiers.math.tree import Node, children

POINT = {"x": "0.7312904518", "y": "1.9140266371", "n": "2.3158802647"}


def oracle(node: Node) -> mpmath.mpc:
    """The value by another road: 60-digit floating point, straight from the tree."""
    kind, kids = node[0], children(node)
    if kind == "num":
        return mpmath.mpc(node[1]) / node[2]
    if kind == "dec":
        return mpmath.mpc(node[1]) * mpmath.mpf(10) ** node[2]
    if kind == "sym":
        return mpmath.mpc(POINT[node[1]])
    if kind == "const":
        return {"pi": mpmath.mpc(mpmath.pi), "e": mpmath.mpc(mpmath.e), "i": mpmath.mpc(0, 1)}[node[1]]
    values = [oracle(kid) for kid in kids]
    if kind == "neg":
        return -values[0]
    if kind == "add":
        return sum(values, mpmath.mpc(0))
    if kind == "mul":
        return mpmath.fprod(values)
    if kind == "div":
        return values[0] / values[1]
    if kind == "pow":
        return mpmath.power(values[0], values[1])
    if kind == "root":
        return mpmath.power(values[1], 1 / values[0])
    if kind == "mixed":
        return values[0] + values[1] / values[2]
    raise AssertionError(kind)


numbers = st.one_of(
    st.integers(-30, 30).map(lambda n: ("num", n, 1)),
    st.tuples(st.integers(-9, 9), st.integers(2, 9)).map(
        lambda t: ("num", Fraction(*t).numerator, Fraction(*t).denominator)
    ),
    st.tuples(st.integers(-999, 999), st.integers(-3, 0)).map(lambda t: ("dec", *t)),
)
leaves = st.one_of(
    numbers,
    st.sampled_from([("sym", "x"), ("sym", "y"), ("const", "pi"), ("const", "e"), ("const", "i")]),
    st.integers(2, 60).map(lambda n: ("root", ("num", 2, 1), ("num", n, 1))),
    st.integers(2, 60).map(lambda n: ("root", ("num", 3, 1), ("num", n, 1))),
)
small = st.integers(-3, 4).map(lambda n: ("num", n, 1))


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.tuples(st.just("add"), inner, inner),
        st.tuples(st.just("mul"), inner, inner),
        st.tuples(st.just("div"), inner, inner),
        st.tuples(st.just("neg"), inner),
        st.tuples(st.just("pow"), inner, small),
        st.tuples(st.just("pow"), st.integers(2, 12).map(lambda n: ("num", n, 1)), st.just(("sym", "n"))),
        st.tuples(st.just("root"), st.just(("num", 2, 1)), st.integers(1, 90).map(lambda n: ("num", n, 7))),
    )


expressions = st.recursive(leaves, grown, max_leaves=8)


def close(a: mpmath.mpc, b: mpmath.mpc) -> bool:
    return bool(abs(a - b) <= mpmath.mpf(10) ** -40 * max(abs(a), abs(b), 1))


@settings(max_examples=400, deadline=None)
@given(expressions, expressions)
@example(("root", ("num", 2, 1), ("num", 12, 1)), ("mul", ("num", 2, 1), ("root", ("num", 2, 1), ("num", 3, 1))))
@example(("div", ("num", 1, 1), ("const", "i")), ("neg", ("const", "i")))
def test_what_exact_arithmetic_proves_is_so(a: Node, b: Node) -> None:
    field = Field()
    try:
        equal = field.equal(evaluate(a, field), evaluate(b, field))
    except (Undecided, Undefined):
        return
    with mpmath.workdps(60):
        try:
            same = close(oracle(a), oracle(b))
        except ZeroDivisionError:
            return
    if equal is not None:
        assert equal == same


@settings(max_examples=300, deadline=None)
@given(expressions, expressions, expressions)
def test_rewriting_never_changes_a_value(a: Node, b: Node, c: Node) -> None:
    field = Field()
    left = ("mul", a, ("add", b, c))
    right = ("add", ("mul", c, a), ("mul", b, a))
    try:
        equal = field.equal(evaluate(left, field), evaluate(right, field))
    except (Undecided, Undefined):
        return
    assert equal is True


@settings(max_examples=300, deadline=None)
@given(expressions, expressions)
def test_floating_point_never_separates_equal_values(a: Node, b: Node) -> None:
    rewritten = ("add", ("mul", a, b), ("neg", ("mul", b, a)), a)
    assert not numeric.differ(a, rewritten, "seed")


@settings(max_examples=300, deadline=None)
@given(expressions, expressions)
def test_floating_point_separates_only_what_differs(a: Node, b: Node) -> None:
    if not numeric.differ(a, b, "seed"):
        return
    with mpmath.workdps(60):
        try:
            assume(not any(name in POINT for name in numeric.symbols(a) | numeric.symbols(b)))
            assert not close(oracle(a), oracle(b))
        except ZeroDivisionError:
            return


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_written_rationals_are_read_exactly(p: int, q: int) -> None:
    for text in (rf"\frac{{{p}}}{{{q}}}", f"{p}/{q}"):
        assert rational(evaluate(read(text), Field())) == Fraction(p, q)


@given(st.integers(0, 10**12), st.integers(0, 999), st.integers(1, 3))
def test_decimals_and_thousands_are_read_exactly(whole: int, part: int, places: int) -> None:
    digits = f"{part:03d}"[:places]
    want = Fraction(f"{whole}.{digits}")
    for text in (f"{whole}.{digits}", f"{whole:,}.{digits}", f"{whole:,}".replace(",", "{,}") + f".{digits}"):
        assert rational(evaluate(read(text), Field())) == want, text


@given(st.integers(1, 10**9))
def test_factors_multiply_back(n: int) -> None:
    try:
        factors = factorise(n)
    except Undecided:
        assume(False)
    product = 1
    for prime, power in factors:
        product *= prime**power
    assert product == n


@given(st.integers(0, 99), st.lists(st.integers(0, 9), max_size=4), st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_repeating_decimals_are_the_limit_of_their_digits(whole: int, fixed: list[int], block: list[int]) -> None:
    text = f"{whole}.{''.join(map(str, fixed))}\\overline{{{''.join(map(str, block))}}}"
    value = rational(evaluate(read(text), Field()))
    assert value is not None
    long = Fraction(f"{whole}.{''.join(map(str, fixed))}{''.join(map(str, block)) * 30}")
    assert 0 <= value - long <= Fraction(1, 10 ** (len(fixed) + 30 * len(block)))
