"""Is a piece of text nothing but an expression, and of which parts?"""

from __future__ import annotations

import re

from .mentions import ratio_at_start
from .prose import MATH, unwrapped

_WORDS = frozenset(
    # functions and constants
    "sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh log ln lg exp sqrt cbrt root abs "
    "max min gcd "
    "lcm mod floor ceil pi infinity inf infty oo theta alpha beta gamma delta lambda mu sigma phi omega det "
    # joining words
    "and or in mod union none "
    # units
    "cm mm km nm um kg mg lb lbs oz ft yd mi min mins hr hrs sec ms mph kph ml dl pm am usd eur hz khz rad rads "
    "deg dollars "
    "dollar cents cent euros degrees degree percent meters metres meter metre feet foot inches inch miles mile "
    "yards hours hour "
    "minutes minute seconds second days day weeks week months month years year grams kilograms kilometers "
    "kilometres centimeters "
    "centimetres liters litres pounds ounces gallons units unit square cubic sq cu per radians times squared "
    "cubed joules "
    "watts newtons volts amps ohms people students apples coins cards ways pieces points".split()
)
_SMALL = frozenset("is it to of on at by so we he me my no as an be do go if up us ok hi am ah oh".split())
_PIECE = re.compile(
    r"\s+"
    r"|\\(?:text|mathrm|textbf|mathbf|operatorname|mbox|textit|boldsymbol|textrm)\s?\{[^{}]{0,60}\}"
    r"|\\(?:begin|end)\{[a-zA-Z]{1,12}\*?\}(?:\{[lcr|]{1,12}\})?"
    r"|\\[a-zA-Z]+|\\[^a-zA-Z]"
    r"|[或且]|(?P<word>(?:(?![²³¹⁰-₟½¼¾⅐-⅞或且])[^\W\d_]){2,})"
    r"|[^\W_]|[-+*/^_=<>≤≥≠≈(){}\[\]|,.:;!'%°$£€¥&~√∛π∞±∓×·÷∪∩∈∅∠′″²³⁰¹⁴-⁹⁻⁺ⁿ½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞→⟨⟩⌊⌋⌈⌉，、；∘⋅−–]"
)
_SUBSTANCE = re.compile(r"[\w½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞∅π∞]|\\[a-zA-Z]")
_GREEK = re.compile("[\u0370-\u03ff]")
MAX_EXPRESSION = 1_500

LISTED = re.compile(r"[\s$]*(?:,|，|、|;|and|or|和|或|以及|与|&|, ?and|, ?or)[\s$]*(?:[a-zA-Z]\s?=\s?)?", re.I)
UNITS_LISTED = re.compile(r"\s(?:[a-z]{1,12}\s){0,2}(?:and|&)\s|\s[a-z]{1,12},\s", re.I)  # 5 hours and 30
_BETWEEN_FORMULAS = re.compile(r"[ \t]*(?:,|，|、|;|and|or|和|或|以及|与|&|,[ ]?and|,[ ]?or)[ \t]*", re.I)
_ANNOUNCEMENT = re.compile(
    r"\A[\s*_{]*(?:\\(?:text|textbf|mathrm|mbox|textrm)\s?\{\s*)?(?:the\s|my\s)?(?:final\s|correct\s|right\s)?"
    r"(?:answer|ans|result|solution|答案|答|结果)(?:\sis|\s?=|\s?:|是|为|：)\s?:?(?P<rest>\s*\}?\s*)",
    re.I,
)
_FILLER = re.compile(
    r"(?:approximately|approx\.?|about|around|roughly|exactly|precisely|simply|just|only|therefore|thus|indeed"
    r"|clearly|obviously|now|then|also"
    r"|equal to|equals|given by|a total of|in total|the (?:number|value|expression|point|set|interval"
    r"|pair)(?=[\s$\\]+[0-9$\\(])|is|be|=|≈|:|→|\\approx|约|大约|约为|等于|为|是"
    r"|probably|most likely|likely)[\s,:]*",
    re.I,
)
_COMMENT = re.compile(
    r"(?:correct|wrong|right|clear|as follows|shown|below|above|simple|obtained|found|the same|given|in the|in a"
    r"|here|easy|obvious|trivial"
    r"|verified|consistent|reasonable|valid|what|an? (?:integer|number|single|fraction)|expressed|written|boxed"
    r"|based on|that|then|to|now|therefore)\b"
    r"|正确|错误|如下|显然",
    re.I,
)
_UNKNOWN = re.compile(
    r"(?:unknown|undetermined|unclear|n/?a|none of|i do(?:n['’]t| not)|i cannot|\?+|not (?:known|clear|given"
    r"|provided))\b|\?+$",
    re.I,
)
_REASON = re.compile(
    r"(?:,|;|\s\(?)\s?\b(?:because|since|as (?:it|the|we|he|she|they)|which|where|so|given that|by (?:the|using)"
    r"|due to|for (?:the|all|each)|when|if|after|from|using|obtained|per|who|that)\b"
    r"|，?(?:因为|由于|其中|所以)|\s[—–-]{1,2}\s(?=[a-zA-Z]{2})",
    re.I,
)
TRAILING = " \t\n.。,，;；:*_`!"


