"""The named functions, at high precision: where each is defined, and when a difference needs more digits to show."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

from mpmath import mp, mpf

from .math_nodes import NoValue, TooBig, Tree, Undefined, Unsupported

if TYPE_CHECKING:
    from .math_values import Evaluator

MAX_ARGUMENT = 10**15
_SMALL = -20  # binary magnitude below which f(x) is close to f(0)


def call(ev: Evaluator, node: Tree) -> Any:
    """The value of a `fn` node."""
    name = node[1]
    arguments = [ev.number(kid) for kid in node[2:]]
    if name not in FUNCTIONS:
        raise Unsupported(f"the function {name}")
    if any(mp.isinf(x) for x in arguments) and name not in ("max", "min", "arctan", "exp", "tanh", "sgn"):
        raise NoValue(f"{name} of infinity")
    for x in arguments:
        if x != 0 and mp.mag(x) < _SMALL:
            ev.need = max(ev.need, int(-mp.mag(x) * 2 * 0.30103))
    return ev.tidy(FUNCTIONS[name](ev, *arguments))


def _analytic(
    function: Callable[[Any], Any], inside: Callable[[Any], bool] | None = None
) -> Callable[[Evaluator, Any], Any]:
    """`inside` is the real domain; outside of it there is no value in real arithmetic."""

    def value(ev: Evaluator, x: Any) -> Any:
        if abs(x) > MAX_ARGUMENT:
            ev.need = max(ev.need, int(mp.mag(x) * 0.7))
            if mp.mag(x) > 10_000:
                raise TooBig("an argument beyond all bounds")
        if ev.real and inside is not None and mp.im(x) == 0 and not inside(x):
            raise NoValue("outside the domain")
        return function(x)

    return value


def _growing(function: Callable[[Any], Any]) -> Callable[[Evaluator, Any], Any]:
    """Functions that grow or saturate like exp: bounded argument, and digits enough to see how far they are."""

    def value(ev: Evaluator, x: Any) -> Any:
        if mp.isinf(x):
            return mpf(1) if x > 0 else mpf(-1)
        if abs(x) > 10**6:
            raise TooBig("an argument beyond all bounds")
        ev.need = max(ev.need, int(abs(x)))
        return function(x)

    return value


def _exp(ev: Evaluator, x: Any) -> Any:
    if x == -mp.inf:
        return mpf(0)
    if mp.isinf(x) or abs(x) > MAX_ARGUMENT:
        raise TooBig("an exponential beyond all bounds")
    return mp.exp(x)


def _ln(ev: Evaluator, x: Any) -> Any:
    if x == 0:
        raise Undefined("the logarithm of zero")
    if ev.real and mp.im(x) == 0 and x < 0:
        raise NoValue("the logarithm of a negative number")
    return mp.log(x)


def _log(ev: Evaluator, x: Any, base: Any) -> Any:
    below = _ln(ev, base)
    if below == 0:
        raise Undefined("a logarithm to base 1")
    return _ln(ev, x) / below


def _pole(function: Callable[[Any], Any], of: Callable[[Any], Any]) -> Callable[[Evaluator, Any], Any]:
    """Quotients such as tan: no value where the denominator is zero up to noise."""
    analytic = _analytic(function)

    def value(ev: Evaluator, x: Any) -> Any:
        if abs(of(x)) < mpf(10) ** (12 - ev.digits):
            raise Undefined("at a pole")
        return analytic(ev, x)

    return value


def _arccot(ev: Evaluator, x: Any) -> Any:
    if mp.im(x) != 0 or x < 0:
        raise NoValue("an arc cotangent on which conventions differ")
    return mp.pi / 2 - mp.atan(x)


def _arctan(ev: Evaluator, x: Any) -> Any:
    if mp.isinf(x):
        return mp.pi / 2 if x > 0 else -mp.pi / 2
    if mp.mag(x) > 20:
        ev.need = max(ev.need, int(mp.mag(x) * 0.7))
    return mp.atan(x)


def _sgn(ev: Evaluator, x: Any) -> Any:
    return mp.sign(ev.real_number(x))


def _gamma(ev: Evaluator, x: Any) -> Any:
    if abs(x) > 10**12:
        raise TooBig("a gamma function beyond all bounds")
    return mp.gamma(x)


def _zeta(ev: Evaluator, x: Any) -> Any:
    if abs(x) > 10_000:
        raise TooBig("a zeta function beyond all bounds")
    return mp.zeta(x)


def _totient(ev: Evaluator, x: Any) -> Any:
    n = ev.whole(x)
    if not 0 < n <= 10**10:
        raise TooBig("a totient beyond all bounds")
    result, rest, p = n, n, 2
    while p * p <= rest:
        if rest % p == 0:
            result -= result // p
            while rest % p == 0:
                rest //= p
        p += 1
    return mpf(result - result // rest if rest > 1 else result)


def _perm(ev: Evaluator, n: Any, k: Any) -> Any:
    total, chosen = ev.whole(n), ev.whole(k)
    if not 0 <= chosen <= 10_000 or total < 0:
        raise TooBig("a number of permutations beyond all bounds")
    return mp.ff(total, chosen)


def _whole(function: Callable[..., int]) -> Callable[..., Any]:
    return lambda ev, *xs: mpf(function(*(ev.whole(x) for x in xs)))


def _pick(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda ev, *xs: function(ev.real_number(x) for x in xs)


def _unit_interval(x: Any) -> bool:
    return bool(-1 <= x <= 1)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": _analytic(mp.sin),
    "cos": _analytic(mp.cos),
    "tan": _pole(mp.tan, mp.cos),
    "cot": _pole(mp.cot, mp.sin),
    "sec": _pole(mp.sec, mp.cos),
    "csc": _pole(mp.csc, mp.sin),
    "arcsin": _analytic(mp.asin, _unit_interval),
    "arccos": _analytic(mp.acos, _unit_interval),
    "arctan": _arctan,
    "arccot": _arccot,
    "arcsec": _analytic(mp.asec, lambda x: abs(x) >= 1),
    "arccsc": _analytic(mp.acsc, lambda x: abs(x) >= 1),
    "sinh": _growing(mp.sinh),
    "cosh": _growing(mp.cosh),
    "tanh": _growing(mp.tanh),
    "coth": _growing(mp.coth),
    "sech": _growing(mp.sech),
    "csch": _growing(mp.csch),
    "arcsinh": _analytic(mp.asinh),
    "arccosh": _analytic(mp.acosh, lambda x: x >= 1),
    "arctanh": _analytic(mp.atanh, lambda x: -1 < x < 1),
    "exp": _exp,
    "ln": _ln,
    "log": _log,
    "sgn": _sgn,
    "re": lambda ev, x: mp.re(x),
    "im": lambda ev, x: mp.im(x),
    "arg": lambda ev, x: mp.arg(x),
    "conj": lambda ev, x: mp.conj(x),
    "gamma": _gamma,
    "erf": _growing(mp.erf),
    "zeta": _zeta,
    "totient": _totient,
    "gcd": _whole(gcd),
    "lcm": _whole(lcm),
    "max": _pick(max),
    "min": _pick(min),
    "perm": _perm,
    "deg": lambda ev, x: x * mp.pi / 180,
    "rad": lambda ev, x: x,
}
