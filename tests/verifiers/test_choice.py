"""The `choice` verifier: letters, hedges, golds. How letters are found is tested in test_extract.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adjudge.verifiers.answer import Answer
from adjudge.verifiers.choice import choice
from adjudge.verifiers.registry import get
from adjudge_client.types import Verdict


def verdict(text: str, gold: object, **options) -> Verdict:
    assert get("choice").options(**options)
    return choice(Answer(text), gold, **options)


@pytest.mark.parametrize(
    ("text", "gold", "options", "score"),
    [
        ("The answer is (B).", "B", {}, 1),
        ("The answer is (B).", "(B)", {}, 1),
        ("The answer is (B).", "b", {}, 1),
        ("The answer is (B).", "\\text{(B)}", {}, 1),
        ("The answer is (B).", "C", {}, 0),
        ("The correct option is $\\textbf{(B)}\\ 12$.", "B", {}, 1),
        ("\\boxed{e}", "E", {}, 1),
        ("\\boxed{Choice_C}", "C", {}, 1),
        ("B or C", "B", {}, 0),
        ("\\boxed{B}, \\boxed{C}", "B", {}, 0),
        ("\\boxed{BC}", "B", {}, 0),
        ("The answers are A and C.", "A,C", {"many": True}, 1),
        ("\\boxed{C, A}", "A,C", {"many": True}, 1),
        ("\\boxed{AC}", "A and C", {"many": True}, 1),
        ("\\boxed{AC}", "AC", {"many": True}, 1),
        ("\\boxed{A}", "A,C", {"many": True}, 0),
        ("\\boxed{A,B,C}", "A,C", {"many": True}, 0),
        ("A or C", "A,C", {"many": True}, 0),
        ("\\boxed{A}", "A", {"many": True}, 1),
        ("\\boxed{E}", "B", {"letters": "A-D"}, 0),
        ("\\boxed{42}", "B. 42", {}, 1),
        ("\\boxed{\\text{Paris}}", "(B) Paris", {}, 1),
        ("\\boxed{B}", "B. 42", {}, 1),
        ("\\boxed{C. 42}", "B. 42", {}, 0),
        ("\\boxed{41}", "B. 42", {}, 0),
        ("\\boxed{42}", "B", {}, 0),
        ("\\boxed{B. 1 C. 2}", "B", {}, 0),
        ("\\boxed{B → C}", "B", {}, 0),
        ("\\boxed{A. C}", "A", {}, 0),
        ("\\boxed{A. C}", "A. C", {}, 1),
        ("\\boxed{A}", "A. C", {}, 1),
        ("\\boxed{C}", "A. C", {}, 0),
        ("\\boxed{A. C. E}", "A. C", {}, 0),
        ("The answer is Paris.", "B. Paris", {}, 1),
    ],
)
def test_an_answer_is_right_if_it_commits_to_the_gold_letters(text, gold, options, score):
    found = verdict(text, gold, **options)
    assert (found.score, found.status) == (score, "ok"), found


def test_an_answer_that_names_no_option_is_no_answer():
    found = verdict("I like triangles.", "B")
    assert (found.score, found.status) == (0.0, "no_answer")


@pytest.mark.parametrize(
    ("gold", "options"),
    [
        ("", {}),
        ("K", {}),
        ("42", {}),
        (None, {}),
        (3, {}),
        ({"letter": "B"}, {}),
        ("A or B", {"many": True}),
        ("E", {"letters": "A-D"}),
        ("A,C", {}),
        ("AC", {}),
    ],
)
def test_a_gold_that_names_no_option_clearly_is_bad_task(gold, options):
    found = verdict("\\boxed{A}", gold, **options)
    assert (found.score, found.status) == (None, "bad_task")
    assert len(found.reason) > 20


@pytest.mark.parametrize("letters", ["", "a-d", "A-", "A-D-E", "1-4", "A,B"])
def test_letters_that_are_no_range_are_refused(letters):
    with pytest.raises(ValidationError):
        get("choice").options(letters=letters)


@given(
    st.sampled_from("ABCDEFGHIJ"),
    st.sampled_from(["{}", "({})", "{}.", "The answer is {}.", "\\boxed{{{}}}", "故选：{}", "option {}", "**{}**"]),
)
def test_every_letter_is_read_in_every_frame(letter, frame):
    assert verdict(frame.format(letter), letter).score == 1


@given(st.text(), st.sampled_from("ABCD"))
def test_no_text_makes_it_null(text, gold):
    assert verdict(text, gold).score in (0.0, 1.0)
