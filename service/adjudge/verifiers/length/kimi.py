"""`kimi_length`: the length reward of Kimi k1.5, relative to the group."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adjudge_client.types import Verdict

from ..registry import Group, verifier
from ..verdicts import judged


@verifier("kimi_length", revision=1, sees="group", reads="length", work="text", kind="shaping", range=(-0.5, 0.5))
def kimi_length(
    group: Group,
    gold: None,
    *,
    part: Annotated[
        Literal["penalty", "bonus", "both"],
        Field(description="penalty: min(0, λ), for every trace; bonus: max(0, λ), for `when: correct`; both: λ"),
    ] = "penalty",
) -> Verdict:
    """Favour the shorter of the traces of one prompt.

    With len(i) the length of trace i, min_len and max_len those of the shortest and the longest of its group:

        λ(i) = 0.5 - (len(i) - min_len) / (max_len - min_len)          0 where all are of one length
        right: λ      wrong: min(0, λ)

    Range: -0.5 … 0.5. Source: Kimi Team 2025, Kimi k1.5, arXiv:2501.12599, section 2.3.3 "Length Penalty" (not
    numbered). A shaping term does not know what is right, so the paper's one term is two here, which add up to it: the
    `penalty` always, and the `bonus` with `when: correct`. `both` alone pays short wrong traces too.

    Length penalty slows early training, so the paper warms it up: first training without it, then with a constant one.
    That is the trainer's to do: begin with a spec without these terms.

    It is null (`bad_task`) where the group is not whole in one request. Where a member's tokens are not sent, the whole
    group is estimated. The order of members does not matter. Hostile text earns what its length earns; one member of
    enormous length makes the others look alike, all near λ = 0.5.
    """
    lengths = [member.tokens for member in group.members]
    own = group.members[group.position]
    shortest, longest = min(lengths), max(lengths)
    if shortest == longest:
        return judged("kimi_length", 0.0, f"{own}, and all of the group are as long", stage="length")
    value = 0.5 - (own.tokens - shortest) / (longest - shortest)
    score = value if part == "both" else (min if part == "penalty" else max)(0.0, value)
    reason = f"{own} in a group of {shortest} to {longest}: λ = {value:.4g}"
    return judged("kimi_length", score, reason if part == "both" else f"{reason}; its {part}", stage="length")
