"""Profiles are immutable once released, are what their page says, and are made of verifiers that exist."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from adjudge.engine import Engine, EngineSettings
from adjudge.engine.canonical import canonical
from adjudge.errors import BadRequest, CannotServe
from adjudge.rewards import check_spec, find_profile, is_newest, profiles
from adjudge.verifiers import known
from adjudge_client.types import ScoreRequest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "golden" / "profiles.json"


def whole(profile):
    """The profile's terms with every option of their verifiers filled in: what a changed default would change."""
    spec = profile.spec.model_dump()
    for term in spec["terms"]:
        if term["verifier"] != "item":
            term["options"] = known()[term["verifier"]].options.model_validate(term["options"] or {}).model_dump()
    return spec


def test_a_released_profile_never_changes():
    """Another recipe is another number. `ADJUDGE_GOLDEN=write` adds new profiles to the file, and changes none."""
    now = {label: hashlib.sha256(canonical(whole(each)).encode()).hexdigest() for label, each in profiles().items()}
    locked = json.loads(LOCK.read_text()) if LOCK.exists() else {}
    if os.environ.get("ADJUDGE_GOLDEN"):
        locked = {**now, **locked}
        LOCK.write_text(json.dumps(locked, indent=1, sort_keys=True) + "\n")
    assert now == locked


@pytest.mark.parametrize("label", profiles())
def test_a_profile_has_a_page_that_says_what_it_is(label):
    profile = profiles()[label]
    page = (ROOT / "docs" / "profiles" / f"{profile.name}.md").read_text(encoding="utf-8")
    assert f"# {label}\n" in page and profile.summary in page and profile.source in page
    assert all(f"* {line}\n" in page for line in profile.differs)
    spec = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert spec and json.loads(spec[1]) == profile.spec.model_dump(exclude_unset=True, exclude_none=True)
    assert f"(profiles/{profile.name}.md)" in (ROOT / "docs" / "rewards.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("label", profiles())
def test_a_profile_can_be_composed_and_writes_its_options_out(label):
    profile = profiles()[label]
    check_spec(profile.spec)
    for term in profile.spec.terms:
        if term.verifier != "item" and known()[term.verifier].options.model_fields:
            assert term.options, f"{term.name} relies on defaults that may move"


def test_a_bare_name_is_the_newest():
    for profile in profiles().values():
        assert is_newest(find_profile(profile.name, "reward"))
        assert find_profile(profile.label, "reward") is profile


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("r1-zer", "did you mean 'r1-zero'?"),
        ("dapoo@1", "did you mean 'dapo'?"),
        ("dapo@7", "no revision '7'; there is dapo@1"),
        ("dapo@", "no revision ''"),
        ("", "known: dapo"),
        ("x" * 1_000_000, "known: dapo"),
    ],
)
def test_an_unknown_profile_is_refused_with_the_nearest(name, words):
    with pytest.raises(BadRequest) as refusal:
        find_profile(name, "reward")
    assert words in refusal.value.message and refusal.value.field == "reward" and len(refusal.value.message) < 400


def plan(**fields):
    item = {"prompt": "p", "trace": "4", "ground_truth": "4"}
    return Engine(EngineSettings(workers=1)).plan(ScoreRequest.model_validate({"items": [item], **fields}))


def test_the_response_says_which_profile_paid():
    assert plan(reward="tulu3").engine.profile == "tulu3@1"
    assert plan(reward="tulu3@1", require={"profile": "tulu3@1"}).engine.profile == "tulu3@1"
    assert plan(reward="tulu3", require={"profile": "tulu3"}).terms == ["correct"]
    assert plan().engine.profile is None


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"reward": "dapo", "require": {"profile": "dapo@2"}}, CannotServe, "`reward` is dapo@1 here"),
        ({"reward": "dapo", "require": {"profile": "r1@1"}}, CannotServe, "`reward` is dapo@1 here"),
        ({"reward": "dapo", "require": {"profile": "dapp@1"}}, BadRequest, "did you mean 'dapo'?"),
        ({"require": {"profile": "dapo@1"}}, BadRequest, "`reward` names no profile"),
    ],
)
def test_a_required_profile_is_the_one_that_pays_or_the_request_is_refused(fields, error, words):
    with pytest.raises(error) as refusal:
        plan(**fields)
    assert words in refusal.value.message and refusal.value.field == "require.profile"
