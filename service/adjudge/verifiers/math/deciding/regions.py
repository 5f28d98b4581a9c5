"""Subsets of the real line: intervals, inequalities in one variable, and their unions, in one canonical form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..tree import Node, children
from . import numeric

_MINUS = ("neg", ("const", "oo"))
_PLUS = ("const", "oo")


@dataclass(frozen=True, slots=True)
class Interval:
    low: Node
    low_open: bool
    high: Node
    high_open: bool


@dataclass(frozen=True, slots=True)
class Region:
    """Intervals in order, disjoint and not touching; `variable` is the symbol they speak of, if any is named."""

    parts: tuple[Interval, ...]
    variable: str | None


class NotSimple(Exception):
    """A condition that needs more than reading off its end points."""


def looks_like_region(node: Node) -> bool:
    """May this tree be a set of reals (whatever it takes to find out which)?"""
    kind = node[0]
    if kind == "rel":
        ops = set(node[1].split(" "))
        return ops <= {"<", "<=", ">", ">=", "!=", "in", "notin"} and bool(numeric.symbols(node))
    if kind in ("and", "or") and not all(may_be_interval(child) or child[0] == "half" for child in children(node)):
        return all(looks_like_region(child) or _is_assignment(child) for child in children(node)) and any(
            looks_like_region(child) for child in children(node)
        )
    if kind in ("union", "inter", "minus"):
        return True
    if kind in ("seq", "or") and all(may_be_interval(child) or child[0] == "half" for child in children(node)):
        return any(_infinite(end) for child in children(node) for end in children(child))
    if kind == "seq":
        return all(looks_like_region(child) and child[0] == "rel" for child in children(node))
    return kind in ("half", "setof") or (kind == "named" and node[1] != "empty")


def may_be_interval(node: Node) -> bool:
    return node[0] in ("paren", "brack") and len(node) == 3


def region(node: Node, same: Callable[[Node, Node], bool | None]) -> Region:
    """The canonical region of a tree. `same` decides equality of end points. Raises NotSimple."""
    intervals, names = _read(node)
    if len(names) > 1:
        raise NotSimple("more than one variable")
    return Region(_merged(intervals, same), next(iter(names), None))


def _is_assignment(node: Node) -> bool:
    return bool(node[0] == "rel" and node[1] == "=" and node[2][0] == "sym")


def _read(node: Node) -> tuple[list[Interval], set[str]]:
    kind = node[0]
    if kind in ("paren", "brack", "half") and len(children(node)) == 2:
        low, high = children(node)
        ends = node[1] if kind == "half" else ("()" if kind == "paren" else "[]")
        return [_interval(low, ends[0] == "(", high, ends[1] == ")")], set()
    if kind == "set":
        return [Interval(child, False, child, False) for child in children(node)], set()
    if kind == "named":
        if node[1] == "R":
            return [Interval(_MINUS, True, _PLUS, True)], set()
        if node[1] == "empty":
            return [], set()
        raise NotSimple("a set that is no interval")
    if kind in ("union", "or"):
        intervals: list[Interval] = []
        names: set[str] = set()
        for child in children(node):
            more, found = _read(child)
            intervals += more
            names |= found
        return intervals, names
    if kind == "minus":
        return _without(node)
    if kind == "seq" and children(node)[0][0] != "rel":
        return _read(("union", *children(node)))
    if kind in ("and", "seq", "inter"):
        both = _common(node)
        return both if both[0] or kind != "seq" else _read(("union", *children(node)))  # x < -2, x > 3
    if kind == "setof":
        element, condition = children(node)
        if element[0] == "rel" and element[1] == "in" and element[3] == ("named", "R"):
            element = element[2]
        if element[0] != "sym":
            raise NotSimple("a set of expressions")
        return _read(condition)
    if kind == "rel":
        return _relation(node)
    raise NotSimple(f"a {kind} is no region")


def _interval(low: Node, low_open: bool, high: Node, high_open: bool) -> Interval:
    if numeric.symbols(low) or numeric.symbols(high):
        raise NotSimple("an end point with a symbol")
    return Interval(low, low_open or _infinite(low), high, high_open or _infinite(high))


def _infinite(node: Node) -> bool:
    return node in (_PLUS, _MINUS)


_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!=", "=": "="}


def _relation(node: Node) -> tuple[list[Interval], set[str]]:
    ops, sides = node[1].split(" "), node[2:]
    if ops == ["in"] and sides[0][0] == "sym":
        intervals, names = _read(sides[1])
        return intervals, names | {sides[0][1]}
    if ops == ["notin"] and sides[0][0] == "sym":
        intervals, names = _without(("minus", ("named", "R"), sides[1]))
        return intervals, names | {sides[0][1]}
    if ops == ["!="] and sides[1][0] == "pm" and len(sides[1]) == 2:  # x != +-1
        both = (("rel", "!=", sides[0], sides[1][1]), ("rel", "!=", sides[0], ("neg", sides[1][1])))
        return _common(("and", *both))
    if any(op not in _FLIP for op in ops):
        raise NotSimple("a relation that is no inequality")
    if len(ops) == 1:
        left, right = sides
        op = ops[0]
        if right[0] == "sym" and not numeric.symbols(left):
            left, right, op = right, left, _FLIP[op]
        if left[0] != "sym" or numeric.symbols(right):
            raise NotSimple("an inequality that is not solved")
        return _half_line(op, right), {left[1]}
    if len(ops) == 2 and sides[1][0] == "sym" and not (numeric.symbols(sides[0]) or numeric.symbols(sides[2])):
        first, second = ops
        if first in ("<", "<=") and second in ("<", "<="):
            return [_interval(sides[0], first == "<", sides[2], second == "<")], {sides[1][1]}
        if first in (">", ">=") and second in (">", ">="):
            return [_interval(sides[2], second == ">", sides[0], first == ">")], {sides[1][1]}
    raise NotSimple("a chain that is not solved")


def _half_line(op: str, bound: Node) -> list[Interval]:
    if op in ("<", "<="):
        return [_interval(_MINUS, True, bound, op == "<")]
    if op in (">", ">="):
        return [_interval(bound, op == ">", _PLUS, True)]
    if op == "=":
        return [Interval(bound, False, bound, False)]
    return [_interval(_MINUS, True, bound, True), _interval(bound, True, _PLUS, True)]


def _without(node: Node) -> tuple[list[Interval], set[str]]:
    """What a difference leaves: the base, met by the outside of every piece that is taken away."""
    base, hole = children(node)
    result, names = _read(base)
    taken, more = _read(hole)
    for piece in taken:
        outside = [
            Interval(_MINUS, True, piece.low, not piece.low_open),
            Interval(piece.high, not piece.high_open, _PLUS, True),
        ]
        result = _meets(result, [part for part in outside if part.low != part.high])
    return result, names | more


def _meets(left: list[Interval], right: list[Interval]) -> list[Interval]:
    out = [both for a in left for b in right if (both := _meet(a, b)) is not None]
    if len(out) > 50:
        raise NotSimple("too many pieces")
    return out


def _common(node: Node) -> tuple[list[Interval], set[str]]:
    """The intersection: of unions too, piece by piece."""
    result: list[Interval] = [Interval(_MINUS, True, _PLUS, True)]
    names: set[str] = set()
    for child in children(node):
        more, found = _read(child)
        names |= found
        result = _meets(result, more)
    return result, names


def _meet(a: Interval, b: Interval) -> Interval | None:
    low, low_open = _outer(a.low, a.low_open, b.low, b.low_open, 1)
    high, high_open = _outer(a.high, a.high_open, b.high, b.high_open, -1)
    if _place(low) > _place(high) or (_place(low) == _place(high) and (low_open or high_open)):
        return None
    return Interval(low, low_open, high, high_open)


def _outer(a: Node, a_open: bool, b: Node, b_open: bool, sign: int) -> tuple[Node, bool]:
    x, y = sign * _place(a), sign * _place(b)
    if a == b or x == y:
        return a, a_open or b_open
    if x != y and abs(x - y) < 1e-9 * max(abs(x), abs(y)):
        raise NotSimple("end points too close to tell apart")
    return (a, a_open) if x > y else (b, b_open)


def _place(node: Node) -> float:
    if node == _PLUS:
        return float("inf")
    if node == _MINUS:
        return float("-inf")
    value = numeric.real(node)
    if value is None:
        raise NotSimple("an end point without a value")
    return value


def _merged(intervals: list[Interval], same: Callable[[Node, Node], bool | None]) -> tuple[Interval, ...]:
    """Sorted, overlapping and touching pieces joined, empty ones dropped."""
    out: list[Interval] = []
    for part in sorted(intervals, key=lambda i: (_place(i.low), i.low_open)):
        if _place(part.low) > _place(part.high):
            continue
        if _place(part.low) == _place(part.high) and (part.low_open or part.high_open):
            continue
        if out:
            last = out[-1]
            gap = _place(part.low) - _place(last.high)
            near = gap != gap or abs(gap) <= 1e-9 * max(1.0, min(abs(_place(last.high)), abs(_place(part.low))))
            touching = near and (last.high == part.low or same(last.high, part.low))
            if (gap < 0 and not near) or (touching and not (last.high_open and part.low_open)):
                out[-1] = _joined(last, part)
                continue
        out.append(part)
    return tuple(out)


def _joined(a: Interval, b: Interval) -> Interval:
    if _place(b.high) > _place(a.high) or (b.high == a.high and a.high_open and not b.high_open):
        return Interval(a.low, a.low_open, b.high, b.high_open)
    return a
