"""Fenced code blocks in a text; linear."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

_FENCE = re.compile(r"^[ \t]{0,12}(?P<mark>`{3,16}|~{3,16})(?P<info>[^\n`]{0,200})$", re.MULTILINE)

_MARK = re.compile(r"\S")


class Fences:
    """The closed fenced code blocks of a text, by the rules of CommonMark 4.5 (as far as they matter here)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._firsts: dict[int, int] = {}
        self.blocks: list[tuple[int, int]] = []  # the extents of the code inside the fences
        if "```" not in text and "~~~" not in text:
            self._starts: list[int] = []
            return
        lines = list(_FENCE.finditer(text))
        closer = _closers(lines)
        at = 0
        while at < len(lines):
            if closer[at] < 0:
                at += 1
                continue
            self.blocks.append((lines[at].end(), lines[closer[at]].start()))
            at = closer[at] + 1
        self._starts = [block[0] for block in self.blocks]

    def first(self, index: int) -> int:
        """Where the first thing that is no blank stands in a block."""
        if index not in self._firsts:
            mark = _MARK.search(self._text, *self.blocks[index])
            self._firsts[index] = mark.start() if mark else self.blocks[index][1]
        return self._firsts[index]

    def around(self, position: int, since: int) -> int:
        """The index of the block around a position, or -1; blocks that opened before `since` do not count."""
        index = bisect_right(self._starts, position) - 1
        if index < 0:
            return -1
        start, end = self.blocks[index]
        return index if since <= start and position < end else -1


def _closers(lines: Sequence[re.Match[str]]) -> list[int]:
    """For each fence line the next one that can close it: the same mark, at least as long, without an info string."""
    closer = [-1] * len(lines)
    waiting: dict[str, list[int]] = {"`": [], "~": []}  # from the right: candidates, lengths falling towards the top
    for index in range(len(lines) - 1, -1, -1):
        mark = lines[index]["mark"]
        stack = waiting[mark[0]]
        candidates = [other for other in stack if len(lines[other]["mark"]) >= len(mark)]
        closer[index] = min(candidates, default=-1)
        if not lines[index]["info"].strip():
            # A longer mark nearer to the left hides every shorter or equal one behind it: at most 14 remain.
            waiting[mark[0]] = [other for other in stack if len(lines[other]["mark"]) > len(mark)] + [index]
    return closer
