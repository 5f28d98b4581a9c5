"""Boxes: `\\boxed{…}`, `\\fbox{…}`, `\\boxed 5`. One pass with a stack of open braces; linear in the text.

A box that was never closed holds what follows it, up to the end of its formula or line. Of boxes within a box the outer
decides (its content is what the frame shows). `boxed{…}` without its backslash counts: some pipelines lose it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .labels import label_before, run_on

MAX_LIST = 64


@dataclass(frozen=True, slots=True)
class Boxed:
    """One box: where its command begins, where it ends, and where in the text it holds what.

    What it holds is cut out when asked for: of a thousand boxes within one another only the outermost is.
    """

    start: int
    end: int
    text: str = field(repr=False)
    low: int
    high: int
    lost: str = ""
    """A closing sign that the text forgot."""

    @property
    def inside(self) -> str:
        return self.text[self.low : self.high] + self.lost


_PIECE = re.compile(
    r"(?P<box>(?:\\{1,4}(?:boxed|fbox|framebox)(?![a-zA-Z])|(?<![A-Za-z\\])boxed(?=\{))\s{0,8}(?P<brace>\{)?)|\\.|[{}]",
    re.DOTALL,
)
_END_OF_FORMULA = re.compile(r"\$|\\[)\]]|\n")
_BARE = re.compile(r"(?:\\[a-zA-Z]{1,20}|\{[^{}\n]{0,80}\}|\\[^)\]]|[^\s$\\{}]){1,60}")
_EMPTY = re.compile(
    r"(?:[\s$~{}.…?_*,;:!\-—]|\\[,;:! ]|\\(?:[lc]?dots[bc]?|text(?:bf|rm)?|math(?:rm|bf)|boxed|fbox|q?quad"
    r"|h?phantom|square|Box|_)"
    r"(?![a-zA-Z]))*"
)
_PLACEHOLDER = re.compile(
    r"\W{0,6}(?:text|mathrm|textbf)?\W{0,4}(?:(?:the|your|my|final|numerical|correct)[\s_]{1,3}){0,3}"
    r"(?:answer|ans|result|solution|答案|最终答案)(?:[\s_]{1,3}here)?\W{0,6}",
    re.IGNORECASE,
)
_JOINER = re.compile(
    r"[\s$.,;:!?'\"()\[\]{}*_#&%@~`|/\\\-–—。，、；：！？（）【】「」“”‘’…·•]"
    r"|(?:and|or|和|或者|或|以及|及|与|quad|qquad|text|textbf|mathrm|textrm|mbox|left|right|newline|par)(?![a-zA-Z])",
    re.IGNORECASE,
)


def find_boxes(text: str) -> list[Boxed]:
    """All outermost boxes of a text, in order."""
    if "boxed" not in text and "fbox" not in text and "framebox" not in text:
        return []
    found: list[Boxed] = []
    opened: list[re.Match[str] | None] = []  # the open braces; None for those that belong to no box
    for piece in _PIECE.finditer(text):
        token = piece[0]
        if token == "{":
            opened.append(None)
        elif token == "}":
            box = opened.pop() if opened else None
            if box is not None:
                _drop_from(found, box.start())
                found.append(_closed(text, box, piece.start()))
        elif piece["brace"]:
            opened.append(piece)
        elif piece["box"] and not any(opened[-1:]):
            bare = _BARE.match(text, piece.end())
            if bare:
                held = bare.start() + len(bare[0].rstrip(".,;:!?。，"))
                found.append(Boxed(piece.start(), bare.end(), text, bare.start(), held))
    unclosed = [box for box in opened if box is not None]
    if unclosed:
        found += _unclosed(text, unclosed, found)
        found.sort(key=lambda box: box.start)
    return found


def last_list(text: str, boxes: list[Boxed]) -> tuple[str, ...]:
    """What the last non-empty box holds, with those that only white space, punctuation and "and"/"or" join to it.

    Labels that run on, (a) and (b), join as well. Equal contents count once. Empty boxes and placeholders
    (`\\boxed{}`, `\\boxed{your answer}`) are passed over.
    """
    chain: list[str] = []
    right: Boxed | None = None
    broken = False
    for box in reversed(boxes):
        if len(chain) >= MAX_LIST:
            break
        if right is not None and not (_joined(text, box.end, right.start) or _enumerated(text, box, right)):
            broken = True
        if is_empty(box.inside):
            right = box if right is not None else None
            continue
        if broken:
            break
        chain.append(box.inside.strip())
        right = box
    return tuple(dict.fromkeys(reversed(chain)))


def _enumerated(text: str, left: Boxed, right: Boxed) -> bool:
    label = label_before(text, right.start) if right.start - left.end <= 80 else None
    if label is None or label.start < left.end or not _joined(text, left.end, label.start):
        return False
    first = label_before(text, left.start)
    return first is not None and run_on(first, label, text[left.end : label.start])


def without(text: str, boxes: list[Boxed]) -> str:
    """The text without these (empty) boxes, and without the dollars of a formula that was nothing else."""
    parts, at = [], 0
    for box in boxes:
        start, end = box.start, box.end
        if text[start - 1 : start] == "$" == text[end : end + 1] and start > at:
            start, end = start - 1, end + 1
        parts.append(text[at:start])
        at = end
    return " ".join([*parts, text[at:]])


def is_empty(inside: str) -> bool:
    if len(inside) > 200:
        return not inside.strip()
    return bool(_EMPTY.fullmatch(inside) or _PLACEHOLDER.fullmatch(inside))


def _joined(text: str, start: int, end: int) -> bool:
    at = start
    while at < end:
        joiner = _JOINER.match(text, at, end)
        if joiner is None:
            return False
        at = joiner.end()
    return True


def _drop_from(found: list[Boxed], start: int) -> None:
    """Boxes inside the one that now closes are part of what it shows."""
    while found and found[-1].start > start:
        found.pop()


def _closed(text: str, box: re.Match[str], end: int) -> Boxed:
    low = box.end()
    if (
        end - low < 2_000
        and text.startswith("}", end + 1)
        and text.count("\\{", low, end) > text.count("\\}", low, end)
    ):
        return Boxed(box.start(), end + 2, text, low, end, "\\}")  # \boxed{\{1,2}}: the set lost its backslash only
    return Boxed(box.start(), end + 1, text, low, end)


def _unclosed(text: str, boxes: list[re.Match[str]], closed: list[Boxed]) -> list[Boxed]:
    """What boxes hold that never close: up to the end of the formula or line, if no other box begins before that."""
    starts = sorted([box.start() for box in boxes] + [box.start for box in closed])
    following = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    found = []
    for box in boxes:
        limit = following[box.start()]
        match = _END_OF_FORMULA.search(text, box.end(), limit)
        if match and not text[box.end() : match.start()].strip():  # the content begins on the next line
            match = _END_OF_FORMULA.search(text, match.end(), limit) if match[0] == "\n" else match
        if match or limit == len(text):
            end = match.start() if match else limit
            found.append(Boxed(box.start(), end, text, box.end(), end))
    return found
