"""Run by OpenRLHF's own Python: its executor loads the adapter from its path and calls it, against a real server.

Usage: openrlhf_run.py URL. The generating engine is a stand-in that says what it is told (vLLM wants a GPU); all else
is OpenRLHF's. Prints one JSON object of what was seen; the tests judge it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import math
import os
import sys
import types
from types import SimpleNamespace
from typing import Any

import httpx
import ray
import torch
from openrlhf.utils.agent import SingleTurnAgentExecutor
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from warned import Warnings

from adjudge_client.adapters import openrlhf as adapter

UNREADABLE = "\\frac{1}{"  # a gold that no verifier can read: bad_task, null
EOS = "<|im_end|>"


def tokenizer() -> PreTrainedTokenizerFast:
    words = ["<pad>", EOS, "<think>", "</think>", *map(chr, range(32, 127))]
    inner = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token=" "))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token=EOS, unk_token=" ")


class Engine:
    """Says one sentence after another, and then the end of the turn."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = itertools.cycle(sentences)
        self.words = tokenizer()

    async def generate(self, prompt_ids: list[int], sampling: Any, multi_modal_data: Any = None) -> Any:
        ids = self.words.encode(next(self.sentences) + EOS)
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)])


def executor(**environment: str) -> SingleTurnAgentExecutor:
    """As a rollout worker makes one: a fresh load of the adapter's file, settings in the environment."""
    os.environ.update(environment)
    return SingleTurnAgentExecutor([adapter.__file__])


async def rolled_out(made: SingleTurnAgentExecutor, prompt: str, said: str, label: Any, longest: int = 400) -> Any:
    sampling = SimpleNamespace(max_tokens=64, logprobs=None)
    return await made.execute(prompt, label, sampling, longest, tokenizer(), Engine(said))


def shown(output: dict[str, Any]) -> dict[str, Any]:
    logs = {name: float(value.flatten()[0]) for name, value in output["extra_logs"].items()}
    reward = None if output["reward"] is None else float(output["reward"].flatten()[0])
    return {"reward": reward, "score": None if output["scores"] is None else float(output["scores"]), "logs": logs}


async def rollouts() -> dict[str, Any]:
    made = executor(ADJUDGE_ON_NULL="stop")
    long = "Some text that no prompt budget holds. " * 12 + "What is 1+1? Answer with care, and in a box.\n"
    cases = {
        "right": ("1+1?", "\\boxed{2}", "2"),
        "wrong": ("1+1?", "\\boxed{3}", "2"),
        "the prompt has the answer": ("Show \\boxed{2}.", "I refuse", "2"),
        "still thinking": ("1+1?<think>", "\\boxed{2}", "2"),
        "thought": ("1+1?<think>", "yes</think>\\boxed{2}", "2"),
        "label with fields": ("Which?", "(B)", {"ground_truth": "B", "verifier": "choice"}),
        "prompt cut at its left": (long, "\\boxed{2}", "2"),
        "null": ("1+1?", "\\boxed{2}", UNREADABLE),
    }
    found = await asyncio.gather(*(rolled_out(made, *case) for case in cases.values()))
    return {name: shown(output) for name, output in zip(cases, found, strict=True)}


async def burst(url: str) -> dict[str, int]:
    """64 rollouts at once, one call each."""
    made = executor(ADJUDGE_ON_NULL="stop")
    before = requests(url)
    outputs = await asyncio.gather(*(rolled_out(made, "1+1?", f"\\boxed{{{n % 4}}}", "2") for n in range(64)))
    return {"right": sum(shown(each)["reward"] == 1.0 for each in outputs), "requests": requests(url) - before}


def requests(url: str) -> int:
    """How many score requests the server has answered."""
    wanted = 'adjudge_requests_total{code="200",route="/v1/score"} '
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return int(sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)))


def generated() -> dict[str, Any]:
    """OpenRLHF's own sample generator with dynamic filtering, over Ray, with the executor in the rollout actor."""
    vllm = types.ModuleType("vllm")
    vllm.SamplingParams = SimpleNamespace
    vllm_engine = types.ModuleType("openrlhf.trainer.ray.vllm_engine")  # only its wake-up call, which is not made
    vllm_engine.batch_vllm_engine_call = None
    launcher = types.ModuleType("openrlhf.trainer.ray")
    sys.modules |= {"vllm": vllm, "openrlhf.trainer.ray": launcher, "openrlhf.trainer.ray.vllm_engine": vllm_engine}
    from openrlhf.trainer.ppo_utils.samples_generator import SamplesGenerator

    class Rollouts:
        """vllm_engine.RolloutRayActor without vLLM: each prompt is answered right and wrong in turn."""

        def __init__(self, environment: dict[str, str]) -> None:
            self.made = executor(**environment)

        def get_num_unfinished_requests(self) -> int:
            return 0

        async def generate_responses(self, prompt: str, label: Any, num_samples: int, **_: Any) -> list[Any]:
            sentences = [f"\\boxed{{{2 + each % 2}}}" for each in range(num_samples)]
            return [await rolled_out(self.made, prompt, said, label) for said in sentences]

    def run(on_null: str, filtering: bool) -> Any:
        environment = {"ADJUDGE_ON_NULL": on_null, "ADJUDGE_URL": os.environ["ADJUDGE_URL"]}
        actor = ray.remote(Rollouts).remote(environment)
        algo = SimpleNamespace(
            advantage=SimpleNamespace(is_correction_level="off"),
            dynamic_filtering_range=(-1.0, 1.0),  # a group of zeros would pass
        )
        arguments = SimpleNamespace(rollout=SimpleNamespace(n_samples_per_prompt=2), algo=algo)
        generator = SamplesGenerator(SimpleNamespace(args=arguments), None, None, tokenizer(), [actor])
        golds = [UNREADABLE, "2", "2"]
        rows = iter([("d", [f"1+1? ({n})"], [gold], [None]) for n, gold in enumerate(golds)])
        experiences, consumed, _ = generator._generate_vllm(rows, 2, filtering, max_len=400)
        ray.kill(actor)
        return experiences, consumed

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        kept, consumed = run("filter", filtering=True)
        stopped, _ = run("stop", filtering=False)
    finally:
        ray.shutdown()
    return {
        "prompts": [each.prompts[0] for each in kept],
        "rewards": [each.rewards.flatten().tolist()[0] for each in kept],
        "consumed": consumed,
        "stop": stops(stopped),
    }


def stops(experiences: list[Any]) -> dict[str, Any]:
    """What becomes of rollouts without a reward when OpenRLHF makes a batch of them."""
    from openrlhf.trainer.ppo_utils.experience import Experience

    def batch(each: list[Any]) -> str:
        try:
            merged = Experience.concat_experiences(each, 0)
            return "no rewards" if merged.rewards is None else str(merged.rewards.tolist())
        except Exception as error:
            return type(error).__name__

    null = [each for each in experiences if each.rewards is None]
    fine = [each for each in experiences if each.rewards is not None]
    return {"null": len(null), "null first": batch([null[0], fine[0]]), "null last": batch([fine[0], null[0]])}


def main(url: str) -> dict[str, Any]:
    os.environ["ADJUDGE_URL"] = url
    warnings = Warnings()
    found = {
        "rollouts": asyncio.run(rollouts()),
        "burst": asyncio.run(burst(url)),
        "generated": generated(),
        "warnings": warnings.lines,
    }
    mean = torch.tensor([math.nan, 1.0, 0.0, 1.0])
    return {**found, "nan in a batch": torch.isnan(mean - mean.mean()).all().item()}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
