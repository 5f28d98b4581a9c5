"""Do two conditions on a real variable (inequalities, intervals, sets, and/or) describe the same subset of the reals?

Everything that can change the truth of either is collected: ends of intervals, elements, zeros of differences,
denominators, radicands, logarithms and absolute values. Both are then asked at each of these points, between all
neighbours, beyond the outermost, and on a fixed grid. One disagreement: different. None: the same. For rational
functions the list of points is complete, so that the answer is a proof; for others the zeros are those that a scan
finds. Other symbols are parameters, and take several values in turn. Where an expression is undefined, its condition
does not hold. A list of conditions (x > 0, x != 1) must hold at once; if that is impossible (x < 1, x > 2) it is read
as alternatives.
"""

from __future__ import annotations

import itertools
from typing import Any

from mpmath import mp, mpf

from .math_compare import Answer, Clock, evaluate, simple_points
from .math_nodes import NoValue, TooBig, Tree, Unsupported, children, free_symbols, substituted
from .math_roots import zeros

SETS = frozenset({"paren", "brack", "half", "set", "named", "union", "inter", "minus", "setof"})
CONDITIONS = frozenset({"rel", "and", "or"})
_NEAR = mpf(10) ** -35
_GRID = [mpf(k) / 7 for k in range(-71, 72, 4)] + [mpf(k) for k in range(-12, 13)]
_GRID += [sign * mpf(10) ** k for sign in (1, -1) for k in (2, 3, 6)]
_PARAMETER_TRIES, _PARAMETER_POINTS = 24, 6
_HERE = "the variable of a set"
Env = dict[str, Any]


def same_condition(a: Tree, b: Tree, seed: str, clock: Clock) -> Answer:
    """True, False or None, and why."""
    a, b = _joined(a), _joined(b)
    names = [free_symbols(side) for side in (a, b)]
    name = _variable(a, b, names)
    if name is None:
        return False, "they are about different variables"
    parameters = sorted((names[0] | names[1]) - {name})
    if not parameters:
        return _compare(a, b, name, clock)
    points, done = simple_points(parameters, f"{seed}/parameters", (a, b)), 0
    for values in itertools.islice(points, _PARAMETER_TRIES):
        if clock.over() or done == _PARAMETER_POINTS:
            break
        here = [a, b]
        for parameter, value in values.items():
            here = [substituted(side, parameter, value) for side in here]
        try:
            answer = _compare(here[0], here[1], name, clock)
        except (NoValue, TooBig):
            continue
        if answer[0] is not True:
            return answer
        done += 1
    if done < _PARAMETER_POINTS:
        return None, "undecided: too few values of the parameters could be tried"
    return True, f"the same set for {done} values of the parameters"


def _joined(node: Tree) -> Tree:
    """A bare list of conditions as one condition."""
    if node[0] in SETS | CONDITIONS:
        return node
    if node[0] != "seq" or any(kid[0] not in CONDITIONS for kid in children(node)):
        raise Unsupported("neither a condition nor a set of numbers")
    both, names = ["and", *children(node)], free_symbols(node)
    if len(names) == 1:
        (name,) = names
        if not any(_holds(both, name, {name: x}) for x in _tests(_critical(both, name))):
            return ["or", *children(node)]
    return both


def _variable(a: Tree, b: Tree, names: list[set[str]]) -> str | None:
    """The variable that both are about; None if they are about different ones."""
    if a[0] in SETS and b[0] in SETS:
        return _HERE
    if a[0] in SETS or b[0] in SETS:
        own = names[1] - names[0] if a[0] in SETS else names[0] - names[1]
        if len(own) != 1:
            raise Unsupported("a condition whose variable is not clear")
        return next(iter(own))
    shared = names[0] & names[1]
    if not shared:
        if names[0] and names[1]:
            return None
        raise Unsupported("a condition without a variable")
    return "x" if "x" in shared else min(shared)


def _compare(a: Tree, b: Tree, name: str, clock: Clock) -> Answer:
    points = _critical(a, name) + _critical(b, name)
    for x in _tests(points):
        if clock.over():
            return None, "undecided: the time for the decision is used up"
        here = {name: x}
        if _holds(a, name, here) != _holds(b, name, here):
            return False, f"only one of them holds at {mp.nstr(x, 8)}"
    return True, "they hold for the same numbers"


def _tests(points: list[Any]) -> list[Any]:
    ordered = sorted(p for p in points if mp.isfinite(p))
    distinct = [p for at, p in enumerate(ordered) if not at or not _near(p, ordered[at - 1])]
    between = [(p + q) / 2 for p, q in zip(distinct, distinct[1:], strict=False)]
    outside = [distinct[0] - 1, distinct[-1] + 1] if distinct else []
    return distinct + between + outside + [x for x in _GRID if not any(_near(x, p) for p in distinct)]


def _near(x: Any, y: Any) -> bool:
    if mp.isinf(x) or mp.isinf(y):
        return bool(x == y)
    return bool(abs(x - y) <= _NEAR * max(1, abs(x), abs(y)))


# ------------------------------------------------------------------------------------------- where truth may change


