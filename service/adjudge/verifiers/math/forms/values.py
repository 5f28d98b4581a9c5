"""Scalars to keys: equal numbers and equal functions get the same key, however they are written.

A rational number is its own key. Any other constant is known by 60 digits of its value, a function of symbols by its
values at fixed points (which depend on the names of its symbols alone). What our exact arithmetic covers is worked out
here, in decimals; what it does not is asked of a jail (`pending`), and meanwhile known by how it is written.

Digits are evidence, not proof, so they are trusted only where nothing can hide below them: a value whose coefficients
are long (10^-50 beside pi) is known by its exact normal form, and a jail says nothing of sums whose terms lie further
apart than MAX_APART digits. Two expressions with the same key have the same value to 60 digits at every point.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, DecimalException, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ..deciding import numeric
from ..deciding.exact import ONE, Field, Poly, Undecided, Undefined, Value, decisive, rational
from ..deciding.exact import key as normal_form
from ..tree import Node, children, mentions, rebuild, walk

Key = tuple[Any, ...]
Point = dict[str, Fraction]
At = tuple[Decimal, Decimal] | None
"""A value at one point, real and imaginary part; None where the expression has none there."""

DIGITS = 60
WORKING = 130
MAX_APART = 50
"""Digits that the terms of a sum may lie apart; more could hide below DIGITS."""
MAX_HEIGHT = 100
"""Bits of all coefficients together up to which digits stand for a value."""
MIN_POINTS = 4
LARGE = 10**6
"""What lies beyond is not looked at."""
MAX_SYMBOLS = 8
_MAX_DENOMINATOR = 10**15
_LONG = 10_000
_SURE = Decimal("1e-95")


class NoValue(Exception):
    """The expression has no value: a division by zero, arithmetic with infinity."""


def _whole(low: int, high: int) -> Callable[[int], Fraction]:
    return lambda drawn: Fraction(low + drawn % (high - low + 1))


def _broken(low: int, high: int) -> Callable[[int], Fraction]:
    return lambda drawn: low + Fraction((drawn % 10_007 + 1) * (high - low), 10_009)


def _signed(size: Callable[[int], Fraction]) -> Callable[[int], Fraction]:
    return lambda drawn: size(drawn >> 1) if drawn & 1 else -size(drawn >> 1)


_KINDS = (
    _broken(0, 3), _broken(-3, 0), _broken(0, 1), _broken(-1, 0), _broken(3, 40), _broken(-40, -3),
    _signed(_broken(0, 4)), _signed(_broken(1, 12)),
    _broken(40, 3_000), _broken(-3_000, -40), _broken(3_000, LARGE), _broken(-LARGE, -3_000),
    _signed(_broken(3, 3_000)),
    _whole(1, 9), _whole(2, 30), _whole(1, 5), _whole(3, 60), _whole(1, 400),
)  # fmt: skip
"""Broken and whole, small and large, of both signs: functions bend and domains end somewhere between them."""
NEAR = 8
"""Of the first so many kinds the values are of ordinary size: there, nothing may hide below the digits."""


@lru_cache(4096)
def coordinates(name: str) -> tuple[Fraction, ...]:
    """What a symbol stands for at each point."""
    drawn = [hashlib.sha256(f"{turn}/{name}".encode()).digest() for turn in range(len(_KINDS))]
    return tuple(kind(int.from_bytes(digest[:6], "big")) for kind, digest in zip(_KINDS, drawn, strict=True))


def points(names: Sequence[str]) -> list[Point]:
    """Where functions of these symbols are looked at; of none: one point."""
    if not names:
        return [{}]
    return [dict(zip(names, values, strict=True)) for values in zip(*map(coordinates, names), strict=True)]


@dataclass
class Scalars:
    """Keys of the scalars of one answer. `known` is what a jail said of those that were `pending` before."""

    known: dict[Node, list[At] | Fraction | None] = field(default_factory=dict)
    pending: list[Node] = field(default_factory=list)
    written: bool = False
    """Whether a scalar is known only by how it is written."""
    arithmetic: Field = field(default_factory=Field)

    def key(self, node: Node) -> Key:
        """Raises NoValue."""
        values = self.values(node)
        if isinstance(values, Fraction):
            return quotient(values)
        if values is None:
            return self._exact(node) or self._as_written(node)
        shown = [value and _rounded(value) for value in values]
        first = shown[0]
        if first is not None and all(each == first for each in shown):
            exact = _as_rational(values[0])
            return ("r", *first) if exact is None else quotient(exact)
        return ("f", _digest(shown))

    def ratio(self, node: Node, *, signed: bool) -> Key | None:
        """The key of a function up to a constant factor (a positive one where `signed`); None where it has none."""
        values = self.values(node)
        if not isinstance(values, list):
            return None
        first = next((value for value in values if value is not None and any(value)), None)
        if first is None:
            return None
        with localcontext(_context(WORKING)):
            scale = (abs(first[0]) or abs(first[1]), Decimal(0)) if signed else first
            shares = [value and _rounded(_divided(value, scale)) for value in values]
        return ("ratio", signed, _digest(shares))

    def values(self, node: Node) -> Fraction | list[At] | None:
        """An exact rational, values at the points, or None (the node may be `pending` then). Raises NoValue."""
        try:
            value = self.arithmetic.value(node)
        except Undefined as error:
            raise NoValue(str(error)) from error
        except Undecided:
            return self._from_jail(node)
        exact = rational(value)
        if exact is not None:
            return exact
        names = sorted(numeric.symbols(node))
        if _height(value) > MAX_HEIGHT * (max(1, len(value[0])) if names else 1):
            return None
        try:
            with localcontext(_context(WORKING)):
                found = [_at(value, point) for point in points(names)]
        except (Undecided, DecimalException):
            return self._from_jail(node)
        return _sound(found, bool(names))

    def _from_jail(self, node: Node) -> Fraction | list[At] | None:
        if node not in self.known:
            if node not in self.pending and len(numeric.symbols(node)) <= MAX_SYMBOLS and not _bends_far_out(node):
                self.pending.append(node)
            return None
        known = self.known[node]
        return _sound(known, bool(numeric.symbols(node))) if isinstance(known, list) else known

    def _exact(self, node: Node) -> Key | None:
        """The normal form, where it is the only one."""
        try:
            value = self.arithmetic.value(node)
        except (Undecided, Undefined):
            return None
        return ("x", normal_form(value)) if value[1] == ONE and decisive(value[0]) else None

    def _as_written(self, node: Node) -> Key:
        self.written = True
        return ("t", *written(node))


def quotient(value: Fraction) -> Key:
    """The key of a rational number. Long ones in hexadecimal, for which Python knows no limit."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LONG:
        return ("q", hex(value.numerator), hex(value.denominator))
    return ("q", value.numerator, value.denominator)


