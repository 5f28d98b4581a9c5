"""A megabyte in every place of the wire that holds a text: it is answered, and never comes back in an error, a log
line or a metric.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from malformed import Path, at, left_out, paths, put
from test_malformed import RICH, valid_requests

from adjudge_client import LocalServer
from adjudge_client.types import Item, Message, RewardSpec, ScoreRequest, Term

LONG = "x" * 1_000_000
BOUND = 2_000
"""Bytes of an error."""


@pytest.fixture(scope="module")
def patient(start_server: Callable[..., LocalServer]) -> LocalServer:
    return start_server(log_requests=True)


def places(requests: list[Any]) -> Iterator[tuple[Path, Any]]:
    """Each text of each request in turn made long; and each name of a field, an option, a term."""
    for request in requests:
        for path in paths(request):
            here = at(request, path)
            if isinstance(here, str):
                yield path, put(request, path, LONG)
            if isinstance(here, dict):
                yield (*path, "…"), put(request, (*path, LONG), 1)
                for name in here:
                    yield (*path, f"{name}…"), put(left_out(request, (*path, name)), (*path, LONG), here[name])


def test_a_megabyte_anywhere_is_answered_and_does_not_come_back(patient: LocalServer) -> None:
    faults: list[str] = []
    logged = _log_size(patient)
    sent = 0
    with httpx.Client(base_url=patient.url, timeout=60, trust_env=False) as http:
        for route, requests in valid_requests(patient).items():
            for path, request in places(requests[:1] + requests[-1:]):
                answer = http.post(route, json=request)
                sent += 1
                if answer.status_code not in (200, 409, 422):
                    faults.append(f"{route} {path}: {answer.status_code} {answer.text[:200]}")
                elif answer.status_code != 200 and len(answer.content) > BOUND:
                    faults.append(f"{route} {path}: an error of {len(answer.content)} bytes")
        assert faults == []
        assert (_log_size(patient) - logged) < BOUND * sent
        assert max(map(len, http.get("/metrics").text.splitlines())) < 500
        assert http.post("/v1/score", json=RICH).status_code == 200


def test_every_text_field_of_the_wire_is_in_the_request_that_is_made_long() -> None:
    """So that a field which comes new is tried as well."""
    assert ScoreRequest.model_fields.keys() - {"policy_version", "profile"} <= RICH.keys()
    items = RICH["items"]
    assert Item.model_fields.keys() <= items[0].keys()
    assert Message.model_fields.keys() - {"name", "tool_call_id"} <= items[1]["trace"][0].keys()
    assert RewardSpec.model_fields.keys() <= RICH["reward"].keys()
    assert Term.model_fields.keys() - {"gate"} <= RICH["reward"]["terms"][1].keys()


@pytest.mark.parametrize(
    "fields", [{"reward": LONG}, {"require": {"profile": LONG}}, {"require": {"revisions": {LONG: 1}}}]
)
def test_a_name_of_a_megabyte_that_nobody_knows_is_cut_in_its_error(
    patient: LocalServer, fields: dict[str, Any]
) -> None:
    request = {"items": [{"prompt": "", "trace": "B", "ground_truth": "B", "verifier": "exact"}], **fields}
    answer = httpx.post(f"{patient.url}/v1/score", json=request, timeout=60, trust_env=False)
    assert answer.status_code in (409, 422)
    assert len(answer.content) < BOUND


def test_long_names_that_nearly_agree_are_not_compared_to_the_end(patient: LocalServer) -> None:
    """The comparison that finds the nearest name is quadratic; 250,000 characters would take it minutes."""
    name = "".join(chr(0x4E00 + n % 200) for n in range(250_000))
    terms = [{"name": name, "verifier": "item"}, {"name": "b", "verifier": "item", "when": f"a{name}b"}]
    request = {"items": RICH["items"], "reward": {"terms": terms}}
    answer = httpx.post(f"{patient.url}/v1/score", json=request, timeout=15, trust_env=False)
    assert answer.status_code == 422
    assert "waits for an unknown term" in answer.json()["error"]["message"]


@pytest.mark.parametrize("verifier", ["math", "exact", "choice", "f1"])
def test_a_verdict_quotes_no_megabyte(patient: LocalServer, verifier: str) -> None:
    item = {"prompt": LONG, "trace": LONG, "ground_truth": LONG[:-10], "verifier": verifier, "meta": {LONG: LONG}}
    answer = httpx.post(f"{patient.url}/v1/score", json={"items": [item], "explain": True}, timeout=60, trust_env=False)
    assert answer.status_code == 200
    assert len(answer.content) < 10_000, json.dumps(answer.json())[:300]


def _log_size(server: LocalServer) -> int:
    return os.fstat(server._log.fileno()).st_size
