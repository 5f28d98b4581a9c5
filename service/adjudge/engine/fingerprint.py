"""The fingerprint of each kind of work: the versions that can change a verdict (contract §4).

The rung of the jail is not in it, for no rung changes a verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import metadata

from ..verifiers import Verifier
from .canonical import canonical

RULES = 3
"""Our own rules outside the verifiers: how an answer is read, how golds and options are merged."""

_LIBRARIES: dict[str, tuple[str, ...]] = {
    "text": ("google-re2", "jsonschema-rs", "py3langid"),
    "math": ("sympy", "mpmath", "math-verify", "latex2sympy2_extended", "antlr4-python3-runtime"),
}


@cache
def fingerprint(work: str) -> str:
    """Sixteen hex digits for the kind of work."""
    parts = {"adjudge-rules": str(RULES), **{name: _version(name) for name in _LIBRARIES.get(work, ())}}
    return hashlib.sha256(canonical(parts).encode()).hexdigest()[:16]


def libraries() -> dict[str, str]:
    """Of all kinds of work: the version of each library that can change a verdict."""
    return {name: _version(name) for names in _LIBRARIES.values() for name in names}


def judges(verifiers: Mapping[str, Verifier]) -> dict[str, str]:
    """Label → fingerprint. Two processes may judge the same batch only where these agree (contract §4)."""
    return {spec.label: fingerprint(spec.work) for spec in verifiers.values()}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
