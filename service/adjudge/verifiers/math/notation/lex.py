"""From text to tokens: one pass, no look-behind, bounded look-ahead; total on every Unicode string.

A token is `(type, value)`. Types:

num     a Node (`num`, `dec` or `base`)      let     one letter or a Greek name          word   two or more letters
text    the words of a \\text{...}            cmd     a LaTeX command that the parser knows by name
op      an operator, relation or separator   open / close   a bracket: ( [ { \\{ langle lfloor lceil
bar     |                                    env / endenv   \\begin{pmatrix}, \\end{pmatrix}
amp row the & and \\\\ of an environment      named  a number set
"""

from __future__ import annotations

import re
from typing import Any

from . import units
from .numerals import DOTS, Forbidden, Token, Unreadable, chinese, number

MAX_CHARS = 6_000
MAX_TOKENS = 3_000


_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xAD, 0x2061, 0x2062, 0x2063])
_SYMBOLS = {
    "−": "-", "–": "-", "—": "-", "﹣": "-", "‐": "-", "‑": "-", "×": r" \times ", "·": r" \cdot ", "⋅": r" \cdot ",
    "∙": r" \cdot ", "•": r" \cdot ", "÷": r" \div ", "∗": "*", "≤": r" \le ", "≥": r" \ge ", "⩽": r" \le ",
    "⩾": r" \ge ", "≠": r" \ne ", "≈": r" \approx ", "≡": r" \equiv ", "∞": r" \infty ", "π": r" \pi ", "√": r"\sqrt ",
    "∛": r"\sqrt[3] ", "∪": r" \cup ", "∩": r" \cap ", "∈": r" \in ", "∉": r" \notin ", "∅": r" \emptyset ",
    "±": r" \pm ", "∓": r" \mp ", "°": r"^\circ ",
    "˚": r"^\circ ",
    "º": r"^\circ ",
    "¢": r"\text{cents}",
    "负": "-",
    "負": "-", "℃": r"^\circ\mathrm{C}", "℉": r"^\circ\mathrm{F}",
    "∧": r" \land ", "∨": r" \lor ", "∖": r" \setminus ", "→": r" \to ", "⇒": r" \Rightarrow ", "′": "'", "’": "'",
    "∑": r"\sum ", "∫": r"\int ", "∏": r"\prod ", "⟨": r"\langle ", "⟩": r"\rangle ", "〈": r"\langle ",
    "〉": r"\rangle ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "（": "(", "）": ")",
    "，": ",", "、": ", ", "；": ";", "：": ":", "【": "[", "】": "]", "。": " ", "％": "%", "＝": "=", "＋": "+",
    "＜": "<", "＞": ">", "∶": ":", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}",
    "ℂ": r"\mathbb{C}", "∠": r"\angle ", "△": r"\triangle ", "⊂": r" \subset ", "⊆": r" \subseteq ", "∼": r"\sim ",
    "½": r"\frac{1}{2}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}",
    "⅕": r"\frac{1}{5}", "⅖": r"\frac{2}{5}", "⅗": r"\frac{3}{5}", "⅘": r"\frac{4}{5}", "⅙": r"\frac{1}{6}",
    "⅚": r"\frac{5}{6}", "⅛": r"\frac{1}{8}", "⅜": r"\frac{3}{8}", "⅝": r"\frac{5}{8}", "⅞": r"\frac{7}{8}",
    "“": '"', "”": '"', "‘": "'", "…": r"\ldots ", "⋯": r"\ldots ", "µ": r"\mu ", "\u2009": r"\,", "\u202f": r"\,",
    "\u00a0": " ", "\u3000": " ", "\u2007": " ", "\u2002": " ", "\u2003": " ", "℅": "%", "∣": "|", "｜": "|",
    "＄": r"\$", "￥": "¥", "⁄": "/", "ⅈ": "i", "ⅇ": "e", "ℯ": "e", "∂": r"\partial ", "≅": r" \cong ", "∘": r"\circ ",
}  # fmt: skip
_SYMBOLS.update({chr(0xFF10 + d): str(d) for d in range(10)})
_SYMBOLS.update({chr(0xFF21 + d): chr(65 + d) for d in range(26)})
_SYMBOLS.update({chr(0xFF41 + d): chr(97 + d) for d in range(26)})
_SYMBOLS.update({"．": ".", "－": "-", "／": "/", "＊": "*", "＾": "^", "［": "[", "］": "]", "｛": r"\{", "｝": r"\}"})
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega varepsilon vartheta varphi varrho ell hbar Pi"
).split()
_GREEK_CHARS = dict(zip("αβγδεζηθικλμνξορστυφχψωΓΔΘΛΞΣΥΦΨΩ", _GREEK, strict=False))
_SYMBOLS.update({char: f"\\{name} " for char, name in _GREEK_CHARS.items()})
_TRANSLATE: dict[int, Any] = {**{ord(k): v for k, v in _SYMBOLS.items()}, **_INVISIBLE}
_SUPER = {**{c: str(i) for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, "⁻": "-", "⁺": "+", "ⁿ": "n", "ⁱ": "i", "ˣ": "x"}
_SUB = {**{chr(0x2080 + i): str(i) for i in range(10)}, "ₙ": "n", "ₐ": "a"}
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SUPER_RUN = re.compile(f"[{''.join(_SUPER)}]+")
_SUB_RUN = re.compile(f"[{''.join(_SUB)}]+")
_ASCII = re.compile(r"[\x00-\x7f]*\Z")


def plain(text: str) -> str:
    """Unicode mathematics rewritten in LaTeX, invisible characters dropped. Raises Forbidden on reordered text."""
    if _ASCII.match(text):
        return text.replace("\x00", "")
    if _BIDI.search(text):
        raise Forbidden("the text holds characters that reorder what is shown")
    text = _SUPER_RUN.sub(lambda m: "^{" + "".join(_SUPER[c] for c in m[0]) + "}", text)
    text = _SUB_RUN.sub(lambda m: "_{" + "".join(_SUB[c] for c in m[0]) + "}", text)
    return text.translate(_TRANSLATE)


# ------------------------------------------------------------------------------------------------ LaTeX commands

_DROP = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle textstyle "
    "scriptstyle "
    "quad qquad thinspace enspace space limits nolimits rm bf it normalsize large Large small boldmath mathstrut strut "
    "therefore thinmuskip medspace negthinspace negmedspace nonumber notag centering allowbreak relax dollar".split()
)
_DROP_WITH_ARGUMENT = frozenset("hspace vspace tag label hskip kern".split())
_UNWRAP = frozenset(
    "mathbf boldsymbol mathit mathsf mathcal mathscr mathfrak bm pmb boxed fbox framebox ensuremath underline "
    "mathopen mathclose mathbin mathord mathrel smash".split()
)
_TEXT = frozenset(
    "text textbf textrm textit textsf texttt textnormal textsc textup emph mbox hbox mathrm mathtt operatorname "
    "operatorname*".split()
)
_OPS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "pm": "pm", "mp": "mp", "le": "<=", "leq": "<=",
    "leqslant": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "in": "in",
    "notin": "notin", "approx": "approx", "equiv": "equiv", "sim": "sim", "cong": "sim", "cup": "cup", "bigcup": "cup",
    "cap": "cap", "bigcap": "cap", "setminus": "setminus", "backslash": "setminus", "smallsetminus": "setminus",
    "land": "and", "wedge": "and", "lor": "or", "vee": "or", "colon": ":", "mid": "mid", "vert": "|", "lvert": "|",
    "rvert": "|", "bmod": "mod", "mod": "mod", "subset": "subset", "subseteq": "subset", "to": "to", "rightarrow": "to",
    "mapsto": "to", "Rightarrow": "implies", "implies": "implies", "Longrightarrow": "implies", "iff": "implies",
    "Leftrightarrow": "implies", "choose": "choose", "over": "over", "circ": "circ", "degree": "degree", "prime": "'",
    "ldots": "dots", "cdots": "dots", "dots": "dots", "colonequals": "=", "doteq": "=", "star": "*",
}  # fmt: skip
_OPEN = {"langle": "<", "lfloor": "lf", "lceil": "lc", "lbrace": "{", "lbrack": "[", "lparen": "("}
_CLOSE = {"rangle": "<", "rfloor": "lf", "rceil": "lc", "rbrace": "{", "rbrack": "[", "rparen": "("}
_FORBIDDEN = frozenset("newcommand renewcommand def let edef gdef input include write catcode csname "
                       "phantom hphantom vphantom colorbox transparent opacity cancel bcancel xcancel sout st "
                       "llap rlap clap raisebox rotatebox "
                       "reflectbox scalebox href url require".split())  # fmt: skip
