"""Which verifier a term means for an item; names that do not exist are refused with the nearest one that does."""

from __future__ import annotations

from collections.abc import Iterable

from adjudge_client.types import Item, RewardSpec, Term

from ..errors import BadRequest
from ..rewards import ITEM, nearest
from ..verifiers import Verifier


def term_verifier(term: Term, item: Item, verifiers: dict[str, Verifier]) -> Verifier:
    """Names are checked already."""
    return verifiers[item.verifier if term.verifier == ITEM else term.verifier]


def check_names(spec: RewardSpec, items: Iterable[Item], verifiers: dict[str, Verifier]) -> None:
    """Raises BadRequest for an unknown verifier, of a term or an item, and for options of an unknown term."""
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
