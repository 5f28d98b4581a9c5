"""All monitors at once: one flat dict[str, float] per step, ready for `wandb.log`, TensorBoard or a JSON line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ._values import Groups, known, mean, members, numbers, plain, same_length, size_of
from .advantages import advantage_stats, group_advantages
from .drift import Drift
from .entropy import entropy_stats, per_rollout
from .gold_gap import gold_gap
from .language import mixing_stats
from .lengths import length_stats
from .nulls import null_stats
from .passes import mean_pass_at_k, mean_pass_hat_k
from .repetition import repetition_stats
from .rewards import reward_stats
from .zero_gradient import zero_gradient


def summarize(
    *,
    rewards: Any = None,
    groups: Groups | None = None,
    scores: Any = None,
    statuses: Any = None,
    entropies: Any = None,
    lengths: Any = None,
    truncated: Any = None,
    texts: Any = None,
    gold: Any = None,
    k: Iterable[int] = (),
    max_texts: int = 64,
    prefix: str = "",
) -> dict[str, float]:
    """Whatever can be computed from what is given; nothing is invented for what is not. One entry per rollout each.

    rewards: as trained on. groups: a name per rollout, or the size of consecutive groups.
    scores: of correctness; without them the rewards, if all of those are 0 or 1.
    statuses: of the deciding verdicts. entropies: in nats, or a list of them per rollout. lengths: in tokens.
    truncated: true, false or None. texts: the traces; at most `max_texts` of them are read, evenly spaced, so that a
    step's cost is bounded. gold: scores by a second verifier, against `scores`.
    k: for pass@k and pass^k; without it the powers of two up to the size of the smallest group of non-null scores.

    Raises BadInput for lists of unequal length and for what is no number.
    """
    read = {
        "rewards": None if rewards is None else numbers(rewards, "rewards"),
        "scores": None if scores is None else numbers(scores, "scores"),
        "statuses": None if statuses is None else plain(statuses, "statuses"),
        "entropies": None if entropies is None else per_rollout(entropies),
        "lengths": None if lengths is None else numbers(lengths, "lengths"),
        "truncated": None if truncated is None else plain(truncated, "truncated"),
        "texts": None if texts is None else plain(texts, "texts"),
        "gold": None if gold is None else numbers(gold, "gold"),
        "groups": None if groups is None or size_of(groups) else plain(groups, "groups"),
    }
    same_length(**read)
    correct = read["scores"] if scores is not None else _as_scores(read["rewards"])
    named: Groups | None = size_of(groups) or read["groups"]
    found: dict[str, Any] = {}
    if (paid := read["rewards"]) is not None:
        nulls = null_stats(paid, read["statuses"])
        found |= {"null/share": nulls.share, **{f"null/{status}": part for status, part in nulls.by_status.items()}}
        found |= _under("reward", reward_stats(paid))
        if named is not None:
            found |= _under("group", zero_gradient(paid, named))
            found |= _under("advantage", advantage_stats(group_advantages(paid, named)))
    if correct is not None:
        found["correct/mean"] = mean(known(correct))
        if named is not None:
            found |= _passes(correct, named, k)
        if read["gold"] is not None:
            found |= _under("gold", gold_gap(correct, read["gold"]))
    if read["lengths"] is not None:
        found |= _under("length", length_stats(read["lengths"], scores=correct, truncated=read["truncated"]))
    if read["entropies"] is not None:
        found |= _under("entropy", entropy_stats(read["entropies"]))
    if read["texts"] is not None:
        sample = _spread(read["texts"], max_texts)
        found |= _under("language", mixing_stats(sample)) | _under("repetition", repetition_stats(sample))
    return {f"{prefix}{name}": float(value) for name, value in found.items() if value is not None and _finite(value)}


class Monitor:
    """`summarize`, and beside it how far the run has moved from its own beginning.

        monitor = Monitor(prefix="rollouts/")
        wandb.log(monitor(rewards=rewards, groups=8, lengths=lengths), step=step)

    For each of `watched` there are `drift/<name>/change` and `drift/<name>/z` (see `Drift`) once its baseline is full.
    Keeps a few floats per watched name, however long the run; pickle it with the trainer's state.
    """

    watched = ("reward/mean", "length/mean", "entropy/mean", "repetition/ngrams", "language/other", "null/share")

    def __init__(self, *, prefix: str = "", baseline: int = 20, recent: int = 5, **settings: Any) -> None:
        self._prefix = prefix
        self._settings = settings
        self._drifts = {name: Drift(baseline, recent) for name in self.watched}

    def __call__(self, **columns: Any) -> dict[str, float]:
        """`columns` as for `summarize`, whose other settings (`k`, `max_texts`) were given at the start."""
        found = summarize(**self._settings, **columns)
        for name, drift in self._drifts.items():
            drift.update(found.get(name))
            for what, value in (("change", drift.change), ("z", drift.z)):
                if value is not None and math.isfinite(value):
                    found[f"drift/{name}/{what}"] = value
        return {f"{self._prefix}{name}": value for name, value in found.items()}


def _as_scores(rewards: list[float | None] | None) -> list[float | None] | None:
    """Rewards that are nothing but right or wrong are scores of correctness, too."""
    return rewards if rewards is not None and all(reward in (None, 0.0, 1.0) for reward in rewards) else None


def _passes(scores: list[float | None], groups: Groups, k: Iterable[int]) -> dict[str, float | None]:
    wanted = list(k) or _powers(scores, groups)
    at = {f"pass@{each}": mean_pass_at_k(scores, groups, each) for each in wanted}
    return at | {f"pass^{each}": mean_pass_hat_k(scores, groups, each) for each in wanted}


def _powers(scores: list[float | None], groups: Groups) -> list[int]:
    sizes = (
        len(known(scores[index] for index in indices)) for indices in members(groups, len(scores), "scores").values()
    )
    smallest = min((size for size in sizes if size), default=0)
    return [1 << power for power in range(smallest.bit_length())]


def _under(name: str, stats: Any) -> dict[str, Any]:
    fields: Mapping[str, Any] = stats._asdict()
    return {f"{name}/{field}": value for field, value in fields.items()}


def _spread(texts: list[Any], most: int) -> list[Any]:
    if len(texts) <= most:
        return texts
    return [texts[index * len(texts) // most] for index in range(most)]


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
