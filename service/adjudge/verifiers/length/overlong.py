"""`overlong`: DAPO's soft overlong punishment."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from adjudge_client.types import Verdict

from ..registry import Length, verifier
from ..verdicts import judged, wrong_option
from .tokens import Tokens


def _within_max_length(cache: int, info: ValidationInfo) -> int:
    longest = info.data.get("max_length")
    if longest is not None and cache > longest:
        raise wrong_option(f"`cache` is the end of `max_length`, so it cannot be longer: {cache} > {longest}")
    return cache


@verifier("overlong", revision=1, sees="trace", reads="length", work="text", kind="shaping", range=(-1.0, 0.0))
def overlong(
    length: Length,
    gold: None,
    *,
    max_length: Annotated[Tokens, Field(description="L_max, tokens: from here on the whole punishment")] = 20_480,
    cache: Annotated[
        Tokens,
        AfterValidator(_within_max_length),
        Field(
            description="L_cache, tokens: the end of `max_length` in which the punishment grows; 0: a hard limit",
            validate_default=True,
        ),
    ] = 4_096,
) -> Verdict:
    """Punish a trace that comes near the length limit, before the limit cuts it off.

    With L = the length in tokens:

        0                                     L ≤ max_length - cache
        ((max_length - cache) - L) / cache    up to max_length
        -1                                    beyond

    Range: -1 … 0. Source: Yu et al. 2025, DAPO, arXiv:2503.14476, eq. 13; defaults as in its section 4.1 (16,384 tokens
    expected, 4,096 more as cache). verl's DAPO reward manager goes on below -1 beyond the limit; the paper, and this,
    does not. The paper adds it, for right and wrong traces alike, to a correctness of 1 or -1: give a `correct` of 1 or
    0 the weight 2 (profile `dapo`). Hostile text earns what its length earns.
    """
    over = length.tokens - (max_length - cache)
    if over <= 0:
        return judged("overlong", 0.0, f"{length}: no more than {max_length - cache}", stage="length")
    if length.tokens > max_length:
        return judged("overlong", -1.0, f"{length}: more than {max_length}", stage="length")
    return judged(
        "overlong", -over / cache, f"{length}: {over} of the last {cache} before {max_length}", stage="length"
    )
