"""Exact arithmetic on trees without sympy: a value is a quotient of two polynomials with rational coefficients.

The generators of the polynomials are named by strings:

p:2          a prime under a fractional power in (0, 1): 12^(1/2) = 2 * p:3^(1/2). Products of such powers are linearly
             independent over Q (Besicovitch 1940), so sums of radicals of rationals have one normal form.
s:x          a symbol           c:pi  c:e   constants        i   the imaginary unit, i^2 = -1
x:BASE|M     BASE^M for a monomial M with symbols: 2^n, e^(2x), x^a; exponents add
r:KEY        a polynomial under a fractional power, once its content is taken out
f:NAME|KEY   a function of a value; ln of a rational falls apart into l:2, l:3, ... the logarithms of primes

Two values are equal if a*d - b*c is the zero polynomial. That they differ is *proved* only where all generators are
independent (`decisive`). Everything is bounded; what is outside raises Undecided, a division by zero raises Undefined.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from ..tree import Node

Mono = tuple[tuple[str, Fraction], ...]
Poly = dict[Mono, Fraction]
Value = tuple[Poly, Poly]

MAX_TERMS = 300
MAX_BITS = 8_192
MAX_POWER = 64
MAX_STEPS = 10_000
"""Products of terms that one decision may take; some 10 us each, more where the numbers are long."""
_NONE = Fraction(0)
_ONE: Mono = ()
ONE: Poly = {_ONE: Fraction(1)}
ZERO: Poly = {}


class Undecided(Exception):
    """Outside of what exact arithmetic covers, or over its bounds."""


class Undefined(Exception):
    """The expression has no value: division by zero, the logarithm of zero."""


def constant(value: Fraction | int) -> Value:
    return ({_ONE: Fraction(value)} if value else {}, ONE)


def generator(name: str, power: Fraction | int = 1) -> Value:
    return ({((name, Fraction(power)),): Fraction(1)}, ONE)


def rational(value: Value) -> Fraction | None:
    """The rational number that the value is, or None."""
    top, bottom = value
    if len(bottom) != 1 or len(top) > 1 or _ONE not in bottom or (top and _ONE not in top):
        return None
    return top.get(_ONE, Fraction(0)) / bottom[_ONE]


# ------------------------------------------------------------------------------------------------ polynomials


def _add(a: Poly, b: Poly, scale: int = 1) -> Poly:
    out = dict(a)
    for mono, coefficient in b.items():
        total = out.get(mono, 0) + scale * coefficient
        if total:
            out[mono] = Fraction(total)
        else:
            out.pop(mono, None)
    if len(out) > MAX_TERMS:
        raise Undecided("too many terms")
    return out


def _bits(number: Fraction) -> int:
    return number.numerator.bit_length() + number.denominator.bit_length()


def _check(coefficient: Fraction) -> Fraction:
    if coefficient.numerator.bit_length() > MAX_BITS or coefficient.denominator.bit_length() > MAX_BITS:
        raise Undecided("a number too large")
    return coefficient


class Field:
    """The arithmetic of values. One instance per comparison: it remembers what stands under its roots, the values of
    trees, and how much work it has done."""

    def __init__(self) -> None:
        self._roots: dict[str, Poly] = {}
        self._steps = 0
        self._values: dict[Node, Value | Undecided | Undefined] = {}

    def value(self, node: Node) -> Value:
        """The value of a tree, worked out once. Raises Undecided, Undefined."""
        if node not in self._values:
            try:
                self._values[node] = evaluate(node, self)
            except (Undecided, Undefined) as error:
                self._values[node] = error
            except ArithmeticError as error:
                self._values[node] = Undecided(str(error))
        known = self._values[node]
        if isinstance(known, Exception):
            raise known
        return known

    def mul_poly(self, a: Poly, b: Poly) -> Poly:
        out: Poly = {}
        for left, x in a.items():
            for right, y in b.items():
                self._steps += 1 + (_bits(x) * _bits(y) >> 14)
                if self._steps > MAX_STEPS:
                    raise Undecided("too much arithmetic")
                coefficient = _check(x * y)
                if left and right:
                    powers = dict(left)
                    for name, power in right:
                        powers[name] = powers.get(name, _NONE) + power
                    for mono, value in self._normal(powers, coefficient).items():
                        _put(out, mono, value)
                else:
                    _put(out, left or right, coefficient)
        if len(out) > MAX_TERMS:
            raise Undecided("too many terms")
        return out

    def _normal(self, powers: dict[str, Fraction], coefficient: Fraction) -> Poly:
        """A product of generators in normal form; roots with a power of one or more are multiplied out."""
        rest: dict[str, Fraction] = {}
        expand: list[Poly] = []
        for name, power in powers.items():
            if not power:
                continue
            if name.startswith("p:"):
                whole = math.floor(power)
                if abs(whole) * int(name[2:]).bit_length() > MAX_BITS:
                    raise Undecided("a number too large")
                coefficient = _check(coefficient * Fraction(int(name[2:])) ** whole)
                power -= whole
            elif name == "i":
                turn = int(power) % 4
                coefficient = -coefficient if turn in (2, 3) else coefficient
                power = Fraction(turn % 2)
            elif name.startswith("r:") and power >= 1:
                whole = math.floor(power)
                expand.append(self._pow_poly(self._roots[name], whole))
                power -= whole
            if power:
                rest[name] = power
        out: Poly = {tuple(sorted(rest.items())): coefficient}
        for poly in expand:
            out = self.mul_poly(out, poly)
        return out

    def _pow_poly(self, base: Poly, power: int) -> Poly:
        if power > MAX_POWER and len(base) > 1:
            raise Undecided("a power too large")
        out = ONE
        square = base
        while power:
            if power & 1:
                out = self.mul_poly(out, square)
            power >>= 1
            if power:
                square = self.mul_poly(square, square)
        return out

    # -------------------------------------------------------------------------------------------- values

    def add(self, a: Value, b: Value, scale: int = 1) -> Value:
        if a[1] == b[1]:
            return _add(a[0], b[0], scale), a[1]
        return (
            _add(self.mul_poly(a[0], b[1]), self.mul_poly(b[0], a[1]), scale),
            self.mul_poly(a[1], b[1]),
        )

    def mul(self, a: Value, b: Value) -> Value:
        return self._tidy(self.mul_poly(a[0], b[0]), self.mul_poly(a[1], b[1]))

    def div(self, a: Value, b: Value) -> Value:
        if not b[0]:
            raise Undefined("a division by zero")
        return self._tidy(self.mul_poly(a[0], b[1]), self.mul_poly(a[1], b[0]))

    def _tidy(self, top: Poly, bottom: Poly) -> Value:
        """A denominator of one term goes into the numerator."""
        if bottom is ONE or bottom == ONE:
            return top, ONE
        if len(bottom) != 1:
            return top, bottom
        ((mono, coefficient),) = bottom.items()
        inverse = self._normal({name: -power for name, power in mono}, 1 / coefficient)
        return self.mul_poly(top, inverse), ONE

    def negative(self, a: Value) -> Value:
        return {mono: -c for mono, c in a[0].items()}, a[1]

    def equal(self, a: Value, b: Value) -> bool | None:
        """True and False are proved; None: the normal forms differ but their generators may be dependent."""
        difference = _add(self.mul_poly(a[0], b[1]), self.mul_poly(b[0], a[1]), -1)
        if not difference:
            return True
        return False if decisive(difference) and decisive(a[1]) and decisive(b[1]) else None

    # -------------------------------------------------------------------------------------------- powers

    def power(self, base: Value, exponent: Value) -> Value:
        number = rational(exponent)
        if number is None:
            return self._symbolic_power(base, exponent)
        if number.denominator == 1:
            return self._whole_power(base, number.numerator)
        return self._root_power(base, number)

    def _whole_power(self, base: Value, n: int) -> Value:
        if n < 0:
            return self._whole_power(self.div((ONE, ONE), base), -n)
        number = rational(base)
        if number is not None:
            if max(number.numerator.bit_length(), number.denominator.bit_length()) * n > MAX_BITS and abs(number) != 1:
                raise Undecided("a number too large")
            return constant(number**n)
        if n > 10 * MAX_BITS:
            raise Undecided("a power too large")
        if len(base[0]) == 1 and base[1] == ONE:
            ((mono, coefficient),) = base[0].items()
            scaled = self._whole_power(constant(coefficient), n)
            return self.mul((self._normal({name: power * n for name, power in mono}, Fraction(1)), ONE), scaled)
        return self._pow_poly(base[0], n), self._pow_poly(base[1], n)

    def _root_power(self, base: Value, power: Fraction) -> Value:
        """base^(p/q). Of a product of positive generators factor by factor; of a sum, as a root once its
        content is out.
        """
        if power.denominator > 24:
            raise Undecided("a root of too high an index")
        if power < 0:
            return self.div((ONE, ONE), self._root_power(base, -power))
        if not base[0]:
            return ZERO, ONE
        if base[1] != ONE:
            bottom = base[1]
            if len(bottom) == 1:
                base = self._tidy(*base)
            else:
                top_root = self._root_power((base[0], ONE), power)
                if not _positive(bottom):
                    raise Undecided("the root of a quotient")
                return self.div(top_root, self._root_power((bottom, ONE), power))
        poly = base[0]
        if len(poly) == 1:
            return self._monomial_root(poly, power)
        content = _content(poly)
        inner = {mono: c / content for mono, c in poly.items()}
        key = "r:" + _key(inner)
        self._roots[key] = inner
        return self.mul(self._number_root(content, power), generator(key, power))

    def _monomial_root(self, poly: Poly, power: Fraction) -> Value:
        ((mono, coefficient),) = poly.items()
        powers: dict[str, Fraction] = {}
        for name, exponent in mono:
            if name == "i" or (not _positive_generator(name) and exponent != 1):
                raise Undecided("the root of something that may be negative")
            if name.startswith("s:") and coefficient < 0:
                raise Undecided("the root of something that may be negative")
            powers[name] = exponent * power
        return self.mul(self._number_root(coefficient, power), (self._normal(powers, Fraction(1)), ONE))

    def _number_root(self, number: Fraction, power: Fraction) -> Value:
        if number < 0:
            if power.denominator == 2:
                turn = self._normal({"i": Fraction(power.numerator)}, Fraction(1))
                return self.mul((turn, ONE), self._number_root(-number, power))
            raise Undecided("a root of a negative number")
        powers: dict[str, Fraction] = {}
        for part, sign in ((number.numerator, 1), (number.denominator, -1)):
            for prime, exponent in factorise(part):
                powers[f"p:{prime}"] = powers.get(f"p:{prime}", Fraction(0)) + sign * exponent * power
        return self._normal(powers, Fraction(1)), ONE

    def root(self, index: Value, radicand: Value) -> Value:
        """The index-th root; an odd root of a negative rational is the real one, as people write it."""
        n = rational(index)
        if n is None:
            return self.power(radicand, self.div((ONE, ONE), index))
        if n == 0:
            raise Undefined("a root of index zero")
        number = rational(radicand)
        if number is not None and number < 0 and n.denominator == 1 and n.numerator % 2:
            return self.negative(self.power(constant(-number), constant(1 / n)))
        return self.power(radicand, constant(1 / n))

    def _symbolic_power(self, base: Value, exponent: Value) -> Value:
        """base^(c1 M1 + c2 M2 + ...) as a product of generators, for bases whose powers multiply safely."""
        if exponent[1] != ONE:
            raise Undecided("a quotient in an exponent")
        if any(name == "i" for mono in exponent[0] for name, _ in mono):
            return self._complex_exponential(base, exponent)
        number = rational(base)
        names: list[tuple[str, Fraction]]
        if number is not None and number > 0:
            names = [(str(p), Fraction(e)) for p, e in factorise(number.numerator)]
            names += [(str(p), Fraction(-e)) for p, e in factorise(number.denominator)]
        elif base[1] == ONE and len(base[0]) == 1:
            ((mono, coefficient),) = base[0].items()
            if (
                coefficient != 1
                or len(mono) != 1
                or mono[0][0][:2] not in ("s:", "c:")
                or (mono[0][1] != 1 and mono[0][0] != "c:e")
            ):
                raise Undecided("a power of a product")
            names = [(mono[0][0], mono[0][1])]
        else:
            raise Undecided("a power of a sum")
        result: Value = (ONE, ONE)
        for mono, coefficient in exponent[0].items():
            for name, times in names:
                if not mono:
                    plain = constant(int(name)) if name.isdigit() else generator(name)
                    result = self.mul(result, self.power(plain, constant(coefficient * times)))
                else:
                    result = self.mul(result, generator(f"x:{name}|{_key({mono: Fraction(1)})}", coefficient * times))
        return result

    def _complex_exponential(self, base: Value, exponent: Value) -> Value:
        """e^(i pi r) for r a multiple of 1/12."""
        if base != generator("c:e") or len(exponent[0]) != 1:
            raise Undecided("a complex power")
        ((mono, coefficient),) = exponent[0].items()
        if mono != (("c:pi", Fraction(1)), ("i", Fraction(1))):
            raise Undecided("a complex power")
        cos, sin = self.cosine(coefficient), self.cosine(coefficient - Fraction(1, 2))
        return self.add(cos, self.mul(generator("i"), sin))

    def cosine(self, turns: Fraction) -> Value:
        """cos(pi * turns), exactly, for multiples of pi/12."""
        turns = abs(turns) % 2
        if turns > 1:
            turns = 2 - turns
        if turns > Fraction(1, 2):
            return self.negative(self.cosine(1 - turns))
        table = {Fraction(0): (1, 0, 1), Fraction(1, 6): (0, 3, 2), Fraction(1, 4): (0, 2, 2), Fraction(1, 3): (1,
        0, 2),
                 Fraction(1, 2): (0, 0, 1)}  # fmt: skip
        if turns in table:
            whole, under, over = table[turns]
            if not under:
                return constant(Fraction(whole, over))
            return self.mul(constant(Fraction(1, over)), self._number_root(Fraction(under), Fraction(1, 2)))
        if turns in (Fraction(1, 12), Fraction(5, 12)):
            six, two = (self._number_root(Fraction(n), Fraction(1, 2)) for n in (6, 2))
            return self.mul(constant(Fraction(1, 4)), self.add(six, two, 1 if turns == Fraction(1, 12) else -1))
        raise Undecided("a cosine without a simple form")


def _put(out: Poly, mono: Mono, coefficient: Fraction) -> None:
    total = out.get(mono, _NONE) + coefficient
    if total:
        out[mono] = total
    else:
        out.pop(mono, None)


def _positive_generator(name: str) -> bool:
    return name[:2] in ("p:", "c:") or (name.startswith("x:") and (name[2].isdigit() or name.startswith("x:c:e")))


def _positive(poly: Poly) -> bool:
    return all(c > 0 and all(_positive_generator(name) for name, _ in mono) for mono, c in poly.items())


def decisive(poly: Poly) -> bool:
    """Are all its generators independent, so that a non-zero polynomial is a non-zero value?"""
    constants = {name for mono in poly for name, _ in mono if name.startswith("c:")}
    return len(constants) <= 1 and all(
        name[:2] in ("p:", "c:") or name == "i" or (name.startswith("s:") and power.denominator == 1)
        for mono in poly
        for name, power in mono
    )


def _content(poly: Poly) -> Fraction:
    """The positive rational that makes the coefficients whole and coprime."""
    top = bottom = 0
    for coefficient in poly.values():
        top = math.gcd(top, coefficient.numerator)
        bottom = math.lcm(bottom or 1, coefficient.denominator)
    return Fraction(top, bottom or 1)


def _key(poly: Poly) -> str:
    return " ".join(f"{c}*{','.join(f'{n}^{p}' for n, p in mono)}" for mono, c in sorted(poly.items()))


def key(value: Value) -> str:
    """A string that is the same for values with the same normal form."""
    return _key(value[0]) if value[1] == ONE else f"({_key(value[0])})/({_key(value[1])})"


@lru_cache(2048)
def factorise(n: int) -> tuple[tuple[int, int], ...]:
    """Prime factors of n >= 1, by trial division up to a bound; what remains must be prime or a square of one."""
    if n.bit_length() > MAX_BITS // 4:
        raise Undecided("a number too large to factor")
    out: list[tuple[int, int]] = []
    for prime in _PRIMES:
        if prime * prime > n:
            break
        count = 0
        while n % prime == 0:
            n //= prime
            count += 1
        if count:
            out.append((prime, count))
    if n > 1:
        if n < _PRIMES[-1] ** 2:
            out.append((n, 1))
        else:
            half = math.isqrt(n)
            if half * half != n or half >= _PRIMES[-1] ** 2:
                raise Undecided("a number too large to factor")
            out.append((half, 2))
    return tuple(out)


def _sieve(limit: int) -> tuple[int, ...]:
    flags = bytearray([1]) * (limit + 1)
    for i in range(2, math.isqrt(limit) + 1):
        if flags[i]:
            flags[i * i :: i] = bytes(len(range(i * i, limit + 1, i)))
    return tuple(i for i in range(2, limit + 1) if flags[i])


_PRIMES = _sieve(4_000)


# ------------------------------------------------------------------------------------------------ from trees


def literal(node: Node) -> Fraction | None:
    """The value of a number as written: an integer, a decimal, a fraction of integers; None for anything else."""
    kind = node[0]
    if kind == "num":
        return Fraction(node[1], node[2])
    if kind == "dec" and abs(node[2]) * 4 <= MAX_BITS:
        return Fraction(node[1]) * Fraction(10) ** int(node[2])
    if kind == "neg" and (inner := literal(node[1])) is not None:
        return -inner
    if kind == "div" and node[1][0] == node[2][0] == "num" and node[2][1]:
        return Fraction(node[1][1] * node[2][2], node[1][2] * node[2][1])
    return None


def evaluate(node: Node, field: Field) -> Value:
    """The exact value of a scalar tree (its depth is bounded by tree.MAX_DEPTH)."""
    rule = _RULES.get(node[0])
    if rule is None:
        raise Undecided(f"a {node[0]} is no scalar")
    return rule(node, field)


def based(digits: str, base: int) -> Fraction:
    """The value of a numeral, which may have a point. Raises Undecided if a digit is none of the base's."""
    whole, _, part = digits.partition(".")
    try:
        return Fraction(int(whole + part, base), base ** len(part))
    except ValueError as error:
        raise Undecided("digits outside of the base") from error


