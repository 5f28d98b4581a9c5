"""High-precision values of trees at a point: mpmath arithmetic with bounds, and a record of what precision was needed.

Two rules make the values usable as evidence. (1) A sum notes how far its terms lie apart: 1 + 1/2004! needs 5,800
digits before the second term shows, and the caller evaluates again with as many. What cancels down to the last digits
is taken as zero, and the caller must see it vanish again at a higher precision. (2) No power, factorial or product is
computed before its magnitude is estimated.

With `real=True` a point is outside the domain (NoValue) as soon as any part of the expression is: the logarithm or an
even root of a negative number, a broken power of one. Without it, principal branches hold. An odd root of a negative
number is the real one in both cases, as it is written in schools.
"""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpc, mpf

from .math_nodes import NoValue, TooBig, Tree, Undefined, Unsupported
from .math_operations import GUARD, VALUES

MAX_MAGNITUDE = 10**15
"""Binary exponent of the largest number that is computed."""
MAX_STEPS = 60_000


class Evaluator:
    """Values at one point and one precision. `need` is the number of digits that would have been enough."""

    def __init__(self, env: dict[str, Any], digits: int, *, real: bool, seed: str = "") -> None:
        self.env, self.digits, self.real, self.seed = env, digits, real, seed
        self.need = 0
        self.lost = 0
        """Digits that cancelled in sums: what is left of the precision is honest."""
        self.steps = 0
        self.approximate = False
        """True once a value came from quadrature or extrapolation: good as evidence for, never against."""

    def value(self, node: Tree) -> Any:
        """A number (mpf, mpc) or a Matrix. Raises NoValue, TooBig, Unsupported."""
        with mp.workdps(self.digits):
            try:
                return self.of(node)
            except (ZeroDivisionError, ValueError, mp.NoConvergence) as error:
                raise NoValue("no value") from error
            except (OverflowError, MemoryError) as error:
                raise TooBig("a number beyond all bounds") from error

    def number(self, node: Tree) -> Any:
        result = self.of(node)
        if isinstance(result, tuple):
            raise Unsupported("a matrix where a number is wanted")
        return result

    def of(self, node: Tree) -> Any:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooBig("too many steps")
        result = VALUES[node[0]](self, node)
        if not isinstance(result, tuple):
            if mp.isnan(result):
                raise NoValue("undefined")
            if mp.mag(result) > MAX_MAGNITUDE and not mp.isinf(result):
                raise TooBig("a number beyond all bounds")
        return result

    # ------------------------------------------------------------------ arithmetic on values

    def add(self, terms: list[Any]) -> Any:
        if any(mp.isinf(term) for term in terms):
            infinite = [term for term in terms if mp.isinf(term)]
            if any(term != infinite[0] for term in infinite):
                raise NoValue("infinity minus infinity")
            return infinite[0]
        sizes = [int(mp.mag(term)) for term in terms if term != 0]
        if not sizes:
            return mpf(0)
        largest = max(sizes)
        apart = int((largest - min(sizes)) * 0.30103)
        if apart > 3:  # these add up: (2^n - 1)(2^n + 1) differs from 4^n only after twice the digits of either
            self.need += apart
        total = mp.fsum(terms)
        if total == 0 or mp.mag(total) < largest - int((self.digits - GUARD) * 3.3219):
            self.lost += self.digits if len(sizes) > 1 else 0
            return mpf(0)
        lost = int((largest - mp.mag(total)) * 0.30103)
        self.lost += lost if lost > 3 else 0
        return self.tidy(total)

    def tidy(self, number: Any) -> Any:
        """A complex number whose imaginary part is nothing but noise is real."""
        if isinstance(number, mpc):
            if number.imag == 0 or mp.mag(number.imag) < mp.mag(number) - int((self.digits - GUARD) * 3.3219):
                return number.real
            if mp.mag(number.real) < mp.mag(number) - int((self.digits - GUARD) * 3.3219):
                return mpc(0, number.imag)
        return number

    def power(self, base: Any, exponent: Any) -> Any:
        if base == 0:
            if mp.im(exponent) == 0 and mp.re(exponent) > 0:
                return mpf(0)
            if exponent == 0:
                raise NoValue("zero to the power of zero")
            raise Undefined("division by zero")
        if mp.isinf(base) or mp.isinf(exponent):
            raise NoValue("a power of infinity")
        bits = abs(mp.mag(base)) + 1 if abs(base) != 1 else 1
        if abs(exponent) * bits > MAX_MAGNITUDE:
            raise TooBig("a power beyond all bounds")
        if mp.isint(exponent):
            count = int(exponent.real)
            if mp.mag(mpf(abs(base) - 1)) < -self.digits * 3 and abs(base) != 1:
                self.need = max(self.need, 2 * self.digits)
            return self.tidy(base**count)
        if mp.im(base) == 0 and mp.re(base) < 0 and self.real:
            raise NoValue("a broken power of a negative number")
        return self.tidy(mp.power(base, exponent))

    def root(self, index: Any, radicand: Any) -> Any:
        if not mp.isint(index) or index == 0:
            return self.power(radicand, 1 / index)
        count = int(index.real)
        if count % 2 and mp.im(radicand) == 0 and radicand < 0:
            return -self.power(-radicand, mpf(1) / count)
        if self.real and mp.im(radicand) == 0 and radicand < 0:
            raise NoValue("an even root of a negative number")
        if radicand == 0:
            return mpf(0)
        return self.tidy(mp.sqrt(radicand) if count == 2 else mp.power(radicand, mpf(1) / count))

    def real_number(self, number: Any) -> Any:
        if mp.im(number) != 0:
            raise NoValue("a complex number where a real one is wanted")
        return mp.re(number)

    def whole(self, number: Any) -> int:
        """The integer that the number is; NoValue if it is none."""
        number = self.real_number(number)
        if mp.isinf(number) or mp.mag(number) > 4 * mp.prec:
            raise TooBig("an integer of too many digits")
        nearest = int(mp.nint(number))
        if abs(number - nearest) > mpf(10) ** (GUARD - self.digits) * max(1, abs(number)):
            raise NoValue("a broken number where an integer is wanted")
        return nearest

    def floor(self, number: Any) -> Any:
        number = self.real_number(number)
        if mp.isinf(number):
            return number
        if mp.mag(number) > 0:
            self.need = max(self.need, int(mp.mag(number) * 0.30103) + GUARD)
        try:
            return mpf(self.whole(number))
        except NoValue:
            return mp.floor(number)
