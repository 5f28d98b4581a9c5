"""From the parse tree of math-verify's LaTeX grammar to plain data, without sympy in between.

math-verify turns its ANTLR parse tree into sympy objects, which evaluates on the way: determinants, binomials, gcds,
`A \\subseteq B`. We use the same generated lexer and parser, and walk the same parse tree, but write down what is
there: nested lists of the closed kinds of the maths tree. So nothing is evaluated, and work left undone stays undone.
Where math-verify guesses ("4 007" is 11, a base is dropped), `Unreadable` is raised instead, or the honest node made.
"""

from __future__ import annotations

import re
from typing import Any

from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorListener import ErrorListener
from latex2sympy2_extended.antlr_parser import PSLexer, PSParser

from . import math_latex_calls as calls
from .math_names import Tree, Unreadable, name_of, number, symbol

_COMMA_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_RELATIONS = {
    "=": "=", "==": "=", "\\equiv": "equiv", "≡": "equiv", "<": "<", "\\lt": "<", ">": ">", "\\gt": ">",
    "\\leq": "<=", "\\le": "<=", "\\leqslant": "<=", "≤": "<=", "≦": "<=", "<=": "<=",
    "\\geq": ">=", "\\ge": ">=", "\\geqslant": ">=", "≥": ">=", "≧": ">=", ">=": ">=",
    "!=": "!=", "\\ne": "!=", "\\neq": "!=", "≠": "!=", "~=": "approx", "≈": "approx", "\\approx": "approx",
    "\\in": "in", "∈": "in", "\\notin": "notin", "∉": "notin",
}  # fmt: skip
_PLAIN_TIMES = {"*", "×", "⋅", "∗", "∙", "\\times", "\\cdot"}
_SET_NAMES = (
    ("SET_NATURALS", "N"),
    ("SET_INTEGERS", "Z"),
    ("SET_RATIONALS", "Q"),
    ("SET_REALS", "R"),
    ("SET_COMPLEX", "C"),
    ("SET_EMPTY", "empty"),
)


class _Refuse(ErrorListener):  # type: ignore[misc]
    def syntaxError(self, recognizer, offendingSymbol, line, column, msg, e):  # type: ignore[no-untyped-def]
        raise Unreadable(f"not in the grammar at character {column + 1}")


