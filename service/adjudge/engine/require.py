"""`require`: the caller names the judge that it wants, and gets that one or a refusal (contract §1, §4)."""

from __future__ import annotations

from typing import get_args

from adjudge_client.types import Require

from ..errors import BadRequest, CannotServe
from ..rewards import Profile, nearest, profiles
from ..verifiers import Verifier
from ..verifiers.registry import Work
from .fingerprint import fingerprint


def check_require(require: Require | None, verifiers: dict[str, Verifier], profile: Profile | None) -> None:
    """Raises BadRequest for what does not exist and CannotServe (409) for what exists in another version.

    `profile` is the one that the request is paid by, if it is one.
    """
    if require is None:
        return
    if require.profile is not None:
        _check_profile(require.profile, profile)
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


def _check_profile(wanted: str, have: Profile | None) -> None:
    """A number that we do not know may be of a newer service: that is 409, an unknown name is a mistake."""
    field = "require.profile"
    name = wanted.partition("@")[0]
    if name not in (names := {profile.name for profile in profiles().values()}):
        raise BadRequest(f"unknown profile '{wanted:.80}'; {nearest(name, names)}", field=field)
    if have is None:
        raise BadRequest(f"profile '{wanted:.80}' is required, but `reward` names no profile", field=field)
    if wanted not in (have.name, have.label):
        raise CannotServe(f"profile '{wanted:.80}' is required, `reward` is {have.label} here", field=field)
