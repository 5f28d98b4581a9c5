"""JSON answers against a JSON schema of the trainer's.

jsonschema-rs, because its `pattern` is a linear regular expression, `uniqueItems` is linear, and references that form
a circle are remembered: a hostile answer cannot make it slow. That holds for `is_valid` only. Its error messages copy
the answer for every branch that failed, so they are asked for only of short answers and schemas without references.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jsonschema_rs

from adjudge_client.types import Verdict

from ..answer import read_answer
from ..fences import Fences
from ..verdicts import judged, no_answer, wrong_option

_MOST_BYTES = 64_000
_MOST_LEVELS = 200
_EXPLAINED_BYTES = 20_000
_REFERENCES = ('"$ref"', '"$dynamicRef"', '"$recursiveRef"')


@lru_cache(maxsize=256)
def _compiled(schema: str) -> Any:
    return jsonschema_rs.validator_for(
        schema,
        validate_formats=False,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=500_000),
        offline=True,
    )


def check_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with plain numbers. Raises for one that is no schema, too large, or points outside of itself."""
    plain: dict[str, Any] = _plain(schema)
    text = _text(plain)
    if len(text) > _MOST_BYTES:
        raise wrong_option(f"a schema of {len(text)} bytes; at most {_MOST_BYTES} are taken")
    try:
        _compiled(text)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise wrong_option(f"this is no JSON schema that can be used: {_first_line(error)}") from None
    return plain


def judge_json(trace: str, open_think: bool, schema: dict[str, Any]) -> Verdict:
    """See the manual of `format`."""
    answer = read_answer(trace, open_think=open_think, truncated=False, search_thinking=False)
    if answer.missing is not None:
        return no_answer("format", answer.missing)
    blocks = Fences(answer.text).blocks
    text = answer.text[slice(*blocks[-1])] if blocks else answer.text
    try:
        value = _read(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else _first_line(error)
        return judged("format", 0.0, f"the answer is not JSON: {reason}", extracted=text.strip(), stage="json")
    fault = _fault(_text(schema), value, explain=len(text) <= _EXPLAINED_BYTES)
    reason = "the answer is JSON that fits the schema" if fault is None else f"the JSON does not fit the schema{fault}"
    return judged("format", float(fault is None), reason, extracted=text.strip(), stage="json")


def _fault(schema: str, value: Any, *, explain: bool) -> str | None:
    """None if the value fits; else where it does not, as far as that can be told."""
    validator = _compiled(schema)
    if validator.is_valid(value):
        return None
    if not explain or any(reference in schema for reference in _REFERENCES):
        return ""
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        place = "/".join(str(step)[:40] for step in error.instance_path[:8])
        return f": `{error.kind.name}` fails at {f'/{place}' if place else 'its top'}"
    return ""


def _read(text: str) -> Any:
    """Strict JSON. Raises ValueError, RecursionError."""
    value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_once)
    if text.count("[") + text.count("{") > _MOST_LEVELS and _depth(value) > _MOST_LEVELS:
        raise RecursionError
    if "\\u" in text and "\\ud" in text.lower():
        _no_surrogates(text, value)
    return value


def _no_surrogates(text: str, value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number beyond the range of doubles")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= _MOST_LEVELS:
        depth += any(isinstance(each, dict | list) for each in level)
        level = [inner for each in level for inner in _inner(each)]
    return depth


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        return iter(value.values())
    return iter(value if isinstance(value, list) else ())


def _plain(value: Any) -> Any:
    """Numbers come from the wire as exact decimals, which no JSON schema knows."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True, separators=(",", ":"))


def _first_line(error: Exception) -> str:
    line = str(error).partition("\n")[0]
    return line if len(line) <= 200 else line[:199] + "…"