def read_latex(text: str) -> Tree:
    """The tree of one LaTeX expression. Raises Unreadable; RecursionError on absurd nesting."""
    lexer = PSLexer(InputStream(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(_Refuse())
    parser = PSParser(CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(_Refuse())
    top = parser.math()
    if _COMMA_NUMBER.match(text.strip()):
        return number(text.strip().replace(",", ""))
    if top.set_relation():
        return _set_relation(top.set_relation())
    if top.set_elements():
        return _listing(_semicolons(top.set_elements().semicolon_elements()))
    bound = top.set_elements_relation()
    right = _listing(_semicolons(bound.semicolon_elements_no_relation()))
    return ["rel", "in" if bound.IN() else "=", _atoms(bound.atom_expr_list()), right]


def _atoms(ctx: Any) -> Tree:
    names = [powered(name_of(part), part) for part in ctx.atom_expr()]
    return names[0] if len(names) == 1 else ["paren", *names]


def powered(base: Tree, ctx: Any) -> Tree:
    power = ctx.supexpr() if hasattr(ctx, "supexpr") else None
    return ["pow", base, above(power)] if power else base


def above(ctx: Any) -> Tree:
    return expression(ctx.expr()) if ctx.expr() else atom(ctx.atom())


# ------------------------------------------------------------------------------------------- lists and sets


def _listing(groups: list[list[Tree]]) -> Tree:
    items = [group[0] if len(group) == 1 else ["paren", *group] for group in groups] if len(groups) > 1 else groups[0]
    return items[0] if len(items) == 1 else ["seq", *items]


def _semicolons(ctx: Any) -> list[list[Tree]]:
    commas = getattr(ctx, "comma_elements", None) or ctx.comma_elements_no_relation
    return [
        [_element(element) for element in (getattr(group, "element", None) or group.element_no_relation)()]
        for group in commas()
    ]


def _element(ctx: Any) -> Tree:
    if ctx.plus_minus_expr():
        both = ctx.plus_minus_expr()
        sign = "pm" if both.PLUS_MINUS().getText() in ("\\pm", "±") else "mp"
        return [sign, *(expression(part) for part in both.expr())]
    if ctx.set_atom():
        return _set_atom(ctx.set_atom())
    if getattr(ctx, "relation", None) and ctx.relation():
        return _relation(ctx.relation())
    return expression(ctx.expr())


def _relation(ctx: Any) -> Tree:
    if ctx.expr():
        return expression(ctx.expr())
    operator = _RELATIONS.get(ctx.getChild(1).getText())
    if operator is None:
        raise Unreadable("an unusual relation sign")
    left, right = _relation(ctx.relation(0)), _relation(ctx.relation(1))
    if left[0] == "rel":
        return ["rel", f"{left[1]} {operator}", *left[2:], right]
    return ["rel", operator, left, right]


def _set_relation(ctx: Any) -> Tree:
    if ctx.atom_expr_list():
        operator = "in" if ctx.IN() else "notin" if ctx.NOTIN() else "="
        return ["rel", operator, _atoms(ctx.atom_expr_list()), _set_relation(ctx.set_relation()[0])]
    if ctx.minus_expr():
        return _set_minus(ctx.minus_expr())
    left, right = (_set_relation(side) for side in ctx.set_relation())
    return ["rel", "subset", left, right] if ctx.SUBSET() else ["rel", "subset", right, left]


def _flat(kind: str, left: Tree, right: Tree) -> Tree:
    return [kind, *(left[1:] if left[0] == kind else [left]), *(right[1:] if right[0] == kind else [right])]


def _set_minus(ctx: Any) -> Tree:
    if ctx.union_expr():
        return _set_union(ctx.union_expr())
    return ["minus", *(_set_minus(part) for part in ctx.minus_expr())]


def _set_union(ctx: Any) -> Tree:
    if ctx.intersection_expr():
        return _set_intersection(ctx.intersection_expr())
    return _flat("union", *(_set_union(part) for part in ctx.union_expr()))


def _set_intersection(ctx: Any) -> Tree:
    if ctx.set_group():
        group = ctx.set_group()
        return _set_atom(group.set_atom()) if group.set_atom() else _set_minus(group.minus_expr())
    return _flat("inter", *(_set_intersection(part) for part in ctx.intersection_expr()))


def _set_atom(ctx: Any) -> Tree:
    if ctx.literal_set():
        literal = ctx.literal_set()
        for token, name in _SET_NAMES:
            if getattr(literal, token)():
                return ["named", name]
        if literal.SET_PRIMES():
            raise Unreadable("the set of primes")
        return ["named", "empty"]
    if ctx.interval():
        ends = ctx.interval()
        left, right = (expression(end) for end in ends.expr())
        opened = bool(ends.L_PAREN() or ends.L_GROUP() or ends.L_PAREN_VISUAL())
        closed = not (ends.R_PAREN() or ends.R_GROUP() or ends.R_PAREN_VISUAL())
        if opened != closed:
            return ["paren" if opened else "brack", left, right]
        return ["half", "(]" if opened else "[)", left, right]
    if ctx.ordered_tuple():
        items = [item for group in _semicolons(ctx.ordered_tuple().semicolon_elements()) for item in group]
        if ctx.ordered_tuple().L_BRACKET():
            return ["brack", *items]
        return items[0] if len(items) == 1 else ["paren", *items]
    braces = ctx.finite_set()
    groups = _semicolons(braces.semicolon_elements())
    if braces.BOXED_CMD():
        return _listing(groups)
    return ["set", *(item for group in groups for item in group)]


# ------------------------------------------------------------------------------------------- arithmetic


def expression(ctx: Any) -> Tree:
    return total(ctx.additive())


def total(ctx: Any) -> Tree:
    if ctx.mp():
        return product(ctx.mp())
    left, right = (total(part) for part in ctx.additive())
    sign = ctx.getChild(1).getText()
    if sign not in "+-−":
        raise Unreadable("an unusual operator")
    right = right if sign == "+" else ["neg", right]
    return ["add", *(left[1:] if left[0] == "add" else [left]), right]


def product(ctx: Any) -> Tree:
    parts = ctx.mp() if hasattr(ctx, "mp") else ctx.mp_nofunc()
    if not parts:
        return _unary(ctx.unary() if hasattr(ctx, "unary") else ctx.unary_nofunc())
    left, right = (product(part) for part in parts)
    if ctx.DIV() or ctx.CMD_DIV():
        return ["div", left, right]
    if ctx.COLON():
        return _flat("colon", left, right)
    if ctx.CMD_MOD():
        return ["mod", left, right]
    if ctx.getChild(1).getText() not in _PLAIN_TIMES:
        raise Unreadable("an unusual operator")
    return ["mul", *(left[1:] if left[0] == "mul" else [left]), right]


def _unary(ctx: Any) -> Tree:
    inner = ctx.unary() if hasattr(ctx, "unary") else ctx.unary_nofunc()
    if inner:
        return _unary(inner) if ctx.ADD() else ["neg", _unary(inner)]
    parts = [ctx.postfix(), *ctx.postfix_nofunc()] if hasattr(ctx, "postfix_nofunc") else ctx.postfix()
    factors: list[Tree] = []
    for at, part in enumerate(parts):
        factor = _postfix(part)
        if factor[0] == "d/d":  # \frac{d}{dx} and all that follows
            if at + 1 == len(parts):
                raise Unreadable("a derivative of nothing")
            rest = [_postfix(later) for later in parts[at + 1 :]]
            factors.append(["undone", "deriv", rest[0] if len(rest) == 1 else ["mul", *rest], factor[1]])
            break
        if factors and factor[0] in ("num", "dec", "percent") and not part.getText().startswith(("(", "[", "{")):
            raise Unreadable("two numbers side by side")
        if factors and calls.is_function(factors[-1]) and part.getText().startswith("("):
            factors[-1] = ["app", factors[-1][1], factor]
            continue
        if at == 1 and factors[0][0] == "num" and _plain_fraction(part, factor):
            factors = [["mixed", factors[0], *factor[1:]]]
            continue
        factors.append(factor)
    return factors[0] if len(factors) == 1 else ["mul", *factors]


def _plain_fraction(ctx: Any, factor: Tree) -> bool:
    return (
        ctx.getText().startswith(("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"))
        and factor[0] == "div"
        and factor[1][0] == factor[2][0] == "num"
    )


def _postfix(ctx: Any) -> Tree:
    value = _power(ctx.exp() if hasattr(ctx, "exp") else ctx.exp_nofunc())
    bangs = 0
    for operator in ctx.postfix_op():
        if operator.BANG():
            bangs += 1
            continue
        value, bangs = _factorials(value, bangs), 0
        if operator.eval_at():
            raise Unreadable("an expression evaluated at a point")
        if operator.degree():
            value = ["deg", value]
        elif operator.getText() == "'" and value[0] == "sym":
            value = symbol(value[1] + "'")
        else:
            value = ["pow", value, ["sym", "T"]]
    return _factorials(value, bangs)


def _factorials(value: Tree, bangs: int) -> Tree:
    if bangs > 2:
        raise Unreadable("more than two factorial signs")
    return value if not bangs else ["fact" if bangs == 1 else "dfact", value]


def _power(ctx: Any) -> Tree:
    inner = ctx.exp() if hasattr(ctx, "exp") else ctx.exp_nofunc()
    if inner:
        return ["pow", _power(inner), atom(ctx.atom()) if ctx.atom() else expression(ctx.expr())]
    return _comp(ctx.comp() if hasattr(ctx, "comp") else ctx.comp_nofunc())


_WRAPPERS = (
    ("group", None),
    ("formatting_group", None),
    ("norm_group", "abs"),
    ("abs_group", "abs"),
    ("dot_product", "angle"),
    ("floor_group", "floor"),
    ("ceil_group", "ceil"),
)


def _comp(ctx: Any) -> Tree:
    for rule, kind in _WRAPPERS:
        inner = getattr(ctx, rule)()
        if inner:
            return expression(inner.expr()) if kind is None else [kind, expression(inner.expr())]
    if ctx.atom():
        return atom(ctx.atom())
    if ctx.frac():
        return fraction(ctx.frac())
    if ctx.binom():
        return ["binom", expression(ctx.binom().upper), expression(ctx.binom().lower)]
    if ctx.matrix():
        return _matrix(ctx.matrix())
    if ctx.det():
        return ["undone", "det", _matrix(ctx.det())]
    return calls.function(ctx.func())


def _matrix(ctx: Any) -> Tree:
    if getattr(ctx, "MATRIX_XRIGHTARROW", None) and ctx.MATRIX_XRIGHTARROW():
        raise Unreadable("row operations on a matrix")
    rows = [[expression(cell) for cell in row.expr()] for row in ctx.matrix_row()]
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("a matrix with rows of different lengths")
    return ["matrix", len(rows), len(rows[0]), *(cell for row in rows for cell in row)]


def fraction(ctx: Any) -> Tree:
    below = ctx.lower.getText()
    wrt = re.fullmatch(r"(d|\\partial)\s*(\\?[A-Za-z]+)", below)
    if wrt and ctx.upper.getText() == wrt[1]:
        return ["d/d", symbol(wrt[2].lstrip("\\"))]
    if wrt and ctx.upper.getText().startswith(wrt[1]):
        raise Unreadable("a derivative written as a quotient of differentials")
    return ["div", expression(ctx.upper), expression(ctx.lower)]


def atom(ctx: Any) -> Tree:
    if ctx.atom_expr():
        return powered(name_of(ctx.atom_expr()), ctx.atom_expr())
    if ctx.SYMBOL():
        if ctx.SYMBOL().getText().strip("$%\\") == "infty":
            return ["const", "oo"]
        raise Unreadable("a partial sign on its own")
    if ctx.number_subexpr():
        return _based(ctx.number_subexpr())
    if ctx.PERCENT_NUMBER():
        return ["percent", number(re.sub(r"[\s\\%]", "", ctx.PERCENT_NUMBER().getText()))]
    if ctx.E_NOTATION():
        return number(ctx.E_NOTATION().getText().replace("−", "-").replace("+", ""))
    if ctx.E_NOTATION_E():
        return ["sym", "E"]
    if ctx.DIFFERENTIAL():
        return ["mul", ["sym", "d"], symbol(ctx.DIFFERENTIAL().getText()[1:].strip().lstrip("\\"))]
    if ctx.VARIABLE():
        inside = ctx.VARIABLE().getText().partition("{")[2]
        name = symbol(inside.rstrip("\\%")[:-1])
        return ["percent", name] if inside.endswith("%") else name
    return symbol(ctx.FUNC_GAMMA().getText().strip().lstrip("\\"))


def _based(ctx: Any) -> Tree:
    digits = ctx.NUMBER().getText()
    if not ctx.subexpr():
        return number(digits)
    base = ctx.subexpr().getText()[1:].strip("{}")
    if not base.isdigit() or not 2 <= int(base[:3]) <= 36 or not digits.isdigit():
        raise Unreadable("a subscript on a number that is no base")
    return ["base", digits, int(base)]
