"""The characters that a reader does not see: one class for tags, forms, votes, words and mathematics.

Unicode's Default_Ignorable_Code_Point (fillers, joiners, variation selectors, tags), its categories Cf and Cc, and the
blank Braille pattern U+2800, but for the white space among them (U+0009 … U+000D, U+0085). Unicode 16.0; the property
(DerivedCoreProperties.txt) holds reserved code points too, so that it hardly ever changes.
`tests/verifiers/test_invisible.py` holds the class against Python's tables.
"""

from __future__ import annotations

import re

INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Ranges, in the notation of a regular expression's class."""


def code_points() -> set[int]:
    """All of them."""
    parts = re.findall(".-.|.", INVISIBLE, re.DOTALL)
    return {code for part in parts for code in range(ord(part[0]), ord(part[-1]) + 1)}
