"""Units, currencies and counted nouns: what may stand behind a number, and what it is worth.

A unit's canonical form is a product of base names with whole powers, e.g. "m*s^-2". `factor` gives its exact size
in base units, so that 100 cm = 1 m by arithmetic and cm never equals cm^2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from ..tree import Node
from .unit_table import BARE, BASE, COMPOUND, SPELLINGS

CURRENCIES = frozenset({"USD", "EUR", "GBP", "CNY", "RMB", "INR", "JPY", "US", "RS", "HK"})
_POWERS = {"square": 2, "squared": 2, "sq": 2, "cubic": 3, "cubed": 3, "cu": 3, "平方": 2, "立方": 3}
_MULTIPLIERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
                "dozen": 12, "lakh": 10**5, "crore": 10**7}  # fmt: skip
_ZH_MULTIPLIERS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "千": 1000, "百": 100, "十": 10}
_TURNS = frozenset(
    "or not nor but if unless either neither any anything all every some no none never wrong incorrect false is are "
    "was be to than least most about around approximately roughly between from except without "
    "plus minus times over divided equals equal the true answer correct maybe perhaps possibly instead ignore return "
    "eval exec import rubric above below under you your i we this that also "
    # what changes the value of the number before it
    "squared cubed factorial factorials half halves third thirds fourth fourths fifth fifths sixth sixths seventh "
    "sevenths eighth eighths ninth ninths tenth tenths hundredth hundredths thousandth thousandths millionth "
    "millionths power powers exponent root sqrt log ln mod modulo remainder base inverse reciprocal negative minus "
    "point dot percent percentage doubled tripled halved square cube zero one two three four five six seven eight "
    "nine ten eleven twelve twenty thirty forty fifty hundred thousand million billion hundreds thousands millions "
    "billions dozens".split()
)
"""Words that say more than a counted thing; behind a number they make it no quantity."""
_ARTICLE_AFTER = frozenset("of in on per for at from".split())
_LOOSE_ENDS = frozenset("of to in at by with for and per a an the".split())
_WORD = re.compile(r"[A-Za-zµ¢°ΩÅ]+|''?|[^\W\d_]+|\^|-?\d+|/|\*|[.·-]")
_PER = re.compile(r"\bper\b", re.I)
_LATEX = {"\\cdot": "*", "\\times": "*", "\\Omega": "Ω", "\\mu ": "µ", "\\mu": "µ", "^\\circ": "°",
          "^{\\circ}": "°", "\\degree": "°", "\\ ": " ", "\\,": " ", "~": " ", "²": "^2", "³": "^3",
          "^{2}": "^2", "^{3}": "^3"}  # fmt: skip


def clock_half(words: str) -> str:
    """ "a.m.", "PM", "noon", "in the evening" as "am" or "pm"; else ""."""
    short = " ".join(words.replace(".", "").lower().split()).strip(" ,()")
    if short in ("am", "a m", "in the morning", "midnight", "上午", "早上"):
        return "am"
    if short in ("pm", "p m", "in the afternoon", "in the evening", "at night", "noon", "下午", "晚上", "中午"):
        return "pm"
    return ""


def multiplier(words: str) -> tuple[int, str] | None:
    """ "million people" -> (10**6, "people"); "dozens" and 万人 too. 千米 is a measure of its own."""
    words = words.strip()
    first, _, rest = words.partition(" ")
    if words == "k":
        return 1000, ""
    size = _MULTIPLIERS.get(first.lower()) or _MULTIPLIERS.get(first.lower().removesuffix("s"))
    if size:
        return size, rest.strip().removeprefix("of ")
    if words[:1] in _ZH_MULTIPLIERS and canonical(words) is None:
        return _ZH_MULTIPLIERS[words[0]], words[1:].strip()
    return None


@lru_cache(4096)
def _one(word: str) -> str | None:
    """One unit word -> the name that it is known under, or None."""
    low = word.lower()
    for form in (word, low, low.removesuffix("s"), low.removesuffix("es")):
        if (form in BASE or form in COMPOUND) and (len(form) > 1 or form == word or not form.isascii()):
            return form
    for prefix, power in (("平方", 2), ("立方", 3)):
        if word.startswith(prefix) and word[2:] in BASE:
            return f"{word[2:]}^{power}"
    return None


def known(word: str) -> bool:
    """Is this one bare word a measure, where letters side by side could also be a product?"""
    word = word.rstrip(".")
    if word in ("°C", "°F") or word.lower() in ("sq", "square", "cubic", "per"):
        return True
    if len(word) > 3 or not word.isascii():
        return _one(word) is not None
    if len(word) == 1:
        return word in BARE
    return any(form in BARE for form in (word, word.lower(), word.lower().removesuffix("s")))


@lru_cache(4096)
def canonical(words: str) -> str | None:
    """Words behind a number -> a canonical unit ("cm^2", "km*h^-1"), None if it is no measure."""
    text = words.strip(" ,.;").removesuffix(" and").strip(" ,")
    for written, meant in _LATEX.items():
        text = text.replace(written, meant)
    low = text.lower()
    for written, meant in SPELLINGS.items():
        if written in low:
            text = re.sub(re.escape(written) + "s?", meant, text, flags=re.I)
            low = text.lower()
    text = text.replace("{", "").replace("}", "")
    parts = _WORD.findall(_PER.sub("/", text))
    if not parts or len(parts) > 16 or re.search(r"[^\w\s^/*.·'°¢()-]", text):
        return None
    powers = _powers(parts)
    if powers is None:
        return None
    return "*".join(f"{name}^{power}" if power != 1 else name for name, power in sorted(powers.items()) if power)


def _powers(parts: list[str]) -> dict[str, int] | None:
    powers: dict[str, int] = {}
    sign, pending = 1, 1
    last: str | None = None
    seen = False
    for at, part in enumerate(parts):
        low = part.lower()
        if part == "/":
            sign, last = -1, None
        elif part in ("*", "·", ".", "-"):
            continue
        elif part == "^":
            if not at or not parts[at + 1 : at + 2] or not parts[at + 1].lstrip("-").isdecimal():
                return None
        elif part.lstrip("-").isdecimal():
            if last is None or abs(int(part)) > 12:
                return None
            power = int(part)
            if last == "ms" and power < 0:  # 9.8 ms^-2
                powers["m"], powers["s"] = powers.get("m", 0) + 1, powers.get("s", 0) + power
                powers["ms"] -= 1
            else:
                powers[last] += (power - 1) * sign
            last = None
        elif low in ("squared", "cubed"):
            if last is None:
                return None
            powers[last] += (_POWERS[low] - 1) * sign
            last = None
        elif low in _POWERS:
            pending = _POWERS[low]
        elif low in ("a", "an", "each") and sign == -1 and at and parts[at - 1] == "/":
            continue
        else:
            found = _one(part)
            if found is None:
                return None
            name, _, power_text = found.partition("^")
            powers[name] = powers.get(name, 0) + int(power_text or 1) * pending * sign
            last, pending, seen = name, 1, True
    return powers if seen and pending == 1 else None


@lru_cache(4096)
def noun(words: str) -> bool:
    """May these words be a counted thing ("meals", "blue marbles")? Words that turn the meaning may not."""
    parts = [part.strip(".,()").lower() for part in words.split()]
    if parts in (["times"], ["percentage", "points"], ["percentage", "point"]):
        return True
    if not 0 < len(parts) <= 6 or parts[0] == "and" or parts[-1] in _LOOSE_ENDS:
        return False
    if len(parts) == 1 and len(parts[0]) == 1 and parts[0].isascii():
        return False  # "5 k" is no count of k
    previous = ""
    for part in parts:
        pieces = part.split("-")
        if not all(piece.replace("'", "").isalpha() for piece in pieces):
            return False
        article = part == "the" and previous in _ARTICLE_AFTER
        if not article and any(piece in _TURNS for piece in (pieces if len(pieces) == 1 else pieces[-1:])):
            return False
        if pieces[0] in ("not", "non", "no", "minus"):
            return False
        previous = part
    return True


_SMALL = frozenset("of the a an in on for extra additional different total".split())
_IRREGULAR = {"children": "child", "people": "person", "persons": "person", "men": "man", "women": "woman",
              "feet": "foot", "mice": "mouse", "dice": "die", "vertices": "vertex", "leaves": "leaf"}  # fmt: skip


def singular(word: str) -> str:
    """ "boxes" -> "box", "berries" -> "berry", "people" -> "person"."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