def _critical(node: Tree, name: str) -> list[Any]:
    kind = node[0]
    if kind == "setof":
        return _critical(_opened(node, name), name)
    if kind == "named":
        return [mpf(k) for k in range(-25, 26)] if node[1] == "Z" else []
    if kind in ("paren", "brack", "half", "set"):
        return [_number(kid, {}) for kid in children(node)]
    if kind == "rel":
        signs, sides = node[1].split(" "), node[2:]
        found: list[Any] = []
        for sign, left, right in zip(signs, sides, sides[1:], strict=False):
            if sign in ("in", "notin") or right[0] in ("set", "seq"):
                found += _critical(_as_set(right), name)
            else:
                found += _zeros(["add", left, ["neg", right]], name)
        return found
    return [point for kid in children(node) for point in _critical(kid, name)]


def _zeros(node: Tree, name: str) -> list[Any]:
    """Zeros of the expression, and of every part at which it may break or bend."""
    if name not in free_symbols(node):
        return []
    found = list(zeros(node, name))
    todo = [node]
    while todo:
        part = todo.pop()
        kids = children(part)
        todo.extend(kids)
        inside: list[Tree] = []
        if part[0] == "div":
            inside = [kids[1]]
        elif part[0] in ("abs", "root") or (part[0] == "pow" and kids[1][0] not in ("num",)):
            inside = [kids[-1] if part[0] != "pow" else kids[0]]
        elif part[0] == "fn" and part[1] in ("ln", "log", "sgn"):
            inside = [kids[0]]
        elif part[0] == "fn" and part[1] in ("arcsin", "arccos", "arctanh", "arccosh"):
            inside = [["add", kids[0], ["num", 1, 1]], ["add", kids[0], ["num", -1, 1]]]
        for piece in inside:
            if name in free_symbols(piece):
                found.extend(zeros(piece, name))
        if part[0] == "abs":  # on either side of the bend the expression is another one
            for sign in (kids[0], ["neg", kids[0]]):
                found.extend(zeros(_replaced(node, part, sign), name))
    return found


def _replaced(node: Tree, old: Tree, new: Tree) -> Tree:
    if node is old:
        return new
    kids = children(node)
    return [*node[: len(node) - len(kids)], *(_replaced(kid, old, new) for kid in kids)] if kids else node


# ------------------------------------------------------------------------------------------- truth at a point


def _holds(node: Tree, name: str, env: Env) -> bool:
    kind, x = node[0], env[name]
    kids = children(node)
    if kind == "setof":
        return _holds(_opened(node, name), name, env)
    if kind in ("and", "inter"):
        return all(_holds(kid, name, env) for kid in kids)
    if kind in ("or", "union"):
        return any(_holds(kid, name, env) for kid in kids)
    if kind == "minus":
        return _holds(kids[0], name, env) and not _holds(kids[1], name, env)
    if kind == "set":
        return any(_near(x, _number(kid, env)) for kid in kids)
    if kind == "named":
        return _in_named(node[1], x)
    if kind in ("paren", "brack", "half"):
        if len(kids) != 2:
            raise Unsupported("a list where an interval is wanted")
        left, right = (_number(kid, env) for kid in kids)
        closed = {"paren": (False, False), "brack": (True, True)}.get(kind) or (node[1] == "[)", node[1] == "(]")
        return (x > left or (closed[0] and _near(x, left))) and (x < right or (closed[1] and _near(x, right))) and (
            closed[0] or not _near(x, left)
        ) and (closed[1] or not _near(x, right))  # fmt: skip
    if kind != "rel":
        raise Unsupported("not a condition")
    return _relation(node, name, env)


def _relation(node: Tree, name: str, env: Env) -> bool:
    sides = node[2:]
    for sign, left, right in zip(node[1].split(" "), sides, sides[1:], strict=False):
        if sign in ("in", "notin") or right[0] in ("set", "seq"):
            if left != ["sym", name]:
                raise Unsupported("membership of more than the variable")
            inside = _holds(_as_set(right), name, env)
            if inside == (sign in ("notin", "!=")):
                return False
            continue
        try:
            a, b = _number(left, env), _number(right, env)
        except NoValue:
            return False
        order = 0 if _near(a, b) else 1 if a > b else -1
        if sign not in _TRUE_FOR:
            raise Unsupported(f"a condition with the relation {sign}")
        if order not in _TRUE_FOR[sign]:
            return False
    return True


_TRUE_FOR = {"=": (0,), "!=": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}


def _as_set(node: Tree) -> Tree:
    return ["set", *node[1:]] if node[0] == "seq" else node


def _in_named(which: str, x: Any) -> bool:
    if which == "R":
        return True
    if which == "empty":
        return False
    if which == "Z":
        return _near(x, mp.nint(x))
    raise Unsupported(f"membership in {which}")


def _opened(node: Tree, name: str) -> Tree:
    """{x in A : P(x)} as A and P, with the variable of the outside."""
    element, condition = children(node)
    known: Tree | None = None
    if element[0] == "rel" and element[1] == "in" and element[2][0] == "sym":
        known, element = element[3], element[2]
    if element[0] != "sym":
        raise Unsupported("a set of expressions")
    opened = substituted(condition, element[1], ["sym", name])
    return opened if known is None else ["and", ["rel", "in", ["sym", name], known], opened]


def _number(node: Tree, env: Env) -> Any:
    value = evaluate(node, env, 60)
    if isinstance(value, tuple) or mp.im(value) != 0:
        raise NoValue("not a real number")
    return mp.re(value)