def is_expression(text: str) -> bool:
    """Nothing but an expression: numbers, signs, LaTeX, single letters, functions, units; no prose."""
    text = text.strip()
    if not text or len(text) > MAX_EXPRESSION or not _SUBSTANCE.search(text):
        return False
    at = 0
    letters = True
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return False
        word = piece["word"]
        if word:
            glued = at > 0 and text[at - 1].isdigit()
            if not _is_math_word(word, glued):
                return False
        elif piece[0][0].isdigit() or not piece[0].isalpha():
            letters = letters and piece[0].isspace()
        at = piece.end()
    return not letters or len(text) <= 2 or " " not in text


def _is_math_word(word: str, glued: bool) -> bool:
    lower = word.lower()
    if lower in _WORDS:
        return True
    if _GREEK.search(word) and len(word) <= 3:
        return True  # πr
    if not word.isascii():
        return len(word) <= 2 and lower in {
            "平方",
            "厘米",
            "千米",
            "公里",
            "千克",
            "公斤",
            "小时",
            "分钟",
            "元",
            "米",
            "个",
            "人",
        }
    return (len(word) <= 3 and glued) or (len(word) == 2 and lower not in _SMALL)


def has_words(text: str) -> bool:
    """Has it words besides LaTeX commands and functions?"""
    return any(len(word) > 1 for word in re.findall(r"(?<![\\a-zA-Z])[a-zA-Z]{2,}", text))


def trimmed(text: str) -> str:
    """Without blanks, closing punctuation, quotes and formula signs around it."""
    text = text.strip().strip("*_`").strip()
    while text and text[-1] in TRAILING and not text.endswith(("\\,", "\\;", "\\:", "\\!", "\\.")):
        if text[-1] == "!" and len(text) > 1 and (text[-2].isalnum() or text[-2] in ")}"):
            break  # 5! is a factorial
        text = text[:-1]
    if len(text) > 1 and text[0] in "\"'“‘" and text[-1] in "\"'”’":
        text = text[1:-1].strip()
    return unwrapped(text)


def spoken(text: str) -> str:
    """A LaTeX text as words: without \\text{} and braces."""
    return re.sub(r"\\(?:text|textbf|mathrm|mbox|textrm)(?![a-zA-Z])|[{}$]", " ", text[:2_000])


def without_announcement(text: str) -> str:
    """`\\text{The answer is }5` → `5`."""
    head = text[:120]
    match = _ANNOUNCEMENT.match(head)
    if match is None:
        return text
    rest = text[match.end() :]
    opened = match[0].count("{") - match[0].count("}")
    rest = rest.strip()
    if opened > 0 and rest.endswith("}") and rest.count("}") > rest.count("{"):
        rest = rest[:-1]
    return rest.strip() or text


def without_filler(text: str) -> str:
    """Without "approximately", "equal to", "=" and their like in front."""
    text = text.strip()
    for _ in range(6):
        match = _FILLER.match(text)
        if match is None or not match[0]:
            break
        if match[0][-1:].isalpha() and text[match.end() : match.end() + 1].isalpha():
            break
        text = text[match.end() :].lstrip()
    return text


def without_reason(text: str) -> str:
    """Without the explanation that follows: "Evelyn, because she is the fastest" → "Evelyn"."""
    match = _REASON.search(text, 1)
    return trimmed(text[: match.start()]) if match and text[: match.start()].strip() else text


def is_comment(text: str) -> bool:
    """ "correct", "as follows": a remark on the answer, not the answer."""
    return bool(_COMMENT.match(text.strip().lower()))


def is_unknown(text: str) -> bool:
    return bool(_UNKNOWN.match(text.strip()))


FORMULA = re.compile(MATH)