def _numbers(node: Node, field: Field) -> list[Fraction]:
    out = []
    for child in node[1:]:
        number = rational(evaluate(child, field)) if isinstance(child, tuple) else None
        if number is None:
            raise Undecided("not a rational number")
        out.append(number)
    return out


def _sum(node: Node, field: Field) -> Value:
    total = evaluate(node[1], field)
    for child in node[2:]:
        total = field.add(total, evaluate(child, field))
    return total


def _product(node: Node, field: Field) -> Value:
    total = evaluate(node[1], field)
    for child in node[2:]:
        total = field.mul(total, evaluate(child, field))
    return total


def _dec(node: Node, field: Field) -> Value:
    if abs(node[2]) * 4 > MAX_BITS:
        raise Undecided("a number too large")
    return constant(Fraction(node[1]) * Fraction(10) ** node[2])


def _const(node: Node, field: Field) -> Value:
    if node[1] == "i":
        return generator("i")
    if node[1] in ("pi", "e"):
        return generator(f"c:{node[1]}")
    raise Undefined(f"arithmetic with {'infinity' if node[1] == 'oo' else node[1]}")


def _mixed(node: Node, field: Field) -> Value:
    whole, top, bottom = _numbers(node, field)
    if not bottom:
        raise Undefined("a division by zero")
    return constant(whole + top / bottom)


