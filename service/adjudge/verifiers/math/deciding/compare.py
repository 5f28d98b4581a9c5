"""The typed policy: what kind of thing the gold is decides how an answer is held against it.

Every comparison is three-valued: True, False, or None where a scalar equality (or a condition) needs a computer algebra
system. What is asked is collected in `pending`; the caller has it decided in a jail and compares again with `known`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from ..notation import spoken
from ..tree import Node
from . import numeric, shapes
from .exact import Field, Undecided, Undefined, Value, evaluate, literal, rational
from .quantities import quantities
from .regions import NotSimple, Region, looks_like_region, may_be_interval, region
from .texts import same_text

Question = tuple[str, Node, Node]


_MANY = 40
"""Parts up to which every part is held against every other."""


_WRITTEN = frozenset({"num", "dec"})


class BadGold(Exception):
    """The ground truth has no value (0/0) or cannot be read."""


@dataclass(frozen=True)
class Policy:
    """What people argue about; see the docstring of the verifier for the meaning of each."""

    undone: bool = False
    """May an answer be worked out here that leaves work undone?"""
    percent: str = "lenient"
    units: str = "lenient"
    degrees: str = "lenient"
    variable: str = "lenient"
    order: str = "auto"
    tolerance: float | None = None


@dataclass
class Comparison:
    """One gold against one answer. `why` holds the first reason that a part differs."""

    policy: Policy
    seed: Callable[[], str]
    """Where probe points come from; called only when some are needed."""
    known: dict[Question, bool | None] = field(default_factory=dict)
    asked: Callable[[Node], bool] | None = None
    pending: list[Question] = field(default_factory=list)
    why: str = ""
    of_gold: bool = False
    """The gold against itself: what has no value there is the data's fault."""
    arithmetic: Field = field(default_factory=Field)

    # ------------------------------------------------------------------------------------------ entry

    def same(self, gold: Node, answer: Node) -> bool | None:
        if gold == answer and not shapes.is_scalar(gold) and not shapes.is_list(gold) and not shapes.is_tuple(gold):
            return True
        if gold[0] in _WRITTEN and answer[0] in _WRITTEN:
            return self.scalar(gold, answer)
        gold, answer = shapes.aligned(shapes.tidy(gold), shapes.tidy(answer))
        if (renamed := shapes.renamed(gold, answer)) is not None:
            answer = renamed
        if gold[0] == "text" or answer[0] == "text":
            return self._texts(gold, answer)
        if looks_like_region(gold) or looks_like_region(answer):
            return self._regions(gold, answer)
        if gold[0] == "rel" or answer[0] == "rel":
            return self._relations(gold, answer)
        if gold[0] == "cases" or answer[0] == "cases":
            return self._cases(gold, answer)
        if shapes.is_list(gold) or shapes.is_list(answer):
            return self._lists(gold, answer)
        if shapes.is_tuple(gold) or shapes.is_tuple(answer):
            return self._tuples(gold, answer)
        if gold[0] == "named" or answer[0] == "named":
            return self.no("different sets") if gold != answer else True
        if shapes.is_class(gold) or shapes.is_class(answer):
            return self._classes(gold, answer)
        quantity = quantities(self, gold, answer)
        if quantity is not NotImplemented:
            return None if quantity is None else bool(quantity)
        return self.scalar(gold, answer)

    def no(self, why: str) -> bool:
        self.why = self.why or why
        return False

    # ------------------------------------------------------------------------------------------ scalars

    def scalar(self, gold: Node, answer: Node) -> bool | None:
        """Are two scalars equal? Exact arithmetic first, then floating point to tell them apart, then the jail."""
        if gold[0] == answer[0] == "num":
            return gold == answer or self.no("the values differ")
        infinite = shapes.infinity(gold), shapes.infinity(answer)
        if infinite != (0, 0):
            return infinite[0] == infinite[1] or self.no("one is infinite")
        if gold[0] == answer[0] == "undone" and gold[:2] == answer[:2] and gold[3:] == answer[3:]:
            return True if self._quiet_same(gold[2], answer[2]) else self._ask("equal", gold, answer)
        for node in (gold, answer):
            if not shapes.is_scalar(node):
                return (
                    self._ask("equal", gold, answer) if shapes.is_algebra(gold, answer) else self.no("not of one kind")
                )
        verdict = self._exact(gold, answer)
        if verdict is not None:
            return verdict or self.no("the values differ")
        tolerant = self._tolerance(gold)
        if tolerant and (close := _close(gold, answer, tolerant)) is not None:
            return close or self.no("the values differ")
        if numeric.differ(gold, answer, self.seed()):
            return self.no("the values differ")
        return self._ask("equal", gold, answer)

    def _exact(self, gold: Node, answer: Node) -> bool | None:
        want, have = literal(gold), literal(answer)
        if want is not None and have is not None:
            tolerance = self._tolerance(gold) if want != have else None
            return want == have if tolerance is None else abs(want - have) <= Fraction(tolerance) * abs(want)
        return self._by_arithmetic(gold, answer)

    def _by_arithmetic(self, gold: Node, answer: Node) -> bool | None:
        try:
            want = self.arithmetic.value(gold)
        except Undefined as error:
            if self.of_gold:
                raise BadGold(str(error)) from error
            return self.no("a part has no value")
        except Undecided:
            return None
        try:
            have = self.arithmetic.value(answer)
            equal = self.arithmetic.equal(want, have)
        except Undefined:
            return self.no("the answer has no value")
        except (Undecided, ArithmeticError):
            return None
        if equal is False and (tolerance := self._tolerance(gold)) is not None:
            return _within(want, have, tolerance)
        return equal

    def _tolerance(self, gold: Node) -> float | None:
        """Relative; given by the caller, or 1e-9 where the gold is written with a point or an exponent."""
        if self.policy.tolerance is not None:
            return self.policy.tolerance
        return 1e-9 if shapes.has_decimal(gold) else None

    def _ask(self, kind: str, gold: Node, answer: Node) -> bool | None:
        if gold == answer:
            return True
        question = (kind, gold, answer)
        if question in self.known:
            equal = self.known[question]
            return self.no("the values differ") if equal is False else equal
        if question not in self.pending:
            self.pending.append(question)
        return None

    def _classes(self, gold: Node, answer: Node) -> bool | None:
        """3 (mod 7) is 10 (mod 7), not 3 (mod 5); leniently, the modulus may be missing where the residue is
        the same.
        """
        if not (shapes.is_class(gold) and shapes.is_class(answer)):
            bare = [node[2] if shapes.is_class(node) else node for node in (gold, answer)]
            return self.scalar(*bare)
        moduli = self.scalar(gold[3], answer[3])
        if moduli is not True:
            return moduli
        if self.scalar(gold[2], answer[2]):
            return True
        return self.scalar(("mod", gold[2], gold[3]), ("mod", answer[2], answer[3]))

    # ------------------------------------------------------------------------------------------ texts

    def _texts(self, gold: Node, answer: Node) -> bool | None:
        if gold[0] == answer[0] == "text":
            return same_text(gold[1], answer[1]) or self.no("the words differ")
        word, other = (gold, answer) if gold[0] == "text" else (answer, gold)
        meaning = spoken.word_value(word[1])
        if meaning is not None:
            return self.same(meaning, other) if word is gold else self.same(other, meaning)
        letters = shapes.letters(other)
        return bool(letters and same_text(letters, word[1])) or self.no("words against mathematics")

    # ------------------------------------------------------------------------------------------ relations

    def _relations(self, gold: Node, answer: Node) -> bool | None:
        if gold[0] != "rel":
            return self._value_of(gold, answer)
        names = gold[1].split(" ")
        if names[0] in ("to", "subset", "sim", "in", "notin", "equiv") or any(n not in ("=", "approx") for n in names):
            return self._same_relation(gold, answer)
        head = gold[2]
        if shapes.is_name(head):
            if answer[0] != "rel":
                if self.policy.variable == "strict" and head[0] != "text" and not shapes.is_list(answer):
                    return self.no("a bare value against a named one")
                return self.same(gold[-1], answer)
            if shapes.is_class(gold[-1]) and not shapes.is_class(answer[-1]):
                return self.no("the modulus is missing")
            if shapes.is_name(answer[2]):
                if not self._same_name(head, answer[2]):
                    if gold[-1] == answer[2] and len(gold) == len(answer) == 4:  # 5 = x read backwards
                        return self.same(head, answer[-1])
                    return self._equation(gold, answer)
                if answer[2] != head and head[0] == answer[2][0] == "app":  # f(t) = t^2 for f(x) = x^2
                    answer = shapes.replaced(answer, answer[2][2], head[2])
                return self._chain(gold[-1], answer)
            if not numeric.symbols(gold[-1]) and names == ["="]:
                return self.no("an equation that is not solved")
        elif answer[0] != "rel":
            constant = not numeric.symbols(gold)
            if constant and "approx" in names:  # sqrt 3 = 1.732 roughly: the exact part is the gold
                return self.same(gold[2], answer)
            return self.same(gold[-1], answer) if constant else self.no("an equation against an expression")
        return self._equation(gold, answer)

    def _same_name(self, gold: Node, answer: Node) -> bool:
        if gold[0] == "app" and len(gold) == 3 and gold[2][0] == "sym":  # y(x) and y, f'(x) and f'
            variables = [node[2][1] for node in (gold, answer) if node[0] == "app" and node[2][0] == "sym"]
            if len(variables) == 2 and gold[1] == answer[1] and all(name.islower() for name in variables):
                return True
        if shapes.is_derivative(gold) and shapes.is_derivative(answer):
            return gold == answer or gold[0] != answer[0] or gold[0] == "app"
        pair = {gold[0], answer[0]} == {"app", "sym"}
        if pair:  # f(x) = 2x for y = 2x, y(x) for y
            function, letter = (gold, answer) if gold[0] == "app" else (answer, gold)
            plain = function[1].isalpha() and len(function) == 3 and function[2][0] == "sym"
            return plain and letter[1] in ("y", function[1])
        return gold == answer

    def _value_of(self, gold: Node, answer: Node) -> bool | None:
        """A value against `name = value` or a true chain of equations that ends in it."""
        ops = set(answer[1].split(" "))
        if not ops <= {"=", "approx"}:
            return self.no("a relation against a value")
        head = answer[2]
        if shapes.is_name(head) or head[0] == "text":
            if self.policy.variable == "strict" and head[0] != "text":
                return self.no("a named value against a bare one")
            if head[0] == "sym" and head[1] in numeric.symbols(gold) and gold != head and shapes.is_scalar(gold):
                return self.no("an equation against an expression")
            return self._chain(gold, answer)
        stated = answer[2:]
        if numeric.symbols(head) and not numeric.symbols(gold) and not shapes.has_undone(head):
            if self.asked is None or ops != {"="} or not self.asked(head):
                return self.no("an equation that is not solved")
            stated = answer[3:]  # the quantity that the prompt asks for, and its value
        if "approx" in ops:  # pi = 3.14 roughly: the exact part is the answer
            stated = stated[: answer[1].split(" ").index("approx") + 1]
            if len(stated) == 1 and not self._about(answer):
                return self.no("two sides that are not even near one another")
        checks = [self.same(a, b) for a, b in pairwise(stated)]
        return _all([*checks, self.same(gold, stated[-1])])

    def _about(self, answer: Node) -> bool:
        """Are the sides of `exact = about` within five per cent?"""
        values = [numeric.real(side) for side in answer[2:]]
        known = [value for value in values if value is not None]
        return len(known) < 2 or max(known) - min(known) <= 0.05 * max(abs(value) for value in known)

    def _chain(self, gold: Node, answer: Node) -> bool | None:
        """name = a = b: all that follows must agree, and be the gold; x = 2.236 is no answer where x = sqrt 5
        = 2.236 is.
        """
        ops = answer[1].split(" ")
        values = answer[3:]
        exact = [v for op, v in zip(ops, values, strict=True) if op == "="] or list(values[:1])
        if len(exact) == 1:
            return self.same(gold, exact[0])
        return _all([self.same(gold, value) for value in exact])

    def _same_relation(self, gold: Node, answer: Node) -> bool | None:
        if answer[0] != "rel" or gold[1] != answer[1] or len(gold) != len(answer):
            return self.no("a different relation")
        return _all([self.same(g, a) for g, a in zip(gold[2:], answer[2:], strict=True)])

    def _equation(self, gold: Node, answer: Node) -> bool | None:
        """The same equation up to a constant factor; else the jail compares the solutions."""
        if gold[1] != "=" or answer[1] != "=":
            return self._same_relation(gold, answer)
        if not all(shapes.is_scalar(side) for side in (*gold[2:], *answer[2:])):
            return _all([self.same(g, a) for g, a in zip(gold[2:], answer[2:], strict=True)])
        if numeric.symbols(gold) != numeric.symbols(answer):
            return self.no("equations in different variables")
        arithmetic = self.arithmetic
        try:
            want = arithmetic.add(arithmetic.value(gold[2]), arithmetic.value(gold[3]), -1)
            have = arithmetic.add(arithmetic.value(answer[2]), arithmetic.value(answer[3]), -1)
            if _proportional(arithmetic, want, have):
                return True
        except (Undecided, Undefined, ArithmeticError):
            pass
        return self._ask("equation", gold, answer)

    # ------------------------------------------------------------------------------------------ regions

    def _regions(self, gold: Node, answer: Node) -> bool | None:
        regions: list[Region | None] = []
        for node in (gold, answer):
            node = shapes.region_body(node)
            if may_be_interval(node) and shapes.backwards(node):
                return self.no("a pair against a condition")
            if not (looks_like_region(node) or may_be_interval(node) or node[0] in ("set", "named")):
                if node[0] == "rel" and node[1] == "=" and numeric.symbols(node):
                    return self.no("an equation against a condition")
                return self.no("a value against a condition")
            try:
                regions.append(region(node, self.scalar))
            except NotSimple:
                regions.append(None)
        want, have = regions
        if want is not None and have is None and not shapes.nearly_solved(shapes.region_body(answer)):
            return self.no("a condition that is not solved")
        if want is None or have is None:
            if gold == answer:
                return True
            return self._ask("condition", shapes.region_body(gold), shapes.region_body(answer))
        if want.variable and have.variable and want.variable != have.variable:
            return self.no("conditions on different variables")
        if len(want.parts) != len(have.parts) or not want.parts:
            return self.no("different sets")
        checks: list[bool | None] = []
        for g, a in zip(want.parts, have.parts, strict=True):
            if (g.low_open, g.high_open) != (a.low_open, a.high_open):
                return self.no("an end point is open in one and closed in the other")
            checks += [self.scalar(g.low, a.low), self.scalar(g.high, a.high)]
        return _all(checks)

    # ------------------------------------------------------------------------------------------ lists and tuples

    def _lists(self, gold: Node, answer: Node) -> bool | None:
        want, have = shapes.elements(gold), shapes.elements(answer)
        if shapes.is_tuple(gold):
            if (
                gold[0] in ("matrix", "half")
                or (gold[0] == "brack" and len(gold) == 3)
                or answer[0] not in ("seq", "and")
            ):
                return self.no("a list against a tuple")
            return self._in_order(list(shapes.components(gold)), _by_name(have, shapes.assignments(have)))
        if shapes.is_tuple(answer):
            if gold[0] in ("set", "or") or shapes.has_pm(gold) or answer[0] in ("matrix", "half") or len(want) == 1:
                return self.no("a tuple against a list")
            have = list(shapes.components(answer))
        if len(want) == 1 and len(have) > 1:
            have = self._distinct(have)
            if len(have) > 1:
                return self.no("several values against a single one: a hedge")
        names = shapes.the_name(gold), shapes.the_name(answer)
        if None not in names and names[0] != names[1]:
            return self.no("values of different names")
        named = shapes.assignments(want), shapes.assignments(have)
        if named[0] and named[1]:
            return self._assigned(named[0], named[1])
        if named[0] or named[1]:
            if any(shapes.names_one(node) for node in (gold, answer)):
                return self.no("values of different names")
            return self._in_order(_by_name(want, named[0]), _by_name(have, named[1]))
        if self.policy.order == "fixed":
            return self._in_order(want, have)
        if gold[0] in ("set", "pm", "or") or answer[0] in ("set", "pm", "or"):
            want, have = self._distinct(want), self._distinct(have)
        return self._any_order(want, have)

    def _assigned(self, want: dict[Node, Node], have: dict[Node, Node]) -> bool | None:
        if want.keys() != have.keys():
            return self.no("values of different names")
        return _all([self.same(value, have[name]) for name, value in want.items()])

    def _in_order(self, want: list[Node], have: list[Node]) -> bool | None:
        if len(want) != len(have):
            return self.no(f"parts: {len(have)}, not {len(want)}")
        return _all([self._element(g, a) for g, a in zip(want, have, strict=True)])

    def _element(self, gold: Node, answer: Node) -> bool | None:
        """{2} is no 2 among the elements of a list."""
        return self.no("different elements") if (gold[0] == "set") != (answer[0] == "set") else self.same(gold, answer)

    def _distinct(self, nodes: list[Node]) -> list[Node]:
        """Equal ones count once; in a long list only those written alike are known to be equal."""
        nodes = list(dict.fromkeys(nodes))
        if len(nodes) > _MANY:
            return nodes
        out: list[Node] = []
        for node in nodes:
            if not any(self._quiet_same(node, other) for other in out):
                out.append(node)
        return out

    def _quiet_same(self, a: Node, b: Node) -> bool | None:
        quiet = Comparison(self.policy, self.seed, self.known, arithmetic=self.arithmetic)
        try:
            return quiet.same(a, b)
        except BadGold:
            return False

    def _any_order(self, want: list[Node], have: list[Node]) -> bool | None:
        """Is there a matching of the two lists? Greedy, since equality is transitive; None where it hangs on
        open questions.
        """
        if len(want) != len(have):
            return self.no(f"parts: {len(have)}, not {len(want)}")
        if len(want) > _MANY:
            return self._in_order(want, have)
        left = list(have)
        open_questions = False
        for gold in want:
            unsure = None
            for i, answer in enumerate(left):
                equal = self._element(gold, answer)
                if equal:
                    del left[i]
                    break
                if equal is None and unsure is None:
                    unsure = i
            else:
                if unsure is None:
                    return self.no("a part that is not among the gold's")
                open_questions = True
                del left[unsure]
        return None if open_questions else True

    def _tuples(self, gold: Node, answer: Node) -> bool | None:
        if not shapes.is_tuple(gold) or not shapes.is_tuple(answer):
            if shapes.is_tuple(answer) and (vector := unit_vectors(gold, len(shapes.components(answer)))) is not None:
                return self._in_order(vector, list(shapes.components(answer)))
            if shapes.is_tuple(gold) and (vector := unit_vectors(answer, len(shapes.components(gold)))) is not None:
                return self._in_order(list(shapes.components(gold)), vector)
            if (
                shapes.is_algebra(gold, answer)
                and not shapes.is_scalar(gold)
                and (self.policy.undone or not shapes.is_tuple(gold))
            ):
                return self._ask("equal", gold, answer)
            return self.no("a tuple against a single value")
        if not shapes.compatible(gold, answer):
            return self.no("brackets of another kind")
        if gold[0] == answer[0] == "matrix" and gold[1:3] != answer[1:3]:
            return self.no("matrices of different shape")
        return self._in_order(list(shapes.components(gold)), list(shapes.components(answer)))

    def _cases(self, gold: Node, answer: Node) -> bool | None:
        if gold[0] != answer[0] or len(gold) != len(answer):
            return self.no("a different case distinction")
        if len(gold) > 2 * _MANY:
            return self._in_order(list(gold[1:]), list(answer[1:]))
        pairs = [list(zip(n[1::2], n[2::2], strict=True)) for n in (gold, answer)]
        checks: list[bool | None] = []
        for value, condition in pairs[0]:
            matches = [self.same(value, v) for v, c in pairs[1] if self._quiet_same(condition, c)]
            if not matches:
                return self.no("a case that the other does not have")
            checks.append(matches[0])
        return _all(checks)


