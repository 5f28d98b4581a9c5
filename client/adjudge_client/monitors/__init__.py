"""Monitors: what to watch while a policy is trained, as pure functions that any trainer can call.

In: plain lists, or whatever has `.tolist()` (NumPy, torch), of rewards, groups, entropies, lengths, texts. Out: small
named tuples, None where there is nothing to compute from; `summarize` makes one flat dict[str, float] for a logger.
None, NaN and infinities are nulls: counted, and never taken for a zero. Lists of unequal length raise BadInput.
Each module has one idea, its formula and its source; docs/monitors.md says what to look for.
"""

from __future__ import annotations

from .advantages import AdvantageStats, advantage_stats, group_advantages
from .batch import from_batch
from .drift import Drift
from .entropy import EntropyStats, entropy_stats
from .gold_gap import GoldGap, gold_gap
from .language import Mixing, MixingStats, mixing, mixing_stats
from .lengths import LengthStats, length_stats
from .nulls import NullStats, null_stats
from .passes import mean_pass_at_k, mean_pass_hat_k, pass_at_k, pass_hat_k
from .repetition import RepetitionStats, compression_ratio, duplicated_lines, repeated_ngrams, repetition_stats
from .rewards import RewardStats, quantile, reward_stats
from .summary import Monitor, summarize
from .zero_gradient import ZeroGradient, zero_gradient

__all__ = [
    "AdvantageStats",
    "Drift",
    "EntropyStats",
    "GoldGap",
    "LengthStats",
    "Mixing",
    "MixingStats",
    "Monitor",
    "NullStats",
    "RepetitionStats",
    "RewardStats",
    "ZeroGradient",
    "advantage_stats",
    "compression_ratio",
    "duplicated_lines",
    "entropy_stats",
    "from_batch",
    "gold_gap",
    "group_advantages",
    "length_stats",
    "mean_pass_at_k",
    "mean_pass_hat_k",
    "mixing",
    "mixing_stats",
    "null_stats",
    "pass_at_k",
    "pass_hat_k",
    "quantile",
    "repeated_ngrams",
    "repetition_stats",
    "reward_stats",
    "summarize",
    "zero_gradient",
]
