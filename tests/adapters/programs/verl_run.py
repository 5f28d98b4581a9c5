"""Run by verl's own Python: verl's configuration, loaders, reward workers and DataProto, against a real server.

Usage: verl_run.py URL. Prints one JSON object of what was seen; the tests judge it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
import verl
from hydra import compose, initialize_config_dir
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, PreTrainedTokenizerFast
from verl import DataProto
from verl.experimental.reward_loop.reward_loop import RewardLoopWorker
from verl.trainer.ppo.reward import get_custom_reward_fn, load_reward_manager
from warned import Warnings

import adjudge_client
import adjudge_client.adapters.verl as adapter
from adjudge_client import BadInput
from adjudge_client.adapters._shared import NullReward

UNREADABLE = "\\frac{1}{"  # a gold that no verifier can read: bad_task, null
PAD, EOS = 0, 1
FUNCTION = "reward.custom_reward_function.path=pkg://adjudge_client.adapters.verl"
MANAGER = [
    "reward.reward_manager.source=importlib",
    "reward.reward_manager.name=AdjudgeRewardManager",
    "reward.reward_manager.module.path=pkg://adjudge_client.adapters.verl",
]
LONGEST = 12


def saved_model() -> str:
    """A folder with a tokenizer of characters and a model's configuration, as verl loads them."""
    words = ["<pad>", "<eos>", "<think>", "</think>", *map(chr, range(32, 127))]
    inner = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token=" "))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    folder = tempfile.mkdtemp(prefix="adjudge-verl-")
    PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token=" ",
        additional_special_tokens=["<think>", "</think>"],
        chat_template="{% for m in messages %}{{ m['content'] }}{% endfor %}",
    ).save_pretrained(folder)
    LlamaConfig(vocab_size=len(words), architectures=["LlamaForCausalLM"]).save_pretrained(folder)
    return folder


def configured(folder: str, *overrides: str) -> Any:
    """verl's own configuration with what a user writes on its command line."""
    with initialize_config_dir(str(Path(verl.__file__).parent / "trainer" / "config"), version_base=None):
        common = [f"actor_rollout_ref.model.path={folder}", f"data.max_response_length={LONGEST}"]
        return compose("ppo_trainer", [*common, *overrides])


def rollout(
    tokenizer: Any, prompt: str, response: str, gold: Any, *, ended: bool = True, width: int = 32, **fields: Any
) -> DataProto:
    """One rollout as verl's trainer lays it out: prompt padded left, response right."""
    asked = tokenizer.encode(prompt, add_special_tokens=False)
    said = tokenizer.encode(response, add_special_tokens=False) + [EOS] * ended
    left, right = width - len(asked), LONGEST - len(said)
    prompts, responses = [PAD] * left + asked, said + [PAD] * right
    mask = [0] * left + [1] * (len(asked) + len(said)) + [0] * right
    tensors = {"prompts": [prompts], "responses": [responses], "attention_mask": [mask]}
    values = {"data_source": "gsm8k", "reward_model": {"ground_truth": gold}, "extra_info": {}, **fields}
    return DataProto.from_dict(
        tensors={name: torch.tensor(value) for name, value in tensors.items()},
        non_tensors={name: np.array([value], dtype=object) for name, value in values.items()},
    )


class Sent:
    """Keeps the items and requests that leave for the server; they leave for real."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        send = adapter.Service.score_one

        async def score_one(service: Any, item: dict[str, Any]) -> Any:
            self.items.append(item)
            return await send(service, item)

        adapter.Service.score_one = score_one  # type: ignore[method-assign]


async def one(awaitable: Any) -> Any:
    try:
        return await awaitable
    except (NullReward, BadInput) as error:
        return f"{type(error).__name__}: {error}"


async def by_function(folder: str, url: str) -> dict[str, Any]:
    settings = f"+reward.custom_reward_function.reward_kwargs.url={url}"
    score = get_custom_reward_fn(configured(folder, FUNCTION, settings))
    answers = [("It is \\boxed{2}.", "2"), ("It is \\boxed{3}.", "2"), ("So 2.", UNREADABLE)]
    found = await asyncio.gather(
        *(
            one(score(data_source="gsm8k", solution_str=said, ground_truth=gold, extra_info={"question": "1+1?"}))
            for said, gold in answers
        )
    )
    misspelt = get_custom_reward_fn(
        configured(folder, FUNCTION, "+reward.custom_reward_function.reward_kwargs.rewrd=r1")
    )
    by_file = Path(adapter.__file__)
    by_path = get_custom_reward_fn(
        configured(folder, f"reward.custom_reward_function.path={by_file}", settings),
    )
    return {
        "answers": found,
        "misspelt": await one(misspelt(data_source="a", solution_str="", ground_truth="")),
        "by path": await one(by_path(data_source="gsm8k", solution_str="So 2.", ground_truth="2")),
    }


async def by_naive_manager(folder: str, url: str) -> Any:
    """The function, called by verl's own default manager."""
    config = configured(folder, FUNCTION, f"+reward.custom_reward_function.reward_kwargs.url={url}")
    worker = RewardLoopWorker(config)
    row = rollout(worker.input_tokenizer, "1+1?", "\\boxed{2}", "2", extra_info={"question": "1+1?"})
    return await worker.compute_score(row)


