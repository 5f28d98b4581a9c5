"""Work left undone, done: integrals, limits and infinite sums are handed to sympy, and its result read back as a tree.

Finite sums and products, determinants and derivatives are computed as they stand (math_values). What sympy cannot
finish, or finishes with something that has no kind of ours, is Unsupported, hence undecided.
"""

from __future__ import annotations

import sympy

from .math_compare import Clock
from .math_nodes import Tree, Unsupported, children, mentions, rebuilt
from .math_symbolic import Names, back, build


def settled(node: Tree, clock: Clock) -> Tree:
    """The tree with every integral, limit and infinite sum in it replaced by its value. Raises Unsupported."""
    if not mentions(node, "undone"):
        return node
    kids = [settled(kid, clock) for kid in children(node)]
    if node[0] == "undone" and kids[1:2] == [["const", "i"]]:  # an index called i is no imaginary unit
        kids[:2] = [_named_i(kids[0]), ["sym", "i"]]
    node = rebuilt(node, kids)
    if node[0] != "undone" or not _needs_sympy(node):
        return node
    if clock.over():
        raise Unsupported("the time for the decision is used up")
    names = Names()
    try:
        value = build(node, names).doit()
        if value.has(sympy.Integral, sympy.Sum, sympy.Product, sympy.Limit, sympy.Derivative, sympy.Piecewise):
            raise Unsupported(f"work ({node[1]}) that sympy leaves undone")
        return back(value, names)
    except Unsupported:
        if node[1] == "deriv":  # can still be computed as a number at a point
            return node
        raise


def _named_i(node: Tree) -> Tree:
    if node == ["const", "i"]:
        return ["sym", "i"]
    return rebuilt(node, [_named_i(kid) for kid in children(node)])


def _needs_sympy(node: Tree) -> bool:
    if node[1] in ("int", "lim"):
        return True
    if node[1] in ("sum", "prod"):
        return any(mentions(bound, "const") and _infinite(bound) for bound in children(node)[2:])
    return node[1] == "deriv"


def _infinite(bound: Tree) -> bool:
    return bound in (["const", "oo"], ["neg", ["const", "oo"]])
