"""Words that say the same, and words that say nothing: the data that `texts` reads answers in words with."""

from __future__ import annotations

import re

MONTHS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec"
).split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
SHORT_NAMES = {
    **{name[:3]: name for name in MONTHS[:12]}, "sept": "september",
    **{name[:3]: name for name in WEEKDAYS}, "tues": "tuesday", "thur": "thursday", "thurs": "thursday",
}  # fmt: skip
"""Read as what they stand for only where the other side names a month or a weekday: "may" and "sun" are words too."""

SPELLINGS = {
    "colour": "color", "grey": "gray", "centre": "center", "metre": "meter", "litre": "liter", "neighbour": "neighbor",
    "favour": "favor", "favourite": "favorite", "honour": "honor", "labour": "labor", "behaviour": "behavior",
    "flavour": "flavor", "harbour": "harbor", "odour": "odor", "rumour": "rumor", "humour": "humor", "vapour": "vapor",
    "recognise": "recognize", "organise": "organize", "minimise": "minimize", "maximise": "maximize",
    "normalise": "normalize", "analyse": "analyze", "programme": "program", "theatre": "theater", "fibre": "fiber",
    "travelling": "traveling", "modelling": "modeling", "labelled": "labeled", "licence": "license",
    "defence": "defense", "offence": "offense", "aluminium": "aluminum", "trapezium": "trapezoid",
    "yeah": "yes", "yep": "yes", "nope": "no", "doesn't": "does not", "don't": "do not", "can't": "cannot",
    "isn't": "is not", "aren't": "are not", "it's": "it is",
    "convergent": "converges", "converge": "converges", "divergent": "diverges", "diverge": "diverges",
    "星期一": "monday", "周一": "monday", "星期二": "tuesday", "周二": "tuesday", "星期三": "wednesday",
    "周三": "wednesday", "星期四": "thursday", "周四": "thursday", "星期五": "friday", "周五": "friday",
    "星期六": "saturday", "周六": "saturday", "星期日": "sunday", "星期天": "sunday", "周日": "sunday",
    "是的": "yes", "是": "yes", "不是": "no", "否": "no", "正确": "true", "对": "true", "错误": "false", "错": "false",
    "偶数": "even", "偶": "even", "奇数": "odd", "奇": "odd", "质数": "prime", "素数": "prime", "合数": "composite",
    "收敛": "converges", "发散": "diverges", "充分而不必要": "充分不必要", "必要而不充分": "必要不充分",
    "充分而不必要条件": "充分不必要条件", "必要而不充分条件": "必要不充分条件",
}  # fmt: skip
"""Other spellings and other words for the same, word by word. The trapezium of British books is a trapezoid."""

_NO_SOLUTION = (
    r"(?:there (?:is|are|exists?) |(?:equation |system |it |inequality )?has |have )?"
    r"(?:no(?: real| such| possible| valid)? (?:solution|root|answer)s?|no such [a-z]{3,12})"
    r"(?: exists?| is possible| for x| to (?:equation|system))?"
    r"|(?:real )?(?:solution|root)s? do(?:es)? not exist|none|empty set|emptyset|varnothing|null set|无解|无实数解|空集"
    r"|无实根|无实数根|没有解"
)
_KNOW = r"(?:determined|found|known|decided|answered|concluded)"
_GIVEN = r"(?: (?:from|with|using|based on)(?: only)?(?: given)? (?:information|data)(?: given| provided| alone)?)?"
_MEANINGS = {
    "no solution": _NO_SOLUTION,
    "undefined": r"dne|(?:limit )?do(?:es)? not exist|undefined|not defined|nonexistent|不存在|无意义",
    "unknown": rf"(?:can ?not|could not) be {_KNOW}{_GIVEN}|not (?:possible|able) to (?:determine|tell|know){_GIVEN}"
    r"|(?:not enough|insufficient) (?:information|data)(?: is)?(?: given| provided)?"
    r"(?: to (?:tell|determine|decide|answer|know|conclude))?"
    rf"|impossible to (?:determine|tell|know|decide){_GIVEN}|undetermined|indeterminable|无法确定|不能确定|不确定",
    "infinite": r"infinite(?:ly many)?|infinite number(?: of [a-z]{3,12})?|infinity|infty"
    r"|无穷多个?|无数个?|无限多个?|无穷个",
    "impossible": r"impossible|not possible|不可能",
}
MEANINGS = {name: re.compile(pattern) for name, pattern in _MEANINGS.items()}
"""Whole answers (articles off) that mean one thing, whatever the words."""

YES = frozenset("yes true correct".split())
NO = frozenset("no false incorrect wrong".split())
HEDGES = frozenset("or maybe perhaps possibly probably unless but however although except sometimes either if".split())
DENIALS = frozenset("no not never neither nor cannot none nothing false wrong incorrect without hardly".split())
DENYING_SIGN = re.compile(r"[≠¬∉⊄≢✗✘❌]|!=|\\n(?:eg|e|eq|ot|otin)(?![a-zA-Z])")

COPULAS = frozenset("is are was were equals becomes be".split())
OPENERS = frozenset("so thus hence therefore then finally clearly in on at".split())
SUBJECTS = frozenset(
    "it they this that these he she answer statement claim proposition conclusion assertion function relation series "
    "sequence integral limit sum product curve graph conic equation locus path shape figure solid polygon triangle "
    "quadrilateral angle number integer value result solution line lines plane planes set matrix system vector vectors "
    "event events variable variables day date month year week weekday color winner loser player person student type "
    "kind name order quadrant point game object pattern argument converse given final correct resulting of by to f g h "
    "described represented improper infinite their its two".split()
)
"""What a sentence may be about, before "is": nothing here says anything that a question asks for."""
NEUTRAL = frozenset(
    "function number integer triangle series sequence statement solution value root angle curve graph quadrant player "
    "person student quadrilateral polygon line plane event relation equation conic shape figure section set "
    "matrix system vector variable day color set integral condition point way time marble ball card".split()
)
"""Nouns that may stand behind a word that says what they are, or be left out: isosceles (triangle)."""
WINS = frozenset("win wins won".split())
COUNTS = frozenset(
    "no not none zero any all every each some few many several one two three four five six seven eight nine ten both "
    "either neither only exactly same other another different".split()
)
"""Words that need their noun: "no" is not "no solution"."""
ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "one": "1", "two": "2", "three": "3",
            "four": "4", "i": "1", "ii": "2", "iii": "3", "iv": "4"}  # fmt: skip
