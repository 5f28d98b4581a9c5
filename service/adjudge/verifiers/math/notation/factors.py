"""The tight half of the grammar: products, functions, powers, and the words that stand behind a number."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ..tree import CONGRUENT, Node, children
from . import spoken, units
from .numerals import Forbidden, Unreadable
from .parse import (
    _APPLIED,
    _DECORATED,
    _GREEK_WORDS,
    _INVERSE,
    _MAX_CHAIN,
    _WORD_CONSTANTS,
    FUNCTIONS,
    Item,
    _letter,
    _negative,
    _single,
)

_FILLER = frozenset(
    "the answer is|answer|the final answer is|final answer|the value is|the result is|result|so the answer is|total|"
    "the total is|thus|therefore|hence|so|it is|about|approximately|答案是|答案|答案为|the solution is|solution".split(
        "|"
    )
)


def product(items: list[Item]) -> Node:
    """Factors joined by * / mod or by standing side by side."""
    return _Product(items).node()


class _Product:
    """A cursor over the items of one term. `run` holds the factors since the last division."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.at = 0
        self.run: list[Node] = []
        self.divisions = 0
        self.written = False  # the only factor so far is a number as written, no group
        self.label = ""  # "Anna:" before a value
        self.sign = 1

    def node(self) -> Node:
        items = self.items
        if (
            len(items) > 1
            and items[0][0] in ("text", "word")
            and not self._function(items[0])
            and len(items[0][1]) > 1
            and items[1] != ("op", "_")
        ):
            self._leading_text()
        if self.label:
            return ("rel", "=", ("text", self.label), _Product(items[self.at :]).node())
        expect = True  # a factor must follow
        while self.at < len(items):
            item = items[self.at]
            if item[0] == "op" and item[1] in ("*", "/", "mod"):
                if expect:
                    raise Unreadable("two operators in a row")
                self.at += 1
                expect = True
                if item[1] == "*":
                    continue
                factor = self._phrase() or self._signed_factor()
                self._fold("div" if item[1] == "/" else "mod", factor)
                expect = False
            elif item == ("op", "gap"):
                self._gap()
            elif item[0] == "modulus" or item == ("cmd", "pmod"):
                self._congruence(item)
                expect = False
            elif item == ("op", "%") and self.run and not expect:
                self.at += 1
                self.run = [("percent", self._joined())]
            elif item[0] == "money" and self.run and not expect:
                self.at += 1
                self.run = [("money", item[1], self._joined())]
            else:
                words = self._phrase() if self.run and not expect else None
                if words is not None:
                    self._quantity(words)
                else:
                    grouped = item[0] == "group"  # 2(1/3) is a product, no mixed number
                    self._push(
                        self._signed_factor() if expect else self._factor(),
                        explicit=expect or grouped,
                        explicit_group=grouped,
                    )
                expect = False
        if expect:
            raise Unreadable("an operator with nothing after it")
        return self._joined() if self.sign > 0 else _negative(self._joined())

    def _congruence(self, item: Item) -> None:
        """3 (mod 7): a class, not a number."""
        self.at += 1
        modulus = item[1] if item[0] == "modulus" else self._argument()
        if not self.run:
            raise Unreadable("a modulus with nothing before it")
        self.run = [("app", CONGRUENT, self._joined(), modulus)]

    def _joined(self) -> Node:
        return self.run[0] if len(self.run) == 1 else ("mul", *self.run)

    def _fold(self, kind: str, factor: Node) -> None:
        self.divisions += 1
        if self.divisions > _MAX_CHAIN:
            raise Unreadable("a chain of divisions without end")
        left = self._joined()
        if kind == "div" and factor[0] == "text" and left[0] == "unit":
            unit = units.canonical(f"{left[1]} / {factor[1]}")
            self.run = [("unit", unit if unit is not None else f"{left[1]}/{factor[1]}", left[2])]
            return
        self.run = [(kind, left, factor)]

    def _push(self, factor: Node, *, explicit: bool, explicit_group: bool = False) -> None:
        """A factor beside the others; a fraction of integers right behind an integer is a mixed number."""
        if factor[0] == "money" and not self.run:
            self.run = [factor]
            return
        if not explicit and self.run and self.run[-1][0] == "deg" and factor in (("sym", "C"), ("sym", "F")):
            self.run[-1] = ("unit", f"deg{factor[1]}", self.run[-1][1])
            return
        if factor[0] in ("deg", "percent") and factor[1][0] == "div" and not explicit and len(self.run) == 1:
            self._push(factor[1], explicit=False)
            self.run = [(factor[0], self._joined())]
            return
        if (
            not explicit
            and self.run
            and factor[0] == "div"
            and factor[1][0] == factor[2][0] == "num"
            and self.written
            and _natural(self.run[-1])
            and 0 < factor[1][1] < factor[2][1]
            and len(self.run) == 1
        ):
            self.run = [("mixed", self.run[0], factor[1], factor[2])]
            return
        if not explicit and factor[0] in ("num", "dec") and self.run and self.run[-1][0] in ("num", "dec"):
            raise Forbidden("two numbers side by side")
        if not explicit and self._smaller_part(factor):
            return
        if self.run and self.run[-1][0] in ("unit", "text"):
            raise Unreadable("mathematics behind words")
        self.run.append(factor)
        self.written = len(self.run) == 1 and not explicit_group

    def _smaller_part(self, factor: Node) -> bool:
        """2 hours 30 minutes, 36° 52': a number with a smaller unit right behind a quantity joins it."""
        if len(self.run) != 1 or self.run[0][0] not in ("unit", "money", "deg"):
            return False
        start = self.at
        if factor[0] in ("num", "dec", "mixed") and (words := self._phrase()) is not None:
            name = words[1].strip(" .,")
            factor = ("unit", units.canonical(name) or name, factor)
        whole = units.compound([self.run[0], factor])
        if whole is None:
            self.at = start
            return False
        self.run = [whole]
        return True

    def _gap(self) -> None:
        """A blank between two numbers: a mixed number (2 1/2), or nothing we can read."""
        window = self.items[self.at + 1 : self.at + 4]
        rest = self.items[self.at + 4 : self.at + 5]
        if (
            len(window) == 3
            and window[1] == ("op", "/")
            and window[0][0] == window[2][0] == "num"
            and len(self.run) == 1
            and _natural(self.run[0])
            and _natural(window[0][1])
            and _natural(window[2][1])
            and 0 < window[0][1][1] < window[2][1][1]
            and (not rest or rest[0][0] in ("text", "word") or rest[0] in (("op", "gap"), ("op", "%")))
        ):
            self.run = [("mixed", self.run[0], window[0][1], window[2][1])]
            self.at += 4
            return
        raise Unreadable("two numbers side by side")

    # ---------------------------------------------------------------- words

    def _leading_text(self) -> None:
        """Words before a value: dropped if they only announce it; else the term is words, or unreadable."""
        end = 0
        while end < len(self.items) and self.items[end][0] in ("text", "word"):
            end += 1
        words = " ".join(item[1] for item in self.items[:end])
        if end == len(self.items):
            self.run, self.at = [("text", words)], end
            return
        if (
            words.lower().strip(" :.") in _FILLER
            or words.upper().rstrip(".") in units.CURRENCIES
            or _OPTION.fullmatch(words)
        ):
            self.at = end
            return
        if words.lower() in ("negative", "minus"):
            self.at, self.sign = end, -1
            return
        if words.rstrip().endswith((":", "：", "为", "是")) and units.noun(words.strip(" :：为是")):
            self.at, self.label = end, words.strip(" :：为是").lower()
            return
        if self.items[0][0] == "word" or end == 1:
            return
        raise Unreadable("words before a value")

    def _phrase(self) -> Node | None:
        """Words (with powers and slashes between them) at the cursor, as one text node; None if a value stands
        there.
        """
        pieces: list[str] = []
        at = self.at
        while at < len(self.items):
            word = self._word_at(at, first=not pieces)
            if word is not None:
                pieces.append(word)
                at += 1
            elif pieces and self.items[at] in (("op", "/"), ("op", "*")) and self._word_at(at + 1, first=False):
                pieces.append(self.items[at][1])
                at += 1
            elif pieces and self.items[at] == ("op", "^") and at + 1 < len(self.items):
                power = _whole(self.items[at + 1])
                if power is None and self.items[at + 1 : at + 2] == [("op", "-")] and at + 2 < len(self.items):
                    power = _whole(self.items[at + 2])
                    power, at = (-power if power is not None else None), at + 1
                if power is None:
                    return None
                pieces.append(f"^{power}")
                at += 2
            elif pieces and self.items[at] == ("op", "."):
                at += 1
            else:
                break
        if not pieces:
            return None
        self.at = at
        return ("text", " ".join(pieces).replace(" ^", "^"))

    def _word_at(self, at: int, *, first: bool) -> str | None:
        if at >= len(self.items):
            return None
        item = self.items[at]
        kind = item[0]
        if kind == "text":
            return str(item[1])
        if kind == "word":
            if item[1] == "min" and at + 1 == len(self.items):
                return "min"
            if self._function(item) or item[1] in _WORD_CONSTANTS:
                return None
            if units.known(item[1]) or len(item[1]) >= 4 or not first or item[1].lower() in ("pm", "am"):
                return str(item[1])
            return None
        if kind == "brace":
            inner = item[2]
            if inner and all(i[0] == "text" for i in inner):
                return " ".join(i[1] for i in inner)
            if len(inner) == 1 and inner[0][0] in ("word", "let") and units.known(inner[0][1]):
                return str(inner[0][1])
        if kind == "cmd" and item[1] == "frac" and at + 2 < len(self.items):
            top, bottom = self._only_text(at + 1), self._only_text(at + 2)
            if top and bottom:
                del self.items[at + 1 : at + 3]
                return f"{top} / {bottom}"
        if kind == "let" and not first and item[1] in ("s", "h", "m", "C", "F"):
            return str(item[1])
        return None

    def _only_text(self, at: int) -> str | None:
        item = self.items[at]
        if item[0] != "brace" or not item[2]:
            return None
        words = []
        for inner in item[2]:
            if inner[0] == "text":
                words.append(inner[1])
            elif inner == ("op", "^") or (inner[0] == "num" and words):
                words.append("^" if inner[0] == "op" else str(inner[1][1]))
            elif inner[0] == "brace" and _whole(inner) is not None:
                words.append(str(_whole(inner)))
            else:
                return None
        return " ".join(words).replace(" ^ ", "^")

    def _quantity(self, words: Node) -> None:
        """A value followed by words: percent, degrees, money, a time of day, a multiplier, a unit or a counted noun."""
        value = self._joined()
        text = words[1].strip(" .")
        if len(text) > 200:
            raise Unreadable("too many words behind a value")
        low = text.lower()
        if low in ("percent", "per cent", "percents", "%"):
            self.run = [("percent", value)]
        elif low in ("degrees", "degree", "deg", "度") and value[0] != "deg":
            self.run = [("deg", value)]
        elif value[0] == "deg" and low in ("c", "celsius", "f", "fahrenheit"):
            self.run = [("unit", "degC" if low[0] == "c" else "degF", value[1])]
        elif low in ("degrees celsius", "degrees fahrenheit", "degree celsius", "degrees c", "degrees f"):
            self.run = [("unit", "degC" if low.split()[1][0] == "c" else "degF", value)]
        elif units.clock_half(text):
            self.run = [("clock", units.clock_half(text), value)]
        elif (size := units.multiplier(text)) is not None:
            times = ("num", size[0], 1)
            self.run = [(*value[:2], ("mul", value[2], times)) if value[0] == "money" else ("mul", value, times)]
            if size[1]:
                self._quantity(("text", size[1]))
        else:
            unit = units.canonical(text)
            if unit is None and not units.noun(text):
                raise Unreadable(f"the words {text[:40]!r} behind a value")
            if unit != "":
                self.run = [("unit", unit if unit is not None else " ".join(low.split()), value)]

    # ---------------------------------------------------------------- factors

    def _function(self, item: Item) -> str | None:
        return FUNCTIONS.get(item[1]) if item[0] in ("cmd", "word") else None

    def _signed_factor(self) -> Node:
        minus = False
        signs = 0
        while self.at < len(self.items) and self.items[self.at] in (("op", "-"), ("op", "+")):
            minus ^= self.items[self.at][1] == "-"
            self.at += 1
            signs += 1
            if signs > 4:
                raise Unreadable("too many signs in a row")
        factor = self._factor()
        return _negative(factor) if minus else factor

    def _factor(self) -> Node:
        """A function with its argument, or a primary with its powers."""
        heads: list[tuple[str, Node | None, Node | None]] = []
        while self.at < len(self.items) and (name := self._function(self.items[self.at])):
            if name == "sqrt" and self.items[self.at][0] == "cmd":
                break
            self.at += 1
            heads.append((name, *self._scripts(name)))
            if len(heads) > 8:
                raise Unreadable("too many functions in a row")
        if not heads:
            return self._powers(self._primary())
        if self.at >= len(self.items):
            raise Unreadable("a function without an argument")
        item = self.items[self.at]
        braced = item[0] == "group" and item[2] == "{{" and heads[-1][0] in ("max", "min", "gcd", "lcm")
        if item[0] == "group" and (item[2] == "((" or braced):
            self.at += 1
            inner = ("paren", *item[1][1:]) if braced else item[1]
            node = self._apply(*heads.pop(), *(children(inner) if inner[0] == "paren" else (inner,)))
            node = self._powers(node) if not heads else node
        else:
            node = self._apply(*heads.pop(), self._bare_argument())
        for head in reversed(heads):
            node = self._apply(*head, node)
        return node

    def _scripts(self, name: str) -> tuple[Node | None, Node | None]:
        """The base (log_2) and power (sin^2) that a function name carries."""
        base: Node | None = None
        power: Node | None = None
        while self.at + 1 < len(self.items) and self.items[self.at] in (("op", "_"), ("op", "^")):
            kind = self.items[self.at][1]
            self.at += 1
            node = self._exponent()
            if kind == "_":
                base = node
            else:
                power = node
        return base, power

    def _bare_argument(self) -> Node:
        """\\sin 2x \\cos x: the argument runs until a sign or the next function."""
        factors = [self._signed_factor()]
        while self.at < len(self.items):
            item = self.items[self.at]
            if item[0] in ("op", "text") or self._function(item) or (item[0] == "group" and factors[-1][0] != "num"):
                break
            if self._word_at(self.at, first=True) is not None:
                break
            factors.append(self._powers(self._primary()))
        return factors[0] if len(factors) == 1 else ("mul", *factors)

    def _apply(self, name: str, base: Node | None, power: Node | None, *args: Node) -> Node:
        if name == "log":
            node: Node = ("fn", "log", args[0], base if base is not None else ("num", 10, 1))
            if base is not None and base == ("const", "e"):
                node = ("fn", "ln", args[0])
            elif base is None:
                node = ("fn", "log", args[0], ("sym", "log base"))
        elif name == "cis":
            node = ("pow", ("const", "e"), ("mul", ("const", "i"), args[0]))
        elif name in ("abs", "floor", "ceil", "fact"):
            node = (name, args[0])
        elif name in ("sqrt", "cbrt"):
            node = ("root", ("num", 2 if name == "sqrt" else 3, 1), args[0])
        else:
            if power == ("num", -1, 1) and name in _INVERSE:
                name, power = f"arc{name}", None
            node = ("fn", name, *args)
            single = name not in ("gcd", "lcm", "max", "min", "perm")
            if len(args) != 1 and single:
                raise Unreadable(f"{name} of more than one value")
        return ("pow", node, power) if power is not None else node

    def _powers(self, node: Node) -> Node:
        """What hangs on a primary: powers, subscripts, factorials, percent, degrees, primes."""
        for _ in range(_MAX_CHAIN):
            if self.at >= len(self.items):
                return node
            item = self.items[self.at]
            if item[0] != "op":
                return node
            what = item[1]
            if what == "^":
                self.at += 1
                node = self._power(node)
            elif what == "_":
                self.at += 1
                node = _subscript(node, self._subscript_item())
            elif what == "!":
                double = self.items[self.at + 1 : self.at + 2] == [("op", "!")]
                self.at += 2 if double else 1
                node = ("dfact" if double else "fact", node)
            elif what == "%":
                self.at += 1
                node = ("percent", node)
            elif what in ("circ", "degree"):
                self.at += 1
                node = ("deg", node)
            elif what == "'" and node[0] in ("num", "dec"):
                node = self._marked(node, self.items[self.at : self.at + 2])
            elif what == "'" and node[0] == "sym":
                self.at += 1
                node = self._called(("sym", node[1] + "'"))
            else:
                return node
        raise Unreadable("too many powers in a row")

    def _marked(self, node: Node, marks: list[Item]) -> Node:
        """52' and 48'': minutes and seconds of arc behind degrees, else feet and inches."""
        count = 2 if marks == [("op", "'")] * 2 else 1
        self.at += count
        return ("unit", "'" * count, node)

    def _subscript_item(self) -> Node:
        """What stands below: words there are a name (x_{max}), or a base (1010_{two})."""
        item = self.items[self.at] if self.at < len(self.items) else ("op", "", [])
        inner = item[2] if item[0] == "brace" else [item]
        if len(inner) == 1 and inner[0][0] in ("text", "word"):
            self.at += 1
            return ("text", str(inner[0][1])[:40])
        return self._exponent()

    def _power(self, node: Node) -> Node:
        item = self.items[self.at] if self.at < len(self.items) else ("op", "")
        inner = item[2] if item[0] == "brace" else [item]
        if inner in ([("op", "circ")], [("op", "degree")]) or (inner == [("let", "o")] and node[0] in ("num", "dec")):
            self.at += 1
            return ("deg", node)
        if inner in ([("op", "'")], [("op", "'")] * 2) and node[0] in ("num", "dec"):
            self.at += 1
            return ("unit", "'" * len(inner), node)
        if inner == [("op", "'")] and node[0] == "sym":
            self.at += 1
            return ("sym", node[1] + "'")
        if item[0] == "brace" and inner in ([("let", "c")], [("word", "st")], [("word", "th")], [("text", "th")]):
            raise Unreadable("an exponent that is no power")
        chain = [self._exponent()]
        while self.at < len(self.items) and self.items[self.at] == ("op", "^"):
            self.at += 1
            chain.append(self._exponent())
            if len(chain) > _MAX_CHAIN:
                raise Unreadable("a tower of powers without end")
        power = chain.pop()
        while chain:
            power = ("pow", chain.pop(), power)
        if power == ("num", -1, 1) and node[0] == "sym" and node[1] in _APPLIED:
            return self._called(("sym", node[1] + "^-1"))
        return ("pow", node, power)

    def _exponent(self) -> Node:
        """One superscript or subscript: a group, or a single signed primary."""
        minus = False
        while self.at < len(self.items) and self.items[self.at] in (("op", "-"), ("op", "+")):
            minus ^= self.items[self.at][1] == "-"
            self.at += 1
        node = self._primary(script=True)
        return _negative(node) if minus else node

    def _primary(self, *, script: bool = False) -> Node:
        if self.at >= len(self.items):
            raise Unreadable("an operator with nothing after it")
        item = self.items[self.at]
        self.at += 1
        kind, value = item[0], item[1]
        if kind == "num":
            return tuple(value)
        if kind == "let":
            node = _letter(value)
            return node if script else self._called(node)
        if kind == "group":
            node = tuple(value)
            return tuple(node[1]) if node[0] == "brack" and len(node) == 2 and len(self.items) > 1 else node
        if kind == "brace":
            return _single(item)
        if kind == "named":
            return self._named(value)
        if kind == "money":
            value_node = self._exponent()
            return ("money", value, self._powers(value_node))
        if kind == "word":
            return self._word(value)
        if kind == "text":
            return _letter(value) if len(value) == 1 and value.isascii() else ("text", value)
        if kind == "cmd":
            return self._command(value)
        if item == ("op", "dots"):  # 1 + 2 + ... + n
            return ("undone", "other", ("num", 0, 1))
        raise Unreadable(f"{value!r} where a value should stand")

    def _named(self, name: str) -> Node:
        """A number set; with a sign as its power, the half of it."""
        node: Node = ("named", name)
        if self.at + 1 < len(self.items) and self.items[self.at] == ("op", "^"):
            power = self.items[self.at + 1]
            inner = power[2] if power[0] == "brace" else [power]
            if name == "R" and inner in ([("op", "+")], [("op", "-")]):
                self.at += 2
                zero, infinity = ("num", 0, 1), ("const", "oo")
                return ("paren", zero, infinity) if inner == [("op", "+")] else ("paren", ("neg", infinity), zero)
            raise Unreadable("a power of a number set")
        return node

    def _word(self, word: str) -> Node:
        """A bare word: a constant, a Greek name, or letters side by side."""
        if word in _WORD_CONSTANTS:
            return _WORD_CONSTANTS[word]
        if word in _GREEK_WORDS:
            return ("sym", word)
        if self._function(("word", word)):
            self.at -= 1
            return self._factor()
        if len(word) > 3:
            return ("text", word)
        self.items[self.at - 1 : self.at] = [("let", letter) for letter in word]
        self.at -= 1
        return self._primary()

    def _called(self, node: Node) -> Node:
        """f(x): an application, for the letters that name functions."""
        if node[0] != "sym" or self.at >= len(self.items):
            return node
        item = self.items[self.at]
        if item[0] != "group" or item[2] != "((":
            return node
        inner = item[1]
        one_number = inner[0] == "num" and (len(node[1]) > 1 or node[1].isupper())  # P(3), zeta(2)
        point = len(node[1]) == 1 and node[1].isupper() and inner[0] == "paren"  # P(3,-2), C(10,4)
        if node[1].rstrip("'").removesuffix("^-1") not in _APPLIED and not point and not one_number:
            return node
        self.at += 1
        return ("app", node[1], *(children(inner) if inner[0] == "paren" else (inner,)))

    def _command(self, name: str) -> Node:
        if name == "frac":
            top, bottom = self._argument(), self._argument()
            return self._derivative(top, bottom) or ("div", top, bottom)
        if name == "sqrt":
            index: Node = ("num", 2, 1)
            if self.at < len(self.items) and self.items[self.at][0] == "group" and self.items[self.at][2] == "[[":
                index = self.items[self.at][1][1]
                self.at += 1
            return ("root", index, self._argument())
        if name == "binom":
            return ("binom", self._argument(), self._argument())
        if name in ("pi", "infty"):
            return ("const", "pi" if name == "pi" else "oo")
        if name in _DECORATED:
            return self._decorated(name)
        if name == "angle" or name == "triangle":
            letters = ""
            while self.at < len(self.items) and self.items[self.at][0] in ("let", "word"):
                letters += self.items[self.at][1]
                self.at += 1
            return ("sym", f"{name} {letters}"[:60])
        if self._function(("cmd", name)):
            self.at -= 1
            return self._factor()
        raise Unreadable(f"\\{name} is not read as a value")

    def _decorated(self, name: str) -> Node:
        item: Any = self.items[self.at] if self.at < len(self.items) else ("op", "", [])
        inner = item[2] if item[0] == "brace" else [item]
        self.at += 1
        if not inner or any(i[0] not in ("let", "word", "num") for i in inner) or len(inner) > 8:
            raise Unreadable(f"\\{name} over more than a name")
        word = "".join(str(i[1][1]) if i[0] == "num" else i[1] for i in inner)
        name = {"overline": "bar", "widehat": "hat", "widetilde": "tilde", "overrightarrow": "vec"}.get(name, name)
        return ("sym", f"{name} {word}"[:60])

    def _argument(self) -> Node:
        """The argument of a LaTeX command: a group, or one primary."""
        if self.at >= len(self.items):
            raise Unreadable("a command without its argument")
        return self._primary(script=True) if self.items[self.at][0] != "op" else self._exponent()

    def _derivative(self, top: Node, bottom: Node) -> Node | None:
        r"""\frac{d}{dx} f: work left undone."""
        heads = {("sym", "d"), ("pow", ("sym", "d"), ("num", 2, 1))}
        if top not in heads or bottom[0] != "mul" or bottom[1] != ("sym", "d") or len(bottom) != 3:
            return None
        rest = self.items[self.at :]
        if not rest:
            return None
        self.at = len(self.items)
        variable = bottom[2] if bottom[2][0] == "sym" else bottom[2][1]
        return ("undone", "deriv", product(rest), variable, ("num", 2 if top[0] == "pow" else 1, 1))


