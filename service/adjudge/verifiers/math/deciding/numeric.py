"""Floating-point evaluation of trees with a running error bound: it can prove that two values differ, never
that they agree.
"""

from __future__ import annotations

import cmath
import hashlib
import math
from collections.abc import Callable

from ..tree import Node, mentions, walk

_EPS = 4e-16
_I = ("const", "i")
Approx = tuple[complex, float]
"""A value and a bound on its error."""


class NoValue(Exception):
    """Cannot be evaluated in floating point, or not with an error bound worth having."""


def symbols(node: Node) -> set[str]:
    """The names of the free symbols."""
    return {current[1] for current in walk(node) if current[0] == "sym"}


def points(names: set[str], seed: str, count: int = 4) -> list[dict[str, float]]:
    """Probe points, derived from the seed: the first two positive, the rest of mixed sign, none near a small
    integer.
    """
    out = []
    for k in range(count):
        env = {}
        for name in sorted(names):
            digest = hashlib.sha256(f"{seed}|{k}|{name}".encode()).digest()
            unit = int.from_bytes(digest[:6], "big") / 2**48
            value = 0.3 + 2.6 * unit
            env[name] = -value if k >= 2 and digest[6] & 1 else value
        out.append(env)
    return out


def differ(a: Node, b: Node, seed: str) -> bool:
    """True if the two scalars certainly differ somewhere (as functions of real symbols, where both are real)."""
    names = symbols(a) | symbols(b)
    complex_values = mentions(a, _I) or mentions(b, _I) or not names
    for env in points(names, seed) if names else [{}]:
        try:
            (x, ex), (y, ey) = approx(a, env), approx(b, env)
        except (NoValue, OverflowError, ValueError, ZeroDivisionError):
            continue
        if not complex_values and (abs(x.imag) > 1e-9 * abs(x) or abs(y.imag) > 1e-9 * abs(y)):
            continue
        gap = abs(x - y)
        if gap > 100 * (ex + ey) and gap > 1e-9 * max(abs(x), abs(y)):
            return True
    return False


def real(node: Node) -> float | None:
    """The value of a constant, or None where it has no reliable real value."""
    try:
        value, error = approx(node, {})
    except (NoValue, OverflowError, ValueError, ZeroDivisionError):
        return None
    if abs(value.imag) > error + 1e-12 * abs(value) or error > 1e-6 * max(1.0, abs(value)):
        return None
    return value.real


def approx(node: Node, env: dict[str, float]) -> Approx:
    """The value of a scalar tree (depth bounded by tree.MAX_DEPTH) with a bound on its error."""
    rule = _RULES.get(node[0])
    if rule is None:
        raise NoValue(node[0])
    value, error = rule(node, env)
    if not (cmath.isfinite(value) and math.isfinite(error)):
        raise NoValue("not finite")
    return value, error


def _exact(value: complex) -> Approx:
    return complex(value), abs(value) * _EPS


def _ratio(p: int, q: int) -> Approx:
    return _exact(p / q)


def _dec(node: Node, env: dict[str, float]) -> Approx:
    return _exact(float(f"{node[1]}e{node[2]}"))


def _sym(node: Node, env: dict[str, float]) -> Approx:
    if node[1] not in env:
        raise NoValue(node[1])
    return complex(env[node[1]]), 0.0


def _const(node: Node, env: dict[str, float]) -> Approx:
    value = {"pi": math.pi, "e": math.e, "i": 1j}.get(node[1])
    if value is None:
        raise NoValue(node[1])
    return _exact(value)


def _add(node: Node, env: dict[str, float]) -> Approx:
    total, error = 0j, 0.0
    for child in node[1:]:
        value, more = approx(child, env)
        total += value
        error += more + _EPS * (abs(total) + abs(value))
    return total, error


def _times(a: Approx, b: Approx) -> Approx:
    value = a[0] * b[0]
    return value, abs(a[0]) * b[1] + abs(b[0]) * a[1] + a[1] * b[1] + 2 * _EPS * abs(value)


def _mul(node: Node, env: dict[str, float]) -> Approx:
    total: Approx = (1 + 0j, 0.0)
    for child in node[1:]:
        total = _times(total, approx(child, env))
    return total


def _over(a: Approx, b: Approx) -> Approx:
    if abs(b[0]) <= 2 * b[1]:
        raise NoValue("division by something near zero")
    value = a[0] / b[0]
    return value, (a[1] + abs(value) * b[1]) / (abs(b[0]) - b[1]) + 2 * _EPS * abs(value)


def _power(a: Approx, b: Approx) -> Approx:
    if a[0] == 0:
        if a[1] or b[0].imag or b[0].real <= 0:
            raise NoValue("a power of zero")
        return 0j, 0.0
    if abs(a[0]) <= 2 * a[1]:
        raise NoValue("a power of something near zero")
    if a[0].imag == 0 and a[0].real < 0 and a[1] and b[0] != int(b[0].real):
        raise NoValue("a power next to a branch cut")
    if b[0].imag == 0 and b[0].real == int(b[0].real) and abs(b[0].real) < 1000:
        value = a[0] ** int(b[0].real)
    else:
        value = cmath.exp(b[0] * cmath.log(a[0]))
    log = abs(cmath.log(a[0]))
    relative = abs(b[0]) * a[1] / (abs(a[0]) - a[1]) + b[1] * (log + 1) + _EPS * (4 + 2 * abs(b[0]) * (log + 1))
    return value, abs(value) * relative