_COMMANDS = frozenset(
    "frac dfrac tfrac cfrac sqrt binom dbinom tbinom pi infty sin cos tan cot sec csc arcsin arccos arctan arccot sinh "
    "cosh tanh coth ln log lg exp gcd lcm max min det int iint iiint oint sum prod lim partial emptyset "
    "varnothing Re Im "
    "arg deg overline bar hat widehat tilde widetilde vec overrightarrow dot ddot angle triangle parallel perp "
    "pmod sup inf limsup liminf dim ker mathbb Bbb R N Z Q C overset underset stackrel nabla "
    "arcsinh arccosh arctanh sgn erf dim rank tr sech csch forall exists neg lnot imath jmath tg ctg arctg "
    "arcctg cis perm because "
    "checkmark square blacksquare Box triangle odot bigcirc diamond top intercal".split()
)  # fmt: skip
_SPOKEN_FUNCTIONS = frozenset("gcd lcm arctan arcsin arccos sin cos tan log ln".split())
_VISIBLE = frozenset("red blue green black purple orange brown magenta teal violet maroon navy".split())
_NAME = re.compile(r"[a-zA-Z]+\*?")
_BRACKET_NEXT = re.compile(r"\s*(?:\\left\s*)?[(\[]")
_NUMBER_NEXT = re.compile(r"\s*[0-9]")
_LETTERS = re.compile(r"[a-zA-Z]+")
_OTHER_WORD = re.compile(r"[^\W\d_a-zA-Z]+")
_ZH_JOIN = {
    "和": "and",
    "与": "and",
    "及": "and",
    "以及": "and",
    "且": "and",
    "并且": "and",
    "或": "or",
    "或者": "or",
    "比": ":",
}
_DOLLAR = re.compile(r"(?<!\\)\$")
_BLANK = re.compile(r"[\s~]+")
_ENVIRONMENT = re.compile(r"\s*\{([a-zA-Z]+\*?)\}(?:\s*\[[a-z]\])?")
_SETS = {"R": "R", "N": "N", "Z": "Z", "Q": "Q", "C": "C"}
_CURRENCY = {"€": "EUR", "£": "GBP", "¥": "CNY", "₹": "INR", "元": "CNY"}


