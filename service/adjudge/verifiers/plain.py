"""What a reader sees of a text: invisible characters gone, digits and letters in their plain forms.

Changed: zero-width characters, soft hyphens, direction *marks* and control characters vanish; every kind of blank is a
blank and every kind of line end a line end; full-width letters, digits and ASCII signs, and the decimal digits of all
scripts, become ASCII; `−` becomes `-`.
Kept on purpose: bidirectional overrides (they show one text and mean another; the maths scanner refuses them), the
Chinese comma, semicolon and full stop (`1，234` is a list, `1,234` may be a number), superscripts,
mathematical signs.
"""

from __future__ import annotations

import unicodedata

_VANISH = (
    [*range(0x00, 0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0)]
    + [0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, *range(0x200B, 0x2010), *range(0x2060, 0x2065)]
    + [*range(0x206A, 0x2070), 0xFE0E, 0xFE0F, 0xFEFF]
)
_BLANKS = [0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]
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