def _factorial(node: Node, field: Field) -> Value:
    (n,) = _numbers(node, field)
    if n.denominator != 1 or n < 0 or n > 400:
        raise Undecided("a factorial too large")
    step = 2 if node[0] == "dfact" else 1
    return constant(math.prod(range(int(n), 0, -step)))


def _binomial(node: Node, field: Field) -> Value:
    n, k = _numbers(node, field)
    if n.denominator != 1 or k.denominator != 1 or not 0 <= n <= 2_000 or k < 0:
        raise Undecided("a binomial coefficient too large")
    return constant(math.comb(int(n), int(k)))


def _absolute(node: Node, field: Field) -> Value:
    value = evaluate(node[1], field)
    number = rational(value)
    if number is not None:
        return constant(abs(number))
    if value[1] == ONE and _positive(value[0]):
        return value
    key_plus, key_minus = key(value), key(field.negative(value))
    return generator("f:abs|" + min(key_plus, key_minus))


def _rounded(node: Node, field: Field) -> Value:
    (number,) = _numbers(node, field)
    return constant(math.floor(number) if node[0] == "floor" else math.ceil(number))


def _mod(node: Node, field: Field) -> Value:
    a, b = _numbers(node, field)
    if not b:
        raise Undefined("a remainder by zero")
    return constant(a % b)


