r"""Labels in front of boxes: "(a) \boxed{3} (b) \boxed{5}" and "x_1=\boxed{3}, x_2=\boxed{5}" enumerate parts.

Labels that run on, one style and the next number, join their boxes to a list as "and" would; "Step 1" and "Step 2" are
the way to an answer, no parts of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_REACH = 40
_ORDERS = (
    [str(number) for number in range(1, 31)],
    list("abcdefghijklmnop"),
    list("ABCDEFGHIJKLMNOP"),
    "i ii iii iv v vi vii viii ix x".split(),
    "I II III IV V VI VII VIII IX X".split(),
    list("一二三四五六七八九十"),
    list("①②③④⑤⑥⑦⑧⑨⑩"),
)
_NEXT = frozenset(pair for order in _ORDERS for pair in pairwise(order))
_DECORATION = re.compile(r"(?:[\s$*_:：,，&]|\\[(\[,;:! ]|\\(?:q?quad|displaystyle)(?![a-zA-Z]))+\Z")
_TEXT = re.compile(r"\\(?:text|textbf|textrm|mathrm|mbox)\{([^{}]*)\}")
_LABEL = re.compile(
    r"(?<![A-Za-z0-9\\_])(?P<before>(?:(?:part|case|problem|question|answer)\s{0,2}|第)?[(（]?|\\?[a-zA-Z]{1,8}_\{?)"
    r"(?P<token>[0-9]{1,2}|[ivxIVX]{1,4}|[a-zA-Z]|[一二三四五六七八九十①②③④⑤⑥⑦⑧⑨⑩])"
    r"(?P<after>\}?\s{0,2}&?=|[)）]\.?|\.|[小空]?[问题空]|)\Z",
    re.I,
)
_NAME = re.compile(r"(?<![A-Za-z0-9\\_])(?P<name>\\?[a-zA-Z]{1,8})\s{0,2}&?=\Z")
_LIST_SIGN = re.compile(r"[,，;；、]|\band\b|\bor\b|[和或]")


@dataclass(frozen=True, slots=True)
class Label:
    start: int
    style: str
    token: str  # "" for a mere name, "x ="


def label_before(text: str, at: int) -> Label | None:
    """The label right in front of `at`, but for formula signs and blanks."""
    low = max(0, at - _REACH)
    head = _TEXT.sub(
        lambda match: " " * (match.end() - match.start() - len(match[1]) - 1) + match[1] + " ", text[low:at]
    )
    decoration = _DECORATION.search(head)
    if decoration:
        head = head[: decoration.start()]
    found = _LABEL.search(head)
    if found and _is_label(found, head):
        style = re.sub(r"\s", "", found["before"] + " " + found["after"]).lower()
        return Label(low + found.start(), style, found["token"])
    name = _NAME.search(head)
    return Label(low + name.start(), name["name"], "") if name else None


def _is_label(found: re.Match[str], head: str) -> bool:
    before, token, after = found["before"].lower(), found["token"], found["after"]
    if "=" in after or "_" in before:
        return "=" in after and "_" in before
    if before.strip("(（ ") or token in "①②③④⑤⑥⑦⑧⑨⑩" or after[:1] in (")", "）"):
        return True
    return after == "." and token.isdigit() and head[: found.start()].rstrip(" *#>")[-1:] in ("", "\n")


def run_on(left: Label, right: Label, gap: str) -> bool:
    """Do two labels enumerate: (a), (b); x_1, x_2; or the same name again with "or" or a comma: x = … or x = …?"""
    if left.style != right.style:
        return False
    if not left.token and not right.token:
        return bool(_LIST_SIGN.search(gap))
    return (left.token, right.token) in _NEXT
