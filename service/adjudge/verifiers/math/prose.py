"""Reading sentences: where they end, which numbers they mention, whether they deny or hedge what they say.

Everything here works on a window of the last WINDOW characters, so bounded repetition costs a bounded time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WINDOW = 4_000

# Mathematics in a sentence. A `$…$` follows pandoc's rule (tex_math_dollars): no blank just inside, no digit just
# after, so that "$5 and $3" is money; with blanks on both sides it is mathematics again.
MATH = (
    r"\$\$[^$]{1,400}\$\$"
    r"|\$(?:[^\s$]|[^\s$][^$\n]{0,298}[^\s$\\]|[^\s$]\s?[^\s$\\]|[ ][^$\n]{1,298}[ ])\$(?!\d)"
    r"|\\\((?:[^\\\n]|\\[^)\n]){1,300}\\\)|\\\[(?:[^\\]|\\[^\]]){1,300}\\\]"
)
_TERM = re.compile(rf"(?:{MATH}|\S)+")
_MATH_ALONE = re.compile(MATH)
_CALCULATOR = re.compile(r"<<[^<>\n]{0,200}>>")
_BOLD = re.compile(r"(?<![\w)\]}*])(\*\*|__)(?=\S)|(?<=\S)(\*\*|__)(?![\w(\[{\\*])")
_ENUMERATION = re.compile(
    r"^[ \t>]{0,12}(?:#{1,6}[ \t]{1,4})?(?:(?:step|case|part)[ \t]{1,4})?(?:\(?[0-9]{1,2}[.)][ \t]+|[-*•+][ \t]+)",
    re.I | re.M,
)
_ENDS = re.compile(r"[.!?]+[\"')\]*_]{0,4}(?=\s|$)|[。！？；]+[”’」）]?|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:a\.m|p\.m|e\.g|i\.e|approx|vs|no|st|mr|mrs|ms|dr|fig|eq|resp|cf|u\.s|[A-Z])$", re.I
)


def window(text: str) -> str:
    """The end of a text, from a line or sentence on, without calculator marks and bold signs."""
    text = text.rstrip()
    if len(text) > WINDOW:
        text = text[-WINDOW:]
        cut = re.search(r"[\n.。]", text[:1_000])
        text = text[cut.end() :] if cut else text
    return unmarked(text)


def unmarked(text: str) -> str:
    """Without GSM8K's calculator marks `<<48/2=24>>` and Markdown's bold."""
    if "<<" in text:
        text = _CALCULATOR.sub("", text)
    if "**" in text or "__" in text:
        text = _BOLD.sub("", text)
    return text


def sentences(text: str) -> list[str]:
    """The sentences of a window in order; formulas and abbreviations do not end one, a line break does."""
    formulas = [match.span() for match in _MATH_ALONE.finditer(text)] if "$" in text or "\\" in text else []
    found, start, at_formula = [], 0, 0
    for end in _ENDS.finditer(text):
        while at_formula < len(formulas) and formulas[at_formula][1] <= end.start():
            at_formula += 1
        if at_formula < len(formulas) and formulas[at_formula][0] < end.start():
            continue
        if end[0][0] == "." and _ABBREVIATION.search(text, max(start, end.start() - 8), end.start()):
            goes_on = text[end.end() : end.end() + 3].lstrip()[:1].islower()
            if goes_on or text[end.start() - 1] != "m":  # "5 p.m." may end a sentence, "approx." does not
                continue
        if text[start : end.end()].strip():
            found.append(text[start : end.end()].strip())
        start = end.end()
    if text[start:].strip():
        found.append(text[start:].strip())
    return found


def strip_enumeration(line: str) -> str:
    return _ENUMERATION.sub("", line)


# Denial, doubt, refusal

DENIAL = re.compile(
    r"\b(?:not|isn['’]?t|wasn['’]?t|aren['’]?t|doesn['’]?t|don['’]?t|never|neither|nor|no longer|cannot"
    r"|can['’]?t|rather than"
    r"|instead of|other than|anything but|except|incorrect|wrong|false|nicht|kein\w?|n['’]est pas|ne sera pas"
    r"|no es|não é|non è)\b"
    r"|不是|不为|不等于|并非|不会是|错误|不正确|≠|\\ne(?:q|g)?(?![a-zA-Z])|!=|\bне\b",
    re.I,
)
DOUBT = re.compile(
    r"\b(?:maybe|perhaps|possibly|might|may be|could (?:also )?be|can be either|either|not (?:quite |really "
    r"|entirely )?(?:sure|certain)"
    r"|unsure|uncertain|guess(?:ing)?|who knows|peut-être|vielleicht|quizás|talvez)\b|或许|也许|可能|大概|不确定|猜"
    r"|возможно|может быть",
    re.I,
)
WEAK_DOUBT = re.compile(
    r"\b(?:probably|likely|presumably|should be around|roughly guessing)\b|大約是?吧|应该是.{0,8}吧", re.I
)
REFUSAL = re.compile(
    r"\b(?:(?:can ?not|can['’]?t|could ?n['’]?t|could not|unable to|impossible to|not possible to|do(?:es)? not"
    r"|don['’]?t|doesn['’]?t)"
    r" (?:be )?(?:determin|solv|answer|comput|calculat|know|find|say|help|provide|tell|have enough|assist|compl)\w*"
    r"|not enough (?:information|data)|insufficient (?:information|data)|no idea|i['’]?m sorry|i am sorry"
    r"|i apologi[sz]e|as an ai"
    r"|give up|traceback|syntaxerror|\w{1,30}(?:Error|Exception):)"
    r"|无法(?:确定|计算|回答|求解|得出)|不知道|不能确定|信息不足|Traceback \(most|File \"",
    re.I,
)
_CLAUSE = re.compile(
    r"[,;:，；：—]\s|，|；|\s[-–—]\s|\b(?:but|so|therefore|thus|hence|because|since|and (?:he|she|it|they|we|the|so"
    r"|there)|which)\b|但|所以|因此|故|而是",
    re.I,
)


def clause_of(sentence: str, start: int, end: int) -> str:
    """The clause around a span: between the nearest commas, colons and conjunctions."""
    left, right = 0, len(sentence)
    for border in _CLAUSE.finditer(sentence):
        if border.end() <= start:
            left = border.end()
        elif border.start() >= end:
            right = border.start()
            break
    return sentence[left:right]


# Numbers in a sentence

_SPACE = r"(?:\\[,;:! ]|~)"
_DIGITS = (
    rf"(?:[0-9]{{1,3}}(?:(?:,|\{{,\}}|,\\!|\\!,|{_SPACE}|')[0-9]{{3}})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
    r"|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|\.[0-9]+"
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
_OPERATORS = frozenset("+ - − – * × · ÷ / = ≈ ^ \\times \\cdot \\div x".split())
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
            spelt = _spelt(terms, at)
            if spelt:
                before = _before(terms, at)
                sign = "-" if before[:1] in (("minus",), ("negative",)) else ""
                found.append(Mention(sign + spelt, True, terms[at].start, terms[at].end, before, spelt=True))
            at += 1
            continue
        run = terms[at : at + size]
        mention = _mention(run, _before(terms, at), terms[at + size].text if at + size < len(terms) else "")
        if mention is not None:
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
        if operator not in _OPERATORS or not (_numeric(operand) or operator == "="):
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


def unwrapped(text: str) -> str:
    """Without the dollars or `\\( \\)` of a formula that is all there is."""
    text = text.strip()
    for opening, closing in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("$", "$")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
            inside = text[len(opening) : -len(closing)]
            if opening not in inside:
                return inside.strip().rstrip(".,;。")
    return text


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


def _spelt(terms: list[_Word], at: int) -> str | None:
    """A number word: three, twenty-five. "one" only right after a verb, since it is mostly a pronoun."""
    word = _bare(terms[at].text).lower()
    head, _, tail = word.partition("-")
    if head not in _WORD_NUMBERS or (tail and (tail not in _WORD_NUMBERS or _WORD_NUMBERS[head] < 20)):
        return None
    if word == "one" and (at == 0 or _bare(terms[at - 1].text).lower() not in COMMITS):
        return None
    return str(_WORD_NUMBERS[head] + (_WORD_NUMBERS[tail] if tail else 0))


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
        earlier = [m for m in main[:-1] if is_stated(m) and not _CLAUSE.search(sentence[m.end : last.start])]
        if earlier:
            return earlier[-1]
    return last
