"""Small questions about trees: is it a list, a tuple, a name; what are its elements; the same thing written plainer."""

from __future__ import annotations

from itertools import product

from ..tree import CONGRUENT, Node, children, mentions, rebuild, walk
from .numeric import real, symbols

_NOT_SCALAR = frozenset(
    "text rel and or seq paren brack half angle set setof named union inter minus matrix cases colon clock unit money "
    "pm mp".split()
)
_OO = ("const", "oo")


_DENIAL = frozenset("not no never wrong false incorrect except isn't isnt un anything".split())


def tidy(node: Node) -> Node:
    """Notation that says nothing taken off: one element in brackets, a label before a value, a scalar times a
    matrix.
    """
    for _ in range(6):
        kind = node[0]
        if kind in ("brack", "angle") and len(node) == 2:
            node = ("floor", node[1]) if kind == "brack" and symbols(node) else node[1]  # [n/2] is the integer part
        elif kind == "pow" and is_tuple(node[1]) and node[2] in (("sym", "T"), ("sym", "top")):
            node = _transposed(node[1]) if node[1][0] == "matrix" else node[1]
        elif (
            kind == "rel"
            and len(node) > 4
            and set(node[1].split(" ")) == {"="}
            and sum(map(is_name, node[2:-1])) == len(node) - 3
        ):
            node = ("seq", *(("rel", "=", name, node[-1]) for name in node[2:-1]))  # a = b = c = 1
        elif kind == "seq" and is_class(node[-1]) and (classes := _classes(node)) is not None:
            node = classes
        elif kind == "seq" and (body := _unconditioned(node)) is not None:
            node = body
        elif (
            kind == "rel"
            and node[1] in ("=", "approx")
            and node[2][0] == "text"
            and not _DENIAL & set(node[2][1].lower().split())
        ):
            node = node[3]
        elif kind == "rel" and node[1] == "=" and node[3][0] == "sym" and node[2][0] != "sym" and not is_name(node[2]):
            node = ("rel", "=", node[3], node[2])  # 5 = x
        elif kind == "seq" and not is_same_kind(node) and _listed_values(node):
            node = _listed_values(node) or node
        elif kind in ("mul", "div", "neg") and (scaled := _scaled_matrix(node)) is not None:
            return scaled
        elif kind == "rel" and node[1] == "in" and node[2][0] in ("sym", "paren") and node[3][0] == "set":
            node = ("rel", "=", node[2], node[3])
        elif (
            kind == "brack"
            and len(node) > 2
            and all(row[0] == "brack" and len(row) == len(node[1]) for row in node[1:])
        ):
            return ("matrix", len(node) - 1, len(node[1]) - 1, *(cell for row in node[1:] for cell in row[1:]))
        elif kind == "named" and node[1] == "empty":
            return ("set",)
        else:
            return node
    return node


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The tree with one node exchanged everywhere (depth bounded by MAX_DEPTH)."""
    return new if node == old else rebuild(node, [replaced(child, old, new) for child in children(node)])


_BARE = ("sym", "log base")
_I, _J = ("const", "i"), ("sym", "j")


def aligned(gold: Node, answer: Node) -> tuple[Node, Node]:
    """Notation that only the other side explains: log without a base is ln beside ln, else log_10; j is i beside i."""
    if mentions(gold, _BARE) or mentions(answer, _BARE):
        natural = any(speaks_of_ln(node) for node in (gold, answer))
        base: Node = ("const", "e") if natural else ("num", 10, 1)
        gold, answer = replaced(gold, _BARE, base), replaced(answer, _BARE, base)
    if gold[0] == "brack" and len(gold) == 3 and _falling(gold):
        gold = ("paren", *gold[1:])  # [1, -2] is no interval
    gold, answer = _points(gold, answer), _points(answer, gold)
    for letter in (_J, ("sym", "I")):
        if mentions(gold, _I) and not mentions(answer, _I) and mentions(answer, letter):
            answer = replaced(answer, letter, _I)
        elif mentions(answer, _I) and not mentions(gold, _I) and mentions(gold, letter):
            gold = replaced(gold, letter, _I)
    return gold, answer


def speaks_of_log(node: Node) -> bool:
    """Is there a logarithm without a base, and neither ln nor e to say which it is?"""
    return mentions(node, _BARE) and not speaks_of_ln(node)


def _points(node: Node, other: Node) -> Node:
    """P(3,-2) beside a tuple is a point, C(10,4) beside a number a binomial; (x,y) = (2,3) names its parts."""
    if node[0] == "app" and len(node) > 3 and node[1].isupper():
        if is_tuple(other):
            return ("paren", *node[2:])
        if node[1] in "CP" and len(node) == 4:
            return ("binom", *node[2:]) if node[1] == "C" else ("fn", "perm", *node[2:])
    if node[0] == "rel" and node[1] == "=" and node[2][0] == node[3][0] == "paren" and len(node[2]) == len(node[3]):
        names, values = node[2][1:], node[3][1:]
        if all(name[0] == "sym" for name in names):
            if is_tuple(other):
                return tuple(node[3])
            return ("seq", *(("rel", "=", n, v) for n, v in zip(names, values, strict=True)))
    return node


def speaks_of_ln(node: Node) -> bool:
    return any(current[:2] == ("fn", "ln") or current == ("const", "e") for current in walk(node))


def _falling(node: Node) -> bool:
    ends = _constant_ends(node)
    return ends is not None and ends[0] > ends[1]


def _constant_ends(node: Node) -> tuple[float, float] | None:
    """The two ends of a pair, where both are constants with a value."""
    low, high = (real(end) if not symbols(end) else None for end in node[1:])
    return (low, high) if low is not None and high is not None else None


def is_same_kind(node: Node) -> bool:
    return all((child[0] == "rel") == (node[1][0] == "rel") for child in children(node))


def _classes(node: Node) -> Node | None:
    """n = 1, 4 (mod 5): both are classes."""
    modulus = node[-1][3]
    head, *rest = children(node)
    named = head[0] == "rel" and head[1] in ("equiv", "=") and is_name(head[2])
    values = [head[3] if named else head, *rest]
    whole = [value if is_class(value) else ("app", CONGRUENT, value, modulus) for value in values]
    if all(a == b for a, b in zip(values, whole, strict=True)) and not named:
        return None
    return ("rel", "=", head[2], ("seq", *whole)) if named else ("seq", *whole)


def _unconditioned(node: Node) -> Node | None:
    """x + 1, x != 1 -> x + 1: a remark on where it holds, behind an expression or an equation."""
    head, *rest = children(node)
    ops = {child[1] for child in rest if child[0] == "rel"}
    if any(child[0] != "rel" for child in rest) or not ops or not ops <= {"!=", "in"}:
        return None
    return head if is_scalar(head) or (head[0] == "rel" and head[1] == "=") else None


def _transposed(node: Node) -> Node:
    rows, columns, *cells = node[1:]
    return (
        "matrix",
        columns,
        rows,
        *(cells[row * columns + column] for column in range(columns) for row in range(rows)),
    )


def _listed_values(node: Node) -> Node | None:
    """x = 1, 2, 3: one name and its values."""
    head, *rest = children(node)
    if head[0] == "rel" and head[1] == "=" and is_name(head[2]) and all(child[0] != "rel" for child in rest):
        return ("rel", "=", head[2], ("seq", head[3], *rest))
    return None


def _scaled_matrix(node: Node) -> Node | None:
    matrices = [child for child in children(node) if child[0] == "matrix"]
    if len(matrices) != 1 or (node[0] == "div" and node[1] is not matrices[0]):
        return None
    matrix = matrices[0]
    if any(not is_scalar(child) for child in children(node) if child is not matrix):
        return None
    return rebuild(matrix, [rebuild(node, [e if c is matrix else c for c in children(node)]) for e in children(matrix)])


def is_scalar(node: Node) -> bool:
    """Holds no list, matrix, relation, unit or undone work anywhere."""
    return all(current[0] not in _NOT_SCALAR and current[0] != "undone" for current in walk(node))


def is_algebra(*nodes: Node) -> bool:
    """May a computer algebra system compare these as values: scalars, matrices, undone work?"""
    for current in walk(*nodes):
        if current[0] in _NOT_SCALAR and current[0] != "matrix":
            return False
        if current[0] == "undone" and _hidden_index(current):
            return False
    return True


def _hidden_index(node: Node) -> bool:
    """lim a_n: the bound variable is hidden in a name, so that nothing can be computed."""
    bound = node[3] if len(node) > 3 else None
    if bound is None or bound[0] != "sym":
        return False
    return any("_" in name and bound[1] in name.partition("_")[2] for name in symbols(node[2]))


def has_undone(node: Node) -> bool:
    return any(current[0] == "undone" for current in walk(node))


def has_decimal(node: Node) -> bool:
    return any(current[0] == "dec" for current in walk(node))


def infinity(node: Node) -> int:
    """+1 and -1 for the infinities, else 0."""
    if node == _OO:
        return 1
    return -1 if node == ("neg", _OO) else 0


def is_name(node: Node) -> bool:
    """What may stand left of an assignment: x, f(x), |S|, AB, a label in words."""
    if node[0] == "mul" and len(node) <= 4:
        if node[1] == ("sym", "m") and node[2][0] == "sym" and node[2][1].startswith("angle"):
            return True
        return all(part[0] == "sym" and part[1].isupper() and len(part[1]) == 1 for part in children(node))
    if node[0] == "undone" and node[1] == "det" and node[2][0] == "sym":
        return True
    if node[0] == "pow" and node[1][0] == "sym" and node[1][1].isupper() and node[2] == ("num", -1, 1):  # A^{-1}
        return True
    if is_derivative(node):
        return True
    if node[0] == "abs" and not (node[1][0] == "sym" and " " in node[1][1]):
        return bool(node[1][0] == "sym" and node[1][1].isupper()) or (is_name(node[1]) and node[1][0] == "mul")
    if node[0] == "abs" and node[1][0] == "sym" and " " in node[1][1]:  # |vec a|
        return True
    if node[0] in ("inter", "union", "minus", "fn") and all(child[0] == "sym" for child in children(node)):
        return True
    return node[0] in ("sym", "text", "app") or node in (("const", "e"), ("const", "i"))


_D = ("sym", "d")


def is_derivative(node: Node) -> bool:
    """y', f'(x), dy/dx: the derivative of what is asked about."""
    if node[0] in ("sym", "app"):
        return node[1].endswith("'") and not node[1].endswith("''")
    if node[0] != "div" or node[1][0] != "mul" or node[2][0] != "mul":
        return False
    return all(len(part) == 3 and part[1] == _D and part[2][0] == "sym" for part in node[1:])


def is_list(node: Node) -> bool:
    return node[0] in ("seq", "set", "or", "and") or has_pm(node)


def has_pm(node: Node) -> bool:
    todo = [node]
    while todo:
        current = todo.pop()
        if current[0] in ("pm", "mp"):
            return True
        if current[0] not in ("paren", "brack", "angle", "matrix", "cases", "rel"):
            todo.extend(children(current))
    return False


def elements(node: Node) -> list[Node]:
    """The elements of a list, plus-or-minus written out; a single value is a list of one."""
    if node[0] in ("seq", "set", "or", "and"):
        nested = ("set",) if node[0] in ("set", "seq") else ()
        out = [e for child in children(node) for e in ([child] if child[0] in nested else elements(child))]
    elif has_pm(node):
        out = _both_signs(node)
    elif node[0] == "rel" and node[1] == "=" and len(node) == 4 and (is_list(node[3])) and is_name(node[2]):
        out = [("rel", "=", node[2], value) for value in elements(node[3])]
    else:
        out = [node]
    return _unnamed(out)


def _unnamed(nodes: list[Node]) -> list[Node]:
    """x = 1 or x = 2: the values of one name."""
    heads = {
        node[2] if node[0] == "rel" and node[1] == "=" and len(node) == 4 and is_name(node[2]) else None
        for node in nodes
    }
    bases = {head[1].partition("_")[0] if head and head[0] == "sym" and "_" in head[1] else None for head in heads}
    if len(nodes) > 1 and None not in heads and (len(heads) == 1 or (len(bases) == 1 and None not in bases)):
        return [node[3] for node in nodes]
    return nodes


def _both_signs(node: Node) -> list[Node]:
    places = [current[0] for current in walk(node) if current[0] in ("pm", "mp")]
    if len(places) > 5:
        return [node]
    coupled = "mp" in places
    choices = [(s,) * len(places) for s in (1, -1)] if coupled else list(product((1, -1), repeat=len(places)))
    return [_signed(node, list(signs)) for signs in choices]


def _signed(node: Node, signs: list[int]) -> Node:
    """The tree with its plus-or-minus signs chosen, in the order of a walk from the top (depth bounded by
    MAX_DEPTH).
    """
    if node[0] in ("pm", "mp"):
        sign = signs.pop(0) * (1 if node[0] == "pm" else -1)
        kids = [_signed(child, signs) for child in children(node)]
        last = kids[-1] if sign > 0 else ("neg", kids[-1])
        return last if len(kids) == 1 else ("add", kids[0], last)
    return rebuild(node, [_signed(child, signs) for child in children(node)])


def nearly_solved(node: Node) -> bool:
    """2x > 6, |x| < 3: one inequality whose sides are linear, under a modulus at most; not the equation to be
    solved.
    """
    if node[0] in ("and", "or", "seq", "union"):
        return all(nearly_solved(child) for child in children(node))
    if node[0] != "rel":
        return node[0] not in ("setof",)
    return all(_linear(side) for side in node[2:])


def _linear(node: Node) -> bool:
    """Symbols only in sums, and in products and quotients with constants."""
    if node[0] == "sym" or not symbols(node):
        return True
    if node[0] in ("add", "neg", "abs"):
        return all(_linear(child) for child in children(node))
    if node[0] == "mul":
        return sum(bool(symbols(child)) for child in children(node)) == 1 and all(map(_linear, children(node)))
    return node[0] == "div" and not symbols(node[2]) and _linear(node[1])


def backwards(node: Node) -> bool:
    """(5,2), (0,0): a pair that can be no interval."""
    ends = _constant_ends(node)
    return ends is not None and ends[0] >= ends[1]


def assignments(nodes: list[Node]) -> dict[Node, Node] | None:
    """x = 1, y = 2 -> {"x": 1, "y": 2}; None if the elements are no assignments of different names."""
    out: dict[Node, Node] = {}
    for node in nodes:
        if node[0] != "rel" or node[1] != "=" or not is_name(node[2]) or len(node) != 4:
            return None
        name = node[2]
        if name in out:
            return None
        out[name] = node[3]
    return out if len(out) > 1 else None


def is_tuple(node: Node) -> bool:
    return node[0] in ("paren", "brack", "angle", "matrix", "half")


def components(node: Node) -> Node:
    return children(node)


_VECTORS = ("paren", "angle", "matrix", "brack")


def compatible(gold: Node, answer: Node) -> bool:
    """(1,2), <1,2> and a one-row or one-column matrix are one vector; [1,2] is a row matrix or a closed interval."""
    g, a = gold[0], answer[0]
    if g == a:
        return bool(g != "half" or gold[1] == answer[1])
    if "half" in (g, a):
        return False
    vectors = all(n[0] != "matrix" or 1 in n[1:3] for n in (gold, answer))
    if {g, a} == {"paren", "brack"}:
        return False
    return vectors and g in _VECTORS and a in _VECTORS


def region_body(node: Node) -> Node:
    """D = (0, 1) and "domain: (0, 1)" -> the set itself."""
    if node[0] == "rel" and node[1] == "=" and len(node) == 4 and node[2][0] in ("sym", "text"):
        body = node[3]
        if body[0] in ("paren", "brack", "half", "union", "inter", "minus", "set", "setof", "named"):
            return body  # type: ignore[no-any-return]
    return node


def is_class(node: Node) -> bool:
    """A congruence class: 3 (mod 7)."""
    return bool(node[0] == "app" and node[1] == CONGRUENT and len(node) == 4)


def the_name(node: Node) -> Node | None:
    """The one name of which a list gives the values: x of "x = 1 or x = 2"; None for bare values."""
    heads = {child[2] for child in children(node) if child[0] == "rel" and child[1] == "=" and is_name(child[2])}
    return next(iter(heads)) if node[0] in ("or", "seq", "and") and len(heads) == 1 else None


def names_one(node: Node) -> bool:
    """Are several values given of one name (x = 1 or x = 2), or is it plus-or-minus: alternatives, not parts?"""
    if node[0] in ("or", "pm") or has_pm(node):
        return True
    heads = [child[2] for child in children(node) if child[0] == "rel" and child[1] == "="] if node[0] == "seq" else []
    return len(heads) > 1 and len(set(heads)) == 1


_FREE_CONSTANTS = frozenset({"C", "c", "K", "k", "C_1", "C_2", "C_3", "c_1", "c_2", "c_3", "A", "B"})
_INTEGERS = frozenset({"k", "n", "m", "l"})


def renamed(gold: Node, answer: Node) -> Node | None:
    """The answer with its free constants called as the gold's: x + K for x + C, 2 pi n for 2 pi k."""
    if gold[0] in ("num", "dec") or answer[0] in ("num", "dec"):
        return None
    want, have = symbols(gold), symbols(answer)
    mine, theirs = sorted(want - have), sorted(have - want)
    if len(mine) != len(theirs) or not 1 <= len(mine) <= 3:
        return None
    both = set(mine) | set(theirs)
    if not both <= _FREE_CONSTANTS and not (both <= _INTEGERS and mentions(gold, ("const", "pi"))):
        return None
    if want & have == set() and both <= _FREE_CONSTANTS:
        return None  # nothing but constants: C is not K
    for old, new in zip(theirs, mine, strict=True):
        answer = replaced(answer, ("sym", old), ("sym", new))
    return answer


def letters(node: Node) -> str | None:
    """What a product of letters spells: Yes is no Y*e*s."""
    parts = children(node) if node[0] == "mul" else (node,)
    if all(part[0] in ("sym", "const") and len(part[1]) == 1 for part in parts):
        return "".join(part[1] for part in parts)
    return None
