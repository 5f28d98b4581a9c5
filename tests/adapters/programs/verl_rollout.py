"""Run by verl's own Python: the v1 trainer's way from prompts to advantages, with the adapter's reward manager in it.

Usage: verl_rollout.py URL. verl's agent loops, reward workers, TransferQueue, replay buffer and GRPO advantages are its
own, over Ray; the generating server is a stand-in that says what it is told (it wants a GPU). Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import ray
import transfer_queue as tq
from tensordict import TensorDict
from verl import DataProto
from verl.experimental.reward_loop.reward_loop import RewardLoopWorker
from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopWorkerTQ
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
from verl.trainer.ppo.v1.utils import compute_advantage_for_multi_trajectories
from verl.utils import tensordict_utils as tu
from verl.workers.rollout.replica import TokenOutput
from verl_run import EOS, MANAGER, UNREADABLE, configured, saved_model

MASKED = '{"terms":[{"name":"correct","verifier":"item"}],"truncated":"mask"}'


class Says:
    """Answers the n-th question about a prompt with the n-th of the sentences that the prompt carries."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.asked: dict[str, int] = {}

    async def generate(self, *, prompt_ids: list[int], **_: Any) -> TokenOutput:
        prompt = self.tokenizer.decode(prompt_ids)
        sentences = re.findall(r"say (\S+)", prompt)
        turn = self.asked[prompt] = self.asked.get(prompt, -1) + 1
        said = self.tokenizer.encode(sentences[turn % len(sentences)], add_special_tokens=False)
        cut = sentences[turn % len(sentences)].endswith("...")
        return TokenOutput(token_ids=said if cut else [*said, EOS], log_probs=None, extra_fields={})


def prompts() -> TensorDict:
    """Two groups of three: one with a rollout that is cut off, so that the reward masks it; one with a bad gold."""
    asked = ["say \\boxed{2} say \\boxed{3} say 123456789...", "say 4 say 5 say 6"]
    rows = {
        "raw_prompt": [[{"role": "user", "content": each}] for each in asked],
        "uid": ["first", "second"],
        "data_source": ["gsm8k", "gsm8k"],
        "reward_model": [{"ground_truth": "2"}, {"ground_truth": UNREADABLE}],
        "extra_info": [{}, {}],
        "index": [0, 1],
    }
    columns = {}
    for name, values in rows.items():
        columns[name] = np.empty(len(values), dtype=object)
        columns[name][:] = values
    batch = tu.get_tensordict(columns)
    tu.assign_non_tensor_data(batch, "global_steps", 1)
    return batch


def main(url: str) -> dict[str, Any]:
    config = configured(
        saved_model(),
        *MANAGER,
        f"+reward.reward_kwargs.adjudge.url={url}",
        f"+reward.reward_kwargs.adjudge.reward='{MASKED}'",
        "actor_rollout_ref.rollout.name=vllm",
        "actor_rollout_ref.rollout.n=3",
        "data.max_prompt_length=64",
    )
    ray.init(num_cpus=16, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        tq.init()
        rewards = ray.remote(RewardLoopWorker).remote(config)
        tokenizer = RewardLoopWorker(config).input_tokenizer
        worker = AgentLoopWorkerTQ.remote(config, Says(tokenizer), None, [rewards])
        batch = prompts()
        tags = [{"is_prompt": True, "status": "pending", "global_steps": 1} for _ in range(len(batch))]
        tq.kv_batch_put(keys=list(batch["uid"]), partition_id="train", tags=tags)
        ray.get(worker.generate_sequences.remote(batch))
        buffer = ReplayBuffer("sync", config, None, "drop", config, poll_interval=0.2)
        sampled, _ = buffer.sample(global_steps=1, partition_id="train", batch_size=2)
        data = tq.kv_batch_get(
            keys=sampled.keys, partition_id="train", select_fields=["uid", "response_mask", "rm_scores"]
        )
        data = DataProto(batch=data.to_padded_tensor())
        data.batch["token_level_scores"] = data.batch["token_level_rewards"] = data.batch["rm_scores"]
        data.non_tensor_batch["uid"] = np.array(data.batch.pop("uid").tolist(), dtype=object)
        done = compute_advantage_for_multi_trajectories(data, batch_keys=sampled.keys, adv_estimator="grpo")
        scores = done.batch["rm_scores"].sum(-1).tolist()
        advantages = [row[0].item() for row in done.batch["advantages"]]
    finally:
        ray.shutdown()
    return {"keys": list(sampled.keys), "scores": scores, "advantages": advantages}


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())
    print(json.dumps(main(sys.argv[1])))