def group_end(text: str, at: int) -> int:
    """The index just after the brace group that opens at `at`; Unreadable if it never closes."""
    depth = 0
    i, size = at, len(text)
    while i < size:
        c = text[i]
        if c == "\\":
            i += 2
            continue
        if c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
            if not depth:
                return i + 1
        i += 1
    raise Unreadable("an opening brace that is never closed")


def argument(text: str, at: int) -> tuple[str, int]:
    """The raw argument of a command: a brace group's inside, or one character."""
    while at < len(text) and text[at].isspace():
        at += 1
    if at >= len(text):
        return "", at
    if text[at] != "{":
        return text[at], at + 1
    end = group_end(text, at)
    return text[at + 1 : end - 1], end


def tokens(text: str, *, commas: bool = True, nested: int = 0) -> list[Token]:
    """All tokens of a (plain) text. `commas=False` reads 1,234 as a list of two."""
    if len(text) > MAX_CHARS:
        raise Unreadable(f"longer than {MAX_CHARS} characters")
    out: list[Token] = []
    depth = 0
    at, size = 0, len(text)
    while at < size:
        if len(out) > MAX_TOKENS:
            raise Unreadable(f"more than {MAX_TOKENS} tokens")
        c = text[at]
        if c.isspace() or c == "~":
            at += 1
            if out and out[-1][0] == "num" and at < size and (text[at].isdecimal()):
                out.append(("op", "gap"))
        elif (c.isascii() and c.isdecimal()) or (
            c == "."
            and at + 1 < size
            and (
                text[at + 1].isdecimal()
                or text.startswith("\\overline", at + 1)
                or text.startswith("\\dot", at + 1)
                or text.startswith("\\bar", at + 1)
            )
        ):
            token, at = number(text, at, commas and depth == 0)
            out.append(token)
        elif c == "\\":
            at = _command(text, at, out, nested)
            last = out[-1] if out else ("", "")
            if last[0] == "open":
                depth += 1
            elif last[0] == "close":
                depth -= 1
        elif c.isascii() and c.isalpha():
            match = _LETTERS.match(text, at)
            assert match
            word, at = match[0], match.end()
            if word in ("and", "or"):
                out.append(("op", word))
            elif word == "in" and out and out[-1][0] == "let":
                out.append(("op", "in"))
            elif word == "to" and out and out[-1][0] in ("num", "close"):
                out.append(("op", ":"))
            elif word == "U" and out and out[-1][0] == "close" and _BRACKET_NEXT.match(text, at):
                out.append(("op", "cup"))
            elif word in ("x", "X") and _between_numbers(text, at, out):  # 6.02 x 10^23
                out.append(("op", "*"))
            else:
                out.append(("let", word) if len(word) == 1 else ("word", word))
        elif c in "{([":
            out.append(("open", "brace" if c == "{" else c))
            depth += c != "{"
            at += 1
        elif c in "})]":
            out.append(("close", "brace" if c == "}" else {")": "(", "]": "["}[c]))
            depth -= c != "}"
            at += 1
        elif c == "|":
            out.append(("bar", "|"))
            at += 1
        elif c in '$`"':
            at += 1
        elif (
            c == "*"
            and text.startswith("**", at)
            and not (at and text[at - 1].isspace() and text[at + 2 : at + 3].isspace())
        ):
            if (
                re.match(r"\*\*\s*[-+]?[0-9a-zA-Z({\\]", text[at : at + 8])
                and out
                and out[-1][0] in ("num", "let", "close")
            ):
                out.append(("op", "^"))
            at += 2
        elif c in "<>=" or (c == "!" and text.startswith("!=", at)):
            two = text[at : at + 2]
            if two == "!=" and out and out[-1][0] in ("num", "close") and not text[at - 1].isspace():
                out.append(("op", "!"))  # 5!=120
                at += 1
            elif two in ("<=", ">=", "!=", "=="):
                out.append(("op", "=" if two == "==" else two))
                at += 2
            else:
                out.append(("op", c))
                at += 1
        elif c in "!+-*/^_,;:'%&":
            out.append(("amp", "&") if c == "&" else ("op", c))
            at += 1
        elif c in _CURRENCY:
            out.append(("money", _CURRENCY[c]))
            at += 1
        elif c == ".":
            dots = DOTS.match(text, at)
            out.append(("op", "dots" if dots else "."))
            at = dots.end() if dots else at + 1
        else:
            numeral = chinese(text, at)
            if numeral:
                out.append(numeral[0])
                at = numeral[1]
                continue
            match = _OTHER_WORD.match(text, at)
            if not match:
                raise Unreadable(f"the character {c!r} is no mathematics")
            out.append(("op", _ZH_JOIN[match[0]]) if match[0] in _ZH_JOIN else ("text", match[0]))
            at = match.end()
    return out


