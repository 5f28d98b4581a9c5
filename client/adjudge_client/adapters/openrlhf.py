"""OpenRLHF 0.11: `--reward.remote_url` takes the path of this file, which

    python -c "from adjudge_client.adapters import openrlhf; print(openrlhf.__file__)"

prints. OpenRLHF calls `reward_func` in threads, with one rollout a call; they are gathered into requests here. Settings
come from the environment of the Ray workers: ADJUDGE_URL, ADJUDGE_REWARD (a profile, or a RewardSpec as JSON), …

OpenRLHF cannot carry a null. ADJUDGE_ON_NULL says what happens instead:

* `stop` (the default): NullReward is raised. OpenRLHF logs it and goes on without this reward, and stops with an error
  when it makes its batch.
* `filter`: NaN is returned. With `--algo.dynamic_filtering_enable` OpenRLHF drops the rollout's whole group, whose mean
  is in no range, and samples another prompt. Without that flag NaN would reach the weights: never use it so.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import re
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from adjudge_client.adapters._shared import MASKED, NullReward, Nulls, Service, Setup, plain, why_null
from adjudge_client.errors import BadInput
from adjudge_client.scored import Scored

logger = logging.getLogger("adjudge_client.adapters.openrlhf")  # OpenRLHF loads this file under a name of its own

_LEAST_OVERLAP = 32
_BLANK = re.compile(r"\s+")
_ENDS = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|end|>",
    "<|return|>",
    "<|eom_id|>",
    "<｜end▁of▁sentence｜>",
    "<end_of_turn>",
    "</s>",
    "<eos>",
    "<pad>",
)


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **_: Any) -> dict[str, Any]:
    """queries: prompt and response as the model saw them, special tokens included. labels: ground truths, or objects
    with further fields of an Item beside `ground_truth`. Returns tensors of one number per query.
    """
    try:
        return _graded(queries, prompts, labels)
    except NullReward:
        raise  # told when it was counted
    except Exception as error:
        logger.error("adjudge: no reward: %s: %s", type(error).__name__, error)  # OpenRLHF tells of it at level info
        raise


def _graded(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> dict[str, Any]:
    worker = _worker()
    futures = [
        asyncio.run_coroutine_threadsafe(worker.service.score_one(worker.item(*row)), worker.loop)
        for row in zip(queries, prompts, labels, strict=True)
    ]
    scored = [future.result() for future in futures]
    whys = [why_null(each.verdicts) if each.reward is None else None for each in scored]
    worker.nulls.count(whys, then=worker.then)
    if not worker.filters and any(each.reward is None for each in scored):
        raise NullReward(f"no reward: {next(filter(None, whys), MASKED)}")
    return _as_tensors(scored)


def _as_tensors(scored: list[Scored]) -> dict[str, Any]:
    tensor = import_module("torch").tensor
    rewards = tensor([_number(each.reward) for each in scored])
    logs = {f"adjudge/{name}": [_number(each.vector[at]) for each in scored] for at, name in enumerate(scored[0].terms)}
    logs["adjudge/null_share"] = [float(each.reward is None) for each in scored]
    return {"rewards": rewards, "scores": rewards, "extra_logs": {name: tensor(each) for name, each in logs.items()}}


def _number(score: float | None) -> float:
    return math.nan if score is None else score


class _Worker:
    """A thread with an event loop, in which the calls of all of OpenRLHF's threads meet."""

    def __init__(self) -> None:
        self.setup = Setup.of({})
        self.service = Service(self.setup)
        self.nulls = Nulls(logger)
        choice = os.environ.get("ADJUDGE_ON_NULL") or "stop"
        if choice not in ("stop", "filter"):
            raise BadInput(f"ADJUDGE_ON_NULL={choice!r}: it is 'stop' or 'filter'")
        self.filters = choice == "filter"
        self.then = (
            "; NaN goes to OpenRLHF's dynamic filtering, which drops the group"
            if self.filters
            else "; OpenRLHF cannot carry that and stops; see ADJUDGE_ON_NULL"
        )
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="adjudge", daemon=True).start()

    def item(self, query: str, prompt: str, label: Any) -> dict[str, Any]:
        label = plain(label)
        fields = dict(label) if isinstance(label, Mapping) and "ground_truth" in label else {"ground_truth": label}
        trace = without_ends(response_of(query, prompt))
        return {"prompt": prompt, "trace": trace, "verifier": self.setup.verifier, **fields}


def without_ends(text: str) -> str:
    """A response without the marks of its end and the white space between and behind them. Linear in the text."""
    kept = end = len(text)
    while True:
        while end and text[end - 1].isspace():
            end -= 1
        mark = next((each for each in _ENDS if text.endswith(each, 0, end)), None)
        if mark is None:
            return text[:kept]
        kept = end = end - len(mark)


def response_of(query: str, prompt: str) -> str:
    """What follows the prompt. A tokenizer may give a prompt back with other white space, and OpenRLHF cuts one that
    is too long at its left; so what counts is the longest end of the prompt with which the query begins, white space
    aside. Raises BadInput where that is too little to be it: grading the prompt as an answer would pay for what the
    model did not say.
    """
    if query.startswith(prompt):
        return query[len(prompt) :]
    wanted = _BLANK.sub("", prompt)
    here = [at for at, character in enumerate(query) if not character.isspace()][: len(wanted)]
    matched = _overlap("".join(query[at] for at in here), wanted)
    if matched < min(_LEAST_OVERLAP, len(wanted)):
        raise BadInput(f"the query does not begin with its prompt: {query[:80]!r} against {prompt[:80]!r}")
    return query[here[matched - 1] + 1 :] if matched else query


def _overlap(begins: str, ends: str) -> int:
    """Length of the longest end of `ends` with which `begins` begins. Linear: Knuth, Morris and Pratt's borders."""
    longest, borders = 0, [0] * len(begins)
    for index in range(1, len(begins)):
        while longest and begins[index] != begins[longest]:
            longest = borders[longest - 1]
        longest += begins[index] == begins[longest]
        borders[index] = longest
    matched = 0
    for character in ends:
        while matched and (matched == len(begins) or begins[matched] != character):
            matched = borders[matched - 1]
        matched += bool(begins) and begins[matched] == character
    return matched


_made: _Worker | None = None
_lock = threading.Lock()


def _worker() -> _Worker:
    """Made on the first call, in the process that calls."""
    global _made
    with _lock:
        if _made is None:
            _made = _Worker()
        return _made
