"""From scores to rewards: pure functions over plain values, nothing of verifiers, queues or HTTP.

In: a `RewardSpec` and the score of each of its terms. Out: the reward (or null, and why), and statistics of groups.
`check_spec` refuses what cannot be composed; `compose` is contract §1 "Composition"; `group_stats` is "Groups";
`profiles` are the recipes of published work; `count` is the vote over answers that have a form already.
"""

from .compose import Reward, compose
from .groups import Member, group_stats
from .nearest import nearest
from .profiles import Profile, find_profile, is_newest, profiles
from .spec import DEFAULT_SPEC, ITEM, check_spec
from .vote import Ballot, NoVote, Vote, count

__all__ = [
    "DEFAULT_SPEC",
    "ITEM",
    "Ballot",
    "Member",
    "NoVote",
    "Profile",
    "Reward",
    "Vote",
    "check_spec",
    "compose",
    "count",
    "find_profile",
    "group_stats",
    "is_newest",
    "nearest",
    "profiles",
]
