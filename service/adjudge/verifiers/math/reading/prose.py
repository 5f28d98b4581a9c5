"""Reading sentences: where they end, what is a formula in them, whether they deny or hedge what they say.

Everything here works on a window of the last WINDOW characters, so bounded repetition costs a bounded time.
"""

from __future__ import annotations

import re

WINDOW = 4_000

# Mathematics in a sentence. A `$…$` follows pandoc's rule (tex_math_dollars): no blank just inside, no digit just
# after, so that "$5 and $3" is money; with blanks on both sides it is mathematics again.
MATH = (
    r"\$\$[^$]{1,400}\$\$"
    r"|\$(?:[^\s$]|[^\s$][^$\n]{0,298}[^\s$\\]|[^\s$]\s?[^\s$\\]|[ ][^$\n]{1,298}[ ])\$(?!\d)"
    r"|\\\((?:[^\\\n]|\\[^)\n]){1,300}\\\)|\\\[(?:[^\\]|\\[^\]]){1,300}\\\]"
)
_MATH_ALONE = re.compile(MATH)
_CALCULATOR = re.compile(r"<<[^<>\n]{0,200}>>")
_BOLD = re.compile(r"(?<![\w)\]}*])(\*\*|__)(?=\S)|(?<=\S)(\*\*|__)(?![\w(\[{\\*])")
_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~)[\w+-]{0,20}[ \t]{0,8}$", re.M)
_ELEMENT = re.compile(r"</?[a-zA-Z_]{3,20}>")
_LATEX_BOLD = re.compile(r"\\(?:textbf|mathbf|boldsymbol)\{([^{}]{0,120})\}")
_ENUMERATION = re.compile(
    r"^[ \t>]{0,12}(?:#{1,6}[ \t]{1,4})?(?:(?:step|case|part)[ \t]{1,4})?(?:\(?[0-9]{1,2}[.)][ \t]+|[-*•+][ \t]+)",
    re.I | re.M,
)
_ENDS = re.compile(  # it begins with a class, so that a search leaps over everything else
    r"[.!?。！？；\n](?:(?<=[.!?])[.!?]{0,5}[\"')\]*_]{0,4}(?=\s|$)|(?<=[。！？；])[”’」）]?|(?<=\n))"
)
# The `!` of 5!, (n-1)! or n! that goes on with a sign, a stop or a word in small letters; one before a blank and a
# capital, or at the very end, ends a sentence.
FACTORIAL = re.compile(
    r"(?:(?<=[0-9)\]}])|(?<=(?<![A-Za-z])[A-Za-z]))!"
    r"(?=[ \t]*(?:\*(?!\*)|[=+/×·÷^<>≤≥≈,;:)\]}|-]|\\(?![\[(])|\.(?!\.)|[a-z]))"
)
_ABBREVIATIONS = frozenset("a.m p.m e.g i.e approx vs no st mr mrs ms dr fig eq resp cf u.s".split())


def window(text: str) -> str:
    """The end of a text, from a line or sentence on, without markup that a reader does not see."""
    text = text.rstrip()
    if len(text) > WINDOW:
        text = text[-WINDOW:]
        cut = re.search(r"[\n.。]", text[:1_000])
        text = text[cut.end() :] if cut else text
    if "```" in text or "~~~" in text:
        text = _FENCE.sub("", text).rstrip()
    return unmarked(text)


def unmarked(text: str) -> str:
    """Without GSM8K's calculator marks `<<48/2=24>>`, Markdown's and LaTeX's bold, and tags like <result>."""
    if "<<" in text:
        text = _CALCULATOR.sub("", text)
    if "**" in text or "__" in text:
        text = _BOLD.sub("", text)
    if "<" in text and ">" in text:
        text = _ELEMENT.sub(" ", text)
    if "\\textbf" in text or "\\mathbf" in text or "\\boldsymbol" in text:
        text = _LATEX_BOLD.sub(r"\1", text)
    return text


def unwrapped(text: str) -> str:
    """Without the dollars or `\\( \\)` of a formula that is all there is."""
    text = text.strip()
    for opening, closing in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("$", "$")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
            inside = text[len(opening) : -len(closing)]
            if opening not in inside:
                return inside.strip().rstrip(".,;。")
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
        if end[0][0] == "!" and FACTORIAL.match(text, end.start()):
            continue
        if end[0][0] == "." and _abbreviated(text, max(start, end.start() - 8), end.start()):
            goes_on = text[end.end() : end.end() + 3].lstrip()[:1].islower()
            if goes_on or text[end.start() - 1] != "m":  # "5 p.m." may end a sentence, "approx." does not
                continue
        if text[start : end.end()].strip():
            found.append(text[start : end.end()].strip())
        start = end.end()
    if text[start:].strip():
        found.append(text[start:].strip())
    return found


