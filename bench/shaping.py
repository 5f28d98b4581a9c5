"""What each shaping term costs an item, in CPU time, on traces of about 8,000 tokens. Goal: at most 1 ms each.

    python bench/shaping.py            the terms as the engine calls them, in one process, nothing cached
    python bench/shaping.py --rounds 9

There is no peer in the table: trainers bring these as a few lines each, without hostile text in mind.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from adjudge.verifiers import Group, Length, Verifier, known
from common import SHARED, rows, table

BYTES = 32_000
"""Of a trace: 8,000 tokens by the estimate of `engine/lengths.py`."""
TRACES = 16
CHINESE = (
    "我们先把方程化简 然后代入已知条件 所以面积等于底乘以高的一半 检查一下结果 不对 再算一遍 答案应该是正数".split()
)

SCHEMA = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "format": [
        {},
        {"partial": True},
        {"style": "pattern", "pattern": r"(?s)<think>.+</think>\s*<answer>.+</answer>"},
        {"style": "json", "json_schema": SCHEMA},
    ],
    "repetition": [{"n": 3}, {"n": 40}],
    "cosine_length": [{"start": 2, "end": 1, "exceeded": -10, "max_length": 16_000}],
    "l1_exact": [{"target": 8_000}],
    "l1_max": [{"target": 8_000}],
}


def english(dice: random.Random) -> str:
    """Competition solutions one after the other; arithmetic in words where the data is not on this machine."""
    path = SHARED / "math_problems.jsonl.gz"
    if not path.exists():
        return " ".join(f"Then {dice.random():.3f} plus ${dice.randrange(99)}x^2$ is what we need." for _ in range(800))
    solutions = [row["solution"] for row in rows(path)]
    return "\n\n".join(dice.sample(solutions, 200))


def chinese(dice: random.Random) -> str:
    return "".join(dice.choice(CHINESE) + dice.choice("，。") for _ in range(2_000))


def trace(thinking: str) -> str:
    cut = thinking.encode()[:BYTES].decode(errors="ignore")
    return f'<think>{cut}</think><answer>\n```json\n{{"answer": 42}}\n```\n</answer>'


def calls(spec: Verifier, options: dict[str, Any], traces: list[str], prompt: str) -> list[Callable[[], Any]]:
    """One call per trace, as a worker makes it."""
    ready = spec.options.model_validate(options).model_dump(mode="json")
    context = {"prompt": prompt, "open_think": False, "truncated": False}
    ready.update((name, context[name]) for name in spec.context)
    seen: list[Any] = [Length(8_000 + i, True) for i in range(len(traces))] if spec.reads == "length" else list(traces)
    if spec.sees == "messages":
        seen = [[{"role": "assistant", "content": one}] for one in seen]
    if spec.sees == "group":
        seen = [Group(i, seen) for i in range(len(seen))]
    return [lambda one=one: spec.function(one, None, **ready) for one in seen]  # type: ignore[misc]


def cost_us(made: list[Callable[[], Any]], rounds: int) -> float:
    """Microseconds of CPU a call: the median of some rounds over all traces."""
    for call in made:
        call()
    found = []
    for _ in range(rounds):
        repeat = 1
        while True:
            start = time.process_time()
            for _ in range(repeat):
                for call in made:
                    call()
            spent = time.process_time() - start
            if spent > 0.02:
                break
            repeat *= 2
        found.append(spent / repeat / len(made) * 1e6)
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    dice = random.Random(0)
    texts = {
        "What is the area of the triangle, and why?": [trace(english(dice)) for _ in range(TRACES)],
        "三角形的面积是多少？为什么？": [trace(chinese(dice)) for _ in range(TRACES)],
    }
    body = []
    for name, spec in sorted(known().items()):
        if spec.kind != "shaping":
            continue
        for options in OPTIONS.get(name, [{}]):
            costs = [cost_us(calls(spec, options, traces, prompt), args.rounds) for prompt, traces in texts.items()]
            shown = ", ".join(f"{key}={value}" for key, value in options.items() if key in ("style", "partial", "n"))
            verdict = "yes" if max(costs) <= 1_000 else "no"
            body.append([name, shown, *(f"{cost:.0f}" for cost in costs), verdict])
    table(["term", "options", "English maths, us", "Chinese, us", "at most 1 ms"], body)


if __name__ == "__main__":
    main()