def _between_numbers(text: str, at: int, out: list[Token]) -> bool:
    """Is the letter x a sign of multiplication: a number before it and one right behind?"""
    if out and out[-1] == ("op", "gap"):
        return False
    return bool(out) and out[-1][0] == "num" and _NUMBER_NEXT.match(text, at) is not None


def _command(text: str, at: int, out: list[Token], nested: int) -> int:
    """One backslash command; appends its tokens and returns where to go on."""
    match = _NAME.match(text, at + 1)
    if not match:
        c = text[at + 1 : at + 2]
        if c == "\\":
            out.append(("row", "\\\\"))
        elif c == "{":
            out.append(("open", "{"))
        elif c == "}":
            out.append(("close", "{"))
        elif c == "%":
            out.append(("op", "%"))
        elif c == "$":
            out.append(("money", "USD"))
        elif c == "|":
            out.append(("bar", "|"))
        elif c in ("_", "&", "#"):
            raise Unreadable(f"the character {c!r} is no mathematics")
        return at + 2
    name = match[0]
    end = match.end()
    if name.endswith("*") and name not in _TEXT:
        name, end = name[:-1], end - 1
    if name in _FORBIDDEN:
        raise Forbidden(f"\\{name} can show one thing and say another")
    if name in ("color", "textcolor"):
        colour, end = argument(text, end)
        if colour not in _VISIBLE:
            raise Forbidden(f"\\{name} in {colour[:20]!r} can hide what is said")
        return end
    if name in _DROP:
        if name in ("left", "right") and text[end : end + 1] == ".":
            end += 1
        return end
    if name in _DROP_WITH_ARGUMENT:
        return argument(text, end)[1]
    if name in _UNWRAP:
        return end
    if name == "cr":
        out.append(("row", "\\\\"))
        return end
    if name in _TEXT:
        return _text(text, end, name, out, nested)
    if name in ("begin", "end"):
        env = _ENVIRONMENT.match(text, end)
        if not env:
            raise Unreadable("an environment without a name")
        end = env.end()
        if name == "begin" and env[1] in ("array", "tabular"):
            end = argument(text, end)[1]
        out.append(("env" if name == "begin" else "endenv", env[1].rstrip("*")))
    elif name in _OPEN:
        out.append(("open", _OPEN[name]))
    elif name in _CLOSE:
        out.append(("close", _CLOSE[name]))
    elif name in ("mathbb", "Bbb"):
        raw, end = argument(text, end)
        if raw not in _SETS:
            raise Unreadable(f"the set {raw!r} is unknown")
        out.append(("named", _SETS[raw]))
    elif name in _SETS:
        out.append(("named", name))
    elif name in ("emptyset", "varnothing"):
        out.append(("named", "empty"))
    elif name in ("vert", "lvert", "rvert"):
        out.append(("bar", "|"))
    elif name == "not":
        after = re.compile(r"\s*(=|\\in(?![a-zA-Z])|\\equiv)").match(text, end)
        if not after:
            raise Unreadable("\\not before something that is no relation")
        out.append(("op", {"=": "!=", "\\in": "notin"}.get(after[1], "!=")))
        end = after.end()
    elif name in _OPS:
        out.append(("op", _OPS[name]))
    elif name in ("dfrac", "tfrac", "cfrac"):
        out.append(("cmd", "frac"))
    elif name in ("dbinom", "tbinom"):
        out.append(("cmd", "binom"))
    elif name in _GREEK:
        out.append(("let", name.removeprefix("var")))
    elif name in _COMMANDS:
        out.append(("cmd", name))
    else:
        raise Forbidden(f"the command \\{name} is not on the list of mathematics")
    return end