def _root(node: Node, env: dict[str, float]) -> Approx:
    index, radicand = approx(node[1], env), approx(node[2], env)
    odd = index[0].imag == 0 and index[0].real == int(index[0].real) and int(index[0].real) % 2
    if odd and radicand[0].imag == 0 and radicand[0].real < 0:
        value, error = _power((-radicand[0], radicand[1]), _over((1 + 0j, 0.0), index))
        return -value, error
    return _power(radicand, _over((1 + 0j, 0.0), index))


def _abs(node: Node, env: dict[str, float]) -> Approx:
    value, error = approx(node[1], env)
    return complex(abs(value)), error + _EPS * abs(value)


def _step(node: Node, env: dict[str, float]) -> Approx:
    value, error = approx(node[1], env)
    if value.imag or (abs(value.real - round(value.real)) <= error + 1e-9 and value.real != round(value.real)):
        raise NoValue("a step next to an integer")
    return complex(math.floor(value.real) if node[0] == "floor" else math.ceil(value.real)), 0.0


def _whole(node: Node, env: dict[str, float], most: int) -> int:
    value, _ = approx(node, env)
    if value.imag or value.real != int(value.real) or not 0 <= value.real <= most:
        raise NoValue("not a small whole number")
    return int(value.real)


def _fact(node: Node, env: dict[str, float]) -> Approx:
    n = _whole(node[1], env, 150)
    return _exact(float(math.prod(range(n, 0, -2 if node[0] == "dfact" else -1))))


def _binom(node: Node, env: dict[str, float]) -> Approx:
    return _exact(float(math.comb(_whole(node[1], env, 1000), _whole(node[2], env, 1000))))


def _log(a: Approx) -> Approx:
    if abs(a[0]) <= 2 * a[1] or a[0] == 0 or (a[0].imag == 0 and a[0].real < 0 and a[1] > 1e-6):
        raise NoValue("a logarithm near zero")
    value = cmath.log(a[0])
    return value, a[1] / (abs(a[0]) - a[1]) + _EPS * (abs(value) + 1)


def _slope(function: Callable[[complex], complex], value: complex, error: float) -> float:
    """A bound on |f(x+error) - f(x)| from a difference quotient; crude, so it is doubled and padded."""
    if error == 0:
        return 0.0
    step = max(error, 1e-7 * max(1.0, abs(value)))
    here = function(value)
    rise = max(abs(function(value + step) - here), abs(function(value - step) - here))
    return 4 * float(rise) / step * error


_PLAIN: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
    "arcsin": cmath.asin, "arccos": cmath.acos, "arctan": cmath.atan, "arcsinh": cmath.asinh, "arccosh": cmath.acosh,
    "arctanh": cmath.atanh, "exp": cmath.exp,
    "cot": lambda z: 1 / cmath.tan(z), "sec": lambda z: 1 / cmath.cos(z), "csc": lambda z: 1 / cmath.sin(z),
    "coth": lambda z: 1 / cmath.tanh(z), "sech": lambda z: 1 / cmath.cosh(z), "csch": lambda z: 1 / cmath.sinh(z),
}  # fmt: skip


def _fn(node: Node, env: dict[str, float]) -> Approx:
    name = node[1]
    args = [approx(arg, env) for arg in node[2:]]
    if name == "ln":
        return _log(args[0])
    if name == "log":
        return _over(_log(args[0]), _log(args[1]))
    if name in ("max", "min") and all(a[0].imag == 0 for a in args):
        pick = max if name == "max" else min
        return pick(args, key=lambda a: a[0].real)
    if name in ("re", "im", "conj"):
        value = args[0][0]
        return {"re": complex(value.real), "im": complex(value.imag), "conj": value.conjugate()}[name], args[0][1]
    function = _PLAIN.get(name)
    if function is None or abs(args[0][0]) > 1e6:
        raise NoValue(name)
    value = function(args[0][0])
    return value, _slope(function, *args[0]) + 8 * _EPS * (abs(value) + 1)


_RULES: dict[str, Callable[[Node, dict[str, float]], Approx]] = {
    "num": lambda n, e: _ratio(n[1], n[2]),
    "dec": _dec,
    "sym": _sym,
    "const": _const,
    "neg": lambda n, e: _times((-1 + 0j, 0.0), approx(n[1], e)),
    "add": _add,
    "mul": _mul,
    "div": lambda n, e: _over(approx(n[1], e), approx(n[2], e)),
    "pow": lambda n, e: _power(approx(n[1], e), approx(n[2], e)),
    "root": _root,
    "mixed": lambda n, e: _add(("add", n[1], ("div", n[2], n[3])), e),
    "abs": _abs,
    "floor": _step,
    "ceil": _step,
    "fact": _fact,
    "dfact": _fact,
    "binom": _binom,
    "fn": _fn,
    "percent": lambda n, e: _times(approx(n[1], e), _exact(0.01)),
    "deg": lambda n, e: _times(approx(n[1], e), _exact(math.pi / 180)),
}
