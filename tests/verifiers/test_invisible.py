"""The class of invisible characters holds all that Unicode calls so, and nothing that is seen."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from adjudge.verifiers.answer import tags_in
from adjudge.verifiers.invisible import INVISIBLE, code_points
from adjudge.verifiers.plain import readable

WHITE_SPACE = set("\t\n\v\f\r\x85")
LETTERS_AND_MARKS = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
"""Default ignorable, or blank, though their category is one of what is seen."""


def test_all_format_and_control_characters_are_invisible_but_for_white_space():
    theirs = {code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Cf", "Cc")}
    assert theirs - code_points() == set(map(ord, WHITE_SPACE))


def test_all_variation_selectors_and_tags_are_invisible():
    named = {code for code in range(sys.maxunicode + 1) if "VARIATION SELECTOR" in unicodedata.name(chr(code), "")}
    assert len(named) > 250 and named | set(range(0xE0000, 0xE1000)) <= code_points()


def test_nothing_else_is_invisible_but_what_unicode_keeps_free_for_it():
    for code in code_points() - LETTERS_AND_MARKS:
        known = unicodedata.category(chr(code)) in ("Cf", "Cc", "Cn")
        assert known or "VARIATION SELECTOR" in unicodedata.name(chr(code)), hex(code)


def test_the_class_as_a_pattern_is_the_same_as_its_code_points():
    seen = re.compile(f"[{INVISIBLE}]")
    assert {code for code in range(sys.maxunicode + 1) if seen.match(chr(code))} == code_points()


@pytest.mark.parametrize("hidden", "\ufe00 \U000e0100 \U000e0041 \u3164 \uffa0 \u2800 \x00 \x01 \x7f \u00ad".split(" "))
def test_a_tag_with_an_invisible_character_within_is_a_tag(hidden):
    assert [tag.name for tag in tags_in(f"</th{hidden}ink>")] == ["think"]


def test_a_reader_sees_no_invisible_character_but_those_that_reorder():
    left = {code for code in code_points() if readable(f"a{chr(code)}b") not in ("ab", "a b")}
    assert left == {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
