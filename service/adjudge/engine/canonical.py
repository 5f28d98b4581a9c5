"""The canonical form that identities are hashed over (contract §4): sorted keys, UTF-8, no spaces, exact numbers.

Equal numbers of the same kind are written alike: an integer as its digits; a number with a point or an exponent as
`<digits>e<exponent>` without trailing zeros (0.50 → 5e-1, 1.0 and 1.00 → 1e0). 1 and 1.0 stay apart, because a verifier
may tell them apart: a gold "with a decimal point" has a tolerance, and a program prints 1 and 1.0 differently. Nothing
goes through float on the way; a float that is handed in counts as its shortest repr.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

MAX_DEPTH = 100

_escape = json.encoder.encode_basestring
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotCanonical(ValueError):
    """Not plain data, a number that is not finite, or nested too deeply; the message says which."""


def scrub(text: str) -> str:
    """Lone surrogates → U+FFFD (contract §1, Refusals)."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def scrub_data(value: Any, depth: int = 0) -> Any:
    """The same plain data with every text in it scrubbed; `canonical` refuses what is nested too deeply."""
    if isinstance(value, str):
        return scrub(value)
    if depth >= MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {scrub(str(key)): scrub_data(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_data(inner, depth + 1) for inner in value]
    return value


def canonical(value: Any, depth: int = 0) -> str:
    """Plain data → its canonical JSON. Raises NotCanonical."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _escape(scrub(value))
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if depth >= MAX_DEPTH:
        raise NotCanonical(f"nested more than {MAX_DEPTH} deep")
    if isinstance(value, Mapping):
        entries = sorted(((scrub(str(key)), inner) for key, inner in value.items()), key=lambda entry: entry[0])
        return "{" + ",".join(f"{_escape(key)}:{canonical(inner, depth + 1)}" for key, inner in entries) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(inner, depth + 1) for inner in value) + "]"
    raise NotCanonical(f"{type(value).__name__} is not plain data")


def digest(text: str) -> str:
    """SHA-256, in hex, of a text that has been scrubbed of surrogates."""
    return hashlib.sha256(text.encode()).hexdigest()


def _integer(value: int) -> str:
    """Beyond Python's limit for decimal digits the digits are hexadecimal, which takes linear time."""
    return hex(value) if value.bit_length() > 12_000 else str(int(value))


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise NotCanonical(f"{value} is not a finite number")
    return _decimal(Decimal(repr(value)))


def _decimal(value: Decimal) -> str:
    if not value.is_finite():  # what the decoder makes of a number beyond its bounds
        raise NotCanonical("a number has too many digits or an exponent beyond what is read")
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    exponent = int(exponent) + len(text) - len(stripped) if stripped else 0
    return f"{'-' if sign else ''}{stripped or '0'}e{exponent}"
