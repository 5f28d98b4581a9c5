"""Run by TRL's own Python: real GRPOTrainer runs of a tiny model, made here from a config, against a real server.

Usage: trl_run.py URL. Prints one JSON object of what was seen; the tests judge it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from trl import GRPOConfig, GRPOTrainer
from warned import Warnings

from adjudge_client import AsyncClient, BadInput
from adjudge_client.adapters.trl import reward_func, reward_funcs

UNREADABLE = "\\frac{1}{"  # a gold that no verifier can read: bad_task, null
MASKED = {"terms": [{"name": "correct", "verifier": "item"}], "truncated": "mask"}
SPEC = {
    "terms": [
        {"name": "correct", "verifier": "item"},
        {"name": "literal", "verifier": "exact", "weight": 0.5, "when": "correct"},
    ],
    "range": [0, 1],
}
PLAIN = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
THINKING = PLAIN + "{% if add_generation_prompt %}<think>{% endif %}"


def tokenizer() -> PreTrainedTokenizerFast:
    """Six tokens that a random model hits often enough: the digits 1 to 4, the end and the padding; letters to ask."""
    words = ["<pad>", "<eos>", "1", "2", "3", "4", *"abcdefghijklmnopqrstuvwxyz?+ ", "<think>", "</think>"]
    inner = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="?"))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>", unk_token="?", chat_template=PLAIN
    )


def model(vocabulary: int) -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "max_position_embeddings": 64}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    made = Qwen2ForCausalLM(Qwen2Config(vocab_size=vocabulary, **sizes, **heads, tie_word_embeddings=False))
    with torch.no_grad():  # only the first six tokens are ever sampled
        made.lm_head.weight[6:] = 0
        made.lm_head.bias = torch.nn.Parameter(torch.full((vocabulary,), -30.0))
        made.lm_head.bias[:6] = torch.tensor([-30.0, 2.5, 2.5, 0.0, 0.0, 0.0])
    return made


def train(rows: list[dict[str, Any]], functions: Any, **arguments: Any) -> tuple[GRPOTrainer, bool]:
    """A run of a few steps: the trainer, and whether it is the same model as before."""
    words = tokenizer()
    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(prefix="adjudge-trl-"),
        per_device_train_batch_size=16,
        num_generations=4,
        max_completion_length=2,
        max_steps=3,
        logging_steps=1,
        learning_rate=1e-2,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        seed=1,
        shuffle_dataset=False,
        disable_tqdm=True,
        **arguments,
    )
    net = model(len(words))
    before = net.lm_head.weight.detach().clone()
    trainer = GRPOTrainer(
        model=net, reward_funcs=functions, args=config, train_dataset=Dataset.from_list(rows), processing_class=words
    )
    trainer.train()
    weights = trainer.model.lm_head.weight.detach()
    assert torch.isfinite(weights).all()
    return trainer, bool(torch.equal(before, weights))


def seen(trainer: GRPOTrainer) -> dict[str, Any]:
    return {
        "steps": [each for each in trainer.state.log_history if "reward" in each],
        "rewards": {name: list(values) for name, values in trainer._logs["rewards"].items()},
        "advantages": list(trainer._logs["advantages"]),
        "completions": [each if isinstance(each, str) else each[-1]["content"] for each in trainer._logs["completion"]],
        "reasons": list(trainer._logs["extra"]["adjudge"]),
    }


class Requests:
    """Counts what the adapter asks the server, and keeps the items of the last request; asks it for real."""

    def __init__(self) -> None:
        self.count = 0
        self.items: list[dict[str, Any]] = []
        ask = AsyncClient.score

        async def score(client: Any, items: Any, *arguments: Any, **named: Any) -> Any:
            self.count += 1
            self.items = list(items)
            return await ask(client, self.items, *arguments, **named)

        AsyncClient.score = score  # type: ignore[method-assign]


def main(url: str) -> dict[str, Any]:
    requests, warnings, found = Requests(), Warnings(), {}
    words = ("one", "it", "please", "now", "again", "more", "then", "that")

    rows = [{"prompt": f"say {word}", "answer": "1"} for word in words]
    trainer, same = train(rows, [reward_func(url)])
    found["one"] = {**seen(trainer), "requests": requests.count, "items": requests.items, "unmoved": same}

    bad = [{**row, "answer": UNREADABLE if index % 2 else "1"} for index, row in enumerate(rows)]
    trainer, same = train(bad, [reward_func(url, MASKED)])
    found["null"] = {**seen(trainer), "warnings": list(warnings.lines), "unmoved": same}

    def own(completions: list[str], **_: Any) -> list[float]:
        return [0.25] * len(completions)

    warnings.lines.clear()
    train(bad, [reward_func(url, MASKED), own])
    found["null beside another function"] = list(warnings.lines)

    requests.count = 0
    functions = reward_funcs(url, SPEC)
    asked = [{"prompt": [{"role": "user", "content": row["prompt"]}], "solution": row["answer"]} for row in bad]
    trainer, _ = train(asked, functions, reward_weights=functions.weights)
    found["terms"] = {**seen(trainer), "requests": requests.count, "items": requests.items}

    found["without weights"] = refusal(lambda: train(rows, reward_funcs(url, SPEC)))
    targets = [{"prompt": row["prompt"], "target": "1"} for row in rows]
    found["without gold"] = refusal(lambda: train(targets, [reward_func(url)]))
    found["wrong gold"] = refusal(lambda: train(rows, [reward_func(url, gold="label")]))

    conversation = [[{"role": "user", "content": "say one"}]]
    for name, template in (("plain", PLAIN), ("thinking", THINKING)):
        tokens = tokenizer()
        tokens.chat_template = template
        grade = reward_func(url, tokenizer=tokens)
        said = [[{"role": "assistant", "content": "1"}]]
        found[f"{name} template"] = asyncio.run(grade(prompts=conversation, completions=said, answer=["1"]))
    return found


def refusal(run: Any) -> str:
    try:
        run()
    except BadInput as error:
        return str(error)
    return ""


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
