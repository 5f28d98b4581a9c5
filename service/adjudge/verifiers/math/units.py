"""Units, currencies and counted nouns: what may stand behind a number, and what it is worth.

A unit's canonical form is a product of base names with whole powers, e.g. "m*s^-2". `factor` gives its exact size
in base units, so that 100 cm = 1 m by arithmetic and cm never equals cm^2.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

# name -> (dimension, exact size in the dimension's base unit)
_BASE: dict[str, tuple[str, Fraction]] = {}


def _define(dimension: str, table: dict[str, str | int | Fraction]) -> None:
    for names, size in table.items():
        for name in names.split():
            _BASE[name] = (dimension, Fraction(size))


_define(
    "m",
    {
        "m meter metre": 1,
        "km kilometer kilometre": 1000,
        "cm centimeter centimetre": "1/100",
        "mm millimeter millimetre": "1/1000",
        "dm decimeter decimetre": "1/10",
        "um micrometer": "1/1000000",
        "nm nanometer": "1/1000000000",
        "in inch inches": "0.0254",
        "ft foot feet": "0.3048",
        "yd yard": "0.9144",
        "mi mile": "1609.344",
        "米": 1,
        "千米 公里": 1000,
        "厘米": "1/100",
        "毫米": "1/1000",
        "分米": "1/10",
    },
)
_define(
    "kg",
    {
        "kg kilogram": 1,
        "g gram": "1/1000",
        "mg milligram": "1/1000000",
        "t tonne": 1000,
        "lb lbs pound": "0.45359237",
        "oz ounce": "0.028349523125",
        "千克 公斤": 1,
        "克": "1/1000",
        "吨": 1000,
        "ton": "907.18474",
    },
)
_define(
    "s",
    {
        "s sec second": 1,
        "min minute": 60,
        "h hr hour": 3600,
        "day": 86400,
        "week": 604800,
        "ms millisecond": "1/1000",
        "秒": 1,
        "分钟": 60,
        "小时": 3600,
        "天": 86400,
        "周 星期": 604800,
    },
)
_define("month", {"month 个月": 1, "year yr 年": 12})
_define("A", {"A amp ampere": 1, "mA milliampere": "1/1000"})
_define("degF", {"degF": 1})
_define("degC", {"degC celsius": 1})
_define("K", {"K kelvin": 1})
_define("mol", {"mol mole": 1})
_define("USD", {"USD dollar buck": 1, "cent ¢": "1/100"})
_define("EUR", {"EUR euro": 1})
_define("GBP", {"GBP": 1})
_define("CNY", {"CNY yuan 元": 1})
_define("INR", {"INR rupee": 1})
_define("bit", {"bit": 1, "byte": 8})
_define("rad", {"radian rad 弧度": 1})
_define("deg", {"deg degree 度": 1})
_define("unit", {"unit 单位": 1})  # says only the dimension: "12 square units"
_COMPOUND: dict[str, tuple[str, Fraction]] = {
    "mph": ("mi*h^-1", Fraction(1)), "kph": ("km*h^-1", Fraction(1)), "kmh": ("km*h^-1", Fraction(1)),
    "L": ("dm^3", Fraction(1)), "l": ("dm^3", Fraction(1)), "liter": ("dm^3", Fraction(1)), "litre": ("dm^3", Fraction(1)),
    "mL": ("cm^3", Fraction(1)), "ml": ("cm^3", Fraction(1)), "milliliter": ("cm^3", Fraction(1)),
    "cc": ("cm^3", Fraction(1)), "ha": ("m^2", Fraction(10000)), "hectare": ("m^2", Fraction(10000)),
    "N": ("kg*m*s^-2", Fraction(1)), "newton": ("kg*m*s^-2", Fraction(1)), "J": ("kg*m^2*s^-2", Fraction(1)),
    "joule": ("kg*m^2*s^-2", Fraction(1)), "kJ": ("kg*m^2*s^-2", Fraction(1000)), "W": ("kg*m^2*s^-3", Fraction(1)),
    "watt": ("kg*m^2*s^-3", Fraction(1)), "kW": ("kg*m^2*s^-3", Fraction(1000)), "Pa": ("kg*m^-1*s^-2", Fraction(1)),
    "kPa": ("kg*m^-1*s^-2", Fraction(1000)), "V": ("kg*m^2*s^-3*A^-1", Fraction(1)), "Hz": ("s^-1", Fraction(1)),
    "升": ("dm^3", Fraction(1)), "毫升": ("cm^3", Fraction(1)), "acre": ("ft^2", Fraction(43560)),
    "volt": ("kg*m^2*s^-3*A^-1", Fraction(1)), "hertz": ("s^-1", Fraction(1)), "fps": ("ft*s^-1", Fraction(1)),
    "gallon": ("in^3", Fraction(231)),
}  # fmt: skip
CURRENCIES = frozenset({"USD", "EUR", "GBP", "CNY", "RMB", "INR", "US"})
_POWERS = {"square": 2, "squared": 2, "sq": 2, "sq.": 2, "cubic": 3, "cubed": 3, "cu": 3, "平方": 2, "立方": 3}
_MULTIPLIERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
                "万": 10**4, "亿": 10**8, "dozen": 12}  # fmt: skip
_TURNS = frozenset(
    "or not and nor but if unless either neither any anything all every some no none never wrong incorrect false is are "
    "was be to than less more greater fewer least most about around approximately roughly between from except without "
    "plus minus times over divided equals equal the true answer correct maybe perhaps possibly instead ignore return "
    "eval exec import rubric above below you your i we this that also".split()
)
"""Words that say more than a counted thing; behind a number they make it no quantity."""
_WORD = re.compile(r"[A-Za-zµ¢°]+|[^\W\d_]+|\^|-?\d+|/|\*|[.·-]")


def clock_half(words: str) -> str:
    """ "a.m." and "PM" as "am", "pm"; else ""."""
    short = words.replace(".", "").replace(" ", "").lower()
    return short if short in ("am", "pm") else ""


def multiplier(words: str) -> tuple[int, str] | None:
    """ "million people" -> (10**6, "people")."""
    first, _, rest = words.partition(" ")
    size = _MULTIPLIERS.get(first.lower())
    return (size, rest) if size else None


@lru_cache(4096)
def _one(word: str) -> tuple[tuple[str, int], ...] | None:
    """One unit word -> ((base name, power), ...), or None."""
    for form in (word, word.lower(), word.lower().removesuffix("s"), word.lower().removesuffix("es")):
        if form in _BASE and (len(form) > 1 or form == word):
            return ((form, 1),)
        if form in _COMPOUND and (len(form) > 1 or form == word):
            return ((form, 1),)
    for prefix, power in (("平方", 2), ("立方", 3)):
        if word.startswith(prefix) and word[2:] in _BASE:
            return ((word[2:], power),)
    return None


def known(word: str) -> bool:
    """Is this one word a measure we know?"""
    return _one(word.rstrip(".")) is not None or word in ("°C", "°F") or word.lower() in ("sq", "square", "cubic")


@lru_cache(4096)
def canonical(words: str) -> str | None:
    """Words behind a number -> a canonical unit ("cm^2", "km*h^-1"), "" for generic units, None if it is no measure."""
    text = words.replace("°C", "degC").replace("°F", "degF").replace("per", "/").replace("²", "^2").replace("³", "^3")
    powers: dict[str, int] = {}
    sign, pending = 1, 1
    last: str | None = None
    parts = _WORD.findall(text)
    if len(parts) > 16:
        return None
    at = 0
    seen = False
    while at < len(parts):
        part = parts[at]
        at += 1
        low = part.lower()
        if part == "/":
            sign = -1
        elif part in ("*", "·", ".", "-"):
            continue
        elif part == "^" and at < len(parts) and last is not None and parts[at].lstrip("-").isdigit():
            powers[last] += (int(parts[at]) - 1) * sign
            at += 1
        elif low in _POWERS:
            if low in ("squared", "cubed"):
                if last is None:
                    return None
                powers[last] += (_POWERS[low] - 1) * sign
            else:
                pending = _POWERS[low]
        elif low in ("a", "an", "each") and sign == -1:
            continue
        else:
            found = _one(part)
            if found is None:
                return None
            for name, power in found:
                powers[name] = powers.get(name, 0) + power * pending * sign
                last = name
            pending, seen = 1, True
    if not seen:
        return None
    return "*".join(f"{name}^{power}" if power != 1 else name for name, power in sorted(powers.items()) if power)


@lru_cache(4096)
def noun(words: str) -> bool:
    """May these words be a counted thing ("meals", "blue marbles")? Words that turn the meaning may not."""
    parts = words.replace("-", " ").split()
    return 0 < len(parts) <= 5 and all(p.strip(".,").isalpha() and p.strip(".,").lower() not in _TURNS for p in parts)


@lru_cache(4096)
def factor(unit: str) -> tuple[dict[str, int], Fraction] | None:
    """A canonical unit -> ({dimension: power}, exact size), or None for a counted noun."""
    dimensions: dict[str, int] = {}
    size = Fraction(1)
    todo = [(unit, 1)]
    rounds = 0
    while todo:
        rounds += 1
        text, outer = todo.pop()
        for piece in text.split("*") if text else []:
            name, _, power_text = piece.partition("^")
            power = int(power_text or 1) * outer
            if abs(power) > 12 or rounds > 64:
                return None
            if name in _BASE:
                dimension, scale = _BASE[name]
                dimensions[dimension] = dimensions.get(dimension, 0) + power
                size *= scale**power
            elif name in _COMPOUND:
                inner, scale = _COMPOUND[name]
                size *= scale**power
                todo.append((inner, power))
            else:
                return None
    return {d: p for d, p in dimensions.items() if p}, size
