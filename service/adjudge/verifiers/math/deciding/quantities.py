"""Values that carry something: percent, degrees, units, money, ratios, times of day, numerals in a base."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, Any

from ..notation import units
from ..tree import Node, children
from . import numeric
from .exact import Field, Undecided, Undefined, evaluate, rational

if TYPE_CHECKING:
    from .compare import Comparison

_CARRIERS = frozenset({"percent", "deg", "unit", "money", "colon", "clock", "base"})
_LIFTED = frozenset({"unit", "money", "deg", "percent"})
_DEGREES = frozenset({"deg", "degree", "degrees", "度", "°"})
_PI = ("const", "pi")


def quantities(c: Comparison, gold: Node, answer: Node) -> Any:
    """Decide a pair of which one carries something; NotImplemented if neither does."""
    kinds = gold[0], answer[0]
    if not _CARRIERS & set(kinds) and not (_holds(gold) or _holds(answer)):
        return NotImplemented
    gold, answer = lift(gold), lift(answer)
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


# ------------------------------------------------------------------------------------------------ what is carried


def _holds(node: Node) -> bool:
    """Does a sum or product carry a unit, money or degrees in one of its terms?"""
    if node[0] not in ("add", "mul", "div", "neg"):
        return False
    return any(kid[0] in ("unit", "money", "deg") or _holds(kid) for kid in children(node))


def lift(node: Node) -> Node:
    """The unit of a sum or product brought to its outside: n - 1 moves, 3 cm + 4 mm, $1.5 million, 90° - x/2."""
    kind = node[0]
    if kind == "neg":
        inner = lift(node[1])
        return (*inner[:-1], ("neg", inner[-1])) if inner[0] in _LIFTED else node
    if kind == "unit":
        return _lifted_unit(node)
    if kind == "add":
        return _lifted_sum(node)
    if kind == "mul":
        return _lifted_product(node)
    if kind == "div":
        top, bottom = lift(node[1]), lift(node[2])
        if top[0] in ("unit", "money") and bottom[0] in ("unit", "money"):
            unit = units.product(top[1], bottom[1], -1)
            value = ("div", top[2], bottom[2])
            return node if unit is None else ("unit", unit, value) if unit else value
        if top[0] in ("unit", "money", "deg") and bottom[0] not in _CARRIERS:
            return (*top[:-1], ("div", top[-1], bottom))
    return node


def _lifted_unit(node: Node) -> Node:
    name, inner = node[1], lift(node[2])
    if units.factor(name) is None:
        name = units.canonical(name) or name
    if name in _DEGREES and inner[0] not in _LIFTED:
        return ("deg", inner)
    if inner[0] in ("unit", "money") and (unit := units.product(inner[1], name)) is not None:  # $5 per hour
        return ("unit", unit, inner[2])
    return ("unit", name, inner)


def _lifted_sum(node: Node) -> Node:
    parts = [lift(kid) for kid in children(node)]
    carried = [part for part in parts if part[0] in _CARRIERS]
    if any(part[0] == "deg" for part in carried):
        plain = [part[1] if part[0] == "deg" else part for part in parts]
        return ("deg", ("add", *plain)) if {p[0] for p in carried} == {"deg"} and not mentions_pi(plain) else node
    if not carried or any(part[0] not in ("unit", "money") for part in carried):
        return node
    if len(carried) == 1 and parts[-1] is carried[0]:  # 2 sqrt 2 - 2 cm
        return (*carried[0][:2], ("add", *(part[2] if part is carried[0] else part for part in parts)))
    if len(carried) != len(parts):
        return node
    values = []
    for part in parts:
        scale = _scale(parts[0][1], part[1])
        if scale is None:
            return node
        values.append(part[2] if scale == 1 else ("mul", part[2], ("num", scale.numerator, scale.denominator)))
    return (*parts[0][:2], ("add", *values))


def _lifted_product(node: Node) -> Node:
    parts = [lift(kid) for kid in children(node)]
    carried = [part for part in parts if part[0] in _CARRIERS]
    if not carried or any(part[0] not in ("unit", "money", "deg") for part in carried):
        return node
    values = ("mul", *(part[-1] if part[0] in _LIFTED else part for part in parts))
    if len(carried) == 1:
        return (*carried[0][:-1], values)
    unit: str | None = ""
    for part in carried:
        unit = units.product(unit, part[1]) if unit is not None and part[0] != "deg" else None
    return node if unit is None else ("unit", unit, values) if unit else values


def _scale(want: str, have: str) -> Fraction | None:
    """How many of the one unit make one of the other; None where they measure different things."""
    if want == have:
        return Fraction(1)
    a, b = units.factor(want), units.factor(have)
    return b[1] / a[1] if a and b and a[0] == b[0] else None


def mentions_pi(nodes: list[Node]) -> bool:
    todo = list(nodes)
    while todo:
        current = todo.pop()
        if current == _PI:
            return True
        todo.extend(children(current))
    return False


# ------------------------------------------------------------------------------------------------ percent, degrees


def _percent(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """50% is 0.5; leniently it is also what stands before the sign, since golds often drop the sign."""
    if gold[0] == answer[0]:
        return c.same(gold[1], answer[1])
    if "deg" in (gold[0], answer[0]):
        return c.no("percent against degrees")
    exact = c.scalar(gold, answer)
    number = gold[1] if gold[0] == "percent" else gold
    if exact or c.policy.percent != "lenient" or not _looks_like_percents(number):
        return exact
    bare = c.scalar(gold[1], answer) if gold[0] == "percent" else c.scalar(gold, answer[1])
    return True if bare else None if None in (exact, bare) else False


def _looks_like_percents(number: Node) -> bool:
    """May a sign have been dropped behind it? Not behind 0.5, which is 50% itself, nor behind pi/2."""
    if numeric.symbols(number):
        return True
    value = numeric.real(number)
    return value is not None and abs(value) >= 1 and not mentions_pi([number])


def _degrees(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """30 degrees is 30; leniently it is also pi/6. A number with a pi in it is no number of degrees."""
    if gold[0] == answer[0]:
        return c.same(gold[1], answer[1])
    bare = None
    if "rad" not in (gold[0], answer[0]):
        if not mentions_pi([gold[1] if gold[0] == "deg" else gold]):
            bare = c.scalar(gold[1], answer) if gold[0] == "deg" else c.scalar(gold, answer[1])
        if bare or c.policy.degrees != "lenient":
            return bare if bare is not None else c.no("degrees against radians")
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


# ------------------------------------------------------------------------------------------------ units and money


def _peel(node: Node) -> tuple[str, Node]:
    """(unit, value); money's unit is its currency, "" where there is none."""
    if node[0] in ("unit", "money"):
        return node[1], node[2]
    return "", node


