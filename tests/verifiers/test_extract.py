"""Extraction: cases in tests/data/extraction.jsonl (`parts` null: no commitment), properties, real data, cost."""

from __future__ import annotations

import gzip
import json
import os
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.verifiers.math.reading import extract
from adjudge.verifiers.math.reading.boxes import find_boxes, last_list

from .cost import best_of

DATA = Path(__file__).parents[1] / "data" / "extraction.jsonl"
CASES = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
WANTS = ("number", "choice", "text", "math")


def commitment(text: str, want) -> list[str] | None:
    found = extract(text, want)
    return None if found.missing or found.hedged else list(found.parts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['text'][-40:]!r} {case['want']}")
def test_an_answer_commits_to_what_a_reader_takes_it_to_say(case):
    assert commitment(case["text"], case["want"]) == case["parts"], extract(case["text"], case["want"])


def test_there_are_many_cases_of_many_kinds():
    assert len(CASES) >= 500
    assert len({case["kind"] for case in CASES}) >= 20
    assert all(set(case) == {"kind", "text", "want", "parts", "note"} for case in CASES)


@pytest.mark.parametrize(
    "text", ["The answer is not 42.", "I cannot say.", "It is definitely not 7.", "", "\\boxed{\\text{not }7}"]
)
def test_what_is_missing_is_explained_in_a_sentence(text):
    found = extract(text, "number")
    assert found.missing
    assert len(found.missing) > 10
    assert found.parts == ()


_PIECES = [
    "\\boxed{",
    "{",
    "}",
    "$",
    "$$",
    "\\(",
    "\\)",
    "The answer is ",
    "Answer: ",
    "####",
    " 42",
    "not ",
    "maybe ",
    "or ",
    "B",
    "(C)",
]
_PIECES += [
    "\n",
    ". ",
    ", ",
    "=",
    "\\frac{1}{2}",
    "答案是",
    "。",
    "√",
    "<<1=1>>",
    "**",
    "x",
    "-",
    "1,234",
    "\u200b",
    "\x00",
    "½",
    "five ",
]
_TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))


@given(_TEXTS, st.sampled_from(WANTS))
def test_extraction_never_raises_and_is_deterministic(text, want):
    found = extract(text, want)
    assert found == extract(text, want)
    assert found.parts or found.missing
    assert all(part.strip() for part in found.parts)


@given(_TEXTS, st.integers(-999, 999), st.sampled_from(["number", "math"]))
def test_an_appended_box_always_decides(text, value, want):
    assert extract(f"{text}\nso it is \\boxed{{{value}}}", want).parts == (str(value),)


@given(
    st.integers(0, 10**12),
    st.sampled_from(["The answer is {}.", "#### {}", "{}", "so x = 3\n{}", "It is {} apples.", "答案是{}。"]),
)
def test_a_number_is_found_in_every_way_to_say_it(value, frame):
    assert extract(frame.format(value), "number").parts == (str(value),)
    assert value < 1000 or extract(frame.format(f"{value:,}"), "number").parts == (f"{value:,}",)


@given(
    st.lists(st.integers(0, 99), min_size=1, max_size=6),
    st.sampled_from([", ", " or ", " and ", " ", "; ", "、", " 和 "]),
)
def test_joined_boxes_are_one_list(values, joint):
    text = joint.join(f"$\\boxed{{{value}}}$" for value in values)
    assert last_list(text, find_boxes(text)) == tuple(dict.fromkeys(map(str, values)))


@given(
    st.lists(st.integers(0, 99), min_size=2, max_size=6, unique=True),
    st.sampled_from(["({}) ", "{}) $", "Part {}: ", "**({})** "]),
    st.sampled_from(["abcdef", "123456"]),
    st.sampled_from([", ", "\n", "; ", " "]),
)
def test_labels_that_run_on_join_boxes_and_others_do_not(values, style, marks, joint):
    boxes = [f"\\boxed{{{value}}}" for value in values]
    labels = [style.format(mark) for mark in marks[: len(values)]]
    text = joint.join(label + box for label, box in zip(labels, boxes, strict=True))
    assert last_list(text, find_boxes(text)) == tuple(map(str, values))
    jumbled = joint.join(label + box for label, box in zip(reversed(labels), boxes, strict=True))
    assert last_list(jumbled, find_boxes(jumbled)) == (str(values[-1]),)


def shared_data(name: str) -> Path:
    """Where the benchmark data lies: beside the repository, or where ADJUDGE_DATA says; else the test is skipped."""
    places = [os.environ.get("ADJUDGE_DATA", ""), *(str(up / "shared" / "data") for up in Path(__file__).parents)]
    found = next((Path(place) / name for place in places if place and (Path(place) / name).exists()), None)
    return found or pytest.skip(f"{name} is not here; ADJUDGE_DATA may say where it is")


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def value(part: str) -> Fraction | None:
    try:
        return Fraction(part.replace(",", "").rpartition("=")[2].strip())
    except (ValueError, ZeroDivisionError):
        return None


def test_every_label_of_the_gsm8k_solutions_is_agreed_with():
    differing = []
    for row in rows(shared_data("gsm8k_model_solutions.jsonl.gz")):
        parts = commitment(row["solution"], "number") or []
        right = len(parts) == 1 and value(parts[0]) == value(row["gold"])
        if right != row["is_correct"]:
            differing.append((row["gold"], parts, row["solution"][-80:]))
    assert differing == []


def test_the_box_of_every_competition_solution_is_its_answer():
    for row in rows(shared_data("math_problems.jsonl.gz")):
        assert commitment(row["solution"], "math") == [row["answer"].strip()]


_DEGENERATE = [
    "\\boxed{",
    "{",
    "}",
    "\\boxed ",
    "\\boxed{1} or ",
    "\\boxed{\\{",
    "answer is ",
    "answer to ",
    "the answer is 5. ",
    "A:\n",
]
_DEGENERATE += [
    "5",
    " ",
    "$",
    "\n",
    "#### 5\n",
    "a",
    "\\",
    "=",
    "$5 + 3",
    "答",
    "选",
    "(",
    "<<",
    "\u200b",
    "1,",
    "½",
    "\\frac{",
    "1 048 ",
    "A, B, ",
    "The answer is 5. Wait, no, ",
    "no, ",
    "if it is 5 ",
    "(a) \\boxed{1} ",
    "x_1=",
    "Thus we get x + ",
    "is 2 to 3, ",
    "one half and a ",
    "5! = ",
    ", the sum is 5 and ",
]


@pytest.mark.parametrize(("unit", "want"), [(unit, WANTS[at % 4]) for at, unit in enumerate(_DEGENERATE)])
def test_cost_is_linear_in_the_text(unit, want):
    small, large = (best_of(partial(extract, unit * (size // len(unit)), want)) for size in (1 << 18, 1 << 20))
    assert large < 8 * small + 0.05, (small, large)