def _logarithm(value: Value, field: Field) -> Value:
    number = rational(value)
    if number is not None and number == 0:
        raise Undefined("the logarithm of zero")
    if number is not None and number > 0:
        total: Value = (ZERO, ONE)
        for part, sign in ((number.numerator, 1), (number.denominator, -1)):
            for prime, times in factorise(part):
                total = field.add(total, field.mul(constant(sign * times), generator(f"l:{prime}")))
        return total
    if value[1] == ONE and len(value[0]) == 1:  # ln e^k, ln sqrt(2), ln e^x
        ((mono, coefficient),) = value[0].items()
        if coefficient > 0 and all(name[:2] == "p:" or name == "c:e" for name, _ in mono):
            total = _logarithm(constant(coefficient), field)
            for name, power in mono:
                part_value = constant(1) if name == "c:e" else generator(f"l:{name[2:]}")
                total = field.add(total, field.mul(constant(power), part_value))
            return total
    return generator("f:ln|" + key(value))


def _function(node: Node, field: Field) -> Value:
    name = node[1]
    if name in ("gcd", "lcm", "max", "min"):
        numbers = _numbers(("", *node[2:]), field)
        if name in ("max", "min"):
            return constant(max(numbers) if name == "max" else min(numbers))
        if any(n.denominator != 1 for n in numbers):
            raise Undecided("not whole numbers")
        whole = [int(n) for n in numbers]
        return constant(math.gcd(*whole) if name == "gcd" else math.lcm(*whole))
    args = [evaluate(arg, field) for arg in node[2:]]
    if name == "ln":
        return _logarithm(args[0], field)
    if name == "log":
        return field.div(_logarithm(args[0], field), _logarithm(args[1], field))
    if name == "exp":
        return field.power(generator("c:e"), args[0])
    if name in ("sin", "cos", "tan", "sec", "csc", "cot"):
        exact = _trigonometric(name, args[0], field)
        if exact is not None:
            return exact
    if not args[0][0] and name in ("arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh"):
        return ZERO, ONE
    return generator(f"f:{name}|" + "|".join(key(arg) for arg in args))


