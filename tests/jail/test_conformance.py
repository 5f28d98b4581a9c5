"""The table rung × property, tried as root, as an ordinary user, and where user namespaces are switched off."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import identities
import pytest

HERE = Path(__file__).parent
PROPERTIES: list[dict[str, str]] = json.loads((HERE / "properties.json").read_text())
RUNGS = ("bubblewrap", "namespaces", "confined", "process")
IDENTITIES = ("self", "ordinary user", "no user namespaces", "container root")
SECURITY = HERE.parents[1] / "docs/security.md"


@pytest.fixture(scope="session")
def tried() -> Iterator[Any]:
    """What the conformance script said under an identity; run once per identity."""
    with tempfile.TemporaryDirectory(prefix="adjudge-identities-") as made:  # not tmp_path: others must pass through
        folder = Path(made)
        folder.chmod(0o755)
        yield _runner(folder)


def _runner(folder: Path) -> Any:
    @cache
    def run(name: str) -> dict[str, Any]:
        try:
            identity = identities.make(name, folder)
        except identities.Absent as why:
            pytest.skip(f"{name}: {why}")
        done = identity.run(HERE / "conformance.py", json.dumps(RUNGS))
        assert done.returncode == 0, done.stderr[-3000:]
        said: dict[str, Any] = json.loads(done.stdout)
        if identity.uid is not None and name == "ordinary user":
            assert said["uid"] == identity.uid
        return said

    return run


def results(said: dict[str, Any], rung: str) -> dict[str, str]:
    entry = said["rungs"][rung]
    if not entry["works"]:
        pytest.skip(f"{rung} does not work here: {entry['why']}")
    found: dict[str, str] = entry["results"]
    return found


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("rung", RUNGS)
def test_each_rung_keeps_exactly_what_the_table_says(tried: Any, identity: str, rung: str) -> None:
    said = tried(identity)
    found = results(said, rung)
    assert set(found) == {row["id"] for row in PROPERTIES if row[rung] != "-"}
    wrong = {}
    for row in PROPERTIES:
        if row[rung] == "-":
            continue
        broke = found[row["id"]]
        lacking = row.get("lack") in said["rungs"][rung]["lacks"]
        promised = row[rung] == "yes" or (row[rung] == "where possible" and not lacking)
        if promised == bool(broke):
            wrong[row["id"]] = broke or "held, although the table says it does not"
    assert wrong == {}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_image_for_mathematics_comes_up_under_every_identity(tried: Any, identity: str) -> None:
    said = tried(identity)["math_image"]
    if said.startswith("not installed"):
        pytest.skip(f"math-verify is {said}")
    assert said == ""


def test_without_user_namespaces_and_without_root_maths_is_confined_and_code_has_no_jail(tried: Any) -> None:
    said = tried("no user namespaces")
    assert not said["rungs"]["namespaces"]["works"]
    assert not said["rungs"]["bubblewrap"]["works"]
    assert said["math"] == "confined"
    assert said["program"].startswith("none: no jail on this host: ")
    assert "ADJUDGE_JAIL" in said["program"]


def test_an_ordinary_user_has_namespaces_without_a_range_of_user_ids(tried: Any) -> None:
    said = tried("ordinary user")
    assert said["rungs"]["namespaces"]["works"], said["rungs"]["namespaces"]["why"]
    assert said["rungs"]["namespaces"]["lacks"] == ["a user id of its own"]
    assert said["math"] in ("bubblewrap", "namespaces")


def test_root_without_user_namespaces_still_has_namespaces(tried: Any) -> None:
    assert tried("container root")["rungs"]["namespaces"]["works"]


def test_the_table_in_the_documentation_is_this_table() -> None:
    rows = [line for line in SECURITY.read_text().splitlines() if line.startswith("| ") and line.count("|") == 6]
    documented = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert documented[0] == ["an execution …", *RUNGS]
    body = [row for row in documented[1:] if not set(row[0]) <= set("-: ")]
    assert body == [[row["kept"], *(row[rung] for rung in RUNGS)] for row in PROPERTIES]