def _holds_mathematics(words: str) -> bool:
    if words[:1].isalpha() and units.canonical(words.replace("{", "").replace("}", "")) is not None:
        return False
    return any(c.isdecimal() or c in "=<>+^\\" for c in words) or not any(c.isalpha() for c in words)


def _text(text: str, at: int, name: str, out: list[Token], nested: int) -> int:
    """\\text{...} and its kin: known operators and functions as such, the rest as words."""
    raw, end = argument(text, at)
    words = _BLANK.sub(" ", raw.replace("\\ ", " ").replace("\\,", " "))
    words = _DOLLAR.sub("", words).strip()
    lower = words.lower()
    if not words:
        return end
    if lower == "mod":
        out.append(("op", "mod"))
        return end
    if _holds_mathematics(words) and nested < 3 and not text.startswith("_", end):  # \text{48,620}, \text{x = 5}
        out.extend(tokens(words, nested=nested + 1))
    elif lower in _COMMANDS and (name in ("operatorname", "operatorname*", "mathrm") or lower in _SPOKEN_FUNCTIONS):
        out.append(("cmd", lower))
    elif lower in ("and", "or") or words in _ZH_JOIN:
        out.append(("op", _ZH_JOIN.get(words, lower)))
    elif lower == "to" and out and out[-1][0] in ("num", "close"):
        out.append(("op", ":"))
    elif lower in ("i", "e") and name in ("mathrm", "operatorname"):
        out.append(("let", words))
    else:
        out.append(("text", words.replace("{", "").replace("}", "")))
    return end
