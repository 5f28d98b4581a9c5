"""The numbers that a sentence mentions, and which of them it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .prose import CLAUSE, MATH, unwrapped

# A word: what stands between blanks, but a formula with blanks in it is one word.
_TERM = re.compile(rf"(?:{MATH}|\S)+")

_SPACE = r"(?:\\[,;:! ]|~)"
_DIGITS = (
    rf"(?:[0-9]{{1,3}}(?:(?:,|\{{,\}}|,\\!|\\!,|{_SPACE}|')[0-9]{{3}})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
    r"|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|\.[0-9]+"
)
_ZH = "[零〇一二三四五六七八九十百千万亿两]"
_NUMERAL = re.compile(
    f"负?(?:{_ZH}{{1,20}}分之{_ZH}{{1,20}}|{_ZH}{{1,20}}(?:点[零〇一二三四五六七八九]{{1,20}})?)(?!共|定|样|些|起|直|般|旦|半)"
)
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_POWER_OF_TEN = r"(?:(?:×|x|\\times|\\cdot|·|\*)10(?:\^|\*\*)\{?[-+]?[0-9]{1,4}\}?)"
_TIMES_TEN = re.compile(r"(?:×|x|\\times|\\cdot|·|\*)10(?=\^|\*\*)")
_CURRENCY = r"(?:US|A|C)?\\?\$|[£€¥₹]|\b(?:USD|EUR|GBP|Rs\.?)"
_UNIT = (
    r"%|\\%|°[CF]?|(?:k|c|m|d)?m[²³23]?|(?:k|m)?g|lbs?|oz|ft|in|mi|hrs?|h|mins?|min|s|sec|ml|L|l|km/h|mph|m/s"
    r"|cents?|dollars?|元|个|只|人|岁|天|块"
    r"|米|厘米|千米|公里|千克|克|升|分钟|小时|度|名|本|条|张|辆|枚|页|次|种|件|位|支|棵|年|月|日"
)
NUMBER = re.compile(
    rf"(?P<sign>[-+–]?)(?:{_CURRENCY})?(?P<sign2>-?)(?P<value>(?:{_DIGITS})(?:[eE][-+]?[0-9]{{1,4}})?{_POWER_OF_TEN}?"
    rf"(?:/(?:{_DIGITS}))?|\\[dtc]?frac\{{-?[0-9]{{1,40}}\}}\{{-?[0-9]{{1,40}}\}}|\\[dtc]?frac[0-9][0-9]"
    rf"|[0-9]+\\[dtc]?frac\{{[0-9]{{1,40}}\}}\{{[0-9]{{1,40}}\}}"
    rf"|[0-9]*[{_VULGAR}])(?P<unit>(?:{_UNIT})?)(?:/[a-z]{{1,8}})?"
)
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)\b", re.I)
_ADJECTIVE = re.compile(r"[0-9]+-[a-z]", re.I)
_GROUP_HEAD = re.compile(r"[-+–]?(?:\\?\$)?[1-9][0-9]{0,2}")
_GROUP_TAIL = re.compile(r"[0-9]{3}(?:\.[0-9]+)?")
_PLAIN_FRACTION = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
OPERATORS = frozenset("+ - − – * × · ÷ / = ≈ ^ \\times \\cdot \\div x".split())
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "万": 4, "亿": 8, "k": 3}
_LABELS = frozenset(
    "step question problem part case method option figure table equation eq line page section example exercise theorem "
    "lemma note version round chapter # no number-of grade phase".split()
)
_HAS_NUMBER = re.compile(rf"[0-9{_VULGAR}]")
_EASTERN = "\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
_SCRIPTS = re.compile(f"[{_EASTERN}]+|[^{_EASTERN}]+")
_HAN = re.compile(f"[{_EASTERN}]")
_OPENING, _CLOSING = "([{\"'`*_“‘（【~<", ".,;:!?)]}\"'`*_。，；：！？”’）】、~"

_WORD_NUMBERS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
}
_WORD_NUMBERS |= dict(zip("thirty forty fifty sixty seventy eighty ninety".split(), range(30, 100, 10), strict=True))
_WORD_NUMBERS["dozen"] = 12
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4}
for _size, _part in enumerate("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 3):
    _PARTS |= {_part: _size, f"{_part}s": _size}


@dataclass(frozen=True, slots=True)
class Mention:
    """A number (or, if not `plain`, an expression with numbers) in a sentence."""

    text: str
    plain: bool
    start: int
    end: int
    before: tuple[str, ...]  # the words to its left, nearest first
    spelt: bool = False  # a word: three
    result: bool = False  # it stands after an "="


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def words(sentence: str) -> list[_Word]:
    """Blank-separated words, a formula with blanks in it being one word; Chinese is apart from what it is not."""
    terms = [_Word(match[0], match.start(), match.end()) for match in _TERM.finditer(sentence)]
    if not _HAN.search(sentence):
        return terms
    return [
        _Word(piece[0], word.start + piece.start(), word.start + piece.end())
        for word in terms
        for piece in _SCRIPTS.finditer(word.text)
    ]


def mentions(sentence: str) -> list[Mention]:
    """The numbers and arithmetic expressions a sentence mentions, in order; what follows the last `=` of each chain."""
    found: list[Mention] = []
    terms = words(sentence)
    at = 0
    while at < len(terms):
        size = _run(terms, at)
        if size == 0:
            found += _numerals(terms[at], at == 0)
            spelt, taken = _spelt(terms, at)
            if spelt:
                before = _before(terms, at)
                sign = "-" if before[:1] in (("minus",), ("negative",)) else ""
                end = terms[at + taken - 1].end
                found.append(Mention(sign + spelt, True, terms[at].start, end, before, spelt=True))
            at += taken
            continue
        run = terms[at : at + size]
        mention = _mention(run, _before(terms, at), terms[at + size].text if at + size < len(terms) else "")
        if mention is not None:
            rest, taken = _and_a_half(terms, at + size)
            if rest and mention.text.isdigit():
                mention = replace(mention, text=f"{mention.text} {rest}", end=terms[at + size + taken - 1].end)
                size += taken
            found.append(mention)
        at += size
    return found


def _before(terms: list[_Word], at: int) -> tuple[str, ...]:
    """The words to the left, nearest first; of a Chinese run the last character, which is the verb if there is one."""
    near: list[str] = []
    for term in reversed(terms[max(0, at - 7) : at]):
        word = _bare(term.text).lower()
        if term.text[-1] in ",;:，；：" or word in _BORDERS:
            break
        near.append(word[-1] if word and _HAN.match(word[-1]) else word)
    return tuple(near)


_BORDERS = frozenset({"so", "but", "then", "thus", "therefore", "hence", "and", "which", "because"})


def _bare(word: str) -> str:
    """A word without the punctuation around it; a closing bracket that the word itself opened stays."""
    word = word.lstrip(_OPENING)
    while word and word[-1] in _CLOSING:
        closing = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【"}.get(word[-1])
        if closing and word.count(closing) >= word.count(word[-1]):
            break
        if word.endswith("...") or (word[-1] == "!" and word[-2:-1].isdigit()):  # 0.333..., 5!
            break
        word = word[:-1]
    return word


def _run(terms: list[_Word], at: int) -> int:
    """How many words from `at` on form one expression: 20 + 5 = 25 has five; 0 if no number begins here."""
    if not _numeric(terms[at].text):
        return 0
    size = 1
    while at + size + 1 < len(terms) and terms[at + size - 1].text[-1] not in ",;:.。":
        operator, operand = terms[at + size].text, terms[at + size + 1].text
        if operator not in OPERATORS or not (_numeric(operand) or operator == "="):
            break
        if not _numeric(operand):
            break
        size += 2
    while at + size < len(terms) and _follows(terms[at + size - 1].text, terms[at + size].text):
        size += 1
    return size


def _numeric(word: str) -> bool:
    return bool(_HAS_NUMBER.search(word)) and not re.match(r"[\"'(\[]{0,3}[A-Za-z]+-?[0-9]", word)


def _follows(left: str, right: str) -> bool:
    """The groups of 1 048 576, the fraction of 5 1/3, the exponent part of 2 × 10^3 being handled as an expression."""
    right = _bare(right)
    if _GROUP_TAIL.fullmatch(right) and (_GROUP_HEAD.fullmatch(left) or _GROUP_TAIL.fullmatch(left)):
        return True
    return bool(_PLAIN_FRACTION.fullmatch(right) and _WHOLE.fullmatch(left.lstrip("$(")))


def _mention(run: list[_Word], before: tuple[str, ...], after: str) -> Mention | None:
    text = " ".join(word.text for word in run)
    start, end = run[0].start, run[-1].start + len(run[-1].text.rstrip(_CLOSING))
    bare = unwrapped(_bare(text))
    if (before and before[0].rstrip(".") in _LABELS) or _ORDINAL.fullmatch(bare):
        return None
    right = unwrapped(_bare(bare.rpartition("=")[2].strip())) or bare
    if (
        "=" in bare
        and "/" not in bare
        and all(plain_number(unwrapped(_bare(side.strip()))) for side in bare.split("="))
    ):
        return Mention(bare, False, start, end, before)  # 72 = 73: whether it is true is not ours to say
    if _ADJECTIVE.match(right) or not _HAS_NUMBER.search(right):
        return None
    value = plain_number(right, after)
    if value is not None and not value.startswith("-") and before[:1] in (("minus",), ("negative",), ("-",), ("–",)):
        value = "-" + value
    return Mention(value if value is not None else right, value is not None, start, end, before, result="=" in bare)


def plain_number(text: str, after: str = "") -> str | None:
    """The number that a text is, without currency and unit (percent stays); None if it is anything else.

    `after` is the next word: "1.5 million" is 1.5 * 10^6.
    """
    joined = re.sub(r"(?<=[0-9]) (?=[0-9]{3}(?:\D|$))", ",", text) if " " in text else text
    joined = re.sub(r"\s*([×*x·]|\\times|\\cdot)\s*(?=10\s*\^)", r"\1", joined) if " " in joined else joined
    mixed = re.fullmatch(r"(-?[0-9]+) ([0-9]+/[0-9]+)", text)
    if mixed:
        return text
    match = NUMBER.fullmatch(joined)
    if match is None:
        return None
    sign = "-" if match["sign"] in ("-", "–") or match["sign2"] else ""
    value = sign + match["value"]
    if match["unit"] in ("%", "\\%") or _bare(after).lower() in ("percent", "%", "\\%"):
        return value + "%"
    after = _bare(after).lower()
    value = _TIMES_TEN.sub(r" \\times 10", value)
    scale = _SCALES.get(after[:1] if _HAN.match(after) else after)
    return f"{value} \\times 10^{{{scale}}}" if scale else value


def _numerals(term: _Word, first: bool) -> list[Mention]:
    """Chinese numerals in a run of Chinese: at its beginning, or after a verb (elsewhere 一 is mostly no number)."""
    if not _HAN.match(term.text) or len(term.text) > 400:
        return []
    return [
        Mention(match[0], True, term.start + match.start(), term.start + match.end(), ("是",), spelt=True)
        for match in _NUMERAL.finditer(term.text)
        if (first and match.start() == 0) or term.text[match.start() - 1 : match.start()] in tuple("是为有得于要共剩")
    ]


def _spelt(terms: list[_Word], at: int) -> tuple[str | None, int]:
    """A number in words from `at` on, and how many words it takes: three, twenty-five, two thirds, one and a half.

    "one" alone only right after a verb, since it is mostly a pronoun; "half" and "a third" only as all that is said.
    """
    word = _bare(terms[at].text).lower()
    head, _, tail = word.partition("-")
    if head not in _WORD_NUMBERS:
        return _part_alone(terms, at, word)
    if tail in _PARTS:
        return _fraction(_WORD_NUMBERS[head], tail), 1
    if tail and (tail not in _WORD_NUMBERS or _WORD_NUMBERS[head] < 20):
        return None, 1
    value = _WORD_NUMBERS[head] + (_WORD_NUMBERS[tail] if tail else 0)
    large, taken = _large(terms, at, value)
    if taken > 1:
        return str(large), taken
    if terms[at].text[-1] not in ",;:.":
        rest, taken = _and_a_half(terms, at + 1)
        if rest:
            return f"{value} {rest}", 1 + taken
        part = _bare(terms[at + 1].text).lower() if at + 1 < len(terms) else ""
        if part in _PARTS and (value == 1) != (part.endswith("s") or part == "halves"):
            return _fraction(value, part), 2
    if word == "one" and (at == 0 or _bare(terms[at - 1].text).lower() not in COMMITS):
        return None, 1
    return str(value), 1


_LARGE = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}


def _large(terms: list[_Word], at: int, value: int) -> tuple[int, int]:
    """ "two hundred and five", "three thousand": the number, and how many words it takes (1: it is no large one)."""
    total, current, taken = 0, value, 1
    while at + taken < len(terms) and terms[at + taken - 1].text[-1] not in ",;:.":
        word = _bare(terms[at + taken].text).lower()
        if word in _LARGE:
            if _LARGE[word] > 100:
                total, current = total + current * _LARGE[word], 0
            else:
                current *= 100
            taken += 1
            continue
        joined = word == "and" and at + taken + 1 < len(terms) and current % 100 == 0
        following = _bare(terms[at + taken + 1].text).lower() if joined else word
        head, _, tail = following.partition("-")
        small = _WORD_NUMBERS.get(head, 0) + (_WORD_NUMBERS.get(tail, 0) if tail else 0)
        if taken == 1 or not small or (current and current % 100):
            break
        current += small
        taken += 2 if joined else 1
    return total + current, taken


def _fraction(count: int, part: str) -> str:
    return f"{count}/{_PARTS[part]}"


def _and_a_half(terms: list[_Word], at: int) -> tuple[str | None, int]:
    """The rest of "two and a half", "3 and three quarters", as "1/2", "3/4"."""
    if at + 2 >= len(terms) or terms[at].text.lower() != "and":
        return None, 0
    count, part = terms[at + 1].text.lower(), _bare(terms[at + 2].text).lower()
    value = 1 if count == "a" else _WORD_NUMBERS.get(count, 0)
    return (_fraction(value, part), 3) if value and part in _PARTS else (None, 0)


def _part_alone(terms: list[_Word], at: int, word: str) -> tuple[str | None, int]:
    """ "is half.", "is a third." """
    taken = 2 if word == "a" and at + 1 < len(terms) else 1
    part = _bare(terms[at + taken - 1].text).lower()
    alone = part in _PARTS and (part == "half" or taken == 2) and at + taken == len(terms)
    return (_fraction(1, part), taken) if alone and at and _bare(terms[at - 1].text).lower() in COMMITS else (None, 1)


_RATIO = re.compile(r"[0-9]+(?:\.[0-9]+)? to [0-9]+(?:\.[0-9]+)?(?: to [0-9]+(?:\.[0-9]+)?)*(?![\w/]|\.[0-9])")


_ONE_IN = re.compile(r"([0-9]+) in ([0-9]+)(?![\w/]|\.[0-9]|\s+[a-z])")
_CHANCE = re.compile(r"\b(?:probability|chances?|odds|likelihood)\b", re.I)


def ratio_at_start(text: str) -> str | None:
    """The ratio "3 to 1" that a text begins with."""
    match = _RATIO.match(text)
    return match[0] if match else None


def ratio_of(sentence: str, found: list[Mention], chosen: Mention) -> str | None:
    """The ratio that a number is part of: "The ratio is 3 to 1"; "from 3 to 5" and "adds 3 to 5" are none."""
    if " in " in sentence and _CHANCE.search(sentence):  # a chance of 1 in 3
        match = _ONE_IN.match(sentence, chosen.start)
        return match and f"{match[1]}/{match[2]}"
    if " to " not in sentence:
        return None
    for mention in found:
        if mention.before[:1] and (mention.before[0] in COMMITS or mention.before[0] == "of"):
            match = _RATIO.match(sentence, mention.start)
            if match and mention.start <= chosen.start < match.end():
                return match[0]
    return None


# Which of several numbers a sentence is about

COMMITS = frozenset(
    "is are was were be been equals equal = has have had gets get got makes make made needs need needed takes "
    "take took "
    "costs cost earns earn earned gives give gave leaves left requires require total totals spends spend spent "
    "pays pay "
    "sold sells sell buy buys bought saves saved ate eats reads read own owns contains produces approximately about "
    "exactly only becomes remain remains 是 为 有 要 于 共 得 剩 了 花".split()
)
_ASIDE = frozenset("per each every if when than out because since unless until whenever".split())
_SETTING = frozenset("in for after from with within during at by on over among between using before across of".split())
_VERBLESS = frozenset("the a an his her their its be".split())


def is_aside(mention: Mention) -> bool:
    """In a purpose ("to transport 80 flagstones"), a condition or a comparison, not what the sentence states."""
    if mention.result:
        return False
    for index, word in enumerate(mention.before):
        if word in COMMITS or _HAS_NUMBER.search(word):
            return False
        if word in _ASIDE:
            return True
        if word == "to" and index > 0 and mention.before[index - 1] not in _VERBLESS:
            return True
    return False


def is_setting(mention: Mention) -> bool:
    """After a preposition: "in 2 accounts", "for 5 days"; "a total of 5" is none."""
    if mention.result:
        return False
    for index, word in enumerate(mention.before):
        if word in COMMITS or _HAS_NUMBER.search(word):
            return False
        if word in _SETTING:
            return not (word == "of" and mention.before[index + 1 : index + 2] in (("total",), ("sum",), ("number",)))
    return False


def is_stated(mention: Mention) -> bool:
    """Right after a verb that commits to it."""
    return mention.result or any(word in COMMITS for word in mention.before[:2])


def main_mention(found: list[Mention], sentence: str) -> Mention | None:
    """The number a sentence is about: the last, unless that one is an aside and an earlier one is not."""
    digits = [mention for mention in found if not mention.spelt]
    main = [mention for mention in digits if not is_aside(mention)]
    if not main:
        spelt = [mention for mention in found if mention.spelt and not is_aside(mention)]
        candidates = spelt or digits or found
        return candidates[-1] if candidates else None
    last = main[-1]
    if is_setting(last):
        earlier = [m for m in main[:-1] if is_stated(m) and not CLAUSE.search(sentence[m.end : last.start])]
        if earlier:
            return earlier[-1]
    return last
