"""Numbers in words, and the few phrases that are mathematics."""

from __future__ import annotations

from ..tree import Node
from . import units
from .numerals import Unreadable, chinese

_OO = ("const", "oo")

_ONES = {w: i for i, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen "
                                    "fourteen fifteen sixteen seventeen eighteen nineteen".split())}  # fmt: skip
_TENS = {w: 10 * (i + 2) for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
          "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8,
          "ninth": 9, "ninths": 9, "tenth": 10, "tenths": 10}  # fmt: skip
_SCALE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SPECIAL: dict[str, Node] = {
    "noon": ("clock", "pm", ("num", 12, 1)),
    "midnight": ("clock", "am", ("num", 12, 1)),
    "no real solution": ("set",),
    "there is no solution": ("set",),
    "there are no solutions": ("set",),
    "there is no real solution": ("set",),
    "infinity": _OO, "positive infinity": _OO, "negative infinity": ("neg", _OO), "minus infinity": ("neg", _OO),
    "inf": _OO, "empty set": ("set",), "the empty set": ("set",), "all real numbers": ("named", "R"),
    "all reals": ("named", "R"), "no solution": ("set",), "no solutions": ("set",), "pi": ("const", "pi"),
    "no real solutions": ("set",), "无解": ("set",), "无穷大": _OO, "all real x": ("named", "R"),
}  # fmt: skip


def word_value(words: str) -> Node | None:
    """Numbers in words and the few phrases that are mathematics: "twenty-one", "one half", "infinity"."""
    text = " ".join(words.lower().strip(" .!").split())
    if len(text) > 120:
        return None
    if text and not text.isascii():
        try:
            numeral = chinese(text, 0)
        except Unreadable:
            return None
        if numeral is not None and numeral[1] == len(text):
            return numeral[0][1]  # type: ignore[no-any-return]
    if text in _SPECIAL:
        return _SPECIAL[text]
    for sign_word in ("negative ", "minus "):
        if text.startswith(sign_word):
            inner = _spoken_number(text.removeprefix(sign_word))
            return ("neg", inner) if inner is not None else None
    return _spoken_number(text)


def _spoken_number(text: str) -> Node | None:
    whole, joined, part = text.rpartition(" and ")
    if joined and part.split()[-1:] and part.split()[-1] in _PARTS:  # two and a half
        a, b = _spoken_whole(whole), _spoken_number(part)
        return (
            ("mixed", ("num", a, 1), b[1], b[2])
            if a is not None and b and b[0] == "div" and whole.count(" and ") == 0
            else None
        )
    parts = text.replace("-", " ").split()
    if parts and parts[-1] in _PARTS:
        over = _PARTS[parts[-1]]
        if len(parts) == 1 and text != "half":
            return None
        above = 1 if parts[:-1] in ([], ["a"], ["an"]) else _spoken_whole(" ".join(parts[:-1]))
        return ("div", ("num", above, 1), ("num", over, 1)) if above is not None else None
    value = _spoken_whole(text)
    if value is not None:
        return ("num", value, 1)
    return _counted(text)


def _spoken_whole(text: str) -> int | None:
    """A whole number in words, by its grammar: ones behind tens, hundreds, then thousands and so on, each once."""
    total = section = 0
    last = ""
    for word in text.replace("-", " ").split():
        if word == "and" and last in ("hundred", "scale"):
            continue
        if word in _ONES and (last in ("", "hundred", "scale") or (last == "tens" and 0 < _ONES[word] < 10)):
            section, last = section + _ONES[word], "ones"
        elif word in _TENS and last in ("", "hundred", "scale"):
            section, last = section + _TENS[word], "tens"
        elif word == "hundred" and last in ("ones", "tens") and section < 100:
            section, last = section * 100, "hundred"
        elif word in _SCALE and last in ("ones", "tens", "hundred") and (not total or _SCALE[word] < 10**9):
            total, section, last = total + section * _SCALE[word], 0, "scale"
        else:
            return None
    return total + section if last else None


def _counted(text: str) -> Node | None:
    """five apples: a number in words and the thing counted."""
    words = text.split()
    for cut in range(min(len(words) - 1, 6), 0, -1):
        value = _spoken_whole(" ".join(words[:cut]))
        thing = " ".join(words[cut:])
        if value is not None:
            unit = units.canonical(thing)
            known = unit is not None or units.noun(thing)
            return ("unit", unit if unit else thing, ("num", value, 1)) if known else None
    return None
