"""The shape of trees as the sandbox sees them: nested lists `[kind, *payload, *children]`, and walks over them.

The trusted side has validated every tree before it comes here, so depth is bounded and recursion is safe. The kinds
are the same closed list (a test holds the two together); this side imports nothing of the service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Tree = list[Any]

PAYLOAD = {
    **dict.fromkeys("neg abs floor ceil fact dfact pm mp add mul div pow binom mod root mixed and or seq".split(), 0),
    **dict.fromkeys("paren brack angle set setof union inter minus cases percent deg colon".split(), 0),
    **dict.fromkeys("sym const text fn app undone rel half named unit money clock".split(), 1),
    **dict.fromkeys(["num", "dec", "matrix", "base"], 2),
}
COMPLEX_FUNCTIONS = frozenset({"re", "im", "arg", "conj"})


class Unsupported(Exception):
    """Not something that this stage can decide; the message says what."""


class NoValue(Exception):
    """Undefined, or outside the real domain, at this point."""


class Undefined(NoValue):
    """No value by anyone's convention: division by zero, the logarithm of zero, a pole."""


class TooBig(Exception):
    """Over the bounds on magnitudes, digits, terms or steps."""


def children(node: Tree) -> list[Tree]:
    return node[1 + PAYLOAD[node[0]] :]


def rebuilt(node: Tree, kids: list[Tree]) -> Tree:
    return [*node[: 1 + PAYLOAD[node[0]]], *kids]


def walk(node: Tree) -> Iterator[Tree]:
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo.extend(children(current))


def free_symbols(node: Tree) -> set[str]:
    """Names of variables that are not bound by a sum, product, integral, limit or set-builder inside."""
    kind = node[0]
    if kind == "sym":
        return {node[1]}
    kids = children(node)
    if kind == "pow" and kids[1] == ["sym", "T"] and _is_matrix(kids[0]):  # a transpose sign, no variable
        return free_symbols(kids[0])
    if kind == "undone" and len(kids) > 1 and kids[1][0] == "sym" and node[1] != "deriv" and node[1] != "other":
        bound = {kids[1][1]}
        body = free_symbols(kids[0])
        if node[1] != "int" or len(kids) > 2:  # an indefinite integral is a function of its variable
            body -= bound
        return body.union(*(free_symbols(kid) for kid in kids[2:]))
    if kind == "setof" and kids[0][0] in ("sym", "rel"):
        element = kids[0][2] if kids[0][0] == "rel" else kids[0]
        return free_symbols(kids[1]) - free_symbols(element)
    return set().union(*(free_symbols(kid) for kid in kids)) if kids else set()


def _is_matrix(node: Tree) -> bool:
    return any(part[0] == "matrix" for part in walk(node))


def mentions(node: Tree, *kinds: str) -> bool:
    return any(part[0] in kinds for part in walk(node))


def is_complex(node: Tree) -> bool:
    """Does it speak of complex numbers: i, a real part, an argument, a conjugate?"""
    return any(
        (part[0] == "const" and part[1] == "i") or (part[0] == "fn" and part[1] in COMPLEX_FUNCTIONS)
        for part in walk(node)
    )


def substituted(node: Tree, name: str, value: Tree) -> Tree:
    """The node with every free occurrence of a symbol replaced. Bound variables of the same name are left alone."""
    if node == ["sym", name]:
        return value
    kids = children(node)
    if node[0] == "undone" and len(kids) > 1 and kids[1] == ["sym", name]:
        return node
    return rebuilt(node, [substituted(kid, name, value) for kid in kids]) if kids else node


_UNORDERED = frozenset({"add", "mul", "set", "union", "inter", "and", "or"})


def canonical(node: Tree) -> Tree:
    """Flattened, with the parts of sums, products, sets and conditions in one order; nothing is evaluated."""
    kids = [canonical(kid) for kid in children(node)]
    kind = node[0]
    if kind == "neg" and kids[0][0] == "neg":
        return kids[0][1]  # type: ignore[no-any-return]
    if kind in _UNORDERED:
        flat: list[Tree] = []
        for kid in kids:
            flat.extend(children(kid) if kid[0] == kind and kind != "set" else [kid])
        kids = sorted(flat, key=json.dumps)
    if kind == "rel" and node[1] in (">", ">="):
        return ["rel", node[1].replace(">", "<"), kids[1], kids[0]]
    return rebuilt(node, kids)
