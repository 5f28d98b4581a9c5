"""Constants that are rational numbers, computed exactly with bounded integers: this decides what digits cannot show."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from .math_nodes import TooBig, Tree, Undefined, Unsupported, children

MAX_BITS = 100_000
MAX_FACTORIAL = 10_000


def rational(node: Tree) -> Fraction | None:
    """The exact value of a constant, or None where it is not rational or not computed here. Raises Undefined."""
    try:
        return _exact(node)
    except (Unsupported, TooBig):
        return None


def _exact(node: Tree) -> Fraction:
    if node[0] not in _TABLE:
        raise Unsupported(node[0])
    value = _TABLE[node[0]](node)
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise TooBig("digits")
    return value


def _integer(node: Tree) -> int:
    value = _exact(node)
    if value.denominator != 1:
        raise Unsupported("a broken number")
    return value.numerator


def _small(node: Tree, bound: int = MAX_FACTORIAL) -> int:
    value = _integer(node)
    if not 0 <= value <= bound:
        raise TooBig("a number beyond all bounds")
    return value


def _sum(node: Tree) -> Fraction:
    return sum((_exact(kid) for kid in node[1:]), Fraction(0))


def _product(node: Tree) -> Fraction:
    result = Fraction(1)
    for kid in node[1:]:
        result *= _exact(kid)
        if result.numerator.bit_length() + result.denominator.bit_length() > 2 * MAX_BITS:
            raise TooBig("digits")
    return result


def _quotient(node: Tree) -> Fraction:
    top, bottom = _exact(node[1]), _exact(node[2])
    if bottom == 0:
        raise Undefined("division by zero")
    return top / bottom


def _power(node: Tree) -> Fraction:
    base, exponent = _exact(node[1]), _integer(node[2])
    if base == 0:
        if exponent < 0:
            raise Undefined("division by zero")
        if exponent == 0:
            raise Unsupported("zero to the power of zero")
        return base
    if abs(base) == 1:
        return base if exponent % 2 else Fraction(1)
    if abs(exponent) * max(base.numerator.bit_length(), base.denominator.bit_length()) > MAX_BITS:
        raise TooBig("a power beyond all bounds")
    return base**exponent


def _remainder(node: Tree) -> Fraction:
    """Of a power with any exponent that is itself an integer of bounded size: 7^(7^7) mod 100."""
    modulus = _exact(node[2])
    if modulus == 0:
        raise Undefined("a remainder modulo zero")
    power = node[1]
    if power[0] == "pow" and modulus.denominator == 1 and modulus > 0:
        base, exponent = _integer(power[1]), _integer(power[2])
        if exponent >= 0:
            return Fraction(pow(base, exponent, modulus.numerator))
    return _exact(node[1]) % modulus


def _mixed(node: Tree) -> Fraction:
    whole, top, bottom = (_exact(kid) for kid in node[1:])
    if bottom == 0:
        raise Undefined("division by zero")
    negative = node[1][0] == "neg" or whole < 0
    return whole - top / bottom if negative else whole + top / bottom


def _function(node: Tree) -> Fraction:
    if node[1] in ("gcd", "lcm"):
        return Fraction((math.gcd if node[1] == "gcd" else math.lcm)(*(_integer(kid) for kid in node[2:])))
    if node[1] in ("max", "min"):
        return (max if node[1] == "max" else min)(_exact(kid) for kid in node[2:])
    raise Unsupported(node[1])


def _double_factorial(node: Tree) -> Fraction:
    return Fraction(math.prod(range(_small(node[1]), 0, -2)))


def _dec(node: Tree) -> Fraction:
    return Fraction(node[1]) * Fraction(10) ** node[2]


def _base(node: Tree) -> Fraction:
    try:
        return Fraction(int(node[1], node[2]))
    except ValueError as error:
        raise Undefined("digits that the base does not have") from error


_TABLE: dict[str, Callable[[Tree], Fraction]] = {
    "num": lambda node: Fraction(node[1], node[2]),
    "dec": _dec,
    "base": _base,
    "neg": lambda node: -_exact(node[1]),
    "abs": lambda node: abs(_exact(node[1])),
    "floor": lambda node: Fraction(math.floor(_exact(node[1]))),
    "ceil": lambda node: Fraction(math.ceil(_exact(node[1]))),
    "fact": lambda node: Fraction(math.factorial(_small(node[1]))),
    "dfact": _double_factorial,
    "binom": lambda node: Fraction(math.comb(_small(node[1]), _small(node[2]))),
    "percent": lambda node: _exact(children(node)[0]) / 100,
    "add": _sum,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "mod": _remainder,
    "mixed": _mixed,
    "fn": _function,
}
