"""What each kind of node is worth, given an Evaluator: numbers, operations, matrices, conditions, work left undone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mpmath import mp, mpc, mpf

from .math_functions import call
from .math_nodes import NoValue, TooBig, Tree, Undefined, Unsupported, children

if TYPE_CHECKING:
    from .math_values import Evaluator

GUARD = 12
"""Digits at the end of a value that may be rounding noise."""
MAX_EXPONENT = 10**15
MAX_FACTORIAL = 10**12
MAX_LOOP = 2_000

Matrix = tuple[tuple[Any, ...], ...]


# ------------------------------------------------------------------------------------------- numbers


def _num(ev: Evaluator, node: Tree) -> Any:
    return mpf(node[1]) / node[2]


def _dec(ev: Evaluator, node: Tree) -> Any:
    return mpf(node[1]) * 10 ** node[2] if node[2] >= 0 else mpf(node[1]) / 10 ** -node[2]


def _sym(ev: Evaluator, node: Tree) -> Any:
    if node[1] not in ev.env:
        raise Unsupported("a symbol without a value")
    return ev.env[node[1]]


def _const(ev: Evaluator, node: Tree) -> Any:
    name = node[1]
    if name == "undefined":
        raise Undefined("undefined")
    return {"pi": +mp.pi, "e": +mp.e, "i": mpc(0, 1), "oo": mp.inf}[name]


def _base(ev: Evaluator, node: Tree) -> Any:
    try:
        return mpf(int(node[1], node[2]))
    except ValueError as error:
        raise NoValue("digits that the base does not have") from error


def _mixed(ev: Evaluator, node: Tree) -> Any:
    whole, top, bottom = (ev.number(kid) for kid in node[1:])
    part = top / bottom
    return whole - part if node[1][0] == "neg" or whole < 0 else whole + part


# ------------------------------------------------------------------------------------------- operations


def _neg(ev: Evaluator, node: Tree) -> Any:
    inner = ev.of(node[1])
    return _scaled(mpf(-1), inner) if isinstance(inner, tuple) else -inner


def _add(ev: Evaluator, node: Tree) -> Any:
    terms = [ev.of(kid) for kid in node[1:]]
    if any(isinstance(term, tuple) for term in terms):
        if len({_shape(term) for term in terms}) != 1:
            raise NoValue("matrices of different shapes added")
        rows, columns = _shape(terms[0])
        return tuple(tuple(ev.add([t[r][c] for t in terms]) for c in range(columns)) for r in range(rows))
    return ev.add(terms)


def _mul(ev: Evaluator, node: Tree) -> Any:
    product: Any = None
    for kid in node[1:]:
        factor = ev.of(kid)
        product = factor if product is None else _times(ev, product, factor)
    return product


def _times(ev: Evaluator, a: Any, b: Any) -> Any:
    if isinstance(a, tuple) and isinstance(b, tuple):
        if len(a[0]) != len(b):
            raise NoValue("matrices that do not fit multiplied")
        columns = list(zip(*b, strict=True))
        return tuple(
            tuple(ev.add([x * y for x, y in zip(row, column, strict=True)]) for column in columns) for row in a
        )
    if isinstance(a, tuple):
        return _scaled(b, a)
    if isinstance(b, tuple):
        return _scaled(a, b)
    if (a == 0 and mp.isinf(b)) or (b == 0 and mp.isinf(a)):
        raise NoValue("zero times infinity")
    return ev.tidy(a * b)


def _div(ev: Evaluator, node: Tree) -> Any:
    top, bottom = ev.of(node[1]), ev.number(node[2])
    if bottom == 0:
        raise Undefined("division by zero")
    return _scaled(1 / bottom, top) if isinstance(top, tuple) else ev.tidy(top / bottom)


def _pow(ev: Evaluator, node: Tree) -> Any:
    base = ev.of(node[1])
    if isinstance(base, tuple):
        return _matrix_power(ev, base, node[2])
    if node[1] == ["const", "e"]:
        return _exp(ev, ev.number(node[2]))
    return ev.power(base, ev.number(node[2]))


def _exp(ev: Evaluator, x: Any) -> Any:
    if x == -mp.inf:
        return mpf(0)
    if mp.isinf(x) or abs(x) > MAX_EXPONENT:
        raise TooBig("an exponential beyond all bounds")
    _watch_small(ev, x)
    return ev.tidy(mp.exp(x))


def _watch_small(ev: Evaluator, x: Any) -> None:
    """f(1e-500) differs from f(0) only after 500 digits."""
    if x != 0 and mp.mag(x) < -20:
        ev.need = max(ev.need, int(-mp.mag(x) * 2 * 0.30103))


def _root(ev: Evaluator, node: Tree) -> Any:
    return ev.root(ev.number(node[1]), ev.number(node[2]))


def _abs(ev: Evaluator, node: Tree) -> Any:
    inner = ev.of(node[1])
    if isinstance(inner, tuple):
        return _determinant(ev, inner)
    return abs(inner)


def _fact(ev: Evaluator, node: Tree) -> Any:
    x = ev.number(node[1])
    if mp.isinf(x) or abs(x) > MAX_FACTORIAL:
        raise TooBig("a factorial beyond all bounds")
    if mp.isint(x) and x < 0:
        raise NoValue("the factorial of a negative integer")
    return mp.factorial(x)


def _dfact(ev: Evaluator, node: Tree) -> Any:
    n = ev.whole(ev.number(node[1]))
    if n > 10**6:
        raise TooBig("a double factorial beyond all bounds")
    if n < -1:
        raise NoValue("the double factorial of a negative integer")
    return mp.fac2(n)


def _binom(ev: Evaluator, node: Tree) -> Any:
    n, k = (ev.number(kid) for kid in node[1:])
    if abs(n) > MAX_FACTORIAL or abs(k) > MAX_FACTORIAL:
        raise TooBig("a binomial beyond all bounds")
    return mp.binomial(n, k)


def _mod(ev: Evaluator, node: Tree) -> Any:
    a, b = (ev.real_number(ev.number(kid)) for kid in node[1:])
    if b == 0:
        raise NoValue("a remainder modulo zero")
    return ev.add([a, -b * ev.floor(a / b)])


def _percent(ev: Evaluator, node: Tree) -> Any:
    return ev.number(node[1]) / 100


def _deg(ev: Evaluator, node: Tree) -> Any:
    return ev.number(node[1]) * mp.pi / 180


def _app(ev: Evaluator, node: Tree) -> Any:
    """An unknown function is a function: equal arguments, equal values; that is all we know of it."""
    key = [node[1], *(mp.nstr(ev.number(kid), 25) for kid in node[2:])]
    digest = hashlib.sha256("|".join([ev.seed, *key]).encode()).digest()
    return mpf(int.from_bytes(digest[:12], "big")) / 2**94 + mpf(1) / 7


def _cases(ev: Evaluator, node: Tree) -> Any:
    pairs = node[1:]
    for value, condition in zip(pairs[::2], pairs[1::2], strict=True):
        if truth(ev, condition):
            return ev.of(value)
    raise NoValue("no case applies")


def truth(ev: Evaluator, node: Tree) -> bool:
    """Is the condition of a case true here? A text ("otherwise") is."""
    kind = node[0]
    if kind == "text":
        return True
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(truth(ev, kid) for kid in node[1:])
    if kind != "rel":
        raise Unsupported("a case without a condition")
    values = [ev.real_number(ev.number(kid)) for kid in node[2:]]
    return all(_holds(ev, sign, a, b) for sign, a, b in zip(node[1].split(" "), values, values[1:], strict=False))


def _holds(ev: Evaluator, sign: str, a: Any, b: Any) -> bool:
    gap = a - b if mp.isinf(a) or mp.isinf(b) else ev.add([a, -b])
    table: dict[str, Callable[[], bool]] = {
        "=": lambda: gap == 0,
        "!=": lambda: gap != 0,
        "<": lambda: gap < 0,
        "<=": lambda: gap <= 0,
        ">": lambda: gap > 0,
        ">=": lambda: gap >= 0,
    }
    if sign not in table:
        raise Unsupported(f"a case with the relation {sign}")
    return bool(table[sign]())


# ------------------------------------------------------------------------------------------- matrices


def _shape(value: Any) -> tuple[int, int]:
    return (len(value), len(value[0])) if isinstance(value, tuple) else (0, 0)


def _scaled(factor: Any, matrix: Matrix) -> Matrix:
    return tuple(tuple(factor * cell for cell in row) for row in matrix)


def _matrix(ev: Evaluator, node: Tree) -> Any:
    cells = [ev.number(kid) for kid in node[3:]]
    return tuple(tuple(cells[r * node[2] : (r + 1) * node[2]]) for r in range(node[1]))


def _matrix_power(ev: Evaluator, matrix: Matrix, exponent: Tree) -> Any:
    if exponent == ["sym", "T"]:
        return tuple(zip(*matrix, strict=True))
    count = ev.whole(ev.number(exponent))
    if len(matrix) != len(matrix[0]) or abs(count) > 64 or len(matrix) > 12:
        raise Unsupported("this power of a matrix")
    if count < 0:
        matrix, count = _inverse(ev, matrix), -count
    result: Any = tuple(tuple(mpf(r == c) for c in range(len(matrix))) for r in range(len(matrix)))
    for _ in range(count):
        result = _times(ev, result, matrix)
    return result


def _determinant(ev: Evaluator, matrix: Matrix) -> Any:
    if len(matrix) != len(matrix[0]) or len(matrix) > 12:
        raise Unsupported("the determinant of this matrix")
    return _eliminated(ev, [list(row) for row in matrix])


def _eliminated(ev: Evaluator, rows: list[list[Any]]) -> Any:
    """Gauss-Jordan in place on the left square; the determinant. (mpmath's own fails on exactly singular matrices.)"""
    size, determinant = len(rows), mpf(1)
    noise = max((abs(cell) for row in rows for cell in row), default=0) * mpf(10) ** (GUARD - ev.digits)
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        if abs(rows[pivot][column]) <= noise:
            return mpf(0)
        if pivot != column:
            rows[pivot], rows[column] = rows[column], rows[pivot]
            determinant = -determinant
        lead = rows[column][column]
        determinant *= lead
        rows[column] = [cell / lead for cell in rows[column]]
        for r in range(size):
            if r != column and rows[r][column] != 0:
                factor = rows[r][column]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[column], strict=True)]
    return ev.tidy(determinant)