def _natural(node: Node) -> bool:
    return bool(node[0] == "num" and node[2] == 1 and node[1] >= 0)


def _whole(item: Item) -> int | None:
    node = item[1] if item[0] in ("num", "brace", "group") else None
    return int(node[1]) if node and node[0] == "num" and node[2] == 1 and abs(node[1]) < 100 else None


_OPTION = re.compile(r"\(?[A-J][).:]?")


def _subscript(node: Node, sub: Node) -> Node:
    """x_1 is a name; 1010_2 is a numeral in a base."""
    if sub[0] == "text" and node[0] == "num" and (base := spoken.word_value(sub[1])) is not None:
        sub = base
    if node[0] == "num" and node[2] == 1 and sub[0] == "num" and sub[2] == 1 and 2 <= sub[1] <= 36:
        return ("base", str(node[1]), sub[1])
    if node[0] == "dec" and node[2] < 0 and sub[0] == "num" and sub[2] == 1 and 2 <= sub[1] <= 36:
        digits = str(abs(node[1])).rjust(1 - node[2], "0")
        return ("base", f"{'-' * (node[1] < 0)}{digits[: node[2]]}.{digits[node[2] :]}", sub[1])
    if node[0] == "text" and sub[0] == "num" and sub[2] == 1 and 2 <= sub[1] <= 36 and node[1].isalnum():
        return ("base", node[1], sub[1])
    if node[0] == "sym" and sub[0] in ("num", "sym", "const", "text"):
        label = str(sub[1]) if sub[0] != "num" else f"{sub[1]}" if sub[2] == 1 else f"{sub[1]}/{sub[2]}"
        return ("sym", f"{node[1]}_{label}"[:60])
    if node[0] == "sym":
        return ("sym", f"{node[1]}_{hashlib.sha256(repr(sub).encode()).hexdigest()[:16]}")
    raise Unreadable("a subscript on something that is no name")
