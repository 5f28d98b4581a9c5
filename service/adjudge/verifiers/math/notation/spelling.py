"""Ways of writing that only a look at the neighbours explains, rewritten into plain LaTeX before the lexer sees them.

Every rule is a regular expression without nested repetition over a text of bounded length (lex.MAX_CHARS).
"""

from __future__ import annotations

import re

from .numerals import with_base

_FRAC_DIGITS = re.compile(r"\\([dtc]?)frac\s*([0-9a-zA-Z])(?![a-zA-Z])\s*([0-9a-zA-Z])?")
_FRAC_SECOND = re.compile(r"(\\[dtc]?frac\s*\{[^{}]*\})\s*([0-9])")
_LOG_DIGIT = re.compile(r"\\log\s*_\s*(?!10(?![0-9]))([0-9])")
_LONE_MARK = re.compile(r"(?:\\text\s*)?\{(?:([:.,])|(\\[,;:! ]))\}")
_BARS = re.compile(r"\\(?:bar|overline)\{?(\d)\}?\s*\\(?:bar|overline)\{?(\d)\}?")
_REMARK = re.compile(
    r"\s*(?:\\text\s*\{\s*)?[(（]\s*(?:only|the only|unique|exact|rejecting|valid)\b[^()（）{}]{0,40}[)）]\s*\}?\s*\Z"
)
_ABOUT = re.compile(
    r"(?:\s*(?:\\text\s*\{\s*)?[(（]\s*(?:\\approx|≈|or about|about|approximately|or approximately|i\.e\.,?)"
    r"\s*\}?\s*([^()（）]{1,30})[)）]"
    r"|\s*(?:\\text\s*\{)?\s*or (?:about|approximately)\s*\}?\s*([-0-9.\\a-z{}/]{1,30}))\s*\Z"
)
_OR_REMARK = re.compile(r"\s*\\text\s*\{\s*\(\s*or\s*\}\s*([^()]{1,40})\)\s*\Z|\s*\(\s*or\s+([^()]{1,40})\)\s*\Z")
_SIDED = re.compile(r"\\(?:left|right)\s*(?=[\[\]])")
_HALF_OF_DAY = re.compile(r"(?<=[0-9\s~])([aApP])\.\s?[mM](?:\.|\b)")
_BASED = re.compile(
    r"(?<![A-Za-z0-9\\])(?:\\(?:text|mathrm)\{|\()?([0-9A-Za-z]+)[})]?\s*_\s*\{?\s*(1[1-9]|2[0-9]|3[0-6])\s*\}?(?![0-9])"
)
_LEFT_BRACE = re.compile(r"\\left\s*\\\{\s*(?=\\begin)|\\right\s*\.")
_ANGLES = re.compile(r"\s*<([^<>=]*,[^<>=]*)>\s*")
_FRENCH = re.compile(r"([\[\]])([^\[\]();]{1,40}[,;][^\[\]();]{1,40})([\[\]])")
_CHOOSE = re.compile(
    r"(?<![A-Za-z\\])(?:\\(?:mathrm|text)\{)?([CA])\}?_(?:\{?(\d{1,4}|n)\}?|\{([0-9]*n[-+0-9]*)\})\^\{?(\d{1,4}|[mnkr])\}?(?![0-9])"
)
_CHOOSE_FRONT = re.compile(r"(?:\{\})?([_^])\{?(\d{1,4}|n)\}?\s*([CP])_\{?(\d{1,4}|[mkr])\}?(?![0-9])")
_BRACED_SET = re.compile(r"\s*\{([^{}]*\|[^{}]*)\}\s*")
_INTEGERS = r"(?:\\mathbb\s*\{?|\\)[ZNQ]\}?(?:\^\{?[*+]\}?|_\{?[*+]\}?|_\{[^{}]{1,12}\})?"
_TAIL = re.compile(
    r"(?:[,;(\s]|\\quad|\\qquad|\\[,; ]|\\text\s*\{\s*\(?(?:for|where|with|and|,)?"
    r"\s*(?:all|any|some|every|each)?\s*\}|where|for all|for any|"
    r"for some|for|with|\\forall)+\s*"
    r"(?:\$?[a-zA-Z](?:_\{?\w\}?)?(?:\s*,\s*[a-zA-Z])?\s*(?:\\in|∈)\s*" + _INTEGERS + r"\$?"
    r"|(?:real |arbitrary |positive |non-?negative |any |some )*"
    r"(?:integers?|constants?|natural numbers?|real numbers?|numbers?)?\s*\}?\s*"
    r"\$?[a-zA-Z](?:_\{?\w\}?)?\$?(?=[\s).]*\Z)(?<=[a-zA-Z}$])"
    r"|\$?[a-zA-Z](?:_\{?\w\}?)?\$?\s*(?:\\text\s*\{)?\s*(?:is|are|being)\s+(?:an?\s+)?(?:any\s+|arbitrary\s+|some\s+)?(?:real\s+)?"
    r"(?:(?:positive |non-?negative )?(?:integer|natural number|whole number|constant|real number)s?|arbitrary)\}?)"
    r"\s*[).]?\s*\Z"
)
_QUANTIFIER = re.compile(r"\\in(?![a-zA-Z])|∈|\b(?:for|where|with|is an?|are)\b|\\forall")
_LEAD_IN = re.compile(
    r"\s*(?:\\text\s*\{)?\s*(?:[Tt]hus|[Ss]o|[Hh]ence|[Tt]herefore)?,?\s*(?:[Tt]he|[Ii]ts|[Oo]ur)\s+"
    r"(?:[a-z]+\s+){1,5}?(?:is|are|equals)\s*:?\s*\}?\s*(?=[-+$\\(\[{0-9A-Za-z|])(?![a-z]{2,}\s)"
)


