"""Values that carry something: percent, degrees, units, money, ratios, times of day, numerals in a base."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from . import units
from .exact import Field, Undecided, Undefined, evaluate, rational
from .tree import Node, children

if TYPE_CHECKING:
    from .compare import Comparison

_CARRIERS = frozenset({"percent", "deg", "unit", "money", "colon", "clock", "base"})


def quantities(c: Comparison, gold: Node, answer: Node) -> Any:
    """Decide a pair of which one carries something; NotImplemented if neither does."""
    kinds = gold[0], answer[0]
    if not _CARRIERS & set(kinds):
        return NotImplemented
    if "clock" in kinds or "colon" in kinds:
        return _ratio_or_time(c, gold, answer)
    if "base" in kinds:
        return _base(c, gold, answer)
    gold, answer = _radians(c, gold, answer), _radians(c, answer, gold)
    kinds = gold[0], answer[0]
    if not _CARRIERS & set(kinds):
        return c.scalar(gold, answer)
    if "unit" in kinds or "money" in kinds:
        return _unit(c, gold, answer)
    if "percent" in kinds:
        return _percent(c, gold, answer)
    return _degrees(c, gold, answer)


def _percent(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """50% is 0.5; leniently it is also what stands before the sign, since golds often drop the sign."""
    if gold[0] == answer[0]:
        return c.same(gold[1], answer[1])
    if "deg" in (gold[0], answer[0]):
        return c.no("percent against degrees")
    exact = c.scalar(gold, answer)
    if exact or c.policy.percent != "lenient":
        return exact
    bare = c.scalar(gold[1], answer) if gold[0] == "percent" else c.scalar(gold, answer[1])
    return True if bare else None if None in (exact, bare) else False


def _degrees(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """30 degrees is 30; leniently it is also pi/6."""
    if gold[0] == answer[0]:
        return c.same(gold[1], answer[1])
    bare = None
    if "rad" not in (gold[0], answer[0]):
        bare = c.scalar(gold[1], answer) if gold[0] == "deg" else c.scalar(gold, answer[1])
        if bare or c.policy.degrees != "lenient":
            return bare
    else:
        gold, answer = (node[1] if node[0] == "rad" else node for node in (gold, answer))
    exact = c.scalar(gold, answer)
    return True if exact else None if None in (exact, bare) and exact is not False else False


def _radians(c: Comparison, node: Node, other: Node) -> Node:
    """x radians is the number x; beside degrees it must be told apart from a bare number."""
    if node[0] != "unit" or node[1] not in ("radian", "rad", "弧度"):
        return node
    inner: Node = node[2]
    return ("rad", inner) if other[0] == "deg" else inner


def _peel(node: Node) -> tuple[str, Node]:
    """(unit, value); money's unit is its currency, "" where there is none."""
    if node[0] in ("unit", "money"):
        return node[1], node[2]
    return "", node


