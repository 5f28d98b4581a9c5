"""Rows in their hub's shape become problems; what cannot be judged, or is not such a row, is refused by name."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from rows import (
    DAPO,
    DAPO_PROCESSED,
    DEEPMATH,
    GSM8K,
    MATH,
    MATH_500,
    NUMINA_15,
    NUMINA_COT,
    OPENR1,
    TULU3_GSM8K,
    TULU3_IFEVAL,
    TULU3_MATH,
    shared,
)

from adjudge_client import Item
from adjudge_client.datasets import (
    MAPPERS,
    NoTask,
    dapo,
    deepmath,
    gsm8k,
    hendrycks,
    mapper,
    numina,
    openr1,
    problems,
    tulu3,
)
from adjudge_client.datasets.boxes import boxed
from adjudge_client.errors import BadInput

CASES = [
    (gsm8k, GSM8K, "72", "gsm8k", {}, 1),
    (hendrycks, MATH, "2\\sqrt{3}", "math", {"level": "Level 1", "type": "Algebra"}, 1),
    (hendrycks, MATH_500, "\\frac{5}{6}", "math", {"level": 2, "subject": "Prealgebra"}, 1),
    (dapo, DAPO, "81", "dapo-math", {"data_source": "math_dapo", "ability": "MATH"}, 0),
    (dapo, DAPO_PROCESSED, "81", "dapo-math", {"data_source": "math_dapo", "ability": "MATH"}, 0),
    (deepmath, DEEPMATH, "\\dfrac{1}{2}", "deepmath", {k: DEEPMATH[k] for k in ("difficulty", "topic")}, 2),
    (numina, NUMINA_COT, "\\frac{13}{6}", "numina", {"source": "synthetic_math"}, 1),
    (numina, NUMINA_15, "C", "numina", {k: v for k, v in NUMINA_15.items() if k not in MATH_500}, 1),
    (
        openr1,
        OPENR1,
        "5",
        "openr1-math",
        {
            k: OPENR1[k]
            for k in ("source", "problem_type", "question_type", "correctness_math_verify", "is_reasoning_complete")
        },
        2,
    ),
    (tulu3, TULU3_GSM8K, "42", "tulu3-gsm8k", {}, 0),
    (tulu3, TULU3_MATH, "\\frac{1}{2}", "tulu3-math", {}, 0),
]


@pytest.mark.parametrize(("mapped", "row", "gold", "dataset", "meta", "references"), CASES)
def test_a_row_becomes_a_problem(mapped, row, gold, dataset, meta, references):
    problem = mapped(row)
    assert (problem.ground_truth, problem.dataset, problem.verifier) == (gold, dataset, "math")
    assert problem.prompt == next(row[name] for name in ("question", "problem", "prompt", "messages") if name in row)
    assert dict(problem.meta) == meta
    assert len(problem.references) == references
    assert mapped(row) == problem == pickle.loads(pickle.dumps(problem))


@pytest.mark.parametrize(("mapped", "row"), [case[:2] for case in CASES])
def test_every_column_that_is_needed_is_named_when_it_is_missing(mapped, row):
    for column in row:
        left = {name: value for name, value in row.items() if name != column}
        try:
            mapped(left)
        except BadInput as error:
            assert f"no column {column!r}" in str(error)
    with pytest.raises(BadInput, match="no column"):
        mapped({})


@pytest.mark.parametrize(
    ("mapped", "row", "says"),
    [
        (gsm8k, {"Question": "q", "answer": "#### 1"}, "no column 'question'; did you mean 'Question'?"),
        (gsm8k, {"x": 1}, "no column 'question'; it has x"),
        (gsm8k, {"question": "q", "answer": "72"}, "does not end in '#### <number>'"),
        (gsm8k, {"question": " ", "answer": "#### 1"}, "column 'question' is empty"),
        (gsm8k, {"question": ["q"], "answer": "#### 1"}, "column 'question' is a list, not a text"),
        (gsm8k, ["q", "a"], "a row is a mapping from column to value, not a list"),
        (hendrycks, {"problem": "p", "solution": "so 5"}, "without a \\boxed answer"),
        (hendrycks, {"problem": "p", "solution": "so \\boxed{5"}, "without a \\boxed answer"),
        (dapo, {**DAPO, "reward_model": {"truth": "1"}}, "no column 'reward_model.ground_truth'; it has truth"),
        (dapo, {**DAPO, "reward_model": "81"}, "column 'reward_model' is a str, not a mapping"),
        (dapo, {**DAPO, "prompt": []}, "column 'prompt' asks nothing"),
        (dapo, {**DAPO, "prompt": [{"role": "user"}]}, "column 'prompt[0]' is no message with role and content"),
        (dapo, {**DAPO, "prompt": None}, "column 'prompt' is a NoneType, not a list"),
        (tulu3, {**TULU3_MATH, "dataset": "gsm"}, "column 'dataset' is 'gsm'; known: gsm8k, math, ifeval"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(mapped, row, says):
    with pytest.raises(BadInput) as refused:
        mapped(row)
    assert says in str(refused.value)
    assert not isinstance(refused.value, NoTask)


@pytest.mark.parametrize(
    ("mapped", "row", "says"),
    [
        (numina, {**NUMINA_15, "answer": "proof"}, "asks for a proof"),
        (numina, {**NUMINA_15, "answer": " Proof "}, "asks for a proof"),
        (numina, {**NUMINA_15, "question_type": "proof"}, "asks for a proof"),
        (numina, {**NUMINA_15, "answer": "notfound"}, "was not found"),
        (numina, {**NUMINA_15, "answer": None}, "is empty"),
        (numina, {**NUMINA_15, "answer": float("nan")}, "is empty"),
        (numina, {**NUMINA_COT, "solution": "Hence proved."}, "without a \\boxed answer"),
        (openr1, {**OPENR1, "answer": "proof"}, "asks for a proof"),
        (tulu3, TULU3_IFEVAL, "'ifeval' rows (No Commas) cannot be judged yet"),
    ],
)
def test_what_nobody_can_judge_is_no_task_and_never_a_wrong_item(mapped, row, says):
    with pytest.raises(NoTask) as refused:
        mapped(row)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("gold", "read"),
    [("#### 72", "72"), ("####72 ", "72"), ("x\n#### 1,234,567", "1234567"), ("#### -1,000.5", "-1000.5")],
)
def test_gsm8k_golds(gold, read):
    assert gsm8k({"question": "q", "answer": gold}).ground_truth == read


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("so \\boxed{5}", "5"),
        ("\\boxed{4}? No: \\boxed{5}.", "5"),
        (
            "\\boxed{\\frac{1}{2}} is \\boxed{ \\left\\{1, \\frac{a}{b}\\right\\} }",
            "\\left\\{1, \\frac{a}{b}\\right\\}",
        ),
        ("$\\boxed{3}$ and $\\boxed{5}$.", "3, 5"),
        ("$\\boxed{3},\\boxed{5}$ or $\\boxed{3}$", "5, 3"),
        ("$\\boxed{3}$, that is, $\\boxed{3}$", "3"),
        ("x = \\boxed{3}, y = \\boxed{5}", "5"),
        ("\\boxed 7$", "7"),
        ("it is $\\boxed 2.$", "2"),
        ("\\fbox{9}", "9"),
        ("\\boxed{a\\}b}", "a\\}b"),
        ("\\boxed{5} and then \\boxed{6", None),
        ("\\boxed{}", None),
        ("five", None),
        ("", None),
    ],
)
def test_the_box_of_a_solution(solution, answer):
    assert boxed(solution) == answer


@pytest.mark.parametrize("part", ["\\boxed{", "\\boxed{1} and ", "\\boxed{1}, ", "{", "\\boxed ", "\\boxed{x} ,$ ; "])
def test_boxes_are_found_in_linear_time(part):
    def cost(times: int) -> float:
        text = part * times
        start = time.process_time()
        boxed(text)
        return time.process_time() - start

    cost(100)
    assert min(cost(32_000) for _ in range(3)) < 24 * max(min(cost(4_000) for _ in range(3)), 0.002)


def test_every_solution_of_math_boxes_its_answer():
    for row in shared("math_problems.jsonl.gz"):
        without = {name: value for name, value in row.items() if name != "answer"}
        assert hendrycks(without).ground_truth == hendrycks(row).ground_truth == row["answer"].strip()


def test_a_solution_at_the_end_of_the_messages_is_not_shown_to_the_model():
    row = {**TULU3_MATH, "messages": [*TULU3_MATH["messages"], {"role": "assistant", "content": "It is 1/2."}]}
    assert tulu3(row).prompt == TULU3_MATH["messages"]


def test_containers_of_other_libraries_are_read():
    array = SimpleNamespace(tolist=lambda: DAPO["prompt"])
    assert dapo({**DAPO, "prompt": array}) == dapo(DAPO)
    assert gsm8k(SimpleNamespace(to_dict=lambda: GSM8K)) == gsm8k(GSM8K)
    assert openr1({**OPENR1, "generations": float("nan")}).references == ()


def test_an_item_has_everything_of_the_problem_and_what_the_rollout_adds():
    item = hendrycks(MATH_500).item("It is 5/6.", group="g1", tokens=5, truncated=False)
    assert isinstance(item, Item)
    assert item.model_dump(exclude_none=True) == {
        "prompt": MATH_500["problem"],
        "trace": "It is 5/6.",
        "ground_truth": "\\frac{5}{6}",
        "id": "test/prealgebra/1.json",
        "dataset": "math",
        "verifier": "math",
        "group": "g1",
        "tokens": 5,
        "truncated": False,
        "meta": {"level": 2, "subject": "Prealgebra"},
    }
    assert gsm8k(GSM8K).item("t", id="mine", verifier="exact").id == "mine"
    with pytest.raises(BadInput, match="tokns: Extra inputs are not permitted"):
        gsm8k(GSM8K).item("t", tokns=5)


def test_a_problem_without_an_id_is_named_by_its_content():
    first, second = gsm8k(GSM8K), gsm8k({**GSM8K, "answer": "#### 71"})
    assert first.id.startswith("gsm8k:")
    assert first.id != second.id
    code = f"from adjudge_client.datasets import gsm8k; print(gsm8k({GSM8K!r}).id)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == first.id


def test_columns_are_the_same_for_every_data_set():
    found = [mapped(row).columns(system="Think.") for mapped, row, *_ in CASES]
    assert {tuple(each) for each in found} == {("prompt", "ground_truth", "dataset", "verifier", "id")}
    assert all(each["prompt"][0] == {"role": "system", "content": "Think."} for each in found)
    json.dumps(found)
    assert gsm8k(GSM8K).columns(chat=False)["prompt"] == GSM8K["question"]
    assert gsm8k(GSM8K).columns()["prompt"] == [{"role": "user", "content": GSM8K["question"]}]


@pytest.mark.parametrize("name", [*MAPPERS, "gsm8k", "GSM8K", "math-500", "dapo", "tulu3", "numinamath-1.5"])
def test_a_mapper_is_found_by_the_hub_id_or_a_short_name(name):
    assert callable(mapper(name))


def test_an_unknown_data_set_names_the_nearest():
    with pytest.raises(BadInput, match=r"did you mean 'HuggingFaceH4/MATH-500'\?"):
        mapper("HugingFaceH4/MATH-500")
    with pytest.raises(BadInput, match=r"did you mean 'gsm8k'\?"):
        mapper("gsm8")
    with pytest.raises(BadInput, match="known: openai/gsm8k"):
        mapper("????")


def test_rows_that_are_no_task_are_left_out_and_told_of():
    skipped: list[str] = []
    rows = [NUMINA_15, {**NUMINA_15, "answer": "proof"}, NUMINA_COT]
    assert [each.ground_truth for each in problems("AI-MO/NuminaMath-1.5", rows, skipped=skipped)] == [
        "C",
        "\\frac{13}{6}",
    ]
    assert skipped == ["row 1: numina: no task: the row asks for a proof"]
    with pytest.raises(BadInput, match="row 1: gsm8k: the row has no column 'question'"):
        list(problems(gsm8k, [GSM8K, MATH]))