def same_noun(a: str, b: str) -> bool:
    """Do two counted things not contradict each other: marbles and blue marbles; not red and blue marbles."""
    if not a.isascii() and not b.isascii():
        return a in b or b in a or "个" in (a, b)
    words = [{singular(w.strip(".,()")) for w in text.lower().split()} - _SMALL for text in (a, b)]
    return bool(words[0] and words[1]) and (words[0] <= words[1] or words[1] <= words[0])


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
            if not re.fullmatch(r"-?\d{1,3}|", power_text):
                return None
            power = int(power_text or 1) * outer
            if abs(power) > 12 or rounds > 64:
                return None
            if name in BASE:
                dimension, scale = BASE[name]
                dimensions[dimension] = dimensions.get(dimension, 0) + power
                size *= scale**power
            elif name in COMPOUND:
                inner, scale = COMPOUND[name]
                size *= scale**power
                todo.append((inner, power))
            else:
                return None
    return {d: p for d, p in dimensions.items() if p}, size


def product(a: str, b: str, power: int = 1) -> str | None:
    """The unit a * b^power; None if one of them is a counted noun."""
    if factor(a) is None or factor(b) is None:
        return None
    powers: dict[str, int] = {}
    for unit, outer in ((a, 1), (b, power)):
        for piece in unit.split("*") if unit else []:
            name, _, own = piece.partition("^")
            powers[name] = powers.get(name, 0) + int(own or 1) * outer
    return "*".join(f"{name}^{p}" if p != 1 else name for name, p in sorted(powers.items()) if p)


