"""`/v1/vote` over real HTTP: examples, refusals, hostile answers, order, deadlines of nobody."""

from __future__ import annotations

import gzip
import json
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from adjudge_client.types import VoteRequest, VoteResponse

EXAMPLES = json.loads(resources.files("adjudge.api").joinpath("vote_examples.json").read_text())
ATTACKS = Path(__file__).parents[1] / "data" / "math_attacks.jsonl"
PASSING = {"elapsed_ms", "engine"}


def vote(http: httpx.Client, *items: dict[str, Any], **rest: Any) -> dict[str, Any]:
    reply = http.post("/v1/vote", content=json.dumps({"items": list(items), **rest}))  # lone surrogates too
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def partition(http: httpx.Client, answers: list[Any], **options: Any) -> list[list[int]]:
    (result,) = vote(http, {"answers": answers}, options=options or None)["results"]
    return [cluster["members"] for cluster in result["clusters"]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_the_page_is_true(http: httpx.Client, name: str) -> None:
    example = EXAMPLES[name]
    reply = http.post("/v1/vote", json=example["request"])
    got, said = reply.json(), example["response"]
    assert {k: v for k, v in got.items() if k not in PASSING} == {k: v for k, v in said.items() if k not in PASSING}
    if reply.status_code == 200:
        VoteRequest.model_validate(example["request"])
        assert got["engine"].keys() == said["engine"].keys()
        VoteResponse.model_validate(got)
    else:
        assert reply.status_code == 422


def test_the_route_stands_in_the_openapi_page(http: httpx.Client) -> None:
    page = http.get("/openapi.json").json()
    assert page["paths"]["/v1/vote"]["post"]["operationId"] == "vote"
    assert {"VoteRequest", "VoteResponse", "Cluster"} <= page["components"]["schemas"].keys()
    assert "form" not in {each["name"] for each in http.get("/v1/verifiers").json()}


@pytest.mark.parametrize(
    ("body", "index", "field", "says"),
    [
        ({"items": []}, None, "items", "at least 1 item"),
        ({"items": [{"answers": []}]}, 0, "answers", "at least 1 answer"),
        ({"items": [{}]}, 0, "answers", "either"),
        ({"items": [{"answers": ["1"]}, {"answers": ["1"], "traces": ["1"]}]}, 1, "answers", "not both"),
        ({"items": [{"answers": ["1", "2"], "weights": [1]}]}, 0, "weights", "2, not 1"),
        (
            {"items": [{"answers": ["1"]}, {"answers": ["1", "1"], "weights": [1e308, 1e308]}]},
            1,
            "weights",
            "not finite",
        ),
        ({"items": [{"answers": ["1"], "weights": [-1]}]}, 0, "weights.0", "greater than or equal to 0"),
        ({"items": [{"answers": ["1"], "weights": [True]}]}, 0, "weights.0", "number"),
        ({"items": [{"answers": [True]}]}, 0, "answers.0", "a text, a number or null"),
        ({"items": [{"answer": ["1"]}]}, 0, "answer", "answers"),
        ({"items": [{"answers": ["1"]}], "option": {}}, None, "option", "options"),
        ({"items": [{"answers": ["1"]}], "options": {"unit": "keep"}}, None, "options.unit", "units"),
        ({"items": [{"answers": ["1"]}], "options": {"jail": True}}, None, "options.jail", "no option"),
        ({"items": [{"answers": ["1"]}], "options": {"units": "drop"}}, None, "options.units", "'keep' or 'ignore'"),
        ({"items": [{"answers": ["1"] * 5_001}, {"answers": ["1"] * 5_000}]}, None, "items", "10000"),
    ],
    ids=str,
)
def test_a_mistake_names_its_item_and_field(
    http: httpx.Client, body: dict[str, Any], index: int | None, field: str, says: str
) -> None:
    reply = http.post("/v1/vote", json=body)
    error = reply.json()["error"]
    assert reply.status_code == 422, error
    assert (error.get("index"), error["field"]) == (index, field), error
    assert says in error["message"]


def test_numbers_beyond_what_is_read_abstain_and_are_not_infinity(http: httpx.Client) -> None:
    reply = http.post("/v1/vote", content='{"items":[{"answers":[1e5000, 1e-5000, "\\\\infty", 5]}]}').json()
    (result,) = reply["results"]
    assert [each["members"] for each in result["clusters"]] == [[2], [3]]
    assert [each["index"] for each in result["abstained"]] == [0, 1]


def test_weights_that_are_not_finite_are_refused(http: httpx.Client) -> None:
    for weight in ("NaN", "Infinity", "1e999"):
        reply = http.post("/v1/vote", content=f'{{"items":[{{"answers":["1"],"weights":[{weight}]}}]}}')
        assert reply.status_code == 422, weight


def test_other_methods_and_other_bodies_are_told_so(http: httpx.Client) -> None:
    assert http.get("/v1/vote").status_code == 405
    assert http.post("/v1/vote", content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert http.post("/v1/vote", content=b"x", headers={"content-type": "text/plain"}).status_code == 415
    packed = gzip.compress(json.dumps({"items": [{"answers": ["1"]}]}).encode())
    assert http.post("/v1/vote", content=packed, headers={"content-encoding": "gzip"}).status_code == 200


def test_numbers_are_read_exactly(http: httpx.Client) -> None:
    body = (
        '{"items":[{"answers":[0.1, "1/10", 0.1000000000000000000000000000001, 10000000000000000000001, "10^{22}+1"]}]}'
    )
    (result,) = http.post("/v1/vote", content=body).json()["results"]
    assert [each["members"] for each in result["clusters"]] == [[0, 1], [2], [3, 4]]


def test_large_and_small_bodies_are_read_alike(http: httpx.Client) -> None:
    item = {"answers": ["1/2", "0.5", "7"], "weights": [1, 1, 1]}
    (alone,) = vote(http, item)["results"]
    many = vote(http, *[item] * 2_000)["results"]
    assert all(each == alone for each in many)
    messages = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "It is \\boxed{3}. " + "x " * 200_000},
    ]
    (result,) = vote(http, {"traces": [messages, "\\boxed{3}"]})["results"]
    assert result["winner"] == "3"
    assert result["share"] == 1.0


