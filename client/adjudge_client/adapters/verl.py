"""verl 0.9: a reward function, or a reward manager, for the settings under `reward`.

    reward.custom_reward_function.path=pkg://adjudge_client.adapters.verl     the function: sees data_source, response,
    +reward.custom_reward_function.reward_kwargs.url=http://127.0.0.1:8900    ground truth and extra_info

    reward.reward_manager.source=importlib                                    the manager: sees tokens, so it also knows
    reward.reward_manager.name=AdjudgeRewardManager                           the prompt as templated, true lengths,
    reward.reward_manager.module.path=pkg://adjudge_client.adapters.verl      and what was cut off
    +reward.reward_kwargs.adjudge.url=http://127.0.0.1:8900

verl hands over one rollout at a time; they are gathered into requests here. A null cannot be written into verl's reward
tensor: NaN makes its group's advantages and the whole optimizer step NaN, and a number would be made up. So a null
raises NullReward: the v1 trainer (the default) then leaves this rollout out of the batch, its group's baseline goes
over the others, and the log has the reason. The legacy trainer, and rewards computed after the rollout (a reward model
that shares the actors' GPUs), stop instead. No key `acc` is given: in validation verl counts it as 0 where none came.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from adjudge_client.adapters._shared import MASKED, NullReward, Nulls, Service, Setup, messages, plain, why_null
from adjudge_client.errors import BadInput
from adjudge_client.scored import Scored

logger = logging.getLogger("adjudge_client.adapters.verl")  # verl may load this file by its path, under another name

_FROM_VERL = {"reward_router_address", "reward_model_tokenizer"}
_OPTIONS = {"verifiers", "prompt_key", "groups"}
_services: dict[str, tuple[Setup, Service]] = {}
_nulls = Nulls(logger)


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    verifiers: Mapping[str, str] | None = None,
    prompt_key: str = "question",
    **arguments: Any,
) -> dict[str, Any]:
    """`{"score": reward, "<term>": its score before weights, …}`, with the same keys for every rollout.

    verifiers: by data_source, where not all are maths. prompt_key: where extra_info has the prompt; verl does not hand
    it over, so what depends on it (an open `<think>` in the template) needs the reward manager. Others: `url`,
    `api_key`, `reward`, `verifier`, `run`, `timeout_s`, `ready_s`, each also from the environment (`ADJUDGE_URL`, …).
    Raises NullReward.
    """
    setup, service = _service_for(arguments)
    prompt = (extra_info or {}).get(prompt_key)
    item = {
        "prompt": "" if prompt is None else messages(prompt),
        "trace": solution_str,
        "ground_truth": plain(ground_truth),
        "verifier": (verifiers or {}).get(data_source, setup.verifier),
        "dataset": str(data_source),
    }
    return _carried(await service.score_one(item))


def _service_for(arguments: Mapping[str, Any]) -> tuple[Setup, Service]:
    """One client per process and setting. Raises BadInput for an argument that nobody knows."""
    given = {name: plain(value) for name, value in arguments.items() if name not in _FROM_VERL}
    known = {*Setup.__dataclass_fields__, *_OPTIONS}
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise BadInput(f"unknown setting {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    key = json.dumps(given, sort_keys=True, default=str)
    if key not in _services:
        setup = Setup.of(given)
        _services[key] = (setup, Service(setup))
    return _services[key]


def _carried(scored: Scored) -> dict[str, Any]:
    """What verl can be handed. A term that is null although the reward is not (its condition did not hold) is None,
    which verl's metrics pass over."""
    if scored.reward is None:
        why = why_null(scored.verdicts)
        _nulls.count([why], then="; verl leaves it out of its batch and its group's baseline")
        raise NullReward(f"no reward: {why or MASKED}")
    _nulls.count([None])
    names = [f"adjudge/{name}" for name in scored.terms]
    return {"score": scored.reward, **dict(zip(names, scored.vector, strict=True))}


def _manager() -> type:
    """The class, made when it is asked for: importing verl takes seconds, and it may not be installed."""
    base: Any = import_module("verl.experimental.reward_loop.reward_manager.base").RewardManagerBase

    class AdjudgeRewardManager(base):  # type: ignore[misc]
        """Settings under `reward.reward_kwargs.adjudge`: those of `compute_score`, and `groups: true` for rewards
        with a term over the group. It needs `reward.num_workers=1`, so that all members meet in one process, and
        as many rollouts per prompt in validation as in training."""

        def __init__(self, config: Any, tokenizer: Any, compute_score: Any, **from_verl: Any) -> None:
            super().__init__(config, tokenizer, compute_score)
            settings = plain(dict(config.reward.get("reward_kwargs") or {})).get("adjudge") or {}
            self._setup, self._service = _service_for(settings)
            self._verifiers = settings.get("verifiers") or {}
            rollout = config.actor_rollout_ref.rollout
            self._longest = int(rollout.response_length)
            self._members = int(rollout.n) if settings.get("groups") else 0
            workers = config.reward.get("num_workers")
            if self._members and workers != 1:
                raise BadInput(f"groups: true needs reward.num_workers=1 (there are {workers}): members must meet")

        async def run_single(self, data: Any) -> dict[str, Any]:
            """One rollout (of several sequences the last). Raises NullReward."""
            row = data[-1:][0]
            item = await asyncio.get_running_loop().run_in_executor(None, self._item, row)
            carried = _carried(await self._service.score_one(item))
            return {"reward_score": carried["score"], "reward_extra_info": carried}

        def _item(self, row: Any) -> dict[str, Any]:
            source = str(row.non_tensor_batch["data_source"])
            prompt, response = _token_ids(row)
            said = list(response)
            ends = {self.tokenizer.eos_token_id, self.tokenizer.pad_token_id} - {None}
            while said and said[-1] in ends:
                said.pop()
            item = {
                "prompt": self.tokenizer.decode(prompt, skip_special_tokens=False),
                "trace": self.tokenizer.decode(said, skip_special_tokens=False),
                "ground_truth": plain(row.non_tensor_batch["reward_model"]["ground_truth"]),
                "verifier": self._verifiers.get(source, self._setup.verifier),
                "dataset": source,
                "tokens": len(response),
                "truncated": len(response) >= self._longest and len(said) == len(response),
            }
            uid = row.non_tensor_batch.get("uid")
            if self._members and uid is not None:
                item |= {"group": str(uid), "group_size": self._members}
            return item

    return AdjudgeRewardManager


def _token_ids(row: Any) -> tuple[list[int], list[int]]:
    """Prompt and response without padding. verl pads prompts on the left, and on the right where it scores rollouts
    as they come, one row per sequence; there it says both lengths."""
    prompts, responses, mask = (row.batch[name] for name in ("prompts", "responses", "attention_mask"))
    lengths = [row.non_tensor_batch.get(name) for name in ("prompt_len", "response_len")]
    if None not in lengths:
        return prompts[: int(lengths[0])].tolist(), responses[: int(lengths[1])].tolist()
    width = prompts.shape[-1]
    said = responses[: int(mask[width:].sum())]
    return prompts[mask[:width].bool()].tolist(), said.tolist()


def __getattr__(name: str) -> Any:
    if name != "AdjudgeRewardManager":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = _manager()
    return value