def _trigonometric(name: str, argument: Value, field: Field) -> Value | None:
    turns: Fraction | None = None
    if not argument[0]:
        turns = Fraction(0)
    elif argument[1] == ONE and list(argument[0]) == [(("c:pi", Fraction(1)),)]:
        (turns,) = argument[0].values()
    if turns is None:
        return None
    try:
        cos, sin = field.cosine(turns), field.cosine(turns - Fraction(1, 2))
    except Undecided:
        return None
    top, bottom = {"sin": (sin, None), "cos": (cos, None), "tan": (sin, cos), "cot": (cos, sin), "sec": (None, cos),
                   "csc": (None, sin)}[name]  # fmt: skip
    value = top or (ONE, ONE)
    return value if bottom is None else field.div(value, bottom)


_RULES: dict[str, Callable[[Node, Field], Value]] = {
    "num": lambda n, f: constant(Fraction(n[1], n[2])),
    "dec": _dec,
    "sym": lambda n, f: generator(f"s:{n[1]}"),
    "const": _const,
    "neg": lambda n, f: f.negative(evaluate(n[1], f)),
    "add": _sum,
    "mul": _product,
    "div": lambda n, f: f.div(evaluate(n[1], f), evaluate(n[2], f)),
    "pow": lambda n, f: f.power(evaluate(n[1], f), evaluate(n[2], f)),
    "root": lambda n, f: f.root(evaluate(n[1], f), evaluate(n[2], f)),
    "mixed": _mixed,
    "fact": _factorial,
    "dfact": _factorial,
    "binom": _binomial,
    "abs": _absolute,
    "floor": _rounded,
    "ceil": _rounded,
    "mod": _mod,
    "fn": _function,
    "app": lambda n, f: generator(f"f:app {n[1]}|" + "|".join(key(evaluate(a, f)) for a in n[2:])),
    "percent": lambda n, f: f.mul(evaluate(n[1], f), constant(Fraction(1, 100))),
    "deg": lambda n, f: f.mul(evaluate(n[1], f), f.mul(generator("c:pi"), constant(Fraction(1, 180)))),
    "base": lambda n, f: constant(based(n[1], n[2])),
}
