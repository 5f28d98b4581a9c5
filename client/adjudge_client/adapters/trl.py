"""TRL: `GRPOTrainer(reward_funcs=reward_func("http://127.0.0.1:8900"), …)`; RLOOTrainer alike. Needs TRL ≥ 1.6.

`reward_func` is one function, the composed reward, and logs each term by itself; `reward_funcs` adds one function per
term, sharing one request per batch, for those who want each term in TRL's own `rewards/…` columns.

A rollout without a verdict is `None`, which TRL keeps out of its group's baseline and gives advantage 0. TRL counts a
row as unscorable only if *every* function says `None`, and makes 0 of a single `None` among numbers; so a row whose
reward is null is `None` in all functions here. Beside functions of your own TRL sums up theirs alone for such a row,
and the warning that tells of the null says so. Before 1.6 TRL made 0 of all `None`; there a null raises.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from typing import Any

from ..client import Client
from ..errors import BadInput
from ..types import ScoreResponse
from ._shared import GOLD_COLUMNS, MASKED, NullReward, Nulls, Reward, Service, Setup, messages, plain, why_null

logger = logging.getLogger(__name__)

RewardFunc = Callable[..., Awaitable[list[float | None]]]
CARRIES_NULLS = (1, 6)
_PROBE = {"prompt": "What is 1 + 1?", "trace": "The answer is \\boxed{2}.", "ground_truth": "2"}


def reward_func(
    url: str | None = None,
    reward: Reward = None,
    *,
    name: str = "adjudge",
    gold: str | None = None,
    columns: Mapping[str, str] | None = None,
    tokenizer: Any = None,
    eos_token_ids: Sequence[int] | None = None,
    num_generations: int | None = None,
    **setup: Any,
) -> RewardFunc:
    """The composed reward, as an `async def` that TRL awaits beside others.

    gold: the column with the ground truth; without it the first of `ground_truth`, `answer`, `solution` that is there.
    columns: further fields of an Item by column, as `{"verifier": "kind", "dataset": "source"}`.
    tokenizer, eos_token_ids, num_generations: the trainer's own, which are found by themselves where TRL hands over
    `log_metric`. They tell whether the template opens the thinking, which rollouts were cut off, and what a group is.
    setup: `api_key`, `verifier`, `run`, `timeout_s`, `ready_s`; each also from the environment (`ADJUDGE_URL`, …).
    """
    grader = _Grader(Setup.of({"url": url, "reward": reward, **_known(setup)}), gold, columns)
    grader.told = Told(tokenizer, eos_token_ids, num_generations)
    return _function(name, grader, lambda graded: graded.rewards)


class RewardFuncs(list[RewardFunc]):
    """The composed reward first, then one function per term. `weights` go into `GRPOConfig(reward_weights=…)`: the
    composed reward counts, the terms are only shown, since gates, conditions and ranges are no weighted sum."""

    def __init__(self, functions: Sequence[RewardFunc]) -> None:
        super().__init__(functions)
        self.weights = [1.0] + [0.0] * (len(functions) - 1)


def reward_funcs(
    url: str | None = None, reward: Reward = None, *, name: str = "adjudge", **arguments: Any
) -> RewardFuncs:
    """The composed reward and one function per term (scores before weights), all from one request per batch.

    The arguments are those of `reward_func`. Asks the server for the terms of `reward`, so it waits until it is up.
    """
    given = {each: arguments.pop(each, None) for each in ("gold", "columns")}
    told = Told(*(arguments.pop(each, None) for each in ("tokenizer", "eos_token_ids", "num_generations")))
    setup = Setup.of({"url": url, "reward": reward, **_known(arguments)})
    grader = _Grader(setup, **given)
    grader.told = told
    with Client(setup.url, setup.api_key, timeout_s=setup.timeout_s) as client:
        client.wait_ready(setup.ready_s)
        terms = client.score([_PROBE], setup.reward).terms
    shown = [_function(f"{name}/{term}", grader, _term(index)) for index, term in enumerate(terms)]
    grader.shown = shown
    return RewardFuncs([_function(name, grader, lambda graded: graded.rewards), *shown])


def _term(index: int) -> Callable[[ScoreResponse], list[float | None]]:
    def scores(graded: ScoreResponse) -> list[float | None]:
        rows = zip(graded.rewards, graded.vectors, strict=True)
        return [None if reward is None else vector[index] for reward, vector in rows]

    return scores


def _known(setup: dict[str, Any]) -> dict[str, Any]:
    unknown = set(setup) - set(Setup.__dataclass_fields__)
    if unknown:
        raise TypeError(f"unknown argument {sorted(unknown)[0]!r}; see adjudge_client.adapters.trl.reward_func")
    return setup


def _function(name: str, grader: _Grader, pick: Callable[[ScoreResponse], list[float | None]]) -> RewardFunc:
    async def reward(
        prompts: Sequence[Any], completions: Sequence[Any], completion_ids: Any = None, **columns: Any
    ) -> list[float | None]:
        return pick(await grader.graded(name, prompts, completions, completion_ids, columns))

    reward.__name__ = reward.__qualname__ = name  # TRL logs under it
    grader.functions.append(reward)
    return reward


@dataclass
class Told:
    """What only the trainer knows."""

    tokenizer: Any = None
    eos_token_ids: Sequence[int] | None = None
    num_generations: int | None = None
    template: Mapping[str, Any] | None = None

    def from_trainer(self, trainer: Any) -> Told:
        """Filled in from a trainer, if there is one. Attributes that another release of TRL lacks stay unknown."""
        tokenizer = self.tokenizer or getattr(trainer, "processing_class", None)
        n = self.num_generations
        if n is None and trainer is not None:
            training = getattr(getattr(trainer, "model", None), "training", True)
            n = getattr(trainer, "num_generations" if training else "num_generations_eval", None)
        ids = self.eos_token_ids
        if ids is None and tokenizer is not None:
            inner = getattr(tokenizer, "tokenizer", tokenizer)  # a processor holds its tokenizer
            ends = [*(getattr(trainer, "eos_token_ids", None) or [getattr(inner, "eos_token_id", None)])]
            ids = [each for each in [*ends, getattr(inner, "pad_token_id", None)] if each is not None] or None
        template = {"chat_template": getattr(trainer, "chat_template", None)}
        return Told(tokenizer, ids, n, {**template, **(getattr(trainer, "chat_template_kwargs", None) or {})})

    def truncated(self, ids: Sequence[int]) -> bool | None:
        """As TRL itself tells it: the last token is neither an end nor padding."""
        if not self.eos_token_ids or len(ids) == 0:
            return None
        return int(ids[-1]) not in self.eos_token_ids

    def prompt(self, prompt: Any) -> Any:
        """A conversation as the model saw it, so that the service sees whether the template opened the thinking."""
        if isinstance(prompt, str):
            return prompt
        pictures = any(not isinstance(message.get("content"), (str, type(None))) for message in prompt)
        if pictures or not getattr(self.tokenizer, "chat_template", None):
            return messages(prompt)
        return self.tokenizer.apply_chat_template(
            list(prompt), add_generation_prompt=True, tokenize=False, **(self.template or {})
        )


@dataclass
class _Call:
    """One batch's request. It holds the trainer's lists, so that no later batch can have their identities."""

    prompts: Sequence[Any]
    completions: Sequence[Any]
    answer: asyncio.Task[ScoreResponse]
    served: set[str]


class _Grader:
    """Grades each batch once, whichever of its functions asks first; the others await the same request."""

    def __init__(self, setup: Setup, gold: str | None = None, columns: Mapping[str, str] | None = None) -> None:
        self._setup = setup
        self._gold = gold
        self._columns = dict(columns or {})
        self._service = Service(setup)
        self._call: _Call | None = None
        self._nulls = Nulls(logger)
        self.told = Told()
        self.functions: list[RewardFunc] = []
        self.shown: list[RewardFunc] = []

    async def graded(
        self, name: str, prompts: Sequence[Any], completions: Sequence[Any], ids: Any, columns: dict[str, Any]
    ) -> ScoreResponse:
        call = self._call
        same = call is not None and call.prompts is prompts and call.completions is completions
        if call is None or not same or name in call.served or call.answer.get_loop() is not asyncio.get_running_loop():
            answer = asyncio.ensure_future(self._ask(prompts, completions, ids, columns))
            call = self._call = _Call(prompts, completions, answer, set())
        call.served.add(name)
        return await asyncio.shield(call.answer)  # one function cancelled must not cancel the others

    async def _ask(
        self, prompts: Sequence[Any], completions: Sequence[Any], ids: Any, columns: dict[str, Any]
    ) -> ScoreResponse:
        trainer = getattr(columns.get("log_metric"), "__self__", None)
        self._check_weights(trainer)
        told = self.told.from_trainer(trainer)
        step = getattr(columns.get("trainer_state"), "global_step", None)
        answer = await self._service.score(self.items(prompts, completions, ids, columns, told), step=step)
        self._report(answer, columns, ("" if step is None else f" at step {step}", self._beside(trainer)))
        return answer

    def items(
        self, prompts: Sequence[Any], completions: Sequence[Any], ids: Any, columns: dict[str, Any], told: Told
    ) -> list[dict[str, Any]]:
        """One Item per rollout. Raises BadInput where a column that is needed is not there."""
        golds = columns[self._gold_column(columns)]
        seen = _rendered(prompts, told)
        groups = groups_of(prompts, golds, told.num_generations)
        items: list[dict[str, Any]] = []
        for index, (prompt, completion, gold, group) in enumerate(zip(seen, completions, golds, groups, strict=True)):
            item = {
                "prompt": prompt,
                "trace": messages(completion),
                "ground_truth": plain(gold),
                "verifier": self._setup.verifier,
                "group": group,
            }
            if told.num_generations is not None:
                item["group_size"] = told.num_generations
            if ids is not None:
                item["tokens"] = len(ids[index])
                cut = told.truncated(ids[index])
                item |= {} if cut is None else {"truncated": cut}
            for field, column in self._columns.items():
                value = self._column(columns, column)[index]
                item |= {} if value is None else {field: plain(value)}
            items.append(item)
        return items

    def _gold_column(self, columns: dict[str, Any]) -> str:
        if self._gold is not None:
            self._column(columns, self._gold)
            return self._gold
        for column in GOLD_COLUMNS:
            if column in columns:
                return column
        raise BadInput(
            f"no ground truth: the data set has none of the columns {', '.join(GOLD_COLUMNS)} ({_there(columns)}); "
            "name the one that has it: reward_func(gold=…)"
        )

    def _column(self, columns: dict[str, Any], column: str) -> Any:
        if column not in columns:
            raise BadInput(f"the data set has no column {column!r} ({_there(columns)})")
        return columns[column]

    def _check_weights(self, trainer: Any) -> None:
        """The terms beside the composed reward are for show; with TRL's default weights of 1 each would count twice."""
        weights = getattr(trainer, "reward_weights", None)
        functions = getattr(trainer, "reward_funcs", None)
        if weights is None or functions is None:
            return
        for function, weight in zip(functions, weights, strict=True):
            if float(weight) and any(function is each for each in self.shown):
                raise BadInput(
                    "reward_funcs(…) holds the whole reward and, only to be shown, its terms; so that none counts "
                    "twice: GRPOConfig(reward_weights=functions.weights), "
                    f"that is {[1.0] + [0.0] * len(self.shown)}"
                )

    def _beside(self, trainer: Any) -> str:
        """What TRL makes of a null where functions that are not ours are summed up with it."""
        functions = getattr(trainer, "reward_funcs", None) or []
        others = [each for each in functions if not any(each is ours for ours in self.functions)]
        return "; TRL sums up the other reward functions alone for them" if others else ""

    def _report(self, answer: ScoreResponse, columns: dict[str, Any], told: tuple[str, str]) -> None:
        whys = [
            why_null(verdicts) if reward is None else None
            for reward, verdicts in zip(answer.rewards, answer.verdicts or [{}] * len(answer.rewards), strict=True)
        ]
        self._nulls.count(whys, *told)
        without = answer.rewards.count(None)
        if without and (old := _too_old()):
            raise NullReward(f"TRL {old} makes 0 of a None, 1.6 does not. {next(filter(None, whys), MASKED)}")
        if (log_metric := columns.get("log_metric")) is not None:
            null = sum(why is not None for why in whys)
            log_metric("adjudge/null_share", null / len(whys))
            log_metric("adjudge/masked_share", (without - null) / len(whys))
            for term, scores in zip(answer.terms, zip(*answer.vectors, strict=True), strict=True):
                known = [score for score in scores if score is not None]
                if known:
                    log_metric(f"adjudge/{term}", sum(known) / len(known))
        if (log_extra := columns.get("log_extra")) is not None and answer.verdicts is not None:
            log_extra("adjudge", ["; ".join(f"{t}: {v.reason}" for t, v in each.items()) for each in answer.verdicts])