_BENDING = frozenset({"abs", "floor", "ceil", "mod", "root", "fact", "dfact", "binom"})
_BENDING_FUNCTIONS = frozenset({"max", "min", "sgn"})


def _bends_far_out(node: Node) -> bool:
    """May a function of symbols be one thing here and another beyond LARGE: |x - 10^9|, the root of a square?"""
    if not numeric.symbols(node) or not any(_large(part) for part in walk(node)):
        return False
    return any(
        part[0] in _BENDING
        or (part[0] == "fn" and part[1] in _BENDING_FUNCTIONS)
        or (part[0] == "pow" and bool(numeric.symbols(part[1])) and part[2][0] != "num")
        for part in walk(node)
    )


def _large(part: Node) -> bool:
    if part[0] == "pow" and part[1][0] == part[2][0] == "num":
        return bool(abs(part[1][1]) > 1 and abs(part[2][1]) > 4)
    return bool((part[0] == "num" and abs(part[1]) * 10 > LARGE * part[2]) or (part[0] == "dec" and part[2] > 0))


# ------------------------------------------------------------------------------------------------ as written


def written(node: Node) -> Node:
    """The tree with decimals as fractions and the parts of sums and products in one order; nothing is worked out."""
    kids = [written(kid) for kid in children(node)]
    if node[0] == "dec" and abs(node[2]) <= 60:
        value = Fraction(int(node[1])) * Fraction(10) ** int(node[2])
        return ("num", value.numerator, value.denominator)
    if node[0] == "neg" and kids[0][0] == "num":
        return ("num", -kids[0][1], kids[0][2])
    if node[0] in ("add", "mul"):
        flat = [part for kid in kids for part in (children(kid) if kid[0] == node[0] else (kid,))]
        kids = sorted(flat, key=repr)
    return rebuild(node, kids)


# ------------------------------------------------------------------------------------------------ digits


def _context(digits: int) -> Context:
    return Context(prec=digits, Emin=-(10**17), Emax=10**17)


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:40]


def _sound(found: list[At], symbolic: bool) -> Fraction | list[At] | None:
    """None where there is too little to go by; a constant that is a rational number to all its digits is that."""
    there = [value for value in found if value is not None]
    if symbolic:
        return found if len(there) >= MIN_POINTS else None
    if not there:
        return None
    exact = _as_rational(there[0])
    return found if exact is None else exact


def _as_rational(value: At) -> Fraction | None:
    assert value is not None
    number, imaginary = value
    if imaginary or abs(number.adjusted()) > 60:
        return None
    exact = Fraction(number)
    near = exact.limit_denominator(_MAX_DENOMINATOR)
    return near if abs(exact - near) <= Fraction(_SURE) * abs(exact) else None