def _all(checks: Iterable[bool | None]) -> bool | None:
    checks = list(checks)
    if False in checks:
        return False
    return None if None in checks else True


def _by_name(nodes: list[Node], named: dict[Node, Node] | None) -> list[Node]:
    """The values in the order of their names where these are coordinates (x, y, z); else as written."""
    if not named:
        return nodes
    coordinates = set(named) <= {("sym", "x"), ("sym", "y"), ("sym", "z")}
    return [named[name] for name in (sorted(named) if coordinates else named)]


def _within(want: Value, have: Value, tolerance: float) -> bool | None:
    g, a = rational(want), rational(have)
    if g is None or a is None:
        return None
    return abs(g - a) <= Fraction(tolerance) * abs(g)


def _close(gold: Node, answer: Node, tolerance: float) -> bool | None:
    """Constants in floating point within a relative tolerance; None where that cannot be told."""
    g, a = numeric.real(gold), numeric.real(answer)
    if g is None or a is None or numeric.symbols(gold) or numeric.symbols(answer):
        return None
    gap = abs(g - a)
    if gap <= 0.99 * tolerance * abs(g):
        return True
    return False if gap > 1.01 * tolerance * abs(g) + 1e-14 * abs(g) else None


def unit_vectors(node: Node, size: int) -> list[Node] | None:
    """4i - 7k -> (4, 0, -7), where the letters stand for the unit vectors."""
    if size not in (2, 3) or not shapes.is_scalar(node):
        return None
    for mark in ("vec", "hat", "bar"):
        for letter in "ijk":
            node = shapes.replaced(node, ("sym", f"{mark} {letter}"), ("sym", letter))
    if not numeric.symbols(node) <= {"i", "j", "k"} or node[0] in ("num", "dec"):
        return None
    node = shapes.replaced(node, ("const", "i"), ("sym", "i"))
    arithmetic = Field()
    try:
        top, bottom = evaluate(node, arithmetic)
    except (Undecided, Undefined, ArithmeticError):
        return None
    out: list[Fraction] = [Fraction(0)] * size
    places = {f"s:{name}": at for name in ("i", "j", "k") for at in ["ijk".index(name[-1])]}
    for mono, coefficient in top.items():
        place = places.get(mono[0][0]) if len(mono) == 1 and mono[0][1] == 1 else None
        if place is None or place >= size or len(bottom) != 1 or () not in bottom:
            return None
        out[place] = coefficient / bottom[()]
    return [("num", value.numerator, value.denominator) for value in out] if top else None


def _proportional(arithmetic: Field, want: Value, have: Value) -> bool:
    """want = c * have for a constant c that is not zero."""
    for mono, coefficient in want[0].items():
        other = have[0].get(mono)
        if other and want[1] == have[1]:
            scaled = {m: c * coefficient / other for m, c in have[0].items()}
            return arithmetic.equal(want, (scaled, have[1])) is True
    return False
