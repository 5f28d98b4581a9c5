"""From tokens to a tree: one pass that closes brackets on an explicit stack, and a flat parser for what stands inside.

Nothing here recurses on the text: when a bracket closes, its inside is parsed at once, and every deeper bracket is
already one item by then. The grammar, loosest first: or · lists (, ; and) · implication · relations · ratio ·
set operations · sums · products (explicit and by juxtaposition, equally tight) · functions without brackets · powers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tree import CONGRUENT, MAX_DEPTH, MAX_NODES, Node, children
from . import lex, spelling, units
from .numerals import Forbidden, Token, Unreadable

Item = tuple[Any, ...]
"""A token; ("brace", node | None, items, error); ("group", node, pair, items)."""

_MAX_OPEN = 40
_MAX_CHAIN = 40
_RELATIONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "notin", "approx", "equiv", "sim", "subset", "to"})
FUNCTIONS = {
    **{f: f for f in "sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh coth exp ln gcd lcm max min "
       "arcsinh arccosh arctanh sgn erf sech csch arg".split()},
    "log": "log", "lg": "log", "Re": "re", "Im": "im", "sign": "sgn", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "tg": "tan", "ctg": "cot", "arctg": "arctan", "cosec": "csc", "sqrt": "sqrt", "cbrt": "cbrt",
    "cis": "cis", "arcctg": "arccot", "perm": "perm", "abs": "abs", "floor": "floor", "ceil": "ceil",
    "factorial": "fact",
}  # fmt: skip
_INVERSE = frozenset("sin cos tan cot sec csc sinh cosh tanh".split())
_WORD_CONSTANTS = {"pi": ("const", "pi"), "infinity": ("const", "oo"), "infty": ("const", "oo"), "inf": ("const", "oo"),
                   "undefined": ("const", "undefined")}  # fmt: skip
_GREEK_WORDS = frozenset("alpha beta gamma delta epsilon theta lambda mu sigma phi omega tau rho".split())
_UNDONE = {"int": "int", "iint": "int", "iiint": "int", "oint": "int", "sum": "sum", "prod": "prod", "lim": "lim",
           "det": "det", "limsup": "lim", "liminf": "lim", "sup": "other", "inf": "other", "nabla": "other",
           "partial": "other"}  # fmt: skip
_DECORATED = frozenset("overline bar hat widehat tilde widetilde vec overrightarrow dot ddot".split())
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix smallmatrix array psmallmatrix bsmallmatrix".split())
_APPLIED = frozenset("fghFGH")


def read(text: str, *, commas: bool = True) -> Node:
    """The tree of one whole text. Raises Unreadable (Forbidden where the text hides something)."""
    if len(text) > lex.MAX_CHARS:
        raise Unreadable(f"longer than {lex.MAX_CHARS} characters")
    parts = spelling.labelled_parts(text)
    if parts is not None:  # (a) 7 (b) 3
        named = zip("abcdefghi", (_read_one(part, commas) for part in parts), strict=False)
        return ("seq", *(("rel", "=", ("text", f"({name})"), node) for name, node in named))
    return _read_one(text, commas)


def _read_one(text: str, commas: bool) -> Node:
    items = _close(lex.tokens(lex.plain(spelling.spell(spelling.without_quantifier(text))), commas=commas))
    node = _parse(_trim(items))
    if len(text) > 60:
        _bounded(node)
    return node


def _bounded(node: Node) -> None:
    todo, count = [(node, 1)], 0
    while todo:
        current, depth = todo.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise Unreadable("an expression too deep or too large")
        todo.extend((child, depth + 1) for child in children(current))


# ------------------------------------------------------------------------------------------------ brackets


class _Frame:
    __slots__ = ("items", "kind", "name", "rows")

    def __init__(self, kind: str, name: str = "") -> None:
        self.kind, self.name = kind, name
        self.items: list[Item] = []
        self.rows: list[list[Node]] = [[]]


def _close(tokens: list[Token]) -> list[Item]:
    """Tokens to items: every bracket, bar pair and environment becomes one item."""
    stack = [_Frame("top")]
    for kind, value in tokens:
        top = stack[-1]
        if kind == "open":
            stack.append(_Frame(value))
        elif kind == "close":
            _pop(stack, value)
        elif kind == "bar":
            _bar(stack)
        elif kind == "env":
            stack.append(_Frame("env", value))
        elif kind == "endenv":
            _end_environment(stack, value)
        elif kind in ("amp", "row"):
            if top.kind == "env" and kind == "amp" and top.name in _ALIGNED:
                continue
            if top.kind == "env":
                _cell(top, new_row=kind == "row")
            elif kind == "row":
                top.items.append(("op", ";"))
            else:
                raise Unreadable("an & outside of a matrix")
        else:
            top.items.append((kind, value))
        if len(stack) > _MAX_OPEN:
            raise Unreadable(f"more than {_MAX_OPEN} brackets open at once")
    if len(stack) != 1:
        raise Unreadable("a bracket that is never closed")
    return stack[0].items


_ALIGNED = frozenset({"aligned", "align", "gathered", "split", "eqnarray"})
_PAIRS = {("(", "("), ("[", "["), ("(", "["), ("[", "("), ("{", "{"), ("<", "<"), ("lf", "lf"), ("lc", "lc")}


def _pop(stack: list[_Frame], value: str) -> None:
    frame = stack.pop()
    if not stack:
        raise Unreadable("a bracket closes that was never opened")
    items = _trim(frame.items)
    if frame.kind == "(" and items and items[0] in (("op", "mod"), ("word", "mod")):
        stack[-1].items.append(("modulus", _parse(items[1:])))
        return
    if frame.kind == "brace" and value == "brace":
        stack[-1].items.append(_brace(items))
        return
    if (frame.kind, value) not in _PAIRS:
        raise Unreadable("brackets that do not match")
    if not items:
        if frame.kind != "{":
            raise Unreadable("an empty pair of brackets")
        stack[-1].items.append(("group", ("set",), "{{", items))
        return
    inner = _set_builder(items) if frame.kind == "{" else _parse(items)
    stack[-1].items.append(("group", _group(inner, frame.kind + value), frame.kind + value, items))


def _brace(items: list[Item]) -> Item:
    if not items:
        return ("brace", None, items, "an empty group")
    try:
        return ("brace", _parse(items), items, "")
    except Forbidden:
        raise
    except Unreadable as error:
        return ("brace", None, items, str(error))


def _group(inner: Node, pair: str) -> Node:
    parts = children(inner) if inner[0] == "seq" else (inner,)
    if pair == "{{":
        return inner if inner[0] == "setof" else ("set", *parts)
    if pair == "<<":
        return ("angle", *parts)
    if pair == "lflf":
        return ("floor", inner)
    if pair == "lclc":
        return ("ceil", inner)
    if pair == "[[":
        return ("brack", *parts)
    if len(parts) == 1:
        if pair != "((":
            raise Unreadable("brackets that do not match")
        return inner
    if pair == "((":
        return ("paren", *parts)
    if len(parts) != 2:
        raise Unreadable("brackets that do not match")
    return ("half", "(]" if pair == "([" else "[)", *parts)


def _set_builder(items: list[Item]) -> Node:
    for i, item in enumerate(items):
        if item in (("op", "mid"), ("op", ":")):
            return ("setof", _parse(_trim(items[:i])), _parse(_trim(items[i + 1 :])))
    return _parse(items)


def _bar(stack: list[_Frame]) -> None:
    top = stack[-1]
    after_value = bool(top.items) and top.items[-1][0] not in ("op", "cmd")
    if after_value and top.kind == "bar":
        frame = stack.pop()
        inner = _parse(_trim(frame.items))
        node: Node = ("undone", "det", inner) if inner[0] == "matrix" else ("abs", inner)
        stack[-1].items.append(("group", node, "||", frame.items))
    elif after_value and top.kind == "{":
        top.items.append(("op", "mid"))
    else:
        stack.append(_Frame("bar"))


_CONDITION_WORDS = frozenset({"if", "for", "when", "where", "is", "are", "as", "if:"})


def _cell(frame: _Frame, *, new_row: bool) -> None:
    items = _trim(frame.items)
    frame.items = []
    while items and items[0][0] in ("text", "word") and items[0][1].lower().strip() in _CONDITION_WORDS:
        items = items[1:]
    if items and all(item[0] in ("text", "let", "word") for item in items):
        words = " ".join(str(item[1]) for item in items).split()
        kept = " ".join(word for word in words if word.lower() not in _CONDITION_WORDS)
        frame.rows[-1].append(
            _single(items[0]) if len(items) == 1 and items[0][0] == "let" else ("text", kept or "otherwise")
        )
    elif items:
        frame.rows[-1].append(_parse(items))
    elif not new_row:
        raise Unreadable("an empty cell")
    if new_row and frame.rows[-1]:
        frame.rows.append([])


def _end_environment(stack: list[_Frame], name: str) -> None:
    frame = stack.pop()
    if frame.kind != "env" or not stack or frame.name != name:
        raise Unreadable("an environment that does not match")
    _cell(frame, new_row=True)
    rows = [row for row in frame.rows if row]
    if not rows:
        raise Unreadable("an empty environment")
    width = len(rows[0])
    if name in ("cases", "dcases", "rcases") and all(len(row) == 2 for row in rows):
        node: Node = ("cases", *(cell for row in rows for cell in row))
    elif (name in _ALIGNED or name in ("cases", "dcases", "rcases")) and width == 1:
        node = ("seq", *(row[0] for row in rows)) if len(rows) > 1 else rows[0][0]
    elif name == "vmatrix" and all(len(row) == width for row in rows):
        node = ("undone", "det", ("matrix", len(rows), width, *(cell for row in rows for cell in row)))
    elif name == "array" and width == 1 and all(row[0][0] == "rel" for row in rows):
        node = ("seq", *(row[0] for row in rows)) if len(rows) > 1 else rows[0][0]
    elif name in _MATRICES and all(len(row) == width for row in rows):
        node = ("matrix", len(rows), width, *(cell for row in rows for cell in row))
    else:
        raise Unreadable(f"the environment {name!r}")
    stack[-1].items.append(("group", node, "env", []))


# ------------------------------------------------------------------------------------------------ the flat parser

_EDGE = frozenset({".", "gap", ",", ";", "and", "implies"})


def _trim(items: list[Item]) -> list[Item]:
    start, end = 0, len(items)
    while end > start and items[end - 1][0] == "op" and items[end - 1][1] in _EDGE:
        end -= 1
    while start < end and items[start][0] == "op" and (items[start][1] in _EDGE or items[start][1] == ":"):
        start += 1
    return items[start:end]


def _split(items: list[Item], at: Callable[[Item], bool]) -> tuple[list[list[Item]], list[str]]:
    parts: list[list[Item]] = [[]]
    seps: list[str] = []
    for item in items:
        if item[0] == "op" and at(item):
            seps.append(item[1])
            parts.append([])
        else:
            parts[-1].append(item)
    return parts, seps


def _is(word: str) -> Callable[[Item], bool]:
    return lambda item: bool(item[1] == word)


def _parse(items: list[Item]) -> Node:
    if not items:
        raise Unreadable("nothing to read")
    if len(items) == 1:
        return _single(items[0])
    ops = {item[1] for item in items if item[0] == "op"}
    for word, kind in (("over", "div"), ("choose", "binom")):
        if word in ops:
            parts, _ = _split(items, _is(word))
            if len(parts) != 2 or not all(parts):
                raise Unreadable(f"\\{word} without two sides")
            return (kind, _sum(parts[0]), _sum(parts[1]))
    if "or" in ops:
        parts, _ = _split(items, lambda item: bool(item[1] == "or"))
        return ("or", *(_list(_trim(part)) for part in parts)) if len(parts) > 1 else _list(items)
    return _list(items, ops)


def _single(item: Item) -> Node:
    kind = item[0]
    if kind == "num" or kind == "group":
        return item[1]  # type: ignore[no-any-return]
    if kind == "let":
        return _letter(item[1])
    if kind == "brace":
        if item[1] is None:
            raise Unreadable(item[3])
        node: Node = item[1]
        return node
    return _sum([item])


def _list(items: list[Item], ops: set[str] | None = None) -> Node:
    ops = ops if ops is not None else {item[1] for item in items if item[0] == "op"}
    if not ops & {",", ";", "and"}:
        return _relation(items, ops)
    parts, seps = _split(items, lambda item: item[1] in (",", ";", "and"))
    if ";" in seps and "," in seps:  # 1,2; 3,4 : the semicolon is the outer one
        outer, _ = _split(items, lambda item: bool(item[1] == ";"))
        nodes = [_list(_trim(part)) for part in outer if part]
        return (
            ("seq", *(("paren", *children(n)) if n[0] == "seq" else n for n in nodes)) if len(nodes) > 1 else nodes[0]
        )
    nodes = []
    for i, part in enumerate(parts):
        part = _trim(part)
        if part == [("op", "dots")]:
            nodes.append(("text", "..."))
        elif part:
            nodes.append(_relation(part))
        elif "and" not in (*seps[i : i + 1], *seps[max(0, i - 1) : i]):
            raise Unreadable("a list with an empty place")
    if len(nodes) == 1:
        return nodes[0]
    if (whole := units.compound(nodes)) is not None:  # 5 feet, 6 inches; 2 hours and 30 minutes
        return whole
    if set(seps) == {"and"} and all(node[0] in ("rel", "and") for node in nodes):
        return ("and", *nodes)
    return ("seq", *nodes)


def _relation(items: list[Item], ops: set[str] | None = None) -> Node:
    ops = ops if ops is not None else {item[1] for item in items if item[0] == "op"}
    if "implies" in ops:  # what follows from it is the answer
        parts, _ = _split(items, lambda item: bool(item[1] == "implies"))
        items = _trim(parts[-1])
        ops = {item[1] for item in items if item[0] == "op"}
    if "mid" in ops:
        raise Unreadable("a bar that is neither a modulus nor inside a set")
    if not ops & _RELATIONS:
        return _ratio(items, ops)
    if "cup" in ops:  # x <= -1 \cup x >= 5
        pieces, _ = _split(items, lambda item: bool(item[1] == "cup"))
        if all(any(item[0] == "op" and item[1] in _RELATIONS for item in piece) for piece in pieces):
            return ("or", *(_relation(_trim(piece)) for piece in pieces))
    parts, seps = _split(items, lambda item: item[1] in _RELATIONS)
    if not parts[0] and seps[0] in ("=", "approx"):
        parts, seps = parts[1:], seps[1:]
    if not all(parts):
        raise Unreadable("a relation without two sides")
    nodes = [_label(part) if i == 0 and seps else _ratio(part) for i, part in enumerate(parts)]
    if not seps:
        return nodes[0]
    if "equiv" in seps and nodes[-1][0] == "mod":  # x = 3 mod 7 without brackets
        nodes[-1] = ("app", CONGRUENT, *nodes[-1][1:])
    if len(seps) > _MAX_CHAIN:
        raise Unreadable("a chain of relations without end")
    if seps == ["equiv"] and nodes[1][0] == "app" and nodes[1][1] == CONGRUENT:
        seps = ["="]
    return ("rel", " ".join(seps), *nodes)


def _label(items: list[Item]) -> Node:
    """The left side of a relation: f(x) there is an application whatever the letter; words are a label."""
    if len(items) == 2 and items[0][0] == "let" and items[1][0] == "group" and items[1][2] == "((":
        inner = items[1][1]
        args = children(inner) if inner[0] == "paren" else (inner,)
        if all(arg[0] in ("sym", "num") for arg in args):
            return ("app", items[0][1], *args)
    if len(items) == 2 and items[0][0] == "cmd" and items[0][1] == "angle":
        return ("sym", f"angle {items[1][1]}"[:60])
    if all(item[0] in ("text", "word") for item in items) and not (len(items) == 1 and len(items[0][1]) <= 3):
        return ("text", " ".join(item[1] for item in items))
    try:
        return _ratio(items)
    except Forbidden:
        raise
    except Unreadable:
        if any(item[0] == "num" for item in items):
            raise
        return ("text", " ".join(_spoken(item) for item in items)[:60])  # \dim V, f(x)_{\max}: a name


def _spoken(item: Item) -> str:
    return (
        str(item[1])
        if item[0] not in ("group", "brace", "modulus")
        else f"({' '.join(_spoken(i) for i in item[-1 if item[0] == 'group' else 2])})"
    )


def _ratio(items: list[Item], ops: set[str] | None = None) -> Node:
    ops = ops if ops is not None else {item[1] for item in items if item[0] == "op"}
    if ":" in ops:
        items, half = _clock_half(items)
        parts, _ = _split(items, lambda item: bool(item[1] == ":"))
        if not all(parts):
            raise Unreadable("a colon without two sides")
        node: Node = ("colon", *(_sets(part) for part in parts))
        return ("clock", half, node) if half else node
    return _sets(items, ops)


def _clock_half(items: list[Item]) -> tuple[list[Item], str]:
    if items[-1][0] in ("text", "word"):
        half = units.clock_half(items[-1][1])
        if half:
            return items[:-1], half
    return items, ""


_SET_OPS = {"cup": "union", "cap": "inter", "setminus": "minus"}


def _sets(items: list[Item], ops: set[str] | None = None) -> Node:
    ops = ops if ops is not None else {item[1] for item in items if item[0] == "op"}
    if not ops & _SET_OPS.keys():
        return _sum(items)
    parts, seps = _split(items, lambda item: item[1] in _SET_OPS)
    if not all(parts):
        raise Unreadable("a set operation without two sides")
    node = _set(parts[0])
    if len(seps) > _MAX_CHAIN:
        raise Unreadable("a chain of set operations without end")
    for sep, part in zip(seps, parts[1:], strict=True):
        kind, right = _SET_OPS[sep], _set(part)
        node = (*node, right) if node[0] == kind != "minus" else (kind, node, right)
    return node


def _set(items: list[Item]) -> Node:
    """One side of a set operation; plain braces there are a set."""
    if len(items) == 1 and items[0][0] == "brace" and items[0][1] is not None:
        node: Node = items[0][1]
        return ("set", *(children(node) if node[0] == "seq" else (node,)))
    return _sum(items)


_SIGNS = {"+": "add", "-": "neg", "pm": "pm", "mp": "mp"}
_WANTS_MORE = frozenset({"*", "/", "^", "_", "mod", "gap"})


def _wants_more(current: list[Item]) -> bool:
    kind, value = current[-1][:2]
    label = kind == "text" and len(current) == 1 and value.rstrip().endswith((":", "：", "为", "是"))
    return (kind == "op" and value in _WANTS_MORE) or (kind == "money" and len(current) == 1) or label


def _sum(items: list[Item]) -> Node:
    """Terms joined by + - and plus-or-minus."""
    terms: list[tuple[str, list[Item]]] = []
    current: list[Item] = []
    sign, signs = "", 0
    for item in items:
        if item[0] == "op" and item[1] in _SIGNS and not (current and _wants_more(current)):
            if current:
                terms.append((sign, current))
                sign, current = item[1], []
            elif not sign:
                sign = item[1] if terms or item[1] != "+" else "0+"
            elif item[1] == "-" and sign in ("-", "+", "0+"):
                sign = "+" if sign == "-" else "-"
                signs += 1
            elif item[1] != "+" or signs > 4:
                raise Unreadable("two signs in a row")
        else:
            current.append(item)
    if not current:
        raise Unreadable("a sign with nothing after it")
    terms.append((sign, current))
    if len(terms) == 1 and sign in ("", "0+", "+"):
        return _product(current)
    done: list[Node] = []
    for how, part in terms:
        node = _product(part)
        if how in ("pm", "mp"):
            left = done[0] if len(done) == 1 else ("add", *done)
            done = [(how, left, node)] if done else [(how, node)]
        else:
            done.append(_negative(node) if how == "-" else node)
    if len(done) > 1 and done[-1][0] in ("unit", "money"):  # 2 sqrt 2 - 2 cm
        carrier, last = done[-1], done[-1][-1]
        if all(node[0] not in ("unit", "money", "text") for node in done[:-1]):
            return (*carrier[:-1], ("add", *done[:-1], last))
    return done[0] if len(done) == 1 else ("add", *done)


def _negative(node: Node) -> Node:
    if node[0] in ("num", "dec"):
        return (node[0], -node[1], node[2])
    if node[0] in ("unit", "money", "deg", "percent"):  # the sign belongs to the number
        return (*node[:-1], _negative(node[-1]))
    return ("neg", node)


def _product(items: list[Item]) -> Node:
    """Factors joined by explicit signs or by standing side by side; sums, integrals and limits take all that
    follows.
    """
    from .factors import product

    starts = [i for i, item in enumerate(items) if item[0] == "cmd" and item[1] in _UNDONE]
    if len(starts) > 8:
        raise Unreadable("more than eight sums, integrals or limits")
    for start in reversed(starts):
        items = [*items[:start], ("group", _undone(items[start:]), "undone", [])]
    return product(items)


def _undone(items: list[Item]) -> Node:
    """Work left undone, from its sign to the end of the term."""
    from .factors import product

    what = _UNDONE[items[0][1]]
    below: Item | None = None
    above: Item | None = None
    at = 1
    while at + 1 < len(items) and items[at][0] == "op" and items[at][1] in "_^":
        if items[at][1] == "_":
            below = items[at + 1]
        else:
            above = items[at + 1]
        at += 2
    body = _trim(items[at:])
    if not body:
        raise Unreadable(f"\\{items[0][1]} without a body")
    low = _limit(below)
    high = _limit(above)
    if what == "det":
        return ("undone", "det", product(body))
    if what == "int":
        return _integral(body, low, high)
    if what in ("sum", "prod") and low is not None and low[0] == "rel" and low[1] == "=" and high is not None:
        return ("undone", what, product(body), low[2], low[3], high)
    if what == "lim" and low is not None and low[0] == "rel" and low[1] == "to":
        return ("undone", "lim", product(body), low[2], low[3])
    return ("undone", "other", product(body))


def _limit(item: Item | None) -> Node | None:
    return None if item is None else _single(item)


def _integral(body: list[Item], low: Node | None, high: Node | None) -> Node:
    from .factors import product

    if len(body) >= 2 and body[-1][0] == "let" and body[-2] == ("let", "d"):
        inner = body[:-2]
        variable: Node = ("sym", body[-1][1])
    elif body[-1][0] == "word" and len(body[-1][1]) == 2 and body[-1][1][0] == "d":
        inner, variable = body[:-1], ("sym", body[-1][1][1])
    else:
        return ("undone", "other", product(body))
    integrand: Node = product(inner) if inner else ("num", 1, 1)
    if low is None or high is None:
        return ("undone", "int", integrand, variable)
    return ("undone", "int", integrand, variable, low, high)


def _letter(name: str) -> Node:
    return ("const", name) if name in ("e", "i") else ("sym", name)
