"""Which verifier a term means for an item; names that do not exist are refused with the nearest one that does."""

from __future__ import annotations

import math
from collections.abc import Sequence

from adjudge_client.types import Item, RewardSpec, Term

from ..errors import BadRequest
from ..rewards import ITEM, nearest
from ..verifiers import Verifier


def term_verifier(term: Term, item: Item, verifiers: dict[str, Verifier]) -> Verifier:
    """Names are checked already."""
    return verifiers[item.verifier if term.verifier == ITEM else term.verifier]


def check_names(spec: RewardSpec, items: Sequence[Item], verifiers: dict[str, Verifier]) -> None:
    """Raises BadRequest for an unknown verifier, of a term or an item, for options of an unknown term, and for weights
    with which a reward could be infinite."""
    for position, term in enumerate(spec.terms):
        if term.verifier != ITEM and term.verifier not in verifiers:
            raise BadRequest(
                f"unknown verifier '{term.verifier}'; {nearest(term.verifier, [ITEM, *verifiers])}",
                field=f"reward.terms.{position}.verifier",
            )
    terms = {term.name for term in spec.terms}
    for index, item in enumerate(items):
        if item.verifier not in verifiers:
            raise BadRequest(
                f"unknown verifier '{item.verifier}'; {nearest(item.verifier, verifiers)}",
                index=index,
                field="verifier",
            )
        for name in item.term_options or ():
            if name not in terms:
                raise BadRequest(
                    f"unknown term '{name}'; {nearest(name, terms)}", index=index, field=f"term_options.{name}"
                )
    _check_sum(spec, {item.verifier for item in items}, verifiers)


def _check_sum(spec: RewardSpec, of_items: set[str], verifiers: dict[str, Verifier]) -> None:
    """No reward may be infinite, whatever the terms score within their ranges."""

    def most(term: Term) -> float:
        judges = of_items if term.verifier == ITEM else {term.verifier}
        return max(max(map(abs, verifiers[name].range)) for name in judges)

    if not math.isfinite(sum(abs(term.weight) * most(term) for term in spec.terms)):
        raise BadRequest("the weights are so large that a reward would not be finite", field="reward.terms")
