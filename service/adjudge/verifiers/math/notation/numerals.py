"""Numbers as people write them: thousands separators, decimals, repeating decimals, exponents, Chinese numerals."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from ..tree import MAX_DIGITS

Token = tuple[str, Any]


class Unreadable(ValueError):
    """Not read by our own scanner; the message says what stood in the way."""


class Forbidden(Unreadable):
    """text that no other parser may read: it hides what it says, or uses a command outside of the closed list."""


_SPACE = r"(?:\\[,;:! ]|\\thinspace(?![a-zA-Z])|~|[ ])"
_THOUSANDS = re.compile(
    r"[0-9]{1,3}(?:"
    r"(?:(?:,|\{,\}|,\\! ?|\\!,|\{,\\!\})[0-9]{3})+"  # 1,234  1{,}234  1,\!234
    rf"|(?:{_SPACE}{{1,2}}[0-9]{{3}})+"  # 1\,234  1 048 576
    r"|(?:'[0-9]{3})+|(?:\.[0-9]{3}){2,}|(?:_[0-9]{3})+(?=[0-9_]|_000|\b)"
    r")(?![0-9])"
)
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9,])")
_EUROPEAN = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+(?![0-9.,])")
_FRACTION_PART = re.compile(rf"\.(?:{_SPACE}?[0-9]{{3}}(?={_SPACE}[0-9]{{3}})|[0-9])*(?:{_SPACE}[0-9]{{3}}(?![0-9]))?")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,6})(?![0-9A-Za-z.])")
_REPEAT = re.compile(r"\s*(?:\\(?:overline|bar|dot|overset\{\\frown\})\s*(?:\{([0-9]+)\}|([0-9]))|\(([0-9]+)\))")
DOTS = re.compile(r"\s*(?:\.\.\.|\\(?:l|c)?dots(?![a-zA-Z]))")
_DIGITS = re.compile(r"[0-9]+")
_NOT_DIGIT = re.compile(r"[^0-9]")


def number(text: str, at: int, bare_commas: bool) -> tuple[Token, int]:
    """The number that starts at `at`. `bare_commas`: may 1,234 be one number here (not inside brackets)?"""
    if bare_commas:
        european = _EUROPEAN.match(text, at)
        if european and not _THOUSANDS.fullmatch(european[0]):
            whole, _, part = european[0].rpartition(",")
            return _decimal(whole.replace(".", "") + part, len(part)), european.end()
        indian = _INDIAN.match(text, at)
        if indian:
            return _integer(indian[0].replace(",", "")), indian.end()
    grouped = _THOUSANDS.match(text, at) if text[at] != "0" else None
    if grouped and not bare_commas and re.search(r"[0-9],[0-9]", grouped[0]):
        grouped = None
    if grouped:
        digits, end = _NOT_DIGIT.sub("", grouped[0]), grouped.end()
    else:
        run = _DIGITS.match(text, at)
        digits, end = (run[0], run.end()) if run else ("", at)
    if len(digits) > MAX_DIGITS:
        raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
    if text.startswith(".", end):
        token, end = _with_fraction(text, digits, end)
        if token is not None:
            return token, end
    exponent = _EXPONENT.match(text, end)
    if exponent:
        return _decimal(digits, -_small(exponent[1])), exponent.end()
    return _integer(digits), end


def _with_fraction(text: str, digits: str, end: int) -> tuple[Token | None, int]:
    """What follows the decimal point; None where the point is a full stop."""
    match = _FRACTION_PART.match(text, end)
    part = _NOT_DIGIT.sub("", match[0]) if match else ""
    after = match.end() if match else end + 1
    if len(part) > MAX_DIGITS:
        raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
    repeat = _REPEAT.match(text, after)
    if repeat and (part or not repeat[3] or digits):
        tail = repeat[1] or repeat[2] or repeat[3]
        after = repeat.end()
        if text[repeat.start() : after].lstrip().startswith("\\dot"):  # 0.\dot{1}4285\dot{7}
            middle = re.compile(r"([0-9]*)\s*\\dot\s*\{?([0-9])\}?").match(text, after)
            if middle:
                tail += middle[1] + middle[2]
                after = middle.end()
        return _repeating(digits, part, tail), after
    if not part:
        return None, end
    dots = DOTS.match(text, after)
    if dots:
        block = _recurring_block(part)
        if block is None:
            raise Unreadable("a decimal that goes on without saying how")
        return _repeating(digits, *block), dots.end()
    exponent = _EXPONENT.match(text, after)
    if exponent:
        return _decimal(digits + part, len(part) - _small(exponent[1])), exponent.end()
    return _decimal(digits + part, len(part)), after


def _recurring_block(part: str) -> tuple[str, str] | None:
    """0.1666... -> ("1", "6"): the shortest block that fills the tail at least three times (two for blocks over 1)."""
    for size in range(1, min(12, len(part) // 2) + 1):
        block = part[-size:]
        times = 1
        while part[: len(part) - size * times].endswith(block):
            times += 1
        if times >= (3 if size == 1 else 2):
            return part[: len(part) - size * times], block
    return None


def _small(digits: str) -> int:
    value = int(digits)
    if abs(value) > MAX_DIGITS:
        raise Unreadable("an exponent too large to be a number's")
    return value


def _integer(digits: str) -> Token:
    return ("num", ("num", int(digits or "0"), 1))


def _decimal(digits: str, places: int) -> Token:
    if abs(places) > MAX_DIGITS:
        raise Unreadable("a decimal with too many places")
    return ("num", ("dec", int(digits or "0"), -places))


def _repeating(whole: str, fixed: str, block: str) -> Token:
    scale = 10 ** len(fixed)
    nines = 10 ** len(block) - 1
    value = Fraction(int((whole or "0") + fixed or "0"), scale) + Fraction(int(block), nines * scale)
    return ("num", ("num", value.numerator, value.denominator))


# ------------------------------------------------------------------------------------------------ bases in words

_BASES = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
          "twelve": 12, "sixteen": 16, "binary": 2, "octal": 8, "hexadecimal": 16, "hex": 16,
          "0b": 2, "0o": 8, "0x": 16}  # fmt: skip
_BASE_IN_WORDS = re.compile(
    r"\s*(?:\\(?:text|mathrm)\s?\{)?\(?([0-9A-Fa-f]{1,80})\)?\s?(?:\}\s?)?(?:_\s?\{?\s?)?(?:\\[ ,;]|,)?\s?"
    r"(?:\\text\s?\{)?\s?\(?\s?(?:in )?"
    r"(?:base[ -]?\s?\}?\s?\{?([0-9]{1,2}|[a-z]{3,7})|(binary|octal|hexadecimal|hex))[\s})]{0,6}\.?\s*"
)
_PREFIXED = re.compile(r"\s*(0[bo])([0-7]{1,200})\s*|\s*(0x)([0-9A-Fa-f]{1,80})\s*")


def with_base(text: str) -> str:
    """ "1011 base 2", `1011_{\text{base }2}` and 0b1011 as `1011_{2}`; any other text as it is."""
    named = "base" in text or "nary" in text or "octal" in text or "hex" in text
    if len(text) > 300 or not (named or text.lstrip()[:1] == "0"):
        return text
    match = _BASE_IN_WORDS.fullmatch(text)
    prefixed = _PREFIXED.fullmatch(text) if match is None else None
    if match:
        digits, name = match[1], match[2] or match[3]
    elif prefixed:
        digits, name = prefixed[2] or prefixed[4], prefixed[1] or prefixed[3]
    else:
        return text
    base = int(name) if name.isdecimal() else _BASES.get(name, 0)
    if not 2 <= base <= 36 or any(int(digit, 36) >= base for digit in digits):
        return text
    return f"{digits}_{{{base}}}" if digits.isdecimal() else f"\\text{{{digits}}}_{{{base}}}"


# ------------------------------------------------------------------------------------------------ Chinese numerals

_ZH_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_ZH_UNIT = {"十": 10, "百": 100, "千": 1000}
_ZH_BIG = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_ZH_RUN = re.compile(f"[{''.join(_ZH_DIGIT)}{''.join(_ZH_UNIT)}{''.join(_ZH_BIG)}]+")
_ZH_THOUSAND_OF = re.compile("千[米克瓦卡帕焦伏安赫牛](?!分之)")
_DIGIT_BEFORE = re.compile(r"[0-9]\s{0,2}\Z")
_ZH_FRACTION = re.compile(f"({_ZH_RUN.pattern})分之({_ZH_RUN.pattern}|[0-9]+(?:\\.[0-9]+)?)")


def chinese(text: str, at: int) -> tuple[Token, int] | None:
    """三, 十二, 二分之一, 百分之五十."""
    fraction = _ZH_FRACTION.match(text, at)
    if fraction:
        over = fraction[2]
        top = Fraction(_zh_value(over)) if not over[0].isascii() else Fraction(over)
        if fraction[1] == "百":
            return ("num", ("percent", ("num", top.numerator, top.denominator))), fraction.end()
        value = top / _zh_value(fraction[1]) if _zh_value(fraction[1]) else None
        if value is None:
            raise Unreadable("a fraction over zero")
        return (
            "num",
            ("div", ("num", top.numerator, top.denominator), ("num", _zh_value(fraction[1]), 1)),
        ), fraction.end()
    run = _ZH_RUN.match(text, at)
    if not run or (run[0][0] in _ZH_BIG and len(run[0]) == 1) or _ZH_THOUSAND_OF.match(text, at):
        return None
    if run[0] in _ZH_UNIT and _DIGIT_BEFORE.search(text, max(0, at - 3), at):
        return None  # 5千 is five times a thousand, and 5千克 a weight: words behind a number
    return ("num", ("num", _zh_value(run[0]), 1)), run.end()


def _zh_value(run: str) -> int:
    if len(run) > 40:
        raise Unreadable("a numeral too long to read")
    if not any(c in _ZH_UNIT or c in _ZH_BIG for c in run):
        return int("".join(str(_ZH_DIGIT[c]) for c in run))
    total = section = digit = 0
    for c in run:
        if c in _ZH_DIGIT:
            digit = _ZH_DIGIT[c]
        elif c in _ZH_UNIT:
            section += (digit or 1) * _ZH_UNIT[c]
            digit = 0
        else:
            total = (total + section + digit) * _ZH_BIG[c]
            section = digit = 0
    if digit and len(run) > 1 and run[-2] in _ZH_UNIT and run[-2] != "十":  # 一百八 is 180, 一百零八 is 108
        digit *= _ZH_UNIT[run[-2]] // 10
    return total + section + digit
