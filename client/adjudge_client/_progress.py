"""A line on standard error for calls that take long, and nothing anywhere for those that do not.

It appears after two seconds, and only on a terminal unless it was asked for. On a terminal and in a notebook the line
is drawn over itself and wiped away at the end; elsewhere, if it was asked for, a whole line is written now and then.
One call at a time draws: a thousand at once would draw over each other.
"""

from __future__ import annotations

import sys
import threading
import time

AFTER_S = 2.0
_REDRAW_S = 0.2
_LINE_EVERY_S = 10.0
_WIDTH = 24
FEW = 64
"""So few items are not worth a bar."""
_drawing = threading.Lock()


def wanted(asked: bool | None, total: int) -> bool:
    """Whether a call over `total` items is to be watched. `asked`: None: on a terminal only."""
    return total >= FEW and sys.stderr is not None and (_on_terminal() if asked is None else asked)


def _on_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except ValueError:  # closed
        return False


class Progress:
    """Use it in a `with` block; `add` says that so many more items are done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        self._next = self._started + AFTER_S
        self._over = _on_terminal() or "ipykernel" in sys.modules
        self._mine = False
        self._drawn = 0

    def __enter__(self) -> Progress:
        return self

    def add(self, count: int = 1) -> None:
        self._done += count
        now = time.monotonic()
        if now >= self._next:
            self._mine = self._mine or _drawing.acquire(blocking=False)
            self._next = now + (_REDRAW_S if self._over else _LINE_EVERY_S)
            if self._mine:
                self._draw(self._text(now))

    def __exit__(self, *exc_info: object) -> None:
        if not self._mine:
            return
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
        _drawing.release()

    def _text(self, now: float) -> str:
        share = self._done / self._total
        full = int(share * _WIDTH)
        seconds = now - self._started
        bar = "#" * full + "." * (_WIDTH - full)
        return f"adjudge [{bar}] {self._done:,} of {self._total:,}, {seconds:.0f} s, {self._done / seconds:,.0f}/s"

    def _draw(self, text: str) -> None:
        if not self._over:
            self._write(text + "\n")
            return
        self._write("\r" + text.ljust(self._drawn))
        self._drawn = len(text)

    @staticmethod
    def _write(text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # a closed terminal must not cost a batch its rewards
            pass