async def by_manager(folder: str, url: str, sent: Sent) -> dict[str, Any]:
    config = configured(folder, *MANAGER, f"+reward.reward_kwargs.adjudge.url={url}")
    worker = RewardLoopWorker(config)
    words = worker.input_tokenizer
    rows = {
        "right": rollout(words, "1+1?", "\\boxed{2}", "2"),
        "wrong": rollout(words, "1+1?", "\\boxed{3}", "2"),
        "cut off": rollout(words, "1+1?", "\\boxed{2} or", "2", ended=False),
        "ends at the limit": rollout(words, "1+1?", "is \\boxed{2}"[1:], "2"),
        "thinking": rollout(words, "1+1?<think>", "\\boxed{2}", "2"),
        "thought": rollout(words, "1+1?<think>", "1</think>2", "2"),
        "null": rollout(words, "1+1?", "\\boxed{2}", UNREADABLE),
    }
    sent.items.clear()
    found = await asyncio.gather(*(one(worker.compute_score(row)) for row in rows.values()))
    items = dict(zip(rows, sorted_as(sent.items, rows, words), strict=True))
    return {"class": type(worker.reward_manager).__name__, "rows": dict(zip(rows, found, strict=True)), "items": items}


def sorted_as(items: list[dict[str, Any]], rows: dict[str, DataProto], words: Any) -> list[dict[str, Any]]:
    """The items in the order of the rows, though they left in any."""
    ordered = []
    for row in rows.values():
        said = [each for each in row.batch["responses"][0].tolist() if each not in (PAD, EOS)]
        asked = [each for each in row.batch["prompts"][0].tolist() if each != PAD]
        key = (words.decode(asked), words.decode(said), row.non_tensor_batch["reward_model"][0]["ground_truth"])
        ordered.append(next(i for i in items if (i["prompt"], i["trace"], i["ground_truth"]) == key))
    return ordered


async def by_manager_as_they_come(folder: str, url: str, sent: Sent) -> Any:
    """The layout of verl's agent loop, which scores each rollout when it ends: no padding, both lengths told."""
    worker = RewardLoopWorker(configured(folder, *MANAGER, f"+reward.reward_kwargs.adjudge.url={url}"))
    asked = worker.input_tokenizer.encode("1+1?")
    said = [*worker.input_tokenizer.encode("\\boxed{2}"), EOS]
    tensors = {"prompts": asked, "responses": said, "attention_mask": [1] * (len(asked) + len(said))}
    extra = {"prompt_len": len(asked), "response_len": len(said)}
    values = {"data_source": "gsm8k", "reward_model": {"ground_truth": "2"}, "extra_info": {}, **extra}
    data = DataProto.from_dict(
        tensors={name: torch.tensor([value]) for name, value in tensors.items()},
        non_tensors={name: np.array([value], dtype=object) for name, value in values.items()},
    )
    sent.items.clear()
    answer = await worker.compute_score(data)
    return {"answer": answer, "item": sent.items[-1]}


def groups_of_many_workers(folder: str, url: str) -> str:
    settings = [f"+reward.reward_kwargs.adjudge.url={url}", "+reward.reward_kwargs.adjudge.groups=true"]
    try:
        load_reward_manager(configured(folder, *MANAGER, *settings), None)
    except BadInput as error:
        return str(error)
    return ""


async def groups_in_one(folder: str, url: str, sent: Sent) -> Any:
    """Members of a group that come one by one, as one group at the server."""
    settings = [f"+reward.reward_kwargs.adjudge.url={url}", "+reward.reward_kwargs.adjudge.groups=true"]
    kimi = "+reward.reward_kwargs.adjudge.reward=kimi-k1.5"  # has terms over the group: null where it is not whole
    config = configured(folder, *MANAGER, *settings, kimi, "reward.num_workers=1", "actor_rollout_ref.rollout.n=3")
    worker = RewardLoopWorker(config)
    sent.items.clear()
    answers = []
    for pause, said in enumerate(("\\boxed{2}", "\\boxed{3}", "\\boxed{4}")):
        row = rollout(worker.input_tokenizer, "1+1?", said, "2", uid="p7")
        answers.append(asyncio.create_task(worker.compute_score(row)))
        await asyncio.sleep(0.05 * pause)
    return {"rewards": [(await each)["reward_score"] for each in answers], "items": sent.items}


def main(url: str) -> dict[str, Any]:
    os.environ.pop("ADJUDGE_URL", None)
    folder, sent, warnings = saved_model(), Sent(), Warnings()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    run = loop.run_until_complete
    return {
        "client": adjudge_client.__version__,
        "function": run(by_function(folder, url)),
        "naive manager": run(by_naive_manager(folder, url)),
        "manager": run(by_manager(folder, url, sent)),
        "as they come": run(by_manager_as_they_come(folder, url, sent)),
        "groups of many workers": groups_of_many_workers(folder, url),
        "groups in one": run(groups_in_one(folder, url, sent)),
        "warnings": warnings.lines,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
