"""`require`: the caller names the judge that it wants, and gets that one or a refusal (contract §1, §4)."""

from __future__ import annotations

from typing import get_args

from adjudge_client.types import Require

from ..errors import BadRequest, CannotServe
from ..rewards import nearest
from ..verifiers import Verifier
from ..verifiers.registry import Work
from .fingerprint import fingerprint


def unknown_profile(name: str, field: str) -> BadRequest:
    """There are no profiles in this version; saying so beats a guess."""
    return BadRequest(f"unknown profile '{name}'; there are none yet, give the terms themselves", field=field)


def check_require(require: Require | None, verifiers: dict[str, Verifier]) -> None:
    """Raises BadRequest for what does not exist and CannotServe (409) for what exists in another version."""
    if require is None:
        return
    if require.profile is not None:
        raise unknown_profile(require.profile, "require.profile")
    for name, revision in (require.revisions or {}).items():
        field = f"require.revisions.{name}"
        if name not in verifiers:
            raise BadRequest(f"unknown verifier '{name}'; {nearest(name, verifiers)}", field=field)
        have = verifiers[name].revision
        if have != revision:
            raise CannotServe(f"{name}@{revision} is required, this service has {name}@{have}", field=field)
    for work, wanted in (require.fingerprint or {}).items():
        field = f"require.fingerprint.{work}"
        if work not in get_args(Work):
            raise BadRequest(f"unknown kind of work '{work}'; {nearest(work, get_args(Work))}", field=field)
        if fingerprint(work) != wanted:
            raise CannotServe(
                f"fingerprint '{wanted}' of {work} is required, this service has '{fingerprint(work)}'", field=field
            )
