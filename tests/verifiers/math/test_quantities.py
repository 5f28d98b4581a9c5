"""What stands behind numbers and what words say: units, compounds, percents, times, bases, and answers in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from adjudge.verifiers.math.deciding.compare import Comparison, Policy
from adjudge.verifiers.math.deciding.texts import same_text
from adjudge.verifiers.math.notation import units
from adjudge.verifiers.math.notation.numerals import chinese, with_base
from adjudge.verifiers.math.tree import Node


def number(value: int | str) -> Node:
    exact = Fraction(value)
    return ("num", exact.numerator, exact.denominator)


def quantity(value: int | str, unit: str) -> Node:
    return ("unit", unit, number(value))


def same(gold: Node, answer: Node, **policy: str) -> bool | None:
    return Comparison(Policy(**policy), lambda: "seed").same(gold, answer)


# ------------------------------------------------------------------------------------------------ units


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ohms", r"\Omega"),
        ("km/h", "kilometers per hour"),
        ("千米每小时", "km/h"),
        (r"kg\cdot m^2", "kg·m²"),
        ("m/s/s", "ms^-2"),
        ("miles per gallon", "mpg"),
        ("square feet", "sq. ft"),
        ("cm3", "mL"),
        ("kilowatt hours", "kWh"),
        ("amperes", "A"),
        ("US dollars", "美元"),
        ("dollars and", "dollar"),
    ],
)
def test_two_ways_to_write_a_unit_are_one_size(one: str, other: str) -> None:
    a, b = units.canonical(one), units.canonical(other)
    assert a is not None
    assert b is not None
    assert units.factor(a) == units.factor(b)


@pytest.mark.parametrize("words", ["squared", "k", "apples", "m^m", "per", "x", "and", "", "5", "km and miles or so"])
def test_what_is_no_measure_has_no_canonical_unit(words: str) -> None:
    assert units.canonical(words) is None


def test_a_small_letter_is_not_the_unit_of_the_capital() -> None:
    milli, mega = units.factor("mW"), units.factor("MW")
    assert milli is not None
    assert mega is not None
    assert mega[1] / milli[1] == 10**9


@pytest.mark.parametrize(
    "words", ["apples", "girls and boys", "more apples", "of the pie", "times", "two-digit numbers", "棵"]
)
def test_counted_things_may_stand_behind_a_number(words: str) -> None:
    assert units.noun(words)


@pytest.mark.parametrize(
    "words",
    [
        "squared",
        "cubed",
        "factorial",
        "k",
        "halves",
        "thirds",
        "hundredths",
        "below zero",
        "or so",
        "at most",
        "and a half",
    ]
    + ["is not right", "pairs of", "more than", "point five", "non-zero", "mod", "if lucky", "apples or pears"],
)
def test_words_that_change_the_value_are_no_counted_thing(words: str) -> None:
    assert not units.noun(words)


@pytest.mark.parametrize(
    ("words", "size"),
    [("dozen", (12, "")), ("dozens of eggs", (12, "eggs")), ("万人", (10_000, "人")), ("k", (1000, ""))],
)
def test_a_multiplier_is_told_from_the_thing_behind_it(words: str, size: tuple[int, str]) -> None:
    assert units.multiplier(words) == size


def test_a_chinese_kilometre_is_no_thousand() -> None:
    assert units.multiplier("千米") is None
    assert chinese("5千米", 1) is None
    assert chinese("千克", 0) is None
    assert chinese("三千", 0) == (("num", ("num", 3000, 1)), 2)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("boxes", "box", True),
        ("children", "child", True),
        ("marbles", "blue marbles", True),
        ("red marbles", "blue marbles", False),
        ("more apples", "fewer apples", False),
        ("foxes", "boxes", False),
        ("个", "只", True),
    ],
)
def test_two_nouns_agree_if_one_only_says_more(one: str, other: str, alike: bool) -> None:
    assert units.same_noun(one, other) is alike


# ------------------------------------------------------------------------------------------------ compounds


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([quantity(2, "hour"), quantity(30, "minute")], quantity("5/2", "hour")),
        ([quantity(5, "foot"), quantity(6, "inch")], quantity("11/2", "foot")),
        ([quantity(5, "'"), quantity(6, "''")], quantity("11/2", "'")),
        ([quantity(2, "小时"), quantity(15, "分")], quantity("9/4", "小时")),
        ([quantity(1, "hour"), quantity(20, "minute"), quantity(36, "second")], quantity("403/300", "hour")),
        ([quantity(3, "元"), quantity(5, "角"), quantity(2, "分")], quantity("88/25", "元")),
        ([("money", "USD", number(12)), quantity(50, "cent")], ("money", "USD", number("25/2"))),
        ([("deg", number(36)), quantity(52, "'")], ("deg", number("553/15"))),
        ([("deg", number(67)), quantity(22, "'"), quantity(48, "''")], ("deg", number("3369/50"))),
        ([("deg", number(-1)), quantity(30, "'")], ("deg", number("-3/2"))),
    ],
)
def test_a_compound_is_one_quantity_in_the_unit_of_its_first_part(parts: list[Node], whole: Node) -> None:
    assert units.compound(parts) == whole


@pytest.mark.parametrize(
    "parts",
    [
        [quantity(30, "minute"), quantity(2, "hour")],  # the smaller first
        [quantity(20, "km*h^-1"), quantity(30, "km*h^-1")],  # two speeds
        [quantity(2, "hour"), quantity(3, "apples")],
        [quantity(2, "hour"), quantity(3, "kg")],
        [quantity(2, "m^2"), quantity(3, "cm^2")],
        [quantity(2, "hour"), quantity(-3, "minute")],
        [("unit", "hour", ("sym", "x")), quantity(3, "minute")],
        [quantity(2, "hour")],
        [number(2), quantity(3, "minute")],
    ],
)
def test_other_quantities_in_a_row_are_no_compound(parts: list[Node]) -> None:
    assert units.compound(parts) is None


# ------------------------------------------------------------------------------------------------ comparison


def test_the_unit_of_a_sum_is_the_unit_of_its_last_term() -> None:
    moves = ("add", ("sym", "n"), ("unit", "moves", number(-1)))
    assert same(("add", ("sym", "n"), number(-1)), moves) is True
    assert same(("add", ("sym", "n"), number(1)), moves) is False


def test_terms_in_several_units_are_added_by_their_sizes() -> None:
    lengths = ("add", quantity(3, "cm"), quantity(4, "mm"))
    assert same(quantity("17/5", "cm"), lengths) is True
    assert same(quantity(7, "cm"), lengths) is False


def test_speed_times_time_is_a_length() -> None:
    way = ("mul", quantity(60, "km*h^-1"), quantity(2, "hour"))
    assert same(quantity(120, "km"), way) is True
    assert same(quantity(120, "hour"), way) is False


def test_a_percent_sign_may_only_have_been_dropped_behind_one_or_more() -> None:
    assert same(number(50), ("percent", number(50))) is True
    assert same(("percent", number(50)), number(50)) is True
    assert same(("percent", number("1/2")), number("1/2")) is False
    assert same(number("1/2"), ("percent", number("1/2"))) is False
    assert same(("const", "pi"), ("percent", ("const", "pi"))) is False
    assert same(("percent", number(50)), number(50), percent="exact") is False


def test_a_number_with_pi_is_no_number_of_degrees() -> None:
    third = ("div", ("const", "pi"), number(3))
    assert same(third, ("deg", number(60))) is True
    assert same(third, ("deg", third)) is False
    assert same(number(60), ("deg", number(60))) is True


def test_the_noun_behind_a_percent_may_be_missing_but_not_another() -> None:
    rise = ("unit", "increase", ("percent", number(20)))
    assert same(number(20), rise) is True
    assert same(rise, ("percent", number(20))) is True
    assert same(rise, ("unit", "decrease", ("percent", number(20)))) is False
    assert same(quantity(20, "students"), ("percent", number(20))) is False


def test_a_price_per_hour_is_the_price_but_not_of_another_size() -> None:
    assert same(("money", "USD", number(5)), quantity(5, "USD*hour^-1")) is True
    assert same(("money", "USD", number(5)), quantity(5, "cent*hour^-1")) is False
    assert same(quantity(5, "km"), quantity(5, "km*h^-1")) is False


def test_half_past_twelve_is_no_ratio_of_two_to_five() -> None:
    def colon(*parts: int) -> Node:
        return ("colon", *(number(part) for part in parts))

    assert same(colon(12, 30), colon(12, 30)) is True
    assert same(colon(12, 30), colon(2, 5)) is False
    assert same(colon(12, 30), colon(24, 60)) is False
    assert same(colon(2, 5), colon(12, 30)) is True
    assert same(colon(6, 2), colon(3, 1)) is True


def test_hours_and_minutes_with_a_colon_are_a_duration() -> None:
    half_past_two = ("colon", number(2), number(30))
    assert same(quantity("5/2", "hour"), half_past_two) is True
    assert same(quantity("23/10", "hour"), half_past_two) is False
    assert same(quantity("5/2", "kg"), half_past_two) is False


def test_letters_spell_a_numeral_beside_a_base() -> None:
    spelled = ("mul", ("sym", "F"), ("sym", "F_16"))
    assert same(("base", "FF", 16), spelled) is True
    assert same(("base", "FE", 16), spelled) is False
    assert same(("base", "FF", 17), spelled) is False


# ------------------------------------------------------------------------------------------------ words

SAME = [
    ("even", "The function f is even"),
    ("isosceles", "an isosceles triangle"),
    ("neither", "neither odd nor even"),
    ("True", "The statement is true."),
    ("Yes", "Yes, it is possible"),
    ("No", "No, it is not"),
    ("Tom, Jerry", "Jerry and Tom"),
    ("infinitely many", "∞"),
    ("December 25", "the 25th of Dec."),
    ("no real roots", "There is no solution"),
    ("cannot be determined", "Not enough information"),
    ("nonnegative", "non-negative"),
    ("grey", "The color is gray"),
    ("III", "third quadrant"),
    ("rational number", "rational"),
    ("①③④", "③, ①, ④"),
]
DIFFERENT = [
    ("even", "The function is not even"),
    ("even", "even and odd"),
    ("even", "uneven"),
    ("True", "The statement is not true"),
    ("True", "sometimes true"),
    ("Yes", "No, yes is wrong"),
    ("Yes", "Yes or no"),
    ("Yes", "Yes, it is not"),
    ("Yes", "Yes, maybe"),
    ("No", "no solution"),
    ("No", "No doubt it is true"),
    ("increasing", "decreasing on (0,1), increasing on (1,2)"),
    ("Tom, Jerry", "Tom, not Jerry"),
    ("Tom, Jerry", "Tom or Jerry"),
    ("Alice, Bob, Carol", "Carol, Bob, Alice"),
    ("December 25", "Dec 25 or Dec 26"),
    ("no real roots", "no rational roots"),
    ("right triangle", "right angle"),
    ("triangle", "right triangle"),
    ("cannot be determined", "can be determined"),
    ("III", "not quadrant III"),
    ("①③④", "134"),
    ("MATH", "MATHS"),
    ("mn", "m+n"),
    ("even", "≠ even"),
]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_words_around_the_core_of_an_answer_may_be_neutral(gold: str, answer: str) -> None:
    assert same_text(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_an_answer_that_holds_the_right_words_and_says_something_else_is_wrong(gold: str, answer: str) -> None:
    assert not same_text(gold, answer)


@pytest.mark.parametrize(
    "text", ["no " * 2_000, "is " * 2_000, "x, " * 2_000, "and " * 2_000, "yes, " * 2_000, "① " * 2_000]
)
def test_endless_words_are_only_themselves(text: str) -> None:
    assert same_text(text, text)
    assert not any(same_text(gold, text) for gold in ("even", "a, b", "Saturday", "①②"))


# ------------------------------------------------------------------------------------------------ bases


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1011 base 2", "1011_{2}"),
        (r"1011 \text{ base } 2", "1011_{2}"),
        (r"1011\text{ (base 2)}", "1011_{2}"),
        (r"\text{1011 (base 2)}", "1011_{2}"),
        (r"1010_{\text{base }2}", "1010_{2}"),
        ("1010_{base two}", "1010_{2}"),
        ("1011 in binary", "1011_{2}"),
        ("2A base 16", r"\text{2A}_{16}"),
        ("0b1011", "1011_{2}"),
        ("0x2A", r"\text{2A}_{16}"),
        ("FF (hex)", r"\text{FF}_{16}"),
    ],
)
def test_a_base_said_in_words_is_a_subscript(text: str, plain: str) -> None:
    assert with_base(text) == plain


@pytest.mark.parametrize(
    "text", ["12 base 2", "1011 base", "0.5", "0b", "base 2", "5 bases", "10 base 99", "3 base hits", "0x", "012"]
)
def test_other_texts_keep_their_words(text: str) -> None:
    assert with_base(text) == text
