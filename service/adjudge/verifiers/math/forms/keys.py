"""Trees to canonical keys, kind by kind, along the policy of `deciding.compare`.

Two trees with one key are the same to the verifier, in both directions. The other way round it is not so: the
verifier is lenient in ways that are not transitive (5 meets 5 cm, and 5 m; (1,2) is a point and an interval). Where
an answer says more than a barer one which it meets (x = 5 and 5; 30 degrees and 30), the barer key stands `near`; who
counts votes may join the two where nothing else claims either (see rewards/vote.py). Units are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ..deciding import numeric, quantities, regions, shapes
from ..notation import spoken, units
from ..tree import Node, children
from .values import Key, NoValue, Scalars, quotient, with_usual_names, written
from .words import things_key, words_key

MANY = 40
"""Parts up to which the verifier takes a list in any order."""
_ROUGHLY = 0.05
_PERCENT = ("num", 1, 100)
_ORDERED = {"<": "<", "<=": "<=", ">": "<", ">=": "<="}
_SCALAR = frozenset({"q", "r", "f", "x"})
_RADIANS = frozenset({"rad", "radian", "弧度"})


class Hedge(Exception):
    """Several alternatives where one is to be chosen."""


class Untrue(Exception):
    """An equation of constants that does not hold, or work that is left undone: no answer."""


@dataclass(frozen=True, slots=True)
class Form:
    """A canonical key, and those of barer ways to say it."""

    key: Key
    near: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Ways:
    """The options that bear on what is the same."""

    units: Literal["keep", "ignore"] = "keep"
    order: Literal["auto", "fixed"] = "auto"
    variable: Literal["lenient", "strict"] = "lenient"
    alternatives: Literal["abstain", "list"] = "abstain"
    undone: bool = False


@dataclass
class Canon:
    """The keys of one answer. Raises NoValue, Hedge, Untrue."""

    ways: Ways
    scalars: Scalars = field(default_factory=Scalars)

    def top(self, node: Node) -> Form:
        """Of a whole answer: a set of one is its element, alternatives without a name are a hedge."""
        node = shapes.tidy(node)
        stated = node[-1] if node[0] == "rel" else node
        if not self.ways.undone and shapes.has_undone(stated):
            raise Untrue("it has an integral, a sum, a limit or a determinant still to work out")
        form = self.form(node)
        if form.key[0] == "set" and len(form.key) == 2 and form.key[1][0] not in ("set", "list", "in order"):
            form = Form(form.key[1], form.near)
        values = node[0] == "or" and all(child[0] != "rel" for child in children(node))
        if values and self.ways.alternatives == "abstain" and form.key[0] in ("set", "list"):
            raise Hedge("it names several alternatives without choosing")
        return self._by_logarithm(node, form)

    def _by_logarithm(self, node: Node, form: Form) -> Form:
        """log without a base is log_10, but ln to the verifier where the other side says ln or e: a key of its own,
        near those scalars that say neither."""
        if shapes.speaks_of_log(node):
            return Form(("log", form.key), tuple(("log", key) for key in form.near))
        if form.key[0] in _SCALAR and not shapes.speaks_of_ln(node):
            return Form(form.key, (*form.near, ("log", form.key)))
        return form

    def form(self, node: Node) -> Form:
        node = shapes.tidy(node)
        if node[0] != "brack":  # [1, -2], which a gold may write for a point
            node = shapes.aligned(node, node)[0]
        node = with_usual_names(node)
        kind = node[0]
        if kind == "text":
            return self._text(node)
        if regions.looks_like_region(node):
            return self._region(node)
        if kind == "rel":
            return self._relation(node)
        if kind == "cases":
            pairs = zip(node[1::2], node[2::2], strict=True)
            return Form(("cases", *_sorted([(self._key(value), self._key(when)) for value, when in pairs])))
        if shapes.is_list(node):
            return self._list(node)
        if shapes.is_tuple(node):
            return self._tuple(node)
        if kind == "named":
            return Form(("named", node[1]))
        if shapes.is_class(node):
            return Form(self._class(node))
        return self._quantity(quantities.lift(node))

    def _key(self, node: Node) -> Key:
        return self.form(node).key

    def _as_written(self, node: Node) -> Key:
        self.scalars.written = True
        return ("t", *written(node))

    def _text(self, node: Node) -> Form:
        meaning = spoken.word_value(node[1])
        return self.form(meaning) if meaning is not None and meaning[0] != "text" else Form(*words_key(node[1]))

    # ------------------------------------------------------------------------------------------ scalars

    def scalar(self, node: Node) -> Key:
        sign = shapes.infinity(node)
        if sign:
            return ("oo", sign)
        if not shapes.is_scalar(node):
            if shapes.is_algebra(node) and shapes.has_undone(node):  # left of "= 8/3"; alone it was refused
                return self.scalars.key(node)
            kids = children(node)
            if not kids:
                return self._as_written(node)
            self.scalars.written = True
            return ("t", *node[: len(node) - len(kids)], *map(self._key, kids))
        return self.scalars.key(node)

    def _quantity(self, node: Node) -> Form:
        kind = node[0]
        if kind == "percent":
            return Form(self.scalar(("mul", node[1], _PERCENT)))
        if kind == "deg":
            return self._degrees(node[1])
        if kind in ("unit", "money"):
            return self._unit(node[1], node[2])
        if kind == "base":
            return Form(("base", node[2], node[1].lstrip("0").lower()))
        if kind in ("colon", "clock"):
            return self._ratio_or_time(node)
        measured = quantities.letter_unit(node)  # 10 m: a unit after all, where others answer with one
        return Form(self.scalar(node), (self._quantity(measured).key,) if measured is not None else ())

    def _degrees(self, inner: Node) -> Form:
        """30 degrees is nearly 30, and pi/6."""
        bare = self.scalar(inner)
        turned = self.scalar(("mul", inner, ("const", "pi"), ("num", 1, 180)))
        plain = () if quantities.mentions_pi([inner]) else (bare,)
        return Form(("deg", bare), (*plain, turned))

    def _unit(self, unit: str, inner: Node) -> Form:
        """Known units by dimension and exact size; a counted thing (5 apples) is nearly no unit."""
        if self.ways.units == "ignore":
            return self._quantity(quantities.lift(inner))
        if unit in _RADIANS:
            bare = self.scalar(inner)
            return Form(("radians", bare), (bare,))
        if inner[0] == "percent":
            inner = ("mul", inner[1], _PERCENT)
        known = units.factor(unit)
        if known is None:
            bare = self.scalar(inner)
            return Form(("of", things_key(unit), bare), (bare,))
        dimensions, size = known
        value = inner if size == 1 else ("mul", inner, ("num", size.numerator, size.denominator))
        if not dimensions:
            return Form(self.scalar(value))
        return Form(("unit", tuple(sorted(dimensions.items())), self.scalar(value)))

    def _ratio_or_time(self, node: Node) -> Form:
        if node[0] == "clock":
            minutes = quantities.minutes_of(node)
            if minutes is None:
                return Form(self._as_written(node))
            unsaid = (self._key(node[2]),) if node[2][0] == "colon" else ()
            return Form(("clock", minutes), unsaid)
        parts = quantities.ratio_parts(node)
        if parts is None:
            first = node[1]
            return Form(("ratio", *(self.scalar(("div", part, first)) for part in node[2:])))
        if 0 in parts or quantities.written_as_time(parts):
            return Form(("colon", *map(str, parts)))
        return Form(("ratio", *(quotient(part / parts[0]) for part in parts[1:])))

    def _class(self, node: Node) -> Key:
        residue, modulus = self.scalar(node[2]), self.scalar(node[3])
        values = self.scalars.values(node[2]), self.scalars.values(node[3])
        if isinstance(values[0], Fraction) and isinstance(values[1], Fraction) and values[1]:
            residue = quotient(values[0] % values[1])
        return ("class", residue, modulus)

    # ------------------------------------------------------------------------------------------ relations

    def _relation(self, node: Node) -> Form:
        ops, sides = node[1].split(" "), node[2:]
        if not set(ops) <= {"=", "approx"}:
            return Form(self._other_relation(ops, sides))
        head = sides[0]
        named = shapes.is_name(head) or head[0] == "text"
        if named and not (head[0] == "sym" and any(head[1] in numeric.symbols(side) for side in sides[1:])):
            return self._named(head, ops, sides[1:])
        if any(numeric.symbols(side) for side in sides) and not shapes.has_undone(head):
            return Form(self._equation(ops, sides))
        exact = sides[: ops.index("approx") + 1] if "approx" in ops else sides
        values = [number for side in sides if (number := numeric.real(side)) is not None]
        if "approx" in ops and values and max(values) - min(values) > _ROUGHLY * max(map(abs, values)):
            raise Untrue("its two sides are not even near one another")
        return self._all_equal(exact)

    def _named(self, head: Node, ops: list[str], values: Node) -> Form:
        """x = 5, y = 2x + 3, f(x) = x^2; of x = sqrt 5 = 2.236 roughly, the exact part."""
        exact = [value for op, value in zip(ops, values, strict=True) if op == "="] or list(values[:1])
        bare = self._all_equal(exact)
        if head[0] == "text":
            return bare
        near = () if self.ways.variable == "strict" else (bare.key,)
        if head[0] == "sym" and numeric.symbols(exact[-1]) and shapes.is_scalar(exact[-1]):
            return Form(self._equation(["="], (head, exact[-1])), near)
        if head[0] == "app" and len(head) == 3 and head[2][0] == "sym":  # f(t) = t^2 is f(x) = x^2
            value = shapes.replaced(exact[-1], head[2], ("sym", "argument of f"))
            return Form(("named", ("app", head[1]), self._key(value)), near)
        return Form(("named", written(head), bare.key), near)

    def _all_equal(self, values: Node | list[Node]) -> Form:
        """The form of the last of several values that are said to be equal."""
        forms = [self.form(value) for value in values]
        keys = [form.key for form in forms]
        if all(key == keys[-1] for key in keys):
            return forms[-1]
        if any(key[0] == "t" for key in keys):
            return Form(("chain", *keys))
        raise Untrue("its equation is not true")

    def _equation(self, ops: list[str], sides: Node) -> Key:
        """Up to a constant factor, where both sides are scalars; else side by side."""
        if ops == ["="] and all(shapes.is_scalar(side) and not shapes.infinity(side) for side in sides):
            difference = ("add", sides[0], ("neg", sides[1]))
            key = self.scalars.ratio(difference, signed=False)
            if key is not None:
                return ("equation", key)
            self.scalars.written = True
        return ("rel", " ".join(ops), *map(self._key, sides))

    def _other_relation(self, ops: list[str], sides: Node) -> Key:
        if len(ops) == 1 and ops[0] in _ORDERED:
            small, large = sides if ops[0] in ("<", "<=") else (sides[1], sides[0])
            if all(shapes.is_scalar(side) and not shapes.infinity(side) for side in sides):
                key = self.scalars.ratio(("add", small, ("neg", large)), signed=True)
                if key is not None:
                    return ("inequality", _ORDERED[ops[0]], key)
                self.scalars.written = True
            return ("rel", _ORDERED[ops[0]], self._key(small), self._key(large))
        return ("rel", " ".join(ops), *map(self._key, sides))

    # ------------------------------------------------------------------------------------------ regions

    def _region(self, node: Node) -> Form:
        body = shapes.region_body(node)
        try:
            found = regions.region(body, lambda a, b: self.scalar(a) == self.scalar(b))
        except regions.NotSimple:
            return Form(self._condition(body))
        if not found.parts:
            return Form(("set",))
        bare = self._intervals(found)
        if found.variable is None:
            return Form(bare)
        return Form(("where", found.variable, bare), () if self.ways.variable == "strict" else (bare,))

    def _intervals(self, found: regions.Region) -> Key:
        pieces = [
            (part.low_open, self.scalar(part.low), self.scalar(part.high), part.high_open) for part in found.parts
        ]
        if len(pieces) == 1:
            low_open, low, high, high_open = pieces[0]
            if low_open == high_open and "oo" not in (low[0], high[0]):
                return ("pair" if low_open else "brackets", low, high)
        return ("region", *pieces)

    def _condition(self, node: Node) -> Key:
        kind = node[0]
        if kind == "rel":
            return self._other_relation(node[1].split(" "), node[2:])
        if kind in ("and", "or", "union", "inter", "seq"):
            return (kind, *_sorted([self._key(child) for child in children(node)]))
        if kind in ("minus", "setof"):
            return (kind, *map(self._key, children(node)))
        return (kind, *node[1:2]) if kind == "named" else self._as_written(node)

    # ------------------------------------------------------------------------------------------ lists and tuples

    def _list(self, node: Node) -> Form:
        parts = shapes.elements(node)
        named = shapes.assignments(parts)
        if named is not None:
            values = [self._key(named[name]) for name in sorted(named, key=repr)]
            pairs = [(written(name), key) for name, key in zip(sorted(named, key=repr), values, strict=True)]
            return Form(("assigned", *pairs), (self._vector(values),) if _coordinates(named) else ())
        keys = [self._key(part) for part in parts]
        bare = self._several(keys, free=node[0] in ("set", "pm", "or") or shapes.has_pm(node))
        name = shapes.the_name(node)
        if name is None and node[0] == "rel":
            name = node[2]
        if name is None:
            return Form(bare)
        return Form(("named", written(name), bare), () if self.ways.variable == "strict" else (bare,))

    def _several(self, keys: list[Key], *, free: bool) -> Key:
        """A set, or a list in any order; one that repeats itself is no set, and a very long one keeps its order."""
        distinct = list(dict.fromkeys(keys))
        if self.ways.order == "fixed" or len(keys) > MANY:
            return ("in order", *keys)
        return ("set", *_sorted(distinct)) if free or len(distinct) == len(keys) else ("list", *_sorted(keys))

    def _tuple(self, node: Node) -> Form:
        kind, parts = node[0], list(shapes.components(node))
        if kind == "matrix" and 1 not in node[1:3]:
            return Form(("matrix", node[1], node[2], *map(self._key, parts)))
        if len(parts) == 2 and kind in ("paren", "brack") and any(shapes.infinity(part) for part in parts):
            return self._region_of_ends(node)
        keys = [self._key(part) for part in parts]
        if kind == "brack":
            return Form(("brackets", *keys))
        if kind == "matrix" and len(parts) > 1:
            return Form(("row" if node[1] == 1 else "column", *keys), (self._vector(keys),))
        if kind == "angle" and len(keys) == 2:  # no interval, as (1, 2) may be
            return Form(("vector", *keys), (self._vector(keys),))
        return Form(self._vector(keys))

    def _vector(self, keys: list[Key]) -> Key:
        return ("pair", *keys) if len(keys) == 2 else ("tuple", *keys)

    def _region_of_ends(self, node: Node) -> Form:
        try:
            found = regions.region(node, lambda a, b: self.scalar(a) == self.scalar(b))
        except regions.NotSimple:
            found = regions.Region((), None)
        return Form(self._intervals(found) if found.parts else ("pair", *map(self._key, children(node))))


def _coordinates(named: dict[Node, Node]) -> bool:
    return 1 < len(named) <= 3 and set(named) <= {("sym", "x"), ("sym", "y"), ("sym", "z")}


def _sorted(keys: list[Key]) -> list[Key]:
    return sorted(keys, key=repr)


__all__ = ["Canon", "Form", "Hedge", "NoValue", "Untrue", "Ways"]