def _inverse(ev: Evaluator, matrix: Matrix) -> Matrix:
    size = len(matrix)
    rows = [[*row, *(mpf(r == c) for c in range(size))] for r, row in enumerate(matrix)]
    if _eliminated(ev, rows) == 0:
        raise NoValue("the inverse of a singular matrix")
    return tuple(tuple(row[size:]) for row in rows)


# ------------------------------------------------------------------------------------------- work left undone


def _undone(ev: Evaluator, node: Tree) -> Any:
    what, kids = node[1], children(node)
    if what == "det":
        inner = ev.of(kids[0])
        if not isinstance(inner, tuple):
            raise Unsupported("the determinant of a number")
        return _determinant(ev, inner)
    if what in ("sum", "prod") and len(kids) == 4 and kids[1][0] == "sym":
        return _loop(ev, what, *kids)
    if what == "deriv" and len(kids) >= 2 and kids[1][0] == "sym":
        return _derivative(ev, kids)
    raise Unsupported(f"an unevaluated {what}")


def _loop(ev: Evaluator, what: str, body: Tree, variable: Tree, lower: Tree, upper: Tree) -> Any:
    bounds = ev.number(lower), ev.number(upper)
    if any(mp.isinf(bound) for bound in bounds):
        raise Unsupported("an infinite sum or product")
    start, stop = (ev.whole(bound) for bound in bounds)
    if stop < start:  # an empty sum is a convention on which closed forms need not agree
        raise NoValue("an empty sum or product")
    if stop - start > MAX_LOOP:
        raise TooBig("a sum or product of too many terms")
    name, kept = variable[1], ev.env
    terms, before, most = [], ev.need, 0
    try:
        for k in range(start, stop + 1):
            ev.env, ev.need = {**kept, name: mpf(k)}, 0
            terms.append(ev.number(body))
            most = max(most, ev.need)
    finally:
        ev.env, ev.need = kept, before + most
    if what == "sum":
        return ev.add(terms)
    result: Any = mpf(1)
    for term in terms:
        result = _times(ev, result, term)
    return result