def test_no_item_changes_the_result_of_another(http: httpx.Client) -> None:
    crowd = {"answers": [rf"\sqrt{{5+{k}\sqrt{{7}}}}" for k in range(90)]}
    item = {"answers": [r"\sqrt{5+2\sqrt6}", r"\sqrt2+\sqrt3", "2^n", r"4^{n/2}", "5"]}
    (alone,) = vote(http, item)["results"]
    assert [each["members"] for each in alone["clusters"]] == [[0, 1], [2, 3], [4]]
    assert vote(http, crowd, item, crowd)["results"][1] == alone


def test_beyond_the_jails_of_an_item_answers_are_compared_as_written_and_it_says_so(http: httpx.Client) -> None:
    many = [rf"\sqrt{{5+{k}\sqrt{{7}}}}" for k in range(1, 81)]
    (result,) = vote(http, {"answers": [*many, *many]})["results"]
    assert [each["members"] for each in result["clusters"]] == [[k, k + 80] for k in range(80)]
    assert result["by_text"] == [*range(64, 80), *range(144, 160)]
    again = vote(http, {"answers": [*many, *many]})["results"][0]
    assert again == result


@pytest.mark.parametrize("column", ["answers", "traces"])
def test_hostile_answers_abstain_or_stand_alone_and_never_fail(http: httpx.Client, column: str) -> None:
    rows = [json.loads(line) for line in ATTACKS.read_text(encoding="utf-8").splitlines()]
    texts = [_spelled(row["answer"]) for row in rows]
    if column == "traces":
        texts = [rf"So it is \boxed{{{text}}}" for text in texts]
    (result,) = vote(http, {column: [*texts, "7", "7.0"]})["results"]
    assert result["errors"] == []
    assert result["winner"] is not None
    home = next(each for each in result["clusters"] if len(texts) in each["members"])
    assert len(texts) + 1 in home["members"]
    mine = {index: row for index, row in enumerate(rows) if index in home["members"]}
    assert not mine, f"hostile answers that count as 7: {mine}"


def _spelled(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    return "".join(part if isinstance(part, str) else part["repeat"][0] * part["repeat"][1] for part in answer)


def test_texts_over_their_limit_and_strange_texts_abstain(http: httpx.Client) -> None:
    (result,) = vote(http, {"answers": ["9" * 1_100_000, "\ud800", "", "  ", "\x00", "5"]})["results"]
    assert result["winner"] == "5"
    assert {each["index"] for each in result["abstained"]} >= {0, 2, 3}


def test_votes_are_counted_under_their_own_route(http: httpx.Client) -> None:
    vote(http, {"answers": ["1"]})
    assert 'adjudge_requests_total{code="200",route="/v1/vote"}' in http.get("/metrics").text
