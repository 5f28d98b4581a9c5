"""What both clients share: items → request bodies (whole groups, bounded), bytes → answers, statuses → exceptions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from .errors import (
    BadInput,
    CannotServe,
    IncompleteAnswer,
    RequestRefused,
    ServerFault,
)
from .types import MAX_ITEMS, EngineInfo, Item, RewardSpec, ScoreResponse, VoteEngine

MAX_BODY_BYTES = 64_000_000
RETRIED = frozenset({408, 429, 502, 503, 504})
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Part:
    """One request: which items it carries (positions in the caller's list) and its body."""

    positions: list[int]
    body: bytes


def listed_of(items: Any) -> list[Any]:
    """Raises BadInput for one item in place of a list of them."""
    if isinstance(items, (dict, str, bytes, BaseModel)):
        raise BadInput(f"a list of items is wanted, not one {type(items).__name__}: put it in brackets")
    return list(items)


def parts_of(
    items: Iterable[Item | dict[str, Any]],
    reward: str | RewardSpec | dict[str, Any] | None,
    *,
    max_items: int = MAX_ITEMS,
    max_bytes: int = MAX_BODY_BYTES,
    **fields: Any,
) -> list[Part]:
    """The requests for `items`: one where they fit, else several, a group never split. Raises BadInput."""
    listed = listed_of(items)
    if not listed:
        raise BadInput("there are no items to score")
    tail = tail_of(reward, **fields)
    encoded = []
    for index, item in enumerate(listed):
        if not isinstance(item, (dict, Item)):
            raise BadInput(f"item {index} is a {type(item).__name__}; an Item or a dict is wanted")
        try:
            encoded.append(encode(item))
        except BadInput as error:
            raise BadInput(f"item {index}: {error}") from None
    return [
        Part(positions, body_of([encoded[each] for each in positions], tail))
        for positions in batches(listed, encoded, max_items, max_bytes)
    ]


def tail_of(reward: str | RewardSpec | dict[str, Any] | None, **fields: Any) -> bytes:
    """What follows the items in a request: two requests with the same tail may be one. Raises BadInput."""
    return encode({name: value for name, value in {"reward": reward, **fields}.items() if value is not None})[1:]


def body_of(items: list[bytes], tail: bytes) -> bytes:
    return b'{"items":[' + b",".join(items) + (b"]" if tail == b"}" else b"],") + tail


def batches(
    items: Sequence[Item | dict[str, Any]],
    encoded: Sequence[bytes],
    max_items: int = MAX_ITEMS,
    max_bytes: int = MAX_BODY_BYTES,
) -> Iterable[list[int]]:
    """Positions of the items of each request; `encoded` are the items as they will be sent. Raises BadInput."""
    if len(items) <= max_items and sum(map(len, encoded)) <= max_bytes:
        yield list(range(len(items)))
        return
    units: dict[Any, list[int]] = {}
    for index, item in enumerate(items):
        group = item.group if isinstance(item, Item) else item.get("group")
        if group is not None and not isinstance(group, str):
            raise BadInput(f"item {index}: group: a text is wanted, not a {type(group).__name__} [field group]")
        units.setdefault(("group", group) if group is not None else index, []).append(index)
    weights = ((unit, len(unit), sum(len(encoded[each]) for each in unit)) for unit in units.values())
    yield from pack(weights, max_items, max_bytes)


def pack(
    units: Iterable[tuple[list[int], int, int]], most: int, max_bytes: int = MAX_BODY_BYTES
) -> Iterable[list[int]]:
    """Positions of each request, in order; of each unit its positions, how much it counts towards `most`, its bytes."""
    batch: list[int] = []
    count = size = 0
    for unit, counts, weighs in units:
        if batch and (count + counts > most or size + weighs > max_bytes):
            yield batch
            batch, count, size = [], 0, 0
        batch = batch + unit
        count += counts
        size += weighs
    yield batch


def encode(value: Any) -> bytes:
    """Exact JSON. Lone surrogates become U+FFFD, NaN and infinities are refused, arrays' scalars become numbers."""
    try:
        text = json.dumps(_dump(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"cannot be written as JSON: {error}") from None
    try:
        return text.encode()
    except UnicodeEncodeError:
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # pairs become one
        return _SURROGATE.sub("\ufffd", joined).encode()


def _dump(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    if isinstance(value, Decimal):
        return _exact(value)
    if hasattr(value, "item") and callable(value.item):  # a NumPy or torch scalar
        return value.item()
    if hasattr(value, "tolist") and callable(value.tolist):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is not JSON")


def _exact(value: Decimal) -> Any:
    """A number where float writes the very same one, else its text, which the service reads as exactly."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    if value == value.to_integral_value() and abs(value.adjusted()) < 1000:
        return int(value)
    near = float(value)
    return near if math.isfinite(near) and Decimal(repr(near)) == value else str(value)


def read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise IncompleteAnswer("the answer is not JSON; is there a proxy in between?") from None


def read_score(body: bytes, expected: int) -> ScoreResponse:
    try:
        response = ScoreResponse.model_validate_json(body)
    except ValidationError as error:
        raise IncompleteAnswer(f"the answer is not the contract's: {error.errors()[0]['msg']}") from None
    if len(response.rewards) != expected or len(response.vectors) != expected:
        raise IncompleteAnswer(f"{len(response.rewards)} rewards for {expected} items")
    return response


def placed(error: RequestRefused, part: Part | None) -> RequestRefused:
    """The same refusal with the index that the item has in the caller's list."""
    if part is not None and error.index is not None and 0 <= error.index < len(part.positions):
        error.index = part.positions[error.index]
    return error


def refusal(status: int, body: bytes, request_id: str) -> Exception:
    """The exception for a status that is neither success nor worth another try."""
    if status >= 500:
        return ServerFault(f"the server answered {status}; its log has the details under request id {request_id}")
    try:
        error = json.loads(body)["error"]
        message, code = str(error["message"]), str(error["code"])
    except (ValueError, KeyError, TypeError):
        return RequestRefused(f"not from adjudge: {body[:200]!r}", status=status, code="unknown")
    kind = CannotServe if status == 409 else RequestRefused
    return kind(message, status=status, code=code, index=error.get("index"), field=error.get("field"))


def merge(parts: list[Part], responses: list[ScoreResponse]) -> ScoreResponse:
    """The answers of several requests as one, in the caller's order. They must have been given by the same judge."""
    if len(responses) == 1:
        return responses[0]
    first = responses[0]
    if not same_judge([each.engine for each in responses]):
        raise IncompleteAnswer("the requests of one batch were judged by different revisions")
    total = sum(len(part.positions) for part in parts)
    rewards: list[float | None] = [None] * total
    vectors: list[list[float | None]] = [[]] * total
    verdicts: list[Any] = [None] * total
    for part, response in zip(parts, responses, strict=True):
        for place, position in enumerate(part.positions):
            rewards[position] = response.rewards[place]
            vectors[position] = response.vectors[place]
            if response.verdicts is not None:
                verdicts[position] = response.verdicts[place]
    return first.model_copy(
        update={
            "rewards": rewards,
            "vectors": vectors,
            "verdicts": None if first.verdicts is None else verdicts,
            "groups": {name: stats for each in responses for name, stats in each.groups.items()},
            "errors": sum(each.errors for each in responses),
            "elapsed_ms": sum(each.elapsed_ms for each in responses),
            "engine": first.engine.model_copy(
                update={
                    "revisions": {name: n for each in responses for name, n in each.engine.revisions.items()},
                    "fingerprint": {name: f for each in responses for name, f in each.engine.fingerprint.items()},
                }
            ),
        }
    )


def same_judge(engines: Sequence[EngineInfo | VoteEngine]) -> bool:
    """Whether no verifier and no kind of work was judged in two ways."""
    told = {
        (kind, name, value)
        for each in engines
        for kind, names in (("revision", each.revisions), ("fingerprint", each.fingerprint))
        for name, value in {**names, "adjudge": each.adjudge, "spec": getattr(each, "spec_sha256", "")}.items()
    }
    return len({(kind, name) for kind, name, _ in told}) == len(told)
