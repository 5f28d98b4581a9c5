"""Function calls of the LaTeX grammar: sin^2 x, log_2 8, f(x), sums, integrals, limits.

The grammar is recursive, and so are these two modules: `math_latex` calls this one for a function, and this one calls
it for the arguments.
"""

from __future__ import annotations

from typing import Any

from . import math_latex as grammar
from .math_names import Tree, Unreadable, letter_of, name_of, symbol

_SOME_BASE = ["sym", "log base"]
"""The base of a bare \\log: 10, e or 2, as its author pleases, but the same throughout."""
_FUNCTION_LETTERS = frozenset("fghFGHPQ") | {"phi", "varphi", "psi"}
_ARC = {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh"}


def function(ctx: Any) -> Tree:
    if ctx.func_normal_single_arg():
        return _single(ctx)
    if ctx.func_normal_multi_arg():
        return _multiple(ctx)
    if ctx.atom_expr_no_supexpr():
        return _application(ctx)
    if ctx.FUNC_SQRT():
        return ["root", grammar.expression(ctx.root) if ctx.root else ["num", 2, 1], grammar.expression(ctx.base)]
    if ctx.EXP_E():
        return grammar.powered(["const", "e"], ctx)
    if ctx.FUNC_INT():
        return _integral(ctx)
    if ctx.FUNC_LIM():
        below = ctx.limit_sub()
        variable = symbol(letter_of(below.LETTER_NO_E() or below.GREEK_CMD() or below.OTHER_SYMBOL_CMD()))
        return ["undone", "lim", grammar.product(ctx.mp()), variable, grammar.expression(below.expr())]
    variable = grammar.expression(ctx.subeq().equality().expr(0))
    start, body = grammar.expression(ctx.subeq().equality().expr(1)), grammar.product(ctx.mp())
    name = "sum" if ctx.FUNC_SUM() else "prod"
    if variable[0] not in ("sym", "const"):
        raise Unreadable("a sum without an index")
    return ["undone", name, body, variable, start, grammar.above(ctx.supexpr())]


def _single(ctx: Any) -> Tree:
    inside = ctx.func_single_arg()
    argument = (
        grammar.expression(inside.expr()) if inside else grammar.product(ctx.func_single_arg_noparens().mp_nofunc())
    )
    head = ctx.func_normal_single_arg()
    name = head.start.text.lstrip("\\")
    power = grammar.above(ctx.supexpr()) if ctx.supexpr() else None
    if name == "operatorname":
        name = head.func_operator_name.getText()
    if name.startswith("ar") and name.endswith("h") and not name.startswith("arc"):
        name = "arc" + name[2:]
    if name in _ARC and power == ["neg", ["num", 1, 1]]:
        name, power = "arc" + name, None
    if name in ("floor", "ceil"):
        value: Tree = [name, argument]
    elif name == "det":
        value = ["undone", "det", argument]
    elif name in ("log", "ln"):
        if ctx.subexpr():
            base = _below(ctx.subexpr())
            value = ["fn", "ln", argument] if base == ["const", "e"] else ["fn", "log", argument, base]
        else:
            value = ["fn", "ln", argument] if name == "ln" else ["fn", "log", argument, _SOME_BASE]
    elif name in ("exp", "exponentialE"):
        value = ["fn", "exp", argument]
    elif name.lower() == "gamma":
        value = ["fn", "gamma", argument]
    elif name.removeprefix("arc") in _ARC:
        value = ["fn", name, argument]
    else:  # rank, trace, norm, eye, ... of a matrix: work that nobody has done yet
        value = ["undone", "other", argument]
    return ["pow", value, power] if power is not None else value


def _multiple(ctx: Any) -> Tree:
    head = ctx.func_normal_multi_arg()
    name = head.start.text.lstrip("\\")
    if name == "operatorname":
        name = head.func_operator_name.getText()
    arguments, inside = [], ctx.func_multi_arg()
    if inside is None:
        arguments.append(grammar.product(ctx.func_multi_arg_noparens().mp_nofunc()))
    while inside is not None:
        arguments.append(grammar.expression(inside.expr()))
        inside = inside.func_multi_arg()
    if name in ("gcd", "lcm") and len(arguments) < 2:
        raise Unreadable(f"a {name} of one number")
    value: Tree = ["fn", name, *arguments] if name in ("gcd", "lcm", "max", "min") else ["undone", "other", *arguments]
    return ["pow", value, grammar.above(ctx.supexpr())] if ctx.supexpr() else value


def _application(ctx: Any) -> Tree:
    name = name_of(ctx.atom_expr_no_supexpr())
    inside = ctx.func_common_args()
    arguments = [grammar.atom(inside.atom())] if inside.atom() else [grammar.expression(inside.expr())]
    more = inside.args()
    while more is not None:
        arguments.append(grammar.expression(more.expr()))
        more = more.args()
    power = grammar.above(ctx.supexpr()) if ctx.supexpr() else None
    if is_function(name):
        value: Tree = ["app", name[1], *arguments]
        return ["pow", value, power] if power is not None else value
    if len(arguments) > 1 or name[0] == "text":
        raise Unreadable("an unknown function")
    return ["mul", ["pow", name, power] if power is not None else name, arguments[0]]


def is_function(name: Tree) -> bool:
    """f, g, h and the like in front of a bracket are functions, other letters are factors."""
    return name[0] == "sym" and name[1].partition("_")[0].rstrip("'") in _FUNCTION_LETTERS


def _integral(ctx: Any) -> Tree:
    body: Tree
    if ctx.additive():
        body = grammar.total(ctx.additive())
    elif ctx.frac():
        body = grammar.fraction(ctx.frac())
    else:
        body = ["num", 1, 1]
    variable = ["sym", "x"]
    if ctx.DIFFERENTIAL():
        variable = symbol(ctx.DIFFERENTIAL().getText()[1:].strip().lstrip("\\"))
    if not ctx.subexpr() or not ctx.supexpr():
        return ["undone", "int", body, variable]
    return ["undone", "int", body, variable, _below(ctx.subexpr()), grammar.above(ctx.supexpr())]


def _below(ctx: Any) -> Tree:
    """What stands below: the base of a logarithm, the lower limit of an integral."""
    if ctx.atom():
        return grammar.atom(ctx.atom())
    if not ctx.expr():
        raise Unreadable("several things below one sign")
    return grammar.expression(ctx.expr())