def _rendered(prompts: Sequence[Any], told: Told) -> list[Any]:
    """Each prompt as the model saw it; those that repeat the one before, as a group's do, are rendered once."""
    rendered: list[Any] = []
    for index, prompt in enumerate(prompts):
        repeats = index > 0 and prompts[index - 1] == prompt
        rendered.append(rendered[-1] if repeats else told.prompt(prompt))
    return rendered


def groups_of(prompts: Sequence[Any], golds: Sequence[Any], num_generations: int | None) -> list[str]:
    """The group of each rollout. TRL's sampler repeats each row `num_generations` times in a row, so a group is a run
    of equal prompts and golds, cut at that number where it is known (a data set may hold a row twice)."""
    rows = list(zip(prompts, golds, strict=True))
    group, size = 0, 1
    names = ["g0"] if rows else []
    for before, row in pairwise(rows):
        full = num_generations is not None and size == num_generations
        if full or bool(plain(row[0]) != plain(before[0])) or bool(plain(row[1]) != plain(before[1])):
            group, size = group + 1, 0
        size += 1
        names.append(f"g{group}")
    return names


def _there(columns: dict[str, Any]) -> str:
    names = sorted(set(columns) - {"trainer_state", "log_extra", "log_metric", "environments"})
    return f"it has {', '.join(names)}" if names else "it has no further columns"


def _too_old() -> str | None:
    """The installed TRL's version if it is one that makes 0 of `None`; null where TRL is new, or not installed."""
    try:
        version = metadata.version("trl")
    except metadata.PackageNotFoundError:
        return None
    major, minor = (int("".join(filter(str.isdigit, part)) or 0) for part in (version + ".0").split(".")[:2])
    return version if (major, minor) < CARRIES_NULLS else None