def _abbreviated(text: str, low: int, at: int) -> bool:
    """Does an abbreviation, or a single letter, end at `at`?"""
    near = text[low:at]
    cut = max(near.rfind(" "), near.rfind("("), near.rfind("\n"))
    word = near[cut + 1 :].lower()
    if cut < 0 and low > 0:
        return False
    return word in _ABBREVIATIONS or (len(word) == 1 and "a" <= word <= "z")


def strip_enumeration(line: str) -> str:
    return _ENUMERATION.sub("", line)


# Supposition

_SUPPOSED = re.compile(
    r"(?<!only )\b(?:if(?! and only)|unless|suppos(?:e|ing)|assum(?:e|ing)|imagine)\b"
    r"[^,;:，；\n]{0,200}?(?=[,;:，；]|\b(?:then|so)\b|那么|则|$)"
    r"|(?:如果|假设|假如|倘若|^若|(?<=[，。；])若|^设)[^，,；;。\n]{0,200}",
    re.I,
)
_LEADING = re.compile(r"(?:\s|[\"'*_(]|\b(?:so|then|but|and|now|thus|hence|therefore|also)\b,?|但|那么)*", re.I)


def asserted(sentence: str) -> tuple[str, bool]:
    """A sentence with its suppositions ("if x were 42") blanked out, and whether it begins with one."""
    low = sentence.lower()
    if not any(word in low for word in ("if", "unless", "suppos", "assum", "imagin")) and sentence.isascii():
        return sentence, False
    found = list(_SUPPOSED.finditer(sentence))
    if not found:
        return sentence, False
    kept = sentence
    for match in found:
        kept = kept[: match.start()] + " " * (match.end() - match.start()) + kept[match.end() :]
    lead = _LEADING.match(sentence)
    return kept, found[0].start() <= (lead.end() if lead else 0)


# A word to the reader about the conversation: an offer, thanks, how sure the writer is. It answers nothing.
_ADDRESS = re.compile(
    r"[\s\"'*_(]*(?:i (?:can|could|would|will|hope|am|trust|believe)\b|i['’](?:m|d|ll)\b|let me\b|feel free\b"
    r"|please\b|hope\b|if you\b|(?:do|would|should|can|could|are|will) you\b|(?:shall|should|may|can) (?:i|we)\b|thank"
    r"|good luck\b|happy to|glad to|n\.?b\.?:|note:|disclaimer|confidence\b|如果你|如果您|希望|请|需要我|祝)",
    re.I,
)
_ABOUT_THE_TALK = re.compile(
    r"\b(?:you|your|questions?|problems?|exercises?|examples?|methods?|approach(?:es)?|ways|steps?|help\w*|sure|confiden\w+"
    r"|certain|explanations?|solutions?|note)\b|你|您|题|问|注",
    re.I,
)


def is_address(sentence: str) -> bool:
    """ "I can also solve the other 3 problems!", "Let me know …", "I am 95% sure." """
    return bool(_ADDRESS.match(sentence) and _ABOUT_THE_TALK.search(sentence))


# Denial, doubt, refusal

DENIAL = re.compile(
    r"\b(?:not|isn['’]?t|wasn['’]?t|aren['’]?t|doesn['’]?t|don['’]?t|never|neither|nor|no longer|cannot"
    r"|can['’]?t|rather than"
    r"|instead of|other than|anything but|except|incorrect|wrong|false|nicht|kein\w?|n['’]est pas|ne sera pas"
    r"|no es|não é|non è)\b"
    r"|不是|不为|不等于|并非|不会是|错误|不正确|≠|\\ne(?:q|g)?(?![a-zA-Z])|(?<![0-9)\]}])!=|\bне\b",
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
# "The answer cannot be determined" says what is the case; "I cannot determine it" gives up; "it cannot be 5" denies.
UNDETERMINED = re.compile(
    r"\b(?:can ?not|can['’]?t|could ?n[o'’]t|is impossible to) (?:be )?(?:uniquely )?(?:\w{4,}ed|found|known)\b"
    r"(?: from the (?:given )?(?:information|data)(?: given)?)?"
    r"|\b(?:there is )?(?:not enough|insufficient) (?:information|data)\b"
    r"|无法确定|不能确定|信息不足",
    re.I,
)
CLAUSE = re.compile(
    r"[,;:，；：—]\s|，|；|\s[-–—]\s|\b(?:but|so|therefore|thus|hence|because|since|and (?:he|she|it|they|we|the|so"
    r"|there)|which)\b|但|所以|因此|故|而是",
    re.I,
)


def clause_of(sentence: str, start: int, end: int) -> str:
    """The clause around a span: between the nearest commas, colons and conjunctions."""
    left, right = 0, len(sentence)
    for border in CLAUSE.finditer(sentence):
        if border.end() <= start:
            left = border.end()
        elif border.start() >= end:
            right = border.start()
            break
    return sentence[left:right]
