"""The identity of a verdict (contract §4): the only key of dedupe and cache.

SHA-256 over the canonical JSON of everything that may change the verdict. Texts stand in it as their own SHA-256, so
that a long trace, or a prompt that a whole group shares, is hashed once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from adjudge_client.types import WIRE_VERSION

from ..verifiers import Group, Job, Length, Verifier
from .canonical import canonical, digest


@dataclass(frozen=True, slots=True)
class Judge:
    """What all jobs of one verifier with one set of options and limits share, as canonical JSON."""

    fingerprint: str
    limits: str
    options: str
    revision: str
    verifier: str


def judge(spec: Verifier, options: dict[str, Any], limits: dict[str, Any], fingerprint: str) -> Judge:
    """Raises NotCanonical for options that are not plain data."""
    return Judge(
        canonical(fingerprint), canonical(limits), canonical(options), canonical(spec.revision), canonical(spec.name)
    )


class IdentityMaker:
    """Makes the identities of one batch; remembers the hashes of texts that come again."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}
        self._groups: dict[int, tuple[Any, str]] = {}

    def make(self, job: Job, gold: str, by: Judge) -> bytes:
        """32 bytes. `gold` is the job's gold in canonical form; the job's texts are scrubbed already."""
        return hashlib.sha256(
            f'{{"fingerprint":{by.fingerprint},"gold":{gold},"limits":{by.limits}'
            f',"open_think":{canonical(job.open_think)},"options":{by.options}'
            f',"prompt":{self._text(job.prompt) if job.prompt else "null"},"revision":{by.revision}'
            f',"text":{self._text(job.trace)}'
            f',"truncated":{canonical(job.truncated)},"verifier":{by.verifier},"wire":{WIRE_VERSION}}}'.encode()
        ).digest()

    def _text(self, seen: Any) -> str:
        """The quoted SHA-256 of a text, or of the canonical form of messages, lengths and groups."""
        if isinstance(seen, Group):  # the members' list is shared, and hashed once
            members = seen.members
            if id(members) not in self._groups:
                self._groups[id(members)] = (members, digest(canonical([_plain(member) for member in members])))
            return f'"{digest(canonical([seen.position, self._groups[id(members)][1]]))}"'
        if isinstance(seen, Length):
            return f'"{digest(canonical(_plain(seen)))}"'
        if not isinstance(seen, str):
            return f'"{digest(canonical(seen))}"'
        known = self._digests.get(seen)
        if known is None:
            known = self._digests[seen] = f'"{digest(seen)}"'
        return known


def _plain(member: Any) -> Any:
    return {"exact": member.exact, "tokens": member.tokens} if isinstance(member, Length) else member
