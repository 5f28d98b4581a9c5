"""Which option letters a text commits to: "(B)", "B. 42", "\\textbf{(B)}\\ 12", "Choice_C", "option C", "A and C"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .prose import DOUBT, REFUSAL, sentences, strip_enumeration


@dataclass(frozen=True, slots=True)
class Committed:
    """The letters, in order and in capitals; `hedged` says why several of them are no commitment."""

    letters: tuple[str, ...]
    hedged: str | None = None


NOTHING = Committed(())
_WRAPPER = re.compile(
    r"\\(?:text|textbf|textrm|textit|textsf|mathbf|mathrm|mathit|mathsf|mathbb|boldsymbol|mbox|bf|rm|boxed|fbox"
    r"|left|right|displaystyle"
    r"|quad|qquad|operatorname|underline|emph|bigl?|bigr|Big)(?![a-zA-Z])|\\[,;:! {}]|[{}$`]|\*\*|\\\(|\\\)|\\\[|\\\]"
)
_NAMED = (
    r"(?:the )?(?:correct |right |best |only )?"
    r"(?:options?|choices?|answers?|letters?|statements?|选项|選項|答案|选择|选|項|项)"
    r"(?: (?:is|are)(?![a-z]))?[\s_:：\-是为]{0,3}"
)
_ONE = r"[(\[（【]? ?[A-Ja-j] ?[)\]）】]?"
_AND = (
    r"(?: ?(?:,|，|、|;|；|/|&|\+) ?(?:and |or )?"
    r"| (?:and|or|und|oder|et|ou|y|и|или) "
    r"| ?(?:和|或|与|及|以及|或者) ?"
    r"|(?<=[)\]）】]) ?(?=[(\[（【]))"  # (A)(C)
)
_LIST = re.compile(
    r"[\s\"'“:：=\-*_>#.]*"
    rf"(?:(?:both|either|neither|only|all of|not|不是) )?(?:{_NAMED})?"
    rf"(?P<letters>{_ONE}(?:{_AND}(?:{_NAMED})?{_ONE}(?![A-Za-z0-9])){{0,9}})"
    r"(?P<after>$|[^A-Za-z0-9'’])",
    re.IGNORECASE,
)
_RUN = re.compile(r"[\s:：(（]*([A-J]{2,6}|[A-J](?: [A-J]){1,5}\Z)(?=$|[\s.,。，)）;；])")
_MARKED = re.compile(r"[(\[（]([A-J])[)\]）]")
_OPTION_LINE = re.compile(r"[\s*_\->]{0,8}[(\[（]?([A-Ja-j])[)\]）.:：、]\s*\S")
_LETTER = re.compile(r"(?<![A-Za-z])[A-Ja-j](?![A-Za-z])")
_OR = re.compile(r"[ ](?:or|oder|ou|или)[ ]|或|/|\beither\b", re.I)
_FREE = re.compile(
    r"(?P<named>\b(?:options?|choices?|选项|選項|[选選])[\s_:：]{0,3})?"
    r"(?P<open>[(\[（【]?)(?<![A-Za-z0-9\\])(?P<letter>[A-Ja-j])(?![A-Za-z0-9'’])(?P<close>[)\]）】]?)",
    re.IGNORECASE,
)
# A comma borders a clause, but not within "A, B and C".
_CLAUSE = re.compile(
    r",(?!\s?[(]?[A-J][)]?(?:,|\s(?:and|or|nor)\b|[;.]|$))\s?|[;；。]\s?|，"
    r"|\b(?:but|so|therefore|thus|hence|because|since|as|while|whereas)\b|但|所以|因此|故|而|因为|由于",
    re.I,
)
_REASON = re.compile(r"\b(?:because|since|as|while|whereas)\b|因为|由于", re.I)
_THEREFORE = re.compile(r"\b(?:so|therefore|thus|hence)\b|所以|因此|故|综上", re.I)
_OUT = re.compile(
    r"\b(?:not|isn['’]t|aren['’]t|incorrect|wrong|false|cannot|can['’]t|eliminat\w*|rul\w* out|neither|nor"
    r"|invalid|exclud\w*|reject\w*|except|none of"
    r"|too (?:big|small|large|low|high|short|long|few|many|broad|narrow)|fails?|contradicts?|impossible"
    r"|irrelevant|unrelated)\b"
    r"|不|错|排除|非",
    re.I,
)


def letters_at_start(text: str) -> Committed:
    """The letters that a short text (a box, what follows "the answer is", a line) begins with."""
    plain = _WRAPPER.sub(" ", text[:600])
    plain = re.sub(r"[ \t~]+", " ", plain).strip()
    run = _RUN.match(plain)
    if run:
        run_of = run[1].replace(" ", "")
        ordered = list(run_of) == sorted(set(run_of))
        # CDA is a run of letters too where nothing else stands; in a sentence it may be a word (BED, CAFE).
        if ordered or (run[0].strip() == plain and len(set(run_of)) == len(run_of)):
            return Committed(tuple(run_of))
    match = _LIST.match(plain)
    if match is None:
        return NOTHING
    head = plain[: match.start("letters")]
    listed = match["letters"]
    letters = _unique(letter.upper() for letter in _LETTER.findall(listed))
    rest = plain[match.end("letters") :]
    if len(letters) == 1 and not _is_letter(listed, head, rest):
        return NOTHING
    if re.search(r"\b(?:not|neither)\b|不是", head, re.I):
        return NOTHING
    if len(letters) > 1 and (_OR.search(listed) or re.search(r"\beither\b", head, re.I)):
        return Committed(letters, f"it names {' or '.join(letters)} without choosing")
    if len(letters) == 1 and (further := _beside(letters[0], listed, rest[:300])):
        return Committed((*letters, *further), f"it names {', '.join((*letters, *further))} without choosing")
    doubt = DOUBT.search(rest[:80].partition("\n")[0])
    if doubt and _LETTER.search(rest[doubt.end() : 100]):
        return Committed(letters, "it names a letter and then doubts it")
    return Committed(letters)


def _is_letter(listed: str, head: str, rest: str) -> bool:
    """Is a single letter an option, or the article "a", the pronoun "I", a variable?"""
    bare = listed.strip("()[]（）【】 ")
    if bare != listed.strip() or re.search(r"option|choice|选|letter", head, re.I):
        return True
    if not rest.strip() or rest.lstrip()[0] in ".:：、)）,，;；。\"”'!-–—\n":
        return not (rest[:1] == " " and rest.lstrip()[0] in "-–—" and bare.islower()) or True
    if bare.islower():
        return False
    if bare == "I":
        return False
    if bare == "A":  # "A is correct", "A because"; but "A triangle", "A set of"
        return bool(re.match(r"\s+(?:is|because|since|as|and|\(|would|must|will)\b|\s*[(（]|\s*[^\x00-\x7f]", rest))
    return not re.match(r"\s*[=+*/^<>|_]", rest)


_JOINER = (
    r"[\s.…,，;；:：、!|/()\[\]（）]"
    r"|(?<![A-Za-z])(?:or|else|maybe|perhaps|vs|versus|options?|choices?)(?![A-Za-z])|或|选项"
)
_ARROW = r"[\-–—→⇒>]|=>|\\(?:to|rightarrow|l?dots|cdots)(?![A-Za-z])"
_OTHER = r"(?<![A-Za-z0-9\\])[A-HJ](?![A-Za-z0-9'’_^])"  # no I: that is a numeral, or a word
_LETTERS_ONLY = re.compile(rf"(?:{_JOINER}|{_OTHER})++")
_LETTERS_IN_A_ROW = re.compile(rf"(?:{_JOINER}|{_ARROW}|{_OTHER})++")
_MARK = re.compile(r"\s?([)\]）.:：、])")
_AT_BORDER = re.compile(r"(?:[\n,，;；。/|]|\b(?:or|and|und|oder|et|ou)|[或和与])\s*\Z")
_LABELLED = (
    r"(?=\s*[^\s.)\]])(?![A-Z=])(?!\s*(?:It|This|That|These|Because|Since|So|Hence|Therefore|Thus|As|We|I|In|By|For"
    r"|If|Explanation|Reason)\b)"
)


def goes_on_listing(letter: str, rest: str) -> bool:
    """Does what follows "The answer is A." list further options: "1 B. 2 C. 3"?"""
    return bool(_listed_behind(letter, letter, f". {rest[:300]}"))


def _beside(letter: str, listed: str, rest: str) -> tuple[str, ...]:
    """The other options that stand behind a single letter as its equals: `A. 1 B. 2`, `A → B`, `A. B`, `A (B)`.

    An option's own text is none ("A. A and B", "A. Vitamin C"), nor is what is ruled out or explains.
    """
    marked = [other for clause in _stated(rest) for other in _MARKED.findall(clause.text)]
    return tuple(other for other in _unique([*marked, *_listed_behind(letter, listed, rest)]) if other != letter)


def _listed_behind(letter: str, listed: str, rest: str) -> list[str]:
    """Further letters that are all there is, or are marked as the first is."""
    listed = listed.strip()
    behind = _MARK.match(rest)
    mark = listed[-1] if listed[-1] in ")]）】" else behind[1] if behind else ""
    only = _LETTERS_ONLY if mark else _LETTERS_IN_A_ROW
    if only.fullmatch(rest):
        return [other for other in re.findall(_OTHER, rest) if other != letter]
    return _labels(letter, listed, mark, rest) if mark else []


def _labels(letter: str, listed: str, mark: str, rest: str) -> list[str]:
    """B and C of "A. red B. blue C. green".

    Within a text only the next of the alphabet is a label ("A. vitamin C. Good" has none), and none where nothing lies
    between ("A. C. elegans").
    """
    bracket = re.escape(listed[0]) if not listed[0].isalpha() else ""
    small = any(char in "abcdefghij" for char in listed)
    label = rf"(?<![A-Za-z0-9'’\\_^{{=+*<>-]){bracket}([{'a-j' if small else 'A-HJ'}]){re.escape(mark)}{_LABELLED}"
    stated = _stated(rest)
    found, last = [], letter
    for match in re.finditer(label, rest):
        before, other = rest[: match.start()], match[1].upper()
        beyond = before.count("(") <= before.count(")") and before.strip(f"{mark} ")
        border = not small and _AT_BORDER.search(before)
        if beyond and (border or ord(other) == ord(last) + 1) and any(c.holds(match.start(1)) for c in stated):
            found.append(other)
            last = other
    return [other for other in found if other != letter]


def _stated(rest: str) -> list[_Clause]:
    """The clauses that neither rule out nor explain."""
    return [clause for clause in _clauses(rest) if not clause.explains and not _OUT.search(clause.text)]


_FIRST_LINE = re.compile(r"[\s*_#>]{0,8}([(\[]?[A-J][)\]]?)[.:]?[\s*_]{0,4}(?=\n|\Z)")


def letters_on_first_line(text: str) -> Committed | None:
    """A first line that is a letter and nothing else: the answer, and then its explanation."""
    match = _FIRST_LINE.match(text)
    if match is None:
        return None
    rest = text[match.end() :].rstrip()
    if len(rest) <= 300 and _LETTERS_ONLY.fullmatch(rest):
        return letters_at_start(f"{match[1]}. {rest}")
    return letters_at_start(match[1])


def letters_in_prose(text: str) -> Committed:
    """The letters that the last sentence naming options commits to; what it rules out does not count.

    Options that are read out line by line at the end (A …, B …, C …) are the question's, not an answer.
    """
    if _is_listing(text):
        return NOTHING
    for sentence in reversed(sentences(text)[-12:]):
        sentence = strip_enumeration(sentence)
        plain = re.sub(r"[ \t~]+", " ", _WRAPPER.sub(" ", sentence)).strip()
        if not plain:
            continue
        if REFUSAL.search(plain):
            return NOTHING
        if plain.endswith(("?", "？")):
            continue
        whole = letters_at_start(plain) if len(plain) <= 120 else NOTHING
        if whole.letters and (len(plain) <= 8 or re.match(rf"[\s\"'*]*(?:{_NAMED})?[(\[（]?[A-J][)\]）.:：、]", plain)):
            return whole
        committed = _in_sentence(plain)
        if committed.letters:
            return committed
    return NOTHING


def _is_listing(text: str) -> bool:
    lines = [line for line in text[-1_500:].splitlines() if line.strip()][-2:]
    marks = [mark[1].upper() for mark in map(_OPTION_LINE.match, lines) if mark]
    return len(marks) == 2 and ord(marks[1]) == ord(marks[0]) + 1


def _in_sentence(plain: str) -> Committed:
    clauses = [clause for clause in _clauses(plain) if _free_letters(clause.text)]
    conclusion = next((at for at, clause in enumerate(clauses) if clause.concludes), 0)
    clauses = clauses[conclusion:]
    stated = [clause for clause in clauses if not clause.explains]
    ruled_out = {letter for clause in clauses if _OUT.search(clause.text) for letter in _free_letters(clause.text)}
    letters = _unique(letter for clause in stated for letter in _free_letters(clause.text) if letter not in ruled_out)
    if not letters:
        return NOTHING
    if DOUBT.search(plain):
        return Committed(letters, "the sentence that names a letter doubts it")
    if len(letters) > 1 and _OR.search(plain):
        return Committed(letters, f"it names {' or '.join(letters)} without choosing")
    if len(letters) > 1 and not re.search(r"\band\b|和|、|与|both", plain, re.I):
        return Committed(letters, f"it names {', '.join(letters)} without choosing")
    return Committed(letters)


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    start: int
    concludes: bool  # "so", "therefore" leads it
    explains: bool  # "because", "since" leads it

    def holds(self, at: int) -> bool:
        return self.start <= at < self.start + len(self.text)


def _clauses(plain: str) -> list[_Clause]:
    found: list[_Clause] = []
    start, lead = 0, ""
    for border in [*_CLAUSE.finditer(plain), None]:
        end = border.start() if border else len(plain)
        concludes = bool(_THEREFORE.search(lead) or _THEREFORE.match(plain, start))
        found.append(_Clause(plain[start:end], start, concludes, bool(_REASON.search(lead))))
        if border:
            start, lead = border.end(), border[0]
    return found


def _free_letters(clause: str) -> list[str]:
    """Letters that stand for options in a sentence: capitals (no "A triangle", no "I am"), or named or bracketed."""
    found = []
    for match in _FREE.finditer(clause):
        letter = match["letter"]
        marked = bool(match["named"] or (match["open"] and match["close"]))
        if not marked:
            rest = clause[match.end() :]
            if letter.islower():
                continue
            if letter == "I" or (
                letter == "A" and re.match(r"\s+[a-z]", rest) and not re.match(r"\s+(?:is|and|or)\b", rest)
            ):
                continue
        found.append(letter.upper())
    return found


def _unique(letters: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(letters))
