"""schemathesis over the OpenAPI page of a real server: whatever the schema allows or forbids, no answer is a fault of
ours, and each is as the page says.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adjudge_client import LocalServer

# Not `positive_data_acceptance`: a schema cannot know the names of verifiers, profiles and terms, nor that a group has
# one size, so 422 is right for much that it allows.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance"
CHECKS += ",response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance"


@pytest.fixture(scope="module")
def report(start_server: Callable[..., LocalServer], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the run found. Bounded examples, one seed: the same requests every time."""
    server = start_server(log_requests=False)
    folder = tmp_path_factory.mktemp("schemathesis")
    options = ["--seed=1", "--max-examples=40", "--phases=examples,coverage,fuzzing", "--continue-on-failure"]
    options += [f"--checks={CHECKS}", "--request-timeout=30", "--no-color"]
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "run", f"{server.url}/openapi.json", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300)
    return {
        "code": done.returncode,
        "said": done.stdout + done.stderr,
        "paths": httpx.get(f"{server.url}/openapi.json", trust_env=False).json()["paths"],
        "metrics": httpx.get(f"{server.url}/metrics", trust_env=False).text,
    }


def test_every_answer_is_as_the_page_says(report: dict[str, Any]) -> None:
    assert report["code"] == 0, report["said"][-6000:]


def test_every_route_of_the_page_was_tried(report: dict[str, Any]) -> None:
    metrics = report["metrics"]
    tried = {line.split('route="')[1].split('"')[0] for line in metrics.splitlines() if "requests_total{" in line}
    assert report["paths"].keys() <= tried
