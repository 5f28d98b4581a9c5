"""The plain-data tree in which mathematics crosses every border, and the only thing that is ever decided upon.

A node is a tuple `(kind, *payload, *children)`; on the wire the same as a JSON list. The kinds are closed: what is not
in `KINDS` does not exist. A tree is bounded in nodes, depth and digits, so every walk over a validated tree is short.

kind      payload            children        meaning
num       p: int, q: int>=1  -               the exact rational p/q (integers, repeating decimals)
dec       p: int, e: int     -               the decimal literal p * 10^e, written with a point or an exponent
sym       name: str          -               a variable: x, alpha, x_1, f'
const     name: str          -               one of CONSTANTS
text      words: str         -               text, normalised white space
neg abs floor ceil fact dfact  -             a
pm        -                  a  |  a, b      plus-or-minus a; a plus-or-minus b
mp        -                  a  |  a, b      minus-or-plus
add mul   -                  2 or more
div pow binom mod  -         a, b
root      -                  index, radicand
mixed     -                  whole, num, den the mixed number
fn        name: str          1 or more       one of FUNCTIONS; log has (x, base)
app       name: str          1 or more       an unknown function applied: f(x)
undone    what: str          see UNDONE      work left undone: an integral, a sum, a limit, a determinant, ...
rel       ops: str           len(ops)+1      a relation or chain; ops joined by one space, each of RELATIONS
and or    -                  2 or more       conditions joined
seq       -                  2 or more       a bare list: a, b, c
paren     -                  2 or more       (a, b): a tuple, point or open interval
brack     -                  1 or more       [a, b]: a list, row vector or closed interval
half      ends: "(]" | "[)"  a, b            a half-open interval
angle     -                  1 or more       a vector in angle brackets
set       -                  0 or more       {a, b}
setof     -                  element, condition   {x : x > 0}
named     name: str          -               one of NAMED_SETS
union inter -                2 or more
minus     -                  a, b            set difference
matrix    rows: int, cols: int   rows*cols
cases     -                  value, condition, value, condition, ...
percent deg -                a
unit      unit: str          a               a quantity; the unit in canonical form ("m/s^2"; see units.py)
money     currency: str      a
colon     -                  2 or more       1:2, a ratio or a time of day
clock     half: "am" | "pm"  colon or number a time of day
base      digits: str, base: int  -          digits written in a base
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = tuple[Any, ...]

MAX_NODES = 4_000
MAX_DEPTH = 80
MAX_DIGITS = 2_000
MAX_NAME = 64
MAX_TEXT = 2_000

CONGRUENT = "mod class"
"""The name under which a congruence class (value, modulus) is an `app`: 3 (mod 7)."""
CONSTANTS = frozenset({"pi", "e", "i", "oo", "undefined"})
NAMED_SETS = frozenset({"R", "Q", "Z", "N", "C", "empty"})
RELATIONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "notin", "approx", "equiv", "sim", "subset", "to"})
FUNCTIONS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(
        "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc "
        "sinh cosh tanh coth sech csch arcsinh arccosh arctanh exp ln sgn re im arg conj "
        "gamma erf zeta totient deg rad".split(),
        (1, 1),
    ),
    "log": (2, 2),
    "gcd": (2, 50),
    "lcm": (2, 50),
    "max": (1, 50),
    "min": (1, 50),
    "perm": (2, 2),
}
UNDONE: dict[str, tuple[int, int]] = {
    "int": (2, 4),  # body, variable[, lower, upper]
    "sum": (1, 4),  # body[, variable, lower, upper]
    "prod": (1, 4),  # body[, variable, lower, upper]
    "lim": (3, 3),  # body, variable, target
    "deriv": (1, 3),  # body[, variable[, order]]
    "det": (1, 1),  # matrix
    "other": (1, 8),
}

# kind -> (payload types, fewest children, most children or None)
KINDS: dict[str, tuple[tuple[type, ...], int, int | None]] = {
    "num": ((int, int), 0, 0),
    "dec": ((int, int), 0, 0),
    "sym": ((str,), 0, 0),
    "const": ((str,), 0, 0),
    "text": ((str,), 0, 0),
    "neg": ((), 1, 1),
    "abs": ((), 1, 1),
    "floor": ((), 1, 1),
    "ceil": ((), 1, 1),
    "fact": ((), 1, 1),
    "dfact": ((), 1, 1),
    "pm": ((), 1, 2),
    "mp": ((), 1, 2),
    "add": ((), 2, None),
    "mul": ((), 2, None),
    "div": ((), 2, 2),
    "pow": ((), 2, 2),
    "binom": ((), 2, 2),
    "mod": ((), 2, 2),
    "root": ((), 2, 2),
    "mixed": ((), 3, 3),
    "fn": ((str,), 1, None),
    "app": ((str,), 1, None),
    "undone": ((str,), 1, None),
    "rel": ((str,), 2, None),
    "and": ((), 2, None),
    "or": ((), 2, None),
    "seq": ((), 2, None),
    "paren": ((), 2, None),
    "brack": ((), 1, None),
    "half": ((str,), 2, 2),
    "angle": ((), 1, None),
    "set": ((), 0, None),
    "setof": ((), 2, 2),
    "named": ((str,), 0, 0),
    "union": ((), 2, None),
    "inter": ((), 2, None),
    "minus": ((), 2, 2),
    "matrix": ((int, int), 1, None),
    "cases": ((), 2, None),
    "percent": ((), 1, 1),
    "deg": ((), 1, 1),
    "unit": ((str,), 1, 1),
    "money": ((str,), 1, 1),
    "colon": ((), 2, None),
    "clock": ((str,), 1, 1),
    "base": ((str, int), 0, 0),
}
_PAYLOAD = {kind: len(spec[0]) for kind, spec in KINDS.items()}


class BadTree(ValueError):
    """Not a tree of ours; the message says where it breaks the rules."""


def children(node: Node) -> Node:
    """The child nodes of a valid node."""
    return node[1 + _PAYLOAD[node[0]] :]


def payload(node: Node) -> Node:
    return node[1 : 1 + _PAYLOAD[node[0]]]


def walk(*nodes: Node) -> Iterator[Node]:
    """All nodes of trees, each before its children, in an order that nothing may rest on."""
    todo = list(nodes)
    while todo:
        current = todo.pop()
        yield current
        todo.extend(children(current))


def mentions(node: Node, part: Node) -> bool:
    """Does the tree hold this node?"""
    return any(current == part for current in walk(node))


def rebuild(node: Node, new_children: Any) -> Node:
    """The same node over other children."""
    return (*node[: 1 + _PAYLOAD[node[0]]], *new_children)


def validate(data: Any) -> Node:
    """Untrusted nested lists -> a Node, or BadTree. Iterative: depth is counted before anything is walked."""
    todo: list[tuple[Any, int, bool]] = [(data, 1, False)]
    done: list[Node] = []
    count = 0
    while todo:
        raw, depth, built = todo.pop()
        if built:
            kind, size = raw[0], depth
            kids = done[len(done) - size :]
            del done[len(done) - size :]
            done.append((*raw, *kids))
            _check_meaning(kind, done[-1])
            continue
        count += 1
        if count > MAX_NODES:
            raise BadTree("more than MAX_NODES nodes")
        if depth > MAX_DEPTH:
            raise BadTree("deeper than MAX_DEPTH")
        if type(raw) not in (list, tuple) or not raw or type(raw[0]) is not str or raw[0] not in KINDS:
            raise BadTree("not a node of a known kind")
        types, fewest, most = KINDS[raw[0]]
        head, kids = raw[: 1 + len(types)], raw[1 + len(types) :]
        if len(head) != 1 + len(types) or any(type(v) is not t for v, t in zip(head[1:], types, strict=True)):
            raise BadTree(f"wrong payload for {raw[0]}")
        if len(kids) < fewest or (most is not None and len(kids) > most):
            raise BadTree(f"wrong number of children for {raw[0]}")
        todo.append((tuple(head), len(kids), True))
        todo.extend((kid, depth + 1, False) for kid in reversed(kids))
    return done[0]


_INT_BOUND = 10**MAX_DIGITS


def _check_meaning(kind: str, node: Node) -> None:
    """The rules of the payloads, kind by kind."""
    ok = True
    if kind == "num":
        ok = abs(node[1]) < _INT_BOUND and 1 <= node[2] < _INT_BOUND
    elif kind == "dec":
        ok = abs(node[1]) < _INT_BOUND and abs(node[2]) <= MAX_DIGITS
    elif kind in ("sym", "app"):
        ok = 0 < len(node[1]) <= MAX_NAME
    elif kind == "const":
        ok = node[1] in CONSTANTS
    elif kind == "named":
        ok = node[1] in NAMED_SETS
    elif kind in ("text", "unit", "money"):
        ok = len(node[1]) <= MAX_TEXT
    elif kind == "fn":
        low, high = FUNCTIONS.get(node[1], (1, 0))
        ok = low <= len(node) - 2 <= high
    elif kind == "undone":
        low, high = UNDONE.get(node[1], (1, 0))
        ok = low <= len(node) - 2 <= high
    elif kind == "rel":
        ops = node[1].split(" ")
        ok = all(op in RELATIONS for op in ops) and len(ops) == len(node) - 3
    elif kind == "half":
        ok = node[1] in ("(]", "[)")
    elif kind == "matrix":
        ok = node[1] >= 1 and node[2] >= 1 and node[1] * node[2] == len(node) - 3
    elif kind == "cases":
        ok = (len(node) - 1) % 2 == 0
    elif kind == "clock":
        ok = node[1] in ("am", "pm")
    elif kind == "base":
        ok = 2 <= node[2] <= 36 and 0 < len(node[1]) <= MAX_DIGITS and node[1].lstrip("-").replace(".", "", 1).isalnum()
    if not ok:
        raise BadTree(f"a {kind} node breaks the rules of its kind")