def spell(text: str) -> str:
    """The text in plainer LaTeX; nothing that a reader would see changes."""
    text = with_base(text)
    if "{" in text:
        text = _LONE_MARK.sub(r"\1\2", text)
        if "|" in text and (braced := _BRACED_SET.fullmatch(text)) and not braced[1].endswith("\\"):
            text = f"\\{{{braced[1]}\\}}"
    if "m" in text or "M" in text:
        text = _HALF_OF_DAY.sub(r" \1m ", text)
    if "_" in text:
        text = _BASED.sub(_based, text)
        text = _CHOOSE_FRONT.sub(
            lambda m: _chosen(m[3], m[2], m[4]), _CHOOSE.sub(lambda m: _chosen(m[1], m[2] or m[3], m[4]), text)
        )
    if "\\left" in text:
        text = _LEFT_BRACE.sub("", text)
    if "<" in text and (angles := _ANGLES.fullmatch(text)):
        text = f"\\langle {angles[1]}\\rangle "
    if "bar" in text or "overline" in text:
        text = _BARS.sub(r"\\overline{\1\2}", text)
    if text.endswith((")", "）", "}")) or "or " in text:
        text = _ABOUT.sub(lambda m: f" \\approx {m[1] or m[2]}", _REMARK.sub("", text))
        text = _OR_REMARK.sub(lambda m: f" \\text{{ or }} {m[1] or m[2]}", text)
    if "\\left]" in text or "\\right[" in text or "\\right]" in text:
        text = _SIDED.sub("", text)
    if ("[" in text and "]" in text) or text.count("[") == 2 or text.count("]") == 2:
        text = _FRENCH.sub(_french, text)
    if "\\" not in text:
        return text
    text = _FRAC_DIGITS.sub(lambda m: f"\\{m[1]}frac{{{m[2]}}}" + (f"{{{m[3]}}}" if m[3] else ""), text)
    text = _FRAC_SECOND.sub(r"\1{\2}", text)
    return _LOG_DIGIT.sub(r"\\log_{\1}", text)


def without_quantifier(text: str) -> str:
    """ "x = pi/4 + k pi, k in Z" -> "x = pi/4 + k pi"; a text that is nothing else stays."""
    text = _ONLY.sub("", text) or text
    tail = _TAIL.search(text, max(0, len(text) - 120)) if _QUANTIFIER.search(text) else None
    if tail is None or tail.start() == 0:
        return text
    rest = text[: tail.start()].rstrip(" ,;(")
    opened = rest.count("{") - rest.count("}")
    return rest if rest and not opened and not rest.endswith(("=", "\\in", "<", ">")) else text


_ONLY = re.compile(
    r"\s*(?:\\text\s*\{)?\s*(?:is|are) the (?:only|unique) (?:real |valid )?"
    r"(?:solution|answer|root|value)s?\s*\}?\.?\s*\Z"
)


def without_lead_in(text: str) -> str:
    """ "The equation is y = 2x" -> "y = 2x"."""
    lead = _LEAD_IN.match(text)
    return text[lead.end() :] if lead else text


def _based(match: re.Match[str]) -> str:
    digits = match[1]
    if digits[0].isdecimal() or any(c.isdecimal() for c in digits) or (digits.isupper() and len(digits) > 1):
        return f"\\text{{{digits}}}_{{{match[2]}}}"
    return match[0]


def _chosen(letter: str, n: str, k: str) -> str:
    if n.isdecimal() and k.isdecimal() and int(k) > int(n):
        return f"{letter}_{{{n}}}^{{{k}}}"
    return f"\\binom{{{n}}}{{{k}}}" if letter == "C" else f"\\operatorname{{perm}}({n},{k})"


def _french(match: re.Match[str]) -> str:
    """]1,2[ is (1,2); [1,2[ is [1,2); ordinary brackets stay."""
    low, inside, high = match[1], match[2], match[3]
    if (low, high) == ("[", "]"):
        return match[0]
    return f"{'[' if low == '[' else '('}{inside}{']' if high == ']' else ')'}"


_LABEL = re.compile(
    r"(?:^|(?<=[\s,;.}，；。$])|(?<=quad)|(?=\\text))(?:\\text(?:bf)?\s*\{\s*)?[(（]?"
    r"([a-h]|[1-9]|i{1,3}|iv|v)[)）]\s*\}?\s*[:.]?(?:\s|\\[ ,;])*"
)
_ROMAN = ("i", "ii", "iii", "iv", "v")


def labelled_parts(text: str) -> list[str] | None:
    """ "(a) 7 (b) 3" -> ["7", "3"]: parts under labels that run on from a, 1 or i; None where there are not two."""
    if ")" not in text and "）" not in text:
        return None
    marks = list(_LABEL.finditer(text[:2_000]))
    if len(marks) < 2 or text[: marks[0].start()].strip(" $\\,"):
        return None
    names = [mark[1] for mark in marks]
    count = len(names)
    if names not in (list("abcdefgh"[:count]), list("123456789"[:count]), list(_ROMAN[:count])):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = [text[mark.end() : end].strip().rstrip(",;，；。. ").strip() for mark, end in zip(marks, ends, strict=True)]
    parts = [part.removesuffix("\\quad").removesuffix("\\qquad").strip() for part in parts]
    return parts if all(parts) else None
