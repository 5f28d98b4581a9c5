"""What a RewardSpec must hold beyond its shape; every refusal names the field."""

from __future__ import annotations

import math

from adjudge_client.types import RewardSpec, Term

from ..errors import BadRequest
from .nearest import nearest

ITEM = "item"
"""As a term's verifier: the item's own verifier with the item's own options."""

DEFAULT_SPEC = RewardSpec(terms=[Term(name="correct", verifier=ITEM)])


def check_spec(spec: RewardSpec) -> None:
    """Raises BadRequest (422) for terms that cannot be composed."""
    names = [term.name for term in spec.terms]
    seen: set[str] = set()
    for position, term in enumerate(spec.terms):
        field = f"reward.terms.{position}"
        if not term.name:
            raise BadRequest("a term needs a name", field=f"{field}.name")
        if term.name in seen:
            raise BadRequest(f"two terms are called '{term.name}'", field=f"{field}.name")
        seen.add(term.name)
        if term.when is None:
            continue
        if term.gate:
            raise BadRequest(f"term '{term.name}' has both `when` and `gate`; a term has one", field=f"{field}.when")
        if term.when not in names:
            raise BadRequest(
                f"term '{term.name}' waits for an unknown term '{term.when}'; {nearest(term.when, names)}",
                field=f"{field}.when",
            )
    _check_cycles(spec)
    _check_range(spec)


def _check_cycles(spec: RewardSpec) -> None:
    waits = {term.name: term.when for term in spec.terms}
    for position, term in enumerate(spec.terms):
        path = [term.name]
        following = term.when
        while following is not None and following not in path:
            path.append(following)
            following = waits[following]
        if following == term.name:
            circle = " → ".join([*path, term.name])
            raise BadRequest(f"`when` goes in a circle: {circle}", field=f"reward.terms.{position}.when")


def _check_range(spec: RewardSpec) -> None:
    if spec.range is None:
        return
    low, high = spec.range
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BadRequest("both ends of `range` must be finite", field="reward.range")
    if low > high:
        raise BadRequest(f"`range` is upside down: {low} > {high}", field="reward.range")
