"""Votes, as `_wire` has scores: items → request bodies → one answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from ._wire import Part, body_of, encode, listed_of, pack, same_judge
from .errors import BadInput, IncompleteAnswer
from .types import MAX_ITEMS, VoteItem, VoteResponse, VoteResult

VOTE = "/v1/vote"


def vote_parts(items: Iterable[VoteItem | dict[str, Any]], options: dict[str, Any] | None) -> list[Part]:
    """The requests for `items`: as few as hold their rollouts, no item's votes split. Raises BadInput."""
    listed = listed_of(items)
    if not listed:
        raise BadInput("there are no items to vote on")
    encoded, units = [], []
    for index, item in enumerate(listed):
        if not isinstance(item, (dict, VoteItem)):
            raise BadInput(f"item {index} is a {type(item).__name__}; a VoteItem or a dict is wanted")
        try:
            encoded.append(encode(item))
        except BadInput as error:
            raise BadInput(f"item {index}: {error}") from None
        units.append(([index], _rollouts(item), len(encoded[-1])))
    tail = encode({} if options is None else {"options": options})[1:]
    return [
        Part(positions, body_of([encoded[each] for each in positions], tail)) for positions in pack(units, MAX_ITEMS)
    ]


def _rollouts(item: VoteItem | dict[str, Any]) -> int:
    answers, traces = (
        (item.answers, item.traces) if isinstance(item, VoteItem) else (item.get("answers"), item.get("traces"))
    )
    given = answers if answers is not None else traces
    return len(given) if isinstance(given, list) else 1  # the server says what is wrong with it


def read_vote(body: bytes, expected: int) -> VoteResponse:
    try:
        response = VoteResponse.model_validate_json(body)
    except ValidationError as error:
        raise IncompleteAnswer(f"the answer is not the contract's: {error.errors()[0]['msg']}") from None
    if len(response.results) != expected:
        raise IncompleteAnswer(f"{len(response.results)} results for {expected} items")
    return response


def merge_votes(parts: list[Part], responses: list[VoteResponse]) -> VoteResponse:
    """The answers of several requests as one, in the caller's order. They must have been given by the same judge."""
    first = responses[0]
    if not same_judge([each.engine for each in responses]):
        raise IncompleteAnswer("the requests of one batch were judged by different revisions")
    results: list[VoteResult] = [each for response in responses for each in response.results]  # parts are in order
    return first.model_copy(
        update={
            "results": results,
            "errors": sum(each.errors for each in responses),
            "elapsed_ms": sum(each.elapsed_ms for each in responses),
        }
    )
