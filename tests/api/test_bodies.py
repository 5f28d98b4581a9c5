"""Bodies of odd shapes: below the limit none is refused for its size, and none keeps the event loop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adjudge.api import decode
from adjudge.api.cut import WINDOW
from adjudge_client.types import Term

Make = Callable[..., dict[str, Any]]


def score(http: httpx.Client, *items: Any, **fields: Any) -> dict[str, Any]:
    answer = http.post("/v1/score", json={"items": list(items), "explain": True, **fields})
    assert answer.status_code == 200, answer.text[:500]
    page: dict[str, Any] = answer.json()
    return page


def written(request: Any, value: str) -> bytes:
    """The request as JSON, with `value` as it stands in place of each "@"."""
    return json.dumps(request).replace('"@"', value).encode()


def refused(http: httpx.Client, body: bytes) -> dict[str, Any]:
    answer = http.post("/v1/score", content=body)
    assert answer.status_code == 422
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_a_conversation_of_many_long_messages_is_judged(http: httpx.Client, item: Make) -> None:
    turns = [{"role": "assistant" if n % 2 else "tool", "content": "x" * 200_000} for n in range(45)]
    page = score(http, item([*turns, {"role": "assistant", "content": "B"}]), item("C"))
    assert page["rewards"] == [1.0, 0.0]


def test_a_conversation_of_very_many_messages_is_judged(http: httpx.Client, item: Make) -> None:
    turns = [{"role": "tool", "content": "x"}] * 20_000
    assert score(http, item([*turns, {"role": "assistant", "content": "B"}]))["rewards"] == [1.0]


def test_a_fault_among_very_many_messages_is_named(http: httpx.Client, item: Make) -> None:
    turns: list[Any] = [{"role": "tool", "content": "x"}] * 20_000
    turns[700] = {"rol": "tool", "content": "x"}
    error = refused(http, json.dumps({"items": [item(), item(turns)]}).encode())
    assert (error["index"], error["field"]) == (1, "trace.700.rol")


def test_a_text_over_its_limit_costs_its_own_item_only(http: httpx.Client, item: Make) -> None:
    page = score(http, item("B" * 9_000_000), item())
    assert page["rewards"] == [0.0, 1.0]
    assert page["verdicts"][0]["correct"]["status"] == "no_answer"


def test_a_long_list_of_numbers_is_no_fault(http: httpx.Client, item: Make) -> None:
    assert score(http, item(meta={"lp": [0.1234567] * 130_000}), item("C"))["rewards"] == [1.0, 0.0]


@pytest.mark.parametrize("blank", [b" ", b"\n"])
def test_white_space_is_no_fault(blank: bytes) -> None:
    parts = b'{"items":[{"prompt":"p","trace":"t","ground_truth":"g"}]}'.split(b":", 2)
    body = (b":" + blank * (WINDOW + 10)).join(parts)
    assert decode.decode_score(body).items[0].ground_truth == "g"


def test_a_gold_of_very_many_numbers_is_read(item: Make) -> None:
    golds = [*range(150_000), *[1] * 400_000]
    read = decode.decode_score(json.dumps({"items": [item(gold=golds)]}).encode())
    assert read.items[0].ground_truth == golds


@pytest.mark.parametrize("depth", [250, 20_000])
def test_free_fields_may_be_nested_however_deep(http: httpx.Client, item: Make, depth: int) -> None:
    calls = item([{"role": "assistant", "content": "B", "tool_calls": ["@"]}])
    body = written({"items": [calls, item(meta={"a": "@"}), item()]}, "[" * depth + "]" * depth)
    assert http.post("/v1/score", content=body).json()["rewards"] == [1.0, 1.0, 1.0]


def test_a_ground_truth_that_is_too_deep_is_a_bad_task_of_its_own(http: httpx.Client, item: Make) -> None:
    body = written({"items": [item(gold="@"), item()], "explain": True}, '{"a":' * 250 + "1" + "}" * 250)
    page = http.post("/v1/score", content=body).json()
    assert page["rewards"] == [None, 1.0]
    assert page["verdicts"][0]["correct"]["status"] == "bad_task"


def test_what_is_deep_and_not_json_is_refused(http: httpx.Client, item: Make) -> None:
    body = written({"items": [item(meta={"a": "@"})]}, "[" * 250 + "1 2" + "]" * 250)
    assert refused(http, body)["code"] == "malformed_json"


@pytest.mark.parametrize("gold", ["1e6000", "-1e-6000", "1e99999999999999999999", "1e4000", "7" * 200_000])
def test_a_number_that_no_verifier_reads_is_a_bad_task_and_never_0(http: httpx.Client, item: Make, gold: str) -> None:
    numeric = item("\\boxed{10^{6000}}", "@", verifier="math")
    page = http.post("/v1/score", content=written({"items": [numeric, item()], "explain": True}, gold)).json()
    assert page["rewards"] == [None, 1.0]
    assert page["verdicts"][0]["correct"]["status"] == "bad_task"


def test_a_large_number_within_the_bound_is_exact(http: httpx.Client, item: Make) -> None:
    items = [item(f"\\boxed{{10^{{{power}}}}}", "@", verifier="math") for power in (1800, 1801)]
    assert http.post("/v1/score", content=written({"items": items}, "1e1800")).json()["rewards"] == [1.0, 0.0]


LATEX = r"Let $x = \frac{a}{b}$, so \"q\" [1,2,3]; then \\boxed{3}, and so on. "


@pytest.mark.parametrize(
    ("fields", "small"),
    [
        ({}, True),
        ({"trace": LATEX * 100}, True),
        ({"trace": "word " * 20_000}, True),
        ({"gold": [1] * 63_000}, False),
        ({"gold": [1] * 6_000}, False),
        ({"gold": [[]] * 4_000}, False),
        ({"gold": ["a"] * 2_000}, False),
        ({"meta": {str(n): 1 for n in range(1_000)}}, False),
        ({"gold": [int("7" * 4_000)] * 25}, False),
        ({"trace": LATEX * 1_000}, False),
    ],
)
def test_only_what_is_read_in_a_moment_is_read_on_the_event_loop(item: Make, fields: Any, small: bool) -> None:
    assert decode.is_small(json.dumps({"items": [item(**fields)]}, separators=(",", ":")).encode()) is small


def test_a_batch_of_small_items_is_not_read_on_the_event_loop(item: Make) -> None:
    assert not decode.is_small(json.dumps({"items": [item()] * 150}, separators=(",", ":")).encode())


def reward(**fields: Any) -> dict[str, Any]:
    return {"reward": {"terms": [{"name": "a", "verifier": "item", **fields}]}}


@pytest.mark.parametrize("given", ['"5"', "true", "[5]", "1e6000", "1" + "0" * 400])
@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("deadline_s", {"deadline_s": "@"}),
        ("reward.terms.0.weight", reward(weight="@")),
        ("reward.terms.0.min", reward(min="@")),
        ("reward.range.1", {"reward": {**reward()["reward"], "range": [0, "@"]}}),
    ],
)
def test_what_is_no_number_is_not_taken_for_one(
    http: httpx.Client, item: Make, field: str, fields: Any, given: str
) -> None:
    error = refused(http, written({"items": [item()], **fields}, given))
    assert error["field"] == field
    assert "number" in error["message"]


@pytest.mark.parametrize(("given", "weight"), [("2", 2.0), ("0.1", 0.1), ("-1e-3", -0.001)])
def test_numbers_of_every_kind_are_taken(item: Make, given: str, weight: float) -> None:
    spec = decode.decode_score(written({"items": [item()], **reward(weight="@", min="@")}, given)).reward
    assert not isinstance(spec, str | None)
    assert spec.terms == [Term(name="a", verifier="item", weight=weight, min=weight)]