def _rounded(value: tuple[Decimal, Decimal]) -> tuple[str, str]:
    """DIGITS significant digits, of the larger part; what is below them in the other is nothing."""
    sizes = [part.adjusted() for part in value if part]
    if not sizes:
        return "0", "0"
    with localcontext(_context(DIGITS + 5)):
        place = Decimal(1).scaleb(max(sizes) - DIGITS + 1)
        real, imaginary = (str((part.quantize(place) + 0).normalize()) if part else "0" for part in value)
    return real.replace("-0", "0") if real == "-0" else real, "0" if imaginary in ("-0", "0") else imaginary


def _divided(a: tuple[Decimal, Decimal], b: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    if not b[1]:
        return a[0] / b[0], a[1] / b[0]
    size = b[0] * b[0] + b[1] * b[1]
    return (a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size


# ------------------------------------------------------------------------------------------------ at points


def _height(value: Value) -> int:
    return sum(c.numerator.bit_length() + c.denominator.bit_length() for part in value for c in part.values())


def _at(value: Value, point: Point) -> At:
    """Raises Undecided for generators that only a jail can evaluate."""
    top, bottom = _poly(value[0], point), _poly(value[1], point)
    if top is None or bottom is None or not any(bottom):
        return None
    return _divided(top, bottom)


def _poly(poly: Poly, point: Point) -> At:
    real = imaginary = largest = Decimal(0)
    for mono, coefficient in poly.items():
        size: Decimal | None = Decimal(coefficient.numerator) / coefficient.denominator
        turned = False
        for name, power in mono:
            if name == "i":
                turned = True
                continue
            factor = _power(name, power, point)
            if factor is None or size is None:
                return None
            size *= factor
        assert size is not None
        largest = max(largest, abs(size))
        if turned:
            imaginary += size
        else:
            real += size
    if (real or imaginary) and max(abs(real), abs(imaginary)) < largest.scaleb(-MAX_APART):
        raise Undecided("terms that nearly cancel")
    return real, imaginary


def _power(name: str, power: Fraction, point: Point) -> Decimal | None:
    """A generator's power; None where a symbol's value has none among the reals."""
    kind, rest = name[:2], name[2:]
    if kind == "s:":
        base = point[rest]
        if power.denominator == 1:
            if not base and power < 0:
                return None
            exact = base ** int(power)
            return Decimal(exact.numerator) / exact.denominator
        if base <= 0:
            return None if base < 0 or power < 0 else Decimal(0)
        number = Decimal(base.numerator) / base.denominator
    elif kind == "p:":
        number = Decimal(int(rest))
    elif kind == "c:":
        number = _pi() if rest == "pi" else _e()
    elif kind == "l:":
        number = _ln(int(rest))
    else:
        raise Undecided(f"a value of {kind}")
    if power.denominator == 1:
        return number ** int(power)
    return number ** (Decimal(power.numerator) / power.denominator)


@lru_cache(1)
def _pi() -> Decimal:
    """Machin's formula, 1706: pi/4 = 4 arctan(1/5) - arctan(1/239)."""
    unit = 10 ** (WORKING + 20)

    def arctan(inverse: int) -> int:
        total, term, n = 0, unit // inverse, 1
        while term:
            total += term // n if n % 4 == 1 else -(term // n)
            term //= inverse * inverse
            n += 2
        return total

    return Decimal(4 * (4 * arctan(5) - arctan(239))).scaleb(-(WORKING + 20), _context(WORKING + 30))


@lru_cache(1)
def _e() -> Decimal:
    return Decimal(1).exp(_context(WORKING + 10))


@lru_cache(1024)
def _ln(prime: int) -> Decimal:
    return Decimal(prime).ln(_context(WORKING + 10))


# ------------------------------------------------------------------------------------------------ free names

_CONSTANTS = frozenset({"C", "c", "K", "k", "C_1", "C_2", "C_3", "c_1", "c_2", "c_3"})
_INTEGERS = frozenset({"k", "n", "m", "l"})


def with_usual_names(node: Node) -> Node:
    """A lone free constant beside other symbols is C, a lone integer beside pi is n (see `shapes.renamed`)."""
    names = numeric.symbols(node)
    integers, constants = names & _INTEGERS, names & _CONSTANTS
    if len(integers) == 1 and mentions(node, ("const", "pi")):
        return _renamed(node, integers.pop(), "n")
    if len(constants) == 1 and len(names) > 1:
        return _renamed(node, constants.pop(), "C")
    return node


def _renamed(node: Node, old: str, new: str) -> Node:
    if node == ("sym", old):
        return ("sym", new)
    return rebuild(node, [_renamed(kid, old, new) for kid in children(node)])


__all__ = ["At", "Key", "NoValue", "Scalars", "points", "with_usual_names", "written"]
