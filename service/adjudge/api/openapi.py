"""What the API says of itself: the pages of scoring and voting, with real examples (a test runs those)."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adjudge_client.types import ScoreRequest, ScoreResponse, VoteRequest, VoteResponse

_REF = "#/components/schemas/{model}"
_REFUSALS = {
    "408": "The body stopped coming.",
    "409": "No live worker can serve `require`.",
    "413": "The body is too large.",
    "415": "Not JSON, or an unknown Content-Encoding.",
    "422": "The request's shape is wrong; `index` and `field` say where.",
    "503": "Full or draining; `Retry-After` says when to come back.",
}


_WITHOUT_INTERNET = (
    "<p>This page needs the internet: your browser loads Swagger UI from a public server. If nothing more appears, "
    'read <a href="openapi.json">openapi.json</a>, which has all of it.</p>'
)


class ErrorDetail(BaseModel):
    code: str
    message: str
    index: int | None = None
    field: str | None = None


class ErrorResponse(BaseModel):
    """The one shape of every refusal."""

    error: ErrorDetail


def describe(app: FastAPI) -> None:
    """Add the routes that FastAPI does not serve itself (see score.py, vote.py) to the application's OpenAPI page."""
    of_framework = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            page = of_framework()
            own = {"/v1/score": {"post": _score_operation()}, "/v1/vote": {"post": _vote_operation()}}
            page["paths"] = {**own, **page["paths"]}
            page.setdefault("components", {}).setdefault("schemas", {}).update(_schemas())
            app.openapi_schema = page
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def docs_page() -> HTMLResponse:
    """Swagger UI, which the browser loads from the internet; until it comes (or where it cannot) the page says so."""
    page = bytes(get_swagger_ui_html(openapi_url="openapi.json", title="adjudge").body).decode()
    place = '<div id="swagger-ui">'
    assert place in page
    return HTMLResponse(page.replace(place, place + _WITHOUT_INTERNET))


def _schemas() -> dict[str, Any]:
    modes = [
        (ScoreRequest, "validation"),
        (ScoreResponse, "serialization"),
        (VoteRequest, "validation"),
        (VoteResponse, "serialization"),
        (ErrorResponse, "validation"),
    ]
    _, definitions = models_json_schema(modes, ref_template=_REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _refusals(refused: dict[str, Any]) -> dict[str, Any]:
    """By status; `refused` is the example of a 422."""
    schema = {"$ref": _REF.format(model="ErrorResponse")}
    return {
        status: {
            "description": text,
            "content": {
                "application/json": {
                    "schema": schema,
                    **({"examples": {"refused": refused}} if status == "422" else {}),
                }
            },
        }
        for status, text in _REFUSALS.items()
    }


def _vote_operation() -> dict[str, Any]:
    examples = json.loads(resources.files(__package__).joinpath("vote_examples.json").read_text())
    requests = {name: {"summary": each["summary"], "value": each["request"]} for name, each in examples.items()}
    responses = {name: {"summary": each["summary"], "value": each["response"]} for name, each in examples.items()}
    refused = responses.pop("refused")
    return {
        "tags": ["vote"],
        "summary": "The majority answer of each prompt's rollouts",
        "operationId": "vote",
        "description": "Cluster up to 10,000 answers by what they mean and name the heaviest cluster of each item "
        "(self-consistency). Equal numbers and expressions are one however written; units are kept; hedges abstain.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": _REF.format(model="VoteRequest")}, "examples": requests}
            },
        },
        "responses": {
            "200": {
                "description": "One result per item, in their order.",
                "content": {
                    "application/json": {
                        "schema": {"$ref": _REF.format(model="VoteResponse")},
                        "examples": responses,
                    }
                },
            },
            **_refusals(refused),
        },
    }


def _score_operation() -> dict[str, Any]:
    examples = json.loads(resources.files(__package__).joinpath("examples.json").read_text())
    requests = {name: {"summary": each["summary"], "value": each["request"]} for name, each in examples.items()}
    responses = {name: {"summary": each["summary"], "value": each["response"]} for name, each in examples.items()}
    refused = responses.pop("refused")
    return {
        "tags": ["score"],
        "summary": "Judge a batch and pay it",
        "operationId": "score",
        "description": "Judge 1 to 10,000 items and compose their rewards. With `Accept: application/x-ndjson` the "
        "response is a stream of lines: a head, a line per item in order of completion, and a last line; "
        "a stream without its last line is incomplete.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": _REF.format(model="ScoreRequest")}, "examples": requests}
            },
        },
        "responses": {
            "200": {
                "description": "Rewards, in the order of the items.",
                "content": {
                    "application/json": {
                        "schema": {"$ref": _REF.format(model="ScoreResponse")},
                        "examples": responses,
                    },
                    "application/x-ndjson": {"schema": {"type": "string"}},
                },
            },
            **_refusals(refused),
        },
    }