def _unit(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """A missing unit is fine (leniently), a wrong one is not; known units are converted exactly."""
    (want, gold_value), (have, answer_value) = _peel(gold), _peel(answer)
    if c.policy.units == "ignore":
        return c.same(gold_value, answer_value)
    if "deg" in (gold_value[0], answer_value[0]) and gold_value[0] != answer_value[0]:
        return c.no("degrees against another quantity")
    if not want or not have:
        if c.policy.units == "strict" and want:
            return c.no("the unit is missing")
        if want and (named := _letter_unit(answer_value)) is not None:
            return _unit(c, gold, named)
        if "percent" in (gold_value[0], answer_value[0]) and gold_value[0] != answer_value[0]:
            return c.no("percent against a quantity")
        return c.same(gold_value, answer_value)
    if want == have:
        return c.same(gold_value, answer_value)
    a, b = units.factor(want), units.factor(have)
    if a is None or b is None:
        if a is None and b is None and _same_thing(want, have):
            return c.same(gold_value, answer_value)
        return c.no(f"the unit is {have}, not {want}")
    if "unit" in a[0] or "unit" in b[0]:  # "12 square units" is 12 cm^2, not 12 cm
        if sum(a[0].values()) == sum(b[0].values()):
            return c.same(gold_value, answer_value)
    if a[0] != b[0]:
        return c.no(f"the unit is {have}, not {want}")
    if a[1] == b[1]:
        return c.same(gold_value, answer_value)
    scale = b[1] / a[1]
    return c.same(gold_value, ("mul", answer_value, ("num", scale.numerator, scale.denominator)))


def _letter_unit(node: Node) -> Node | None:
    """10m against a gold in cm: the letter behind the number is a unit after all."""
    if node[0] != "mul":
        return None
    names, values = [], []
    for child in children(node):
        if child[0] == "sym":
            names.append(child[1])
        elif child[0] == "pow" and child[1][0] == "sym" and child[2][0] == "num" and child[2][2] == 1:
            names.append(f"{child[1][1]}^{child[2][1]}")
        else:
            values.append(child)
    unit = units.canonical("".join(names)) if names and len(values) == 1 else None
    return ("unit", unit, values[0]) if unit else None


def _same_thing(a: str, b: str) -> bool:
    words = [{w.strip(".,").removesuffix("s") for w in text.lower().split()} for text in (a, b)]
    return bool(words[0] & words[1])


def _base(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """Digits and base must agree; a value in another base is not what was asked."""
    if gold[0] == answer[0]:
        if gold[2] != answer[2]:
            return c.no("a numeral in another base")
        return gold[1].lstrip("0").lower() == answer[1].lstrip("0").lower() or c.no("the digits differ")
    if gold[0] == "base":  # leniently, a missing base is like a missing unit
        if c.policy.units == "lenient" and answer[0] == "num" and answer[2] == 1:
            return str(answer[1]) == gold[1].lstrip("0") or c.no("the digits differ, or the base is another")
        return c.no("the base is missing")
    if answer[2] != 10:  # 1202_3 for 47 may be the question itself
        return c.no("a numeral in another base")
    return c.scalar(gold, answer)


def _parts(node: Node) -> list[Fraction] | None:
    out = []
    for child in children(node):
        try:
            number = rational(evaluate(child, Field()))
        except (Undecided, Undefined):
            number = None
        if number is None:
            return None
        out.append(number)
    return out


def _ratio_or_time(c: Comparison, gold: Node, answer: Node) -> bool | None:
    if "clock" in (gold[0], answer[0]):
        return _time(c, gold, answer)
    if gold[0] != answer[0]:  # a fraction is a common way to write a ratio of two; a number is not
        pair, other = (gold, answer) if gold[0] == "colon" else (answer, gold)
        if other[0] == "div" and len(pair) == 3:
            return c.scalar(("div", *gold[1:]), ("div", *answer[1:]))
        return c.no("a ratio against a number")
    want, have = _parts(gold), _parts(answer)
    if want is None or have is None:
        if len(gold) != len(answer):
            return c.no("ratios of different length")
        checks = [
            c.scalar(("mul", g, answer[1]), ("mul", a, gold[1])) for g, a in zip(gold[2:], answer[2:], strict=True)
        ]
        return False if False in checks else None if None in checks else True
    if len(want) != len(have):
        return c.no("ratios of different length")
    if want == have:
        return True
    if 0 in want or 0 in have:
        return c.no("the values differ")
    equal = all(g * have[0] == a * want[0] for g, a in zip(want, have, strict=True))
    return equal or c.no("the ratios differ")


def _time(c: Comparison, gold: Node, answer: Node) -> bool | None:
    want, have = _minutes(gold), _minutes(answer)
    if want is None or have is None:
        return c.no("a time of day against something else")
    unsaid = want if gold[0] != "clock" else have
    if gold[0] == answer[0] == "clock" or unsaid >= 13 * 60:
        return want == have or c.no("the times differ")
    return want % 720 == have % 720 or c.no("the times differ")  # one of them does not say which half of the day


def _minutes(node: Node) -> int | None:
    half = node[1] if node[0] == "clock" else ""
    inner = node[2] if half else node
    parts = _parts(inner if inner[0] == "colon" else ("colon", inner))
    if parts is None or len(parts) > 3 or any(p.denominator != 1 for p in parts):
        return None
    hours, minutes = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0
    if not 0 <= hours <= 24 or not 0 <= minutes < 60:
        return None
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    return hours * 60 + minutes
