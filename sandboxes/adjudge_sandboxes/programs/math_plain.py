"""Plain-text mathematics (`2*sqrt(3)`, `x**2 + 1`, `sin(x)/2`) to plain data, by Python's own parser, never by eval.

Only the syntax tree is read. Numbers are taken out of the text first, so that no literal passes through a float.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from .math_names import Tree, Unreadable, number, symbol

_TOKEN = re.compile(
    r"(?P<num>\d+\.\d+(?:[eE][+-]?\d{1,4})?|\.\d+|\d+(?:[eE][+-]?\d{1,4})?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)|"
    r"(?P<op>\*\*|<=|>=|!=|==|[-+*/^()\[\]{},<>=%|])|(?P<space>\s+)"
)
_ONE_ARGUMENT = {
    name: name
    for name in (
        [
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "sinh",
            "cosh",
            "tanh",
            "coth",
            "exp",
            "ln",
            "gamma",
            "erf",
            "sgn",
            "conj",
            "arg",
            "re",
            "im",
        ]
    )
}
_ONE_ARGUMENT.update({f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")})
_ONE_ARGUMENT.update({f"arc{name}": f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc")})
_ONE_ARGUMENT.update({"phi": "totient", "totient": "totient", "zeta": "zeta", "sign": "sgn"})
_MANY = {"gcd": "gcd", "lcm": "lcm", "max": "max", "min": "min", "Max": "max", "Min": "min"}
_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)
_CALLS = {*_ONE_ARGUMENT, *_MANY, "sqrt", "cbrt", "abs", "Abs", "floor", "ceil", "ceiling", "factorial", "binomial"}
_CALLS |= {"log", "log2", "log10", "C", "choose", "nCr"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "!="}
_CLOSERS = {")", "]", "}"}


def looks_plain(text: str) -> bool:
    """No LaTeX in it, and a call or a power in the style of a programming language."""
    return "\\" not in text and (
        "**" in text or any(word in _CALLS for word in re.findall(r"[A-Za-z]\w+(?=\s*\()", text))
    )


def read_plain(text: str) -> Tree:
    """The tree of one plain expression. Raises Unreadable."""
    source, numbers = _source(text)
    try:
        parsed = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError) as error:
        raise Unreadable("not an expression in plain text") from error
    return _walk(parsed, numbers)


def _source(text: str) -> tuple[str, list[str]]:
    """Python source with every number replaced by a name, and implicit products made explicit."""
    out: list[str] = []
    numbers: list[str] = []
    at, ends_value = 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"the character {text[at]!r} in plain text")
        at = match.end()
        if match["space"]:
            continue
        if match["num"]:
            if ends_value:
                raise Unreadable("a number right after a value")
            out.append(f"_{len(numbers)}")
            numbers.append(match["num"])
            ends_value = True
        elif match["name"]:
            if ends_value:
                out.append("*")
            called = match["name"] in _CALLS and text[at:].lstrip().startswith("(")
            out.append(match["name"] if called else f"v_{match['name']}")
            ends_value = not called
        else:
            sign = match["op"]
            if sign in "([{" and ends_value:
                out.append("*")
            out.append({"^": "**", "=": "=="}.get(sign, sign))
            ends_value = sign in _CLOSERS
    if out.count("|") or out.count("%"):
        raise Unreadable("a bar or a percent sign in plain text")
    return " ".join(out), numbers


def _name(name: str) -> Tree:
    if name in ("oo", "inf", "infinity"):
        return ["const", "oo"]
    if name in ("pi", "e", "i", "E", "I"):
        return ["const", name.lower()]
    if len(name) == 1 or name in _GREEK or re.fullmatch(r"[A-Za-z]_?[0-9]{1,3}", name):
        base = re.fullmatch(r"([A-Za-z])_?([0-9]{1,3})", name)
        return ["sym", f"{base[1]}_{base[2]}"] if base else symbol(name)
    raise Unreadable(f"the word {name[:40]!r}")


_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}


def _walk(node: ast.AST, numbers: list[str]) -> Tree:
    if isinstance(node, ast.Name):
        return number(numbers[int(node.id[1:])]) if node.id[0] == "_" else _name(node.id[2:])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        inner = _walk(node.operand, numbers)
        return inner if isinstance(node.op, ast.UAdd) else ["neg", inner]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        kind, left, right = _BINARY[type(node.op)], _walk(node.left, numbers), _walk(node.right, numbers)
        if kind == "sub":
            kind, right = "add", ["neg", right]
        if kind in ("add", "mul"):
            return [kind, *(left[1:] if left[0] == kind else [left]), right]
        return [kind, left, right]
    if isinstance(node, ast.Compare):
        signs = [_COMPARE.get(type(sign)) for sign in node.ops]
        if None in signs:
            raise Unreadable("an unusual comparison")
        parts = [node.left, *node.comparators]
        return ["rel", " ".join(str(sign) for sign in signs), *(_walk(part, numbers) for part in parts)]
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        kind = "brack" if isinstance(node, ast.List) else "set" if isinstance(node, ast.Set) else "paren"
        items = [_walk(item, numbers) for item in node.elts]
        if kind == "paren" and len(items) < 2:
            raise Unreadable("a tuple of fewer than two")
        if kind == "paren" and node.col_offset == node.elts[0].col_offset:
            kind = "seq"
        return [kind, *items]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_walk(argument, numbers) for argument in node.args])
    raise Unreadable("something that is no expression in plain text")


def _call(name: str, arguments: list[Any]) -> Tree:
    count = len(arguments)
    if name in _MANY and count >= (2 if name in ("gcd", "lcm") else 1):
        return ["fn", _MANY[name], *arguments]
    if name in ("log", "binomial", "C", "choose", "nCr") and count == 2:
        return ["fn", "log", *arguments] if name == "log" else ["binom", *arguments]
    if count != 1:
        raise Unreadable(f"{name} of {count} arguments")
    (only,) = arguments
    if name in ("sqrt", "cbrt"):
        return ["root", ["num", 2 if name == "sqrt" else 3, 1], only]
    if name in ("log", "log2", "log10"):
        return ["fn", "ln", only] if name == "log" else ["fn", "log", only, ["num", int(name[3:]), 1]]
    if name in ("abs", "Abs"):
        return ["abs", only]
    if name in ("floor", "ceil", "ceiling"):
        return [name[:5].removesuffix("i"), only]
    if name == "factorial":
        return ["fact", only]
    if name in _ONE_ARGUMENT:
        return ["fn", _ONE_ARGUMENT[name], only]
    raise Unreadable(f"the function {name}")