def _derivative(ev: Evaluator, kids: list[Tree]) -> Any:
    order = ev.whole(ev.number(kids[2])) if len(kids) == 3 else 1
    name, kept = kids[1][1], ev.env
    if name not in kept or not 1 <= order <= 4:
        raise Unsupported("this derivative")

    def at(x: Any) -> Any:
        ev.env = {**kept, name: x}
        return ev.number(kids[0])

    try:
        result = mp.diff(at, kept[name], order)
    finally:
        ev.env = kept
    ev.approximate = True
    return result


def _refused(what: str) -> Callable[[Evaluator, Tree], Any]:
    def refuse(ev: Evaluator, node: Tree) -> Any:
        raise Unsupported(what)

    return refuse


VALUES: dict[str, Callable[[Evaluator, Tree], Any]] = {
    "num": _num, "dec": _dec, "sym": _sym, "const": _const, "base": _base, "mixed": _mixed, "neg": _neg, "add": _add,
    "mul": _mul, "div": _div, "pow": _pow, "root": _root, "abs": _abs, "fact": _fact, "dfact": _dfact,
    "binom": _binom, "mod": _mod, "percent": _percent, "deg": _deg, "app": _app, "cases": _cases, "matrix": _matrix,
    "undone": _undone, "fn": call,
    "floor": lambda ev, node: ev.floor(ev.number(node[1])),
    "ceil": lambda ev, node: -ev.floor(-ev.number(node[1])),
    **{kind: _refused("a plus-or-minus sign") for kind in ("pm", "mp")},
    **{kind: _refused("a condition") for kind in ("rel", "and", "or")},
    **{kind: _refused("a list or set") for kind in ("seq", "paren", "brack", "half", "angle", "set", "setof")},
    **{kind: _refused("a set") for kind in ("named", "union", "inter", "minus")},
    **{kind: _refused("a quantity or text") for kind in ("text", "unit", "money", "colon", "clock")},
}  # fmt: skip