def parts_at_start(text: str) -> tuple[str, ...]:
    """The expression (or list of them) that a text begins with, without formula signs; () if it begins with prose."""
    text = text.strip()
    first = FORMULA.match(text)
    if first:
        return _formulas(text)
    ratio = ratio_at_start(text) if " to " in text else None
    if ratio:
        return (ratio,)
    cut = _REASON.search(text, 1)
    for candidate in (text, text[: cut.start()] if cut else ""):
        candidate = trimmed(candidate)
        if is_expression(candidate):
            return _split(candidate)
    words = re.split(r"(\s+)", text[:400])
    best, prefix = "", ""
    for index in range(0, len(words), 2):
        prefix += words[index]
        if not is_expression(trimmed(prefix)) and index > 0 and re.search(r"[a-zA-Z]{2,}", words[index]):
            break
        if is_expression(trimmed(prefix)):
            best = trimmed(prefix)
        prefix += words[index + 1] if index + 1 < len(words) else ""
    if best and re.search(r"[0-9√π∞]|\\[a-zA-Z]", best):
        return _split(re.sub(r"\s(?:and|or|in|per|times)$", "", best))
    return ()


def _formulas(text: str) -> tuple[str, ...]:
    """Formulas joined by "and", "or" and commas; a unit after the last stays with it."""
    parts: list[str] = []
    joints: list[str] = []
    at = 0
    while True:
        formula = FORMULA.match(text, at)
        if formula is None:
            break
        parts.append(unwrapped(formula[0]))
        at = formula.end()
        joint = _BETWEEN_FORMULAS.match(text, at)
        if joint is None or not FORMULA.match(text, joint.end()):
            break
        joints.append(joint[0].strip())
        at = joint.end()
    rest = trimmed(
        re.split(r"[,;(]|\s(?:because|since|which|where|as|so|for|when|if|by|from)\s", text[at:] + " ", maxsplit=1)[0]
    )
    if rest and len(rest) <= 40 and is_expression("1 " + rest):
        parts[-1] = f"{parts[-1]} {rest}"
    if len(parts) > 1 and all(joint in _WORDS_BETWEEN for joint in joints) and _is_region(parts):
        return (" ".join([parts[0], *(f"{joint} {part}" for joint, part in zip(joints, parts[1:], strict=True))]),)
    return tuple(dict.fromkeys(parts))


_WORDS_BETWEEN = frozenset({"and", "or", "或", "且"})
INEQUALITY = re.compile(r"[<>≤≥⩽⩾]|\\(?:[lg](?:e|eq|t)|[lg]eqslant)(?![a-zA-Z])")
_RELATION = re.compile(r"[=≠∈]|\\(?:in|neq?)(?![a-zA-Z])|" + INEQUALITY.pattern)


def _is_region(pieces: list[str]) -> bool:
    """ "x < -2", "x > 3": relations, and an inequality among them, are together one answer."""
    return all(map(_RELATION.search, pieces)) and any(map(INEQUALITY.search, pieces))


_TEXT_JOINT = re.compile(r"\\(?:text|mbox|textrm|mathrm)\{\s*(and|or)\s*\}")


def _split(text: str) -> tuple[str, ...]:
    """ "x = 3 or x = 5" → two parts; commas are the parser's business."""
    if "\\text" in text:  # 14, 25, \text{ and } 61
        text = _TEXT_JOINT.sub(r" \1 ", text)
    pieces = [unwrapped(trimmed(piece)) for piece in re.split(r"\s+(?:and|or)\s+|\s*(?:和|或|且|以及)\s*", text)]
    if len(pieces) > 1 and _is_region(pieces):
        return (text,)
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


_LEADS = re.compile(
    r"\A(?:\s|=|⇒|→|∴|=>|->|\\(?:R|r|LongR)ightarrow(?![a-zA-Z])|\\(?:implies|therefore|iff)(?![a-zA-Z]))+"
)
_BLOCK = re.compile(r"(?:\$\$|\\\])\s*[.。]?\Z")


def last_line(text: str) -> str:
    """The last line that says anything, without list marks and quotes; a displayed formula is one line."""
    text = text.rstrip()
    block = _BLOCK.search(text, max(0, len(text) - 20))
    if block:
        opening = "$$" if block[0].startswith("$$") else "\\["
        start = text.rfind(opening, 0, block.start())
        if start >= 0:
            return text[start + 2 : block.start()].strip().rstrip(".,")
    before, _, line = text.rpartition("\n")
    line = _LINE_MARKS.sub("", line)
    if before.strip():  # on a line alone, "- 3" is a minus; below others it is the mark of a list
        line = _BULLET.sub("", line)
    line = _COUNTED.sub("", _LABEL.sub("", line))
    return _LEADS.sub("", unwrapped(trimmed(line)))


_COUNTED = re.compile(r"(?<=[0-9])\s?[(（][\u4e00-\u9fff]{1,4}[)）][.。]?\Z")  # 12+12=24(个)
_LINE_MARKS = re.compile(r"\A[ \t]*(?:>[ \t]?|#{1,6}[ \t]+|[*•+][ \t]+)*")
_BULLET = re.compile(r"\A[-–][ \t]+")
_LABEL = re.compile(r"\A(?:answer|ans|result)\b\s?[:：=]?\s?", re.I)
