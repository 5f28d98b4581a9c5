"""Pydantic's errors in the contract's words: which item, which field, what is wrong, the nearest known name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adjudge_client.types import Item, Message, Require, RewardSpec, ScoreRequest, Term, VoteItem, VoteRequest

from ..errors import BadRequest
from ..rewards import nearest

_HOMES: dict[str, type[BaseModel]] = {
    "the request, beside 'items'": ScoreRequest,
    "an item": Item,
    "reward": RewardSpec,
    "a term of reward": Term,
}
_BRANCHES = {"str", "int", "RewardSpec", "list[Message]", "list[Part]", "Message", "Part", "none"}


def explain(error: ValidationError, *, prefix: tuple[str | int, ...] = (), vote: bool = False) -> BadRequest:
    """The first fault as a refusal. `prefix` is where the validated value stands in the request (of a vote)."""
    chosen = _choose(error.errors(include_url=False, include_context=True))
    loc = [*prefix, *chosen["loc"]]
    index = loc[1] if len(loc) > 1 and loc[0] == "items" and isinstance(loc[1], int) else None
    path = loc[2:] if index is not None else loc
    path = [part for part in path if not (isinstance(part, str) and _is_branch(part))]
    field = _dotted(path) or ("items" if index is None else None)
    return BadRequest(_message(chosen, path, in_item=index is not None, vote=vote), index=index, field=field)


def _choose(errors: list[ErrorDetails]) -> ErrorDetails:
    """The error a person would name: of a union's branches the one that was meant, a misspelt name before a missing."""
    first = errors[0]["loc"]
    depth = 3 if first and first[0] == "items" else 1
    same = [each for each in errors if each["loc"][:depth] == first[:depth]] or errors
    misspelt = [each for each in errors if each["type"] == "extra_forbidden" and each["loc"][:-1] == first[:-1]]
    if errors[0]["type"] == "missing" and misspelt:
        return misspelt[0]
    return max(same, key=lambda each: (len(each["loc"]), each["type"] == "extra_forbidden"))


def _message(chosen: ErrorDetails, path: list[str | int], *, in_item: bool, vote: bool) -> str:
    name = str(path[-1]) if path else "item"
    if chosen["type"] == "extra_forbidden" and vote and len(path) == 1:
        return f"unknown field {name[:100]!r}; {nearest(name, (VoteItem if in_item else VoteRequest).model_fields)}"
    if chosen["type"] == "extra_forbidden":
        model = _model_of(path, in_item)
        homes = [place for place, other in _HOMES.items() if other is not model and name in other.model_fields]
        hint = f"it belongs in {' or in '.join(homes)}" if homes else nearest(name, model.model_fields)
        return f"unknown field {name[:100]!r}; {hint}"
    if chosen["type"] == "missing":
        return f"field {name!r} is missing"
    if chosen["type"] in ("too_short", "too_long"):
        return f"{name}: {_count(chosen, name.removesuffix('s'))}"
    return f"{name}: {_lower(chosen['msg'])} (given {_show(chosen['input'])})"


def _count(chosen: ErrorDetails, noun: str) -> str:
    bounds = chosen.get("ctx", {})
    bound, word = (bounds["min_length"], "least") if "min_length" in bounds else (bounds["max_length"], "most")
    return f"at {word} {bound} {noun}{'' if bound == 1 else 's'}, not {len(chosen['input'])}"


def _show(given: Any) -> str:
    if isinstance(given, Decimal):
        return str(given)[:80]
    return repr(given)[:80] if isinstance(given, (int, float, str, type(None))) else type(given).__name__


def _model_of(path: list[str | int], in_item: bool) -> type[BaseModel]:
    head = path[0] if path else ""
    if len(path) > 1:
        if head in ("prompt", "trace", "traces"):
            return Message
        if head == "reward":
            return Term if len(path) > 2 else RewardSpec
        if head == "require":
            return Require
    return Item if in_item else ScoreRequest


def _is_branch(part: str) -> bool:
    return part in _BRANCHES or part.startswith(("function-", "constrained-", "json-or-python", "lax-or-strict"))


def _dotted(path: list[str | int]) -> str:
    return ".".join(str(part)[:100] for part in path)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def refusal(code: str, message: str, **extra: Any) -> dict[str, Any]:
    """The one shape of every refusal (contract §1)."""
    return {"error": {"code": code, "message": message, **{k: v for k, v in extra.items() if v is not None}}}
