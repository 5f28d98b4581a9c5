"""What a reader sees of a text: invisible characters gone, digits and letters in their plain forms.

Changed: invisible characters (invisible.py) vanish, those as wide as a letter become blanks; every kind of blank is a
blank and every kind of line end a line end; full-width letters, digits and ASCII signs, and the decimal digits of all
scripts, become ASCII; `−` becomes `-`.
Kept on purpose: bidirectional overrides (they show one text and mean another; the maths scanner refuses them), the
Chinese comma, semicolon and full stop (`1，234` is a list, `1,234` may be a number), superscripts,
mathematical signs.
"""

from __future__ import annotations

import unicodedata

from .invisible import code_points

_REORDERING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_FILLERS = {0x2800, 0x3164, 0xFFA0}
"""Invisible, and as wide as a character: blanks to a reader."""
_VANISH = code_points() - _REORDERING - _FILLERS
_BLANKS = [0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, *_FILLERS]
_LINE_ENDS = [0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029]
_KEPT_WIDE = frozenset("，；")


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(_VANISH)
    table.update(dict.fromkeys(_BLANKS, " "))
    table.update(dict.fromkeys(_LINE_ENDS, "\n"))
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in _KEPT_WIDE})
    table.update({0x2212: "-", 0xFE63: "-", 0x2236: ":"})
    for code in range(0x660, 0x1FC00):  # from the first to the last block of decimal digits beyond ASCII
        if unicodedata.category(chr(code)) == "Nd":
            table[code] = str(unicodedata.decimal(chr(code)))
    return table


_TABLE = _table()


def readable(text: str) -> str:
    """The text as a reader sees it (see the top of this file); linear."""
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_TABLE)
