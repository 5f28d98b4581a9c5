"""The small routes: verifiers, health, readiness, metrics, OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import httpx
import pytest

from adjudge_client.types import ScoreRequest, ScoreResponse

EXAMPLES = json.loads(resources.files("adjudge.api").joinpath("examples.json").read_text())


def test_every_verifier_shows_its_options_range_and_manual(http: httpx.Client) -> None:
    found = {each["name"]: each for each in http.get("/v1/verifiers").json()}
    assert {"math", "exact", "choice", "f1"} <= set(found)
    exact = found["exact"]
    assert exact["range"] == [0.0, 1.0]
    assert exact["kind"] == "correctness"
    assert exact["revision"] >= 1
    assert exact["doc"]
    assert exact["options"]["additionalProperties"] is False
    assert "search_thinking" in exact["options"]["properties"]


def test_every_profile_shows_its_terms_and_where_it_comes_from(http: httpx.Client) -> None:
    found = {each["profile"]: each for each in http.get("/v1/profiles").json()}
    assert {"r1-zero@1", "r1@1", "dapo@1", "kimi-k1.5@1", "tulu3@1", "open-r1@1", "dr-grpo@1"} <= set(found)
    dapo = found["dapo@1"]
    assert dapo["newest"] and "arXiv" in dapo["source"] and dapo["differs"]
    assert dapo["spec"]["terms"][1] == {
        "name": "overlong",
        "verifier": "overlong",
        "options": {"max_length": 20_480, "cache": 4_096},
    }


def test_a_batch_is_paid_by_a_profile_or_by_its_spec_alike(http: httpx.Client, item: Callable[..., Any]) -> None:
    items = [item("B", tokens=18_432), item("A", tokens=20_481), item("B", tokens=1)]
    by_name = http.post("/v1/score", json={"items": items, "reward": "dapo"}).json()
    assert by_name["rewards"] == [1.5, -1.0, 2.0]
    assert by_name["engine"]["profile"] == "dapo@1"
    spec = {each["profile"]: each for each in http.get("/v1/profiles").json()}["dapo@1"]
    by_spec = http.post("/v1/score", json={"items": items, "reward": spec["spec"]}).json()
    assert by_spec["rewards"] == by_name["rewards"]
    assert by_spec["engine"]["spec_sha256"] == by_name["engine"]["spec_sha256"] == spec["spec_sha256"]


def test_health_and_readiness(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    ready = http.get("/readyz")
    assert ready.status_code == 200
    report = ready.json()
    assert report["ready"] is True
    assert report["workers"] == 1
    assert report.get("jail") or report["detail"]


def test_metrics_count_what_happened(http: httpx.Client, item: Callable[..., dict[str, Any]]) -> None:
    def read(name: str) -> float:
        lines = [line for line in http.get("/metrics").text.splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    items, requests, verdicts = (
        read("adjudge_items_total"),
        read('adjudge_requests_total{code="200",route="/v1/score"}'),
        read('adjudge_verdicts_total{stage="text",status="ok",verifier="exact"}'),
    )
    http.post("/v1/score", json={"items": [item("a unique answer"), item("another")]})
    assert read("adjudge_items_total") == items + 2
    assert read('adjudge_requests_total{code="200",route="/v1/score"}') == requests + 1
    assert read('adjudge_verdicts_total{stage="text",status="ok",verifier="exact"}') == verdicts + 2
    nulls = read('adjudge_nulls_total{status="bad_task"}')
    http.post("/v1/score", json={"items": [item(gold=[])]})
    assert read('adjudge_nulls_total{status="bad_task"}') == nulls + 1
    for name in ("adjudge_queue_depth", "adjudge_cache_hits_total", "adjudge_request_duration_seconds_count"):
        assert name in http.get("/metrics").text


def test_no_caller_can_make_a_new_series(http: httpx.Client) -> None:
    for n in range(5):
        http.get(f"/made-up-{n}")
    assert "made-up" not in http.get("/metrics").text


def test_the_openapi_page_describes_the_score_route(http: httpx.Client) -> None:
    page = http.get("/openapi.json").json()
    score = page["paths"]["/v1/score"]["post"]
    schema = score["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert page["components"]["schemas"][schema]["properties"]["items"]
    assert set(score["responses"]) >= {"200", "409", "413", "415", "422", "503"}
    text = json.dumps(page)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(page["components"]["schemas"])


def test_every_route_has_a_summary_and_every_field_that_a_person_meets_a_description(http: httpx.Client) -> None:
    page = http.get("/openapi.json").json()
    for path in page["paths"].values():
        assert all(len(operation["summary"].split()) > 2 for operation in path.values())
    for name in ("Item", "Term", "RewardSpec", "ScoreRequest", "Require", "Verdict", "GroupStats", "ScoreResponse"):
        schema = page["components"]["schemas"][name]
        assert schema["description"]
        assert [field for field, about in schema["properties"].items() if not about.get("description")] == []


def test_the_page_for_people_says_what_it_needs_should_nothing_come(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.status_code == 200
    assert "This page needs the internet" in page.text
    assert 'href="openapi.json"' in page.text


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_of_the_openapi_page_is_what_really_happens(http: httpx.Client, name: str) -> None:
    example = EXAMPLES[name]
    answer = http.post("/v1/score", json=example["request"]).json()
    if name != "refused":
        ScoreRequest.model_validate(example["request"])
        ScoreResponse.model_validate(example["response"])
    assert _lasting(answer) == _lasting(example["response"])


def _lasting(page: Any) -> Any:
    """What does not differ between two runs or two releases."""
    passing = {"elapsed_ms", "cached", "engine", "reason"}
    if isinstance(page, dict):
        return {name: _lasting(value) for name, value in page.items() if name not in passing}
    return [_lasting(each) for each in page] if isinstance(page, list) else page