# ------------------------------------------------------------------------------------------------ 2 hours 30 minutes

_AFTER: dict[str, dict[str, str | None]] = {
    "month": {"日": None}, "s": {"分": "min", "'": None, "''": None}, "CNY": {"分": "CNY"},
    "deg": {"'": "arcmin", "′": "arcmin", "分": "arcmin", "min": "arcmin", "minute": "arcmin", "''": "arcsec",
            "″": "arcsec", "秒": "arcsec", "s": "arcsec", "second": "arcsec"},
}  # fmt: skip
_PARTS = {"min": Fraction(60), "CNY": Fraction(1, 100), "arcmin": Fraction(1, 60), "arcsec": Fraction(1, 3600)}
_IN_PARTS = frozenset({"m", "kg", "s", "month", "USD", "EUR", "GBP", "CNY", "deg", "INR"})


def compound(parts: Sequence[Node]) -> Node | None:
    """Quantities said one after another, largest first -> one quantity in the unit of the first; else None.

    `2 h 30 min` -> 5/2 h, `5 ft 6 in` -> 11/2 ft, `36 deg 52 '` -> deg 36+13/15, `12 dollars 50 cents` -> money.
    """
    if not 2 <= len(parts) <= 4:
        return None
    first = _measure(parts[0], "")
    if first is None or first[0] not in _IN_PARTS:
        return None
    dimension, size, total, name = first
    smallest, sign = size, -1 if total < 0 else 1
    for part in parts[1:]:
        found = _measure(part, dimension)
        if found is None or found[0] != dimension or found[1] >= smallest or found[2] < 0:
            return None
        smallest = found[1]
        total += sign * found[2] * smallest / size
    value = ("num", total.numerator, total.denominator)
    if dimension == "deg":
        return ("deg", value)
    return ("money", name, value) if parts[0][0] == "money" else ("unit", name, value)


def _measure(part: Node, after: str) -> tuple[str, Fraction, Fraction, str] | None:
    """(dimension, size of the unit, value, unit) of one quantity; `after` is the dimension of the quantity before."""
    if part[0] not in ("unit", "money", "deg"):
        return None
    name, inner = ("deg", part[1]) if part[0] == "deg" else (str(part[1]), part[2])
    value = _literal(inner)
    if value is None:
        return None
    special = _AFTER.get(after, {})
    if name in special:
        meant = special[name]
        return None if meant is None else (after, _PARTS[meant], value, name)
    unit = factor(name) or factor(canonical(name) or "?")
    if unit is None or list(unit[0].values()) != [1]:
        return None
    return next(iter(unit[0])), unit[1], value, name


def _literal(node: Node) -> Fraction | None:
    if node[0] == "num":
        return Fraction(node[1], node[2])
    if node[0] == "dec" and abs(node[2]) <= 30:
        return Fraction(int(node[1])) * Fraction(10) ** int(node[2])
    if node[0] == "neg":
        inner = _literal(node[1])
        return None if inner is None else -inner
    if node[0] == "div":
        top, bottom = _literal(node[1]), _literal(node[2])
        return top / bottom if top is not None and bottom else None
    if node[0] == "mixed":
        whole, top, bottom = (_literal(part) for part in node[1:])
        return whole + top / bottom if whole is not None and top is not None and bottom else None
    return None