_ALSO = {frozenset({"degC", "C"}), frozenset({"degF", "F"}), frozenset({"GBP", "pound"})}
"""Pairs of which the one is a common way to write the other, though it could also be something else."""
_MONEY = frozenset({"USD", "EUR", "GBP", "CNY", "INR", "JPY"})


def _unit(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """A missing unit is fine (leniently), a wrong one is not; known units are converted exactly."""
    (want, gold_value), (have, answer_value) = _peel(gold), _peel(answer)
    if c.policy.units == "ignore":
        return c.same(gold_value, answer_value)
    if "deg" in (gold_value[0], answer_value[0]) and gold_value[0] != answer_value[0]:
        return c.no("degrees against another quantity")
    if not want or not have:
        return _one_unit(c, gold, answer)
    if want == have or frozenset({want, have}) in _ALSO:
        return c.same(gold_value, answer_value)
    a, b = units.factor(want), units.factor(have)
    if a is None or b is None:
        if units.same_noun(want, have):
            return c.same(gold_value, answer_value)
        return c.no(f"the unit is {have}, not {want}")
    if ("unit" in a[0] or "unit" in b[0]) and sum(a[0].values()) == sum(b[0].values()):
        return c.same(gold_value, answer_value)  # "12 square units" is 12 cm^2, not 12 cm
    if a[0] != b[0]:
        prices = _price(want), _price(have)  # $5 and $5 per hour: a part of the unit is missing
        if prices[0] and prices[0] == prices[1]:
            return c.same(gold_value, answer_value)
        return c.no(f"the unit is {have}, not {want}")
    if a[1] == b[1]:
        return c.same(gold_value, answer_value)
    scale = b[1] / a[1]
    return c.same(gold_value, ("mul", answer_value, ("num", scale.numerator, scale.denominator)))


def _one_unit(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """Only one of the two names a unit."""
    (want, gold_value), (have, answer_value) = _peel(gold), _peel(answer)
    if c.policy.units == "strict" and want:
        return c.no("the unit is missing")
    if want and (named := letter_unit(answer_value)) is not None:
        return _unit(c, gold, named)
    if have and (named := letter_unit(gold_value)) is not None and _unit(c, named, answer):
        return True  # else the letter may have been a variable
    if "percent" in (gold_value[0], answer_value[0]) and gold_value[0] != answer_value[0]:
        carrier = gold_value if want else answer_value  # "20% profit" is 20, "20 students" is no 20%
        if carrier[0] != "percent" or units.factor(want or have) is not None:
            return c.no("percent against a quantity")
    return c.same(gold_value, answer_value)


def _price(unit: str) -> tuple[str, Fraction] | None:
    """The currency of an amount, or of an amount per something, and its size; None for anything else."""
    above = [piece for piece in unit.split("*") if not piece.partition("^")[2].startswith("-")]
    size = units.factor(above[0]) if len(above) == 1 else None
    if size is None or list(size[0].values()) != [1] or not _MONEY & set(size[0]):
        return None
    return next(iter(size[0])), size[1]


def letter_unit(node: Node) -> Node | None:
    """10m against a gold in cm: the letter behind the number is a unit after all."""
    if node[0] != "mul":
        return None
    names, values = [], []
    for child in children(node):
        if child[0] == "sym":
            names.append("Ω" if child[1] == "Omega" else child[1])
        elif child[0] == "pow" and child[1][0] == "sym" and child[2][0] == "num" and child[2][2] == 1:
            names.append(f"{child[1][1]}^{child[2][1]}")
        else:
            values.append(child)
    unit = units.canonical("".join(names)) if names and len(values) == 1 else None
    return ("unit", unit, values[0]) if unit else None


# ------------------------------------------------------------------------------------------------ bases


def _base(c: Comparison, gold: Node, answer: Node) -> bool | None:
    """Digits and base must agree; a value in another base is not what was asked."""
    gold, answer = _as_base(gold), _as_base(answer)
    if gold[0] == answer[0] == "base":
        if gold[2] != answer[2]:
            return c.no("a numeral in another base")
        return gold[1].lstrip("0").lower() == answer[1].lstrip("0").lower() or c.no("the digits differ")
    if gold[0] == "base":  # leniently, a missing base is like a missing unit
        digits = str(answer[1]) if answer[0] == "num" and answer[2] == 1 else _spelled(answer)
        if c.policy.units == "lenient" and digits:
            same = digits.lower() == gold[1].lstrip("0").lower()
            return same or c.no("the digits differ, or the base is another")
        return c.no("the base is missing")
    if answer[2] != 10:  # 1202_3 for 47 may be the question itself
        return c.no("a numeral in another base")
    return c.scalar(gold, answer)


def _as_base(node: Node) -> Node:
    r"""F*F_16, as `FF_{16}` is read where nothing tells its letters from variables."""
    spelled = _spelled(node)
    digits, _, base = spelled.partition("_")
    if base.isdigit() and 11 <= int(base) <= 36 and digits and all(int(d, 36) < int(base) for d in digits):
        return ("base", digits, int(base))
    return node


def _spelled(node: Node) -> str:
    """What a product of numbers and letters spells: 2A; "" for anything else."""
    out = ""
    for part in children(node) if node[0] == "mul" else (node,):
        if part[0] == "num" and part[2] == 1 and part[1] >= 0:
            out += str(part[1])
        elif part[0] in ("sym", "const") and part[1].replace("_", "").isalnum() and part[1].isascii():
            out += part[1]
        else:
            return ""
    return out if node[0] in ("mul", "sym") and len(out) <= 60 else ""


# ------------------------------------------------------------------------------------------------ ratios and times


def ratio_parts(node: Node) -> list[Fraction] | None:
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
        if other[0] == "unit":
            return _duration(c, gold, answer, pair, other)
        if other[0] == "div" and len(pair) == 3:
            return c.scalar(("div", *gold[1:]), ("div", *answer[1:]))
        return c.no("a ratio against a number")
    want, have = ratio_parts(gold), ratio_parts(answer)
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
    if written_as_time(want):
        return c.no("the times differ")
    equal = all(g * have[0] == a * want[0] for g, a in zip(want, have, strict=True))
    return equal or c.no("the ratios differ")


def written_as_time(parts: list[Fraction]) -> bool:
    """12:30 with its two digits of minutes. A ratio would be in lowest terms; 2:5 is no half past twelve."""
    if len(parts) != 2 or any(part.denominator != 1 for part in parts):
        return False
    hours, minutes = (int(part) for part in parts)
    return 1 <= hours <= 24 and 10 <= minutes < 60 and gcd(hours, minutes) > 1


def _duration(c: Comparison, gold: Node, answer: Node, pair: Node, quantity: Node) -> bool | None:
    """2:30 against 2.5 hours."""
    parts, unit = ratio_parts(pair), units.factor(quantity[1])
    if parts is None or unit is None or unit[0] != {"s": 1} or unit[1] not in (60, 3600) or len(parts) > 3:
        return c.no("a ratio against a quantity")
    if any(part.denominator != 1 or not 0 <= part < 60 for part in parts[1:]):
        return c.no("a ratio against a quantity")
    hours = sum((part / 60**place for place, part in enumerate(parts)), Fraction(0)) * 3600 / unit[1]
    value = ("num", hours.numerator, hours.denominator)
    return c.same(value, quantity[2]) if pair is gold else c.same(quantity[2], value)


def _time(c: Comparison, gold: Node, answer: Node) -> bool | None:
    want, have = minutes_of(gold), minutes_of(answer)
    if want is None or have is None:
        return c.no("a time of day against something else")
    unsaid = want if gold[0] != "clock" else have
    if gold[0] == answer[0] == "clock" or unsaid >= 13 * 60:
        return want == have or c.no("the times differ")
    return want % 720 == have % 720 or c.no("the times differ")  # one of them does not say which half of the day


def minutes_of(node: Node) -> int | None:
    half = node[1] if node[0] == "clock" else ""
    inner = node[2] if half else node
    parts = ratio_parts(inner if inner[0] == "colon" else ("colon", inner))
    if parts is None or len(parts) > 3 or any(p.denominator != 1 for p in parts):
        return None
    hours, minutes = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0
    if not 0 <= hours <= 24 or not 0 <= minutes < 60:
        return None
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    return hours * 60 + minutes
