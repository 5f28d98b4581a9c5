"""Reward recipes of published work, by name: each an immutable `name@n` (contract §4).

A released profile never changes: a better one is the next number, and a bare name means the newest. Options that the
recipe depends on are written out, so that no default of a verifier can move under it. `docs/profiles/` has a page for
each: what the paper did, and where we differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from adjudge_client.types import RewardSpec, Term

from ..errors import BadRequest
from .nearest import nearest
from .spec import ITEM


@dataclass(frozen=True, slots=True)
class Profile:
    """One recipe. `differs` says where it is not what the paper did; empty: nowhere that we know of."""

    name: str
    revision: int
    summary: str
    source: str
    differs: tuple[str, ...]
    spec: RewardSpec

    @property
    def label(self) -> str:
        return f"{self.name}@{self.revision}"


_CORRECT = Term(name="correct", verifier=ITEM)
_R1_FORMAT = Term(name="format", verifier="format", options={"style": "think_answer", "partial": False})
_LANGUAGE = Term(
    name="language", verifier="language", options={"target": "prompt", "otherwise": "en", "part": "thinking"}
)

_RELEASED = (
    Profile(
        name="r1-zero",
        revision=1,
        summary="Accuracy plus format, the same weight each.",
        source="DeepSeek-AI 2025, DeepSeek-R1, arXiv:2501.12948, §2.2.2 (accuracy rewards, format rewards)",
        differs=("The paper gives no number for the format reward; here it is worth as much as being right.",),
        spec=RewardSpec(terms=[_CORRECT, _R1_FORMAT]),
    ),
    Profile(
        name="r1",
        revision=1,
        summary="Accuracy, format, and the share of the target language in the thinking, summed.",
        source="DeepSeek-AI 2025, DeepSeek-R1, arXiv:2501.12948, §2.2.2 and §2.3.2 (language consistency reward)",
        differs=(
            "The second stage's reward models for helpfulness and harmlessness are not verifiable, and left out.",
            "How the paper counts the words of a language is not published; ours is in docs/rewards.md.",
        ),
        spec=RewardSpec(
            terms=[
                _CORRECT,
                _R1_FORMAT,
                _LANGUAGE,
            ]
        ),
    ),
    Profile(
        name="dapo",
        revision=1,
        summary="Right or wrong, two apart, plus the soft overlong punishment.",
        source="Yu et al. 2025, DAPO, arXiv:2503.14476, eq. 7 (rule-based reward), eq. 13 (soft overlong punishment)",
        differs=(
            "The paper pays 1 and -1, this 2 and 0: a constant apart, which the group's baseline takes away.",
            "Lengths are the paper's (20,480 tokens, the last 4,096 of them punished); give your own as term_options.",
        ),
        spec=RewardSpec(
            terms=[
                Term(name="correct", verifier=ITEM, weight=2.0),
                Term(name="overlong", verifier="overlong", options={"max_length": 20_480, "cache": 4_096}),
            ]
        ),
    ),
    Profile(
        name="kimi-k1.5",
        revision=1,
        summary="Accuracy plus a length reward relative to the group: half a point from the shortest to the longest.",
        source="Kimi Team 2025, Kimi k1.5, arXiv:2501.12599, §2.3.3 (length penalty)",
        differs=(
            "The weight of the length reward is not published; here it is 1.",
            "The paper warms up without the length reward: begin with r1-zero or a spec of your own.",
            "`length_penalty` and `length_bonus` together are the paper's one term.",
        ),
        spec=RewardSpec(
            terms=[
                _CORRECT,
                Term(name="length_penalty", verifier="kimi_length", options={"part": "penalty"}),
                Term(name="length_bonus", verifier="kimi_length", options={"part": "bonus"}, when="correct"),
            ]
        ),
    ),
    Profile(
        name="tulu3",
        revision=1,
        summary="10 for a verified answer, 0 otherwise.",
        source="Lambert et al. 2024, Tülu 3, arXiv:2411.15124, §6 (RLVR: alpha = 10)",
        differs=("The paper's KL penalty is the trainer's, not the reward's.",),
        spec=RewardSpec(terms=[Term(name="correct", verifier=ITEM, weight=10.0)]),
    ),
    Profile(
        name="open-r1",
        revision=1,
        summary="Accuracy, format, and a quarter of a point for each of the four tags.",
        source="Hugging Face 2025, open-r1, recipes for GRPO: reward_funcs accuracy, format, tag_count, weights 1",
        differs=(
            "open-r1 asks for line breaks around its tags; here white space around them is free.",
            "Tags that are only quoted or stand in code blocks are no tags here.",
        ),
        spec=RewardSpec(
            terms=[
                _CORRECT,
                _R1_FORMAT,
                Term(name="tag_count", verifier="format", options={"style": "think_answer", "partial": True}),
            ]
        ),
    ),
    Profile(
        name="dr-grpo",
        revision=1,
        summary="1 for a right answer, 0 otherwise.",
        source="Liu et al. 2025, Understanding R1-Zero-Like Training (Dr. GRPO), arXiv:2503.20783, §3",
        differs=("Dr. GRPO's change is to the advantage (no division by std, none by length): it is the trainer's.",),
        spec=RewardSpec(terms=[_CORRECT]),
    ),
)  # fmt: skip


def profiles() -> Mapping[str, Profile]:
    """All profiles by label, `name@n`."""
    return _BY_LABEL


def find_profile(wanted: str, field: str) -> Profile:
    """`name@n`, or the newest of a bare name. Raises BadRequest with the nearest there is."""
    name, at, number = wanted.partition("@")
    revisions = _revisions(name)
    if not revisions:
        raise BadRequest(f"unknown profile '{_short(wanted)}'; {nearest(name, _names())}", field=field)
    if not at:
        return revisions[-1]
    for profile in revisions:
        if str(profile.revision) == number:
            return profile
    have = ", ".join(profile.label for profile in revisions)
    raise BadRequest(f"profile '{name}' has no revision '{_short(number)}'; there is {have}", field=field)


def is_newest(profile: Profile) -> bool:
    return _revisions(profile.name)[-1] is profile


def _revisions(name: str) -> list[Profile]:
    return [profile for profile in _RELEASED if profile.name == name]


def _names() -> Iterable[str]:
    return {profile.name for profile in _RELEASED}


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


_BY_LABEL = {profile.label: profile for profile in _RELEASED}
