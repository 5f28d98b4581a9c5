"""From trees to sympy objects and back, by an explicit table: no text is parsed, no name reaches sympy.

Symbols become v0, v1, ... and unknown functions u0, u1, ...: sympy prints names into source code that it compiles
(lambdify, in the evaluation of infinite sums), so a name from outside would be code from outside. Numbers are bounded
before anything is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy.functions.combinatorial.numbers import totient as _totient

from .math_nodes import NoValue, TooBig, Tree, Unsupported, children

MAX_BITS = 20_000
MAX_FACTORIAL = 2_000


class Names:
    """The two-way dictionary between the names of a tree and the symbols that sympy sees."""

    def __init__(self, complex_symbols: bool = False) -> None:
        self.symbols: dict[str, sympy.Symbol] = {}
        self.functions: dict[str, Any] = {}
        self.real = None if complex_symbols else True

    def symbol(self, name: str) -> sympy.Symbol:
        if name not in self.symbols:
            self.symbols[name] = sympy.Symbol(f"v{len(self.symbols)}", real=self.real)
        return self.symbols[name]

    def function(self, name: str) -> Any:
        if name not in self.functions:
            self.functions[name] = sympy.Function(f"u{len(self.functions)}", real=True)
        return self.functions[name]

    def name(self, symbol: sympy.Symbol) -> str:
        for name, known in self.symbols.items():
            if known == symbol:
                return name
        raise Unsupported("a symbol that sympy made up")


def build(node: Tree, names: Names) -> Any:
    """The sympy expression. Raises Unsupported, TooBig, NoValue."""
    result = BUILD[node[0]](node, names)
    if result in (sympy.zoo, sympy.nan):
        raise NoValue("division by zero")
    return result


def _refused(what: str) -> Callable[[Tree, Names], Any]:
    def refuse(node: Tree, names: Names) -> Any:
        raise Unsupported(what)

    return refuse


def _bounded_power(base: Any, exponent: Any) -> Any:
    if base.is_number and exponent.is_number:
        size = abs(sympy.Float(abs(exponent), 15)) if not exponent.is_Float else abs(exponent)
        if base.is_Rational and exponent.is_Rational:
            bits = max(abs(base.p).bit_length(), base.q.bit_length())
            if size * bits > MAX_BITS or exponent.q > 1_000:
                raise TooBig("a power beyond all bounds")
        elif size > MAX_BITS:
            raise TooBig("a power beyond all bounds")
    elif exponent.is_Rational and (abs(exponent.p) > 400 or exponent.q > 1_000):
        raise TooBig("a power beyond all bounds")
    return sympy.Pow(base, exponent)


def _root(node: Tree, names: Names) -> Any:
    index, radicand = (build(kid, names) for kid in node[1:])
    if index.is_Integer and index % 2 and radicand.is_Rational and radicand < 0:
        return -_bounded_power(-radicand, 1 / index)
    return _bounded_power(radicand, 1 / index)


def _mixed(node: Tree, names: Names) -> Any:
    whole, top, bottom = (build(kid, names) for kid in node[1:])
    return whole - top / bottom if whole.is_negative else whole + top / bottom


def _factorial(node: Tree, names: Names) -> Any:
    inner = build(node[1], names)
    if inner.is_number and not (inner.is_real and abs(inner) <= MAX_FACTORIAL):
        raise TooBig("a factorial beyond all bounds")
    return (sympy.factorial if node[0] == "fact" else sympy.factorial2)(inner)


def _binomial(node: Tree, names: Names) -> Any:
    n, k = (build(kid, names) for kid in node[1:])
    if any(x.is_number and not (x.is_real and abs(x) <= MAX_FACTORIAL) for x in (n, k)):
        raise TooBig("a binomial beyond all bounds")
    return sympy.binomial(n, k)


def _base(node: Tree, names: Names) -> Any:
    try:
        return sympy.Integer(int(node[1], node[2]))
    except ValueError as error:
        raise NoValue("digits that the base does not have") from error


def _dec(node: Tree, names: Names) -> Any:
    return sympy.Rational(node[1] * 10 ** max(node[2], 0), 10 ** max(-node[2], 0))


_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}


def _const(node: Tree, names: Names) -> Any:
    if node[1] not in _CONSTANTS:
        raise NoValue("undefined")
    return _CONSTANTS[node[1]]


def _matrix(node: Tree, names: Names) -> Any:
    return sympy.ImmutableMatrix(node[1], node[2], [build(kid, names) for kid in node[3:]])


def _function(node: Tree, names: Names) -> Any:
    arguments = [build(kid, names) for kid in node[2:]]
    if any(x.is_Number and x.is_finite and abs(x) > 10**9 for x in arguments):
        raise TooBig("an argument beyond all bounds")
    if node[1] not in FUNCTIONS:
        raise Unsupported(f"the function {node[1]}")
    return FUNCTIONS[node[1]](*arguments)


def _undone(node: Tree, names: Names) -> Any:
    what, kids = node[1], children(node)
    if what == "det":
        return build(kids[0], names).det()
    if what == "other" or len(kids) < 2 or kids[1][0] != "sym":
        raise Unsupported(f"an unevaluated {what}")
    body, variable, rest = build(kids[0], names), names.symbol(kids[1][1]), [build(kid, names) for kid in kids[2:]]
    if what == "int" and len(rest) in (0, 2):
        return sympy.Integral(body, (variable, *rest))
    if what in ("sum", "prod") and len(rest) == 2:
        index = sympy.Dummy("k", integer=True)
        return (sympy.Sum if what == "sum" else sympy.Product)(body.subs(variable, index), (index, *rest))
    if what == "lim" and len(rest) == 1:
        return sympy.Limit(body, variable, rest[0], "+-" if rest[0].is_finite else "-")
    if what == "deriv":
        return sympy.Derivative(body, variable, *rest[:1])
    raise Unsupported(f"an unevaluated {what}")


def _of(function: Callable[..., Any]) -> Callable[[Tree, Names], Any]:
    return lambda node, names: function(*(build(kid, names) for kid in children(node)))


def _quotient(a: Any, b: Any) -> Any:
    if b == 0:
        raise NoValue("division by zero")
    return a / b


def _sum(*terms: Any) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _product(*factors: Any) -> Any:
    total = factors[0]
    for factor in factors[1:]:
        total = total * factor
    return total


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(sympy, name) for name in "sin cos tan cot sec csc sinh cosh tanh coth sech csch exp".split()},
    **{
        f"arc{name}": getattr(sympy, f"a{name}")
        for name in ["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh"]
    },
    "ln": sympy.log,
    "log": lambda x, base: sympy.log(x) / sympy.log(base),
    "sgn": sympy.sign,
    "re": sympy.re,
    "im": sympy.im,
    "arg": sympy.arg,
    "conj": sympy.conjugate,
    "gamma": sympy.gamma,
    "erf": sympy.erf,
    "zeta": sympy.zeta,
    "totient": _totient,
    "deg": lambda x: x * sympy.pi / 180,
    "rad": lambda x: x,
    "gcd": lambda *xs: sympy.gcd(list(xs)),
    "lcm": lambda *xs: sympy.lcm(list(xs)),
    "max": sympy.Max,
    "min": sympy.Min,
    "perm": lambda n, k: sympy.ff(n, k),
}

BUILD: dict[str, Callable[[Tree, Names], Any]] = {
    "num": lambda node, names: sympy.Rational(node[1], node[2]),
    "dec": _dec,
    "sym": lambda node, names: names.symbol(node[1]),
    "const": _const,
    "base": _base,
    "neg": _of(lambda a: -a),
    "abs": _of(sympy.Abs),
    "floor": _of(sympy.floor),
    "ceil": _of(sympy.ceiling),
    "fact": _factorial,
    "dfact": _factorial,
    "add": _of(_sum),
    "mul": _of(_product),
    "div": _of(_quotient),
    "pow": _of(_bounded_power),
    "binom": _binomial,
    "mod": _of(sympy.Mod),
    "root": _root,
    "mixed": _mixed,
    "fn": _function,
    "app": lambda node, names: names.function(node[1])(*(build(kid, names) for kid in children(node))),
    "undone": _undone,
    "cases": _refused("an expression by cases"),
    "matrix": _matrix,
    "percent": _of(lambda a: a / 100),
    "deg": _of(lambda a: a * sympy.pi / 180),
    **dict.fromkeys(["pm", "mp"], _refused("a plus-or-minus sign")),
    **dict.fromkeys(["rel", "and", "or"], _refused("a condition")),
    **dict.fromkeys(["seq", "paren", "brack", "half", "angle", "set", "setof"], _refused("a list or set")),
    **dict.fromkeys(["named", "union", "inter", "minus"], _refused("a set")),
    **dict.fromkeys(["text", "unit", "money", "colon", "clock"], _refused("a quantity or text")),
}


# ------------------------------------------------------------------------------------------- and back

_BACK = {
    sympy.sin: "sin", sympy.cos: "cos", sympy.tan: "tan", sympy.cot: "cot", sympy.sec: "sec", sympy.csc: "csc",
    sympy.sinh: "sinh", sympy.cosh: "cosh", sympy.tanh: "tanh", sympy.coth: "coth", sympy.exp: "exp",
    sympy.asin: "arcsin", sympy.acos: "arccos", sympy.atan: "arctan", sympy.asinh: "arcsinh",
    sympy.acosh: "arccosh", sympy.atanh: "arctanh", sympy.gamma: "gamma", sympy.erf: "erf", sympy.zeta: "zeta",
    sympy.re: "re", sympy.im: "im", sympy.arg: "arg", sympy.conjugate: "conj", sympy.sign: "sgn",
}  # fmt: skip
_ATOMS = {sympy.pi: "pi", sympy.E: "e", sympy.I: "i", sympy.oo: "oo"}


def back(expr: Any, names: Names) -> Tree:
    """The tree of a sympy expression, where every part of it has a kind of ours. Raises Unsupported, NoValue."""
    if expr in (sympy.nan, sympy.zoo):
        raise NoValue("undefined")
    if expr.is_Rational:
        return ["num", int(expr.p), int(expr.q)]
    if expr in _ATOMS:
        return ["const", _ATOMS[expr]]
    if expr is sympy.S.NegativeInfinity:
        return ["neg", ["const", "oo"]]
    if expr.is_Symbol:
        return ["sym", names.name(expr)]
    parts = [back(part, names) for part in expr.args]
    if expr.is_Add or expr.is_Mul:
        return ["add" if expr.is_Add else "mul", *parts]
    if expr.is_Pow:
        return ["pow", *parts]
    for cls, kind in (
        (sympy.factorial, "fact"),
        (sympy.binomial, "binom"),
        (sympy.Abs, "abs"),
        (sympy.floor, "floor"),
        (sympy.ceiling, "ceil"),
    ):
        if isinstance(expr, cls):
            return [kind, *parts]
    if expr.func is sympy.log:
        return ["fn", "ln", parts[0]]
    if expr.func in _BACK:
        return ["fn", _BACK[expr.func], *parts]
    raise Unsupported(f"{type(expr).__name__} in what sympy made of it")
