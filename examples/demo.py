"""What adjudge says of a few rollouts, over HTTP: `make demo`.

Starts the service (no Docker, no Redis, no root), sends one batch through the client, prints what came back, stops.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import Any

from adjudge_client import LocalServer, ScoreResponse, Verdict, local

CLIPS = "Natalia sold 48 clips in April and half as many in May. How many clips did she sell altogether?"
ROOTS = "Solve x^2 - 5x + 6 = 0. Give all solutions."
INTEGRAL = r"Compute $\int_0^1 3x^2\,dx$."
SURD = r"Simplify $\sqrt{12}$."

GROUPS: list[tuple[str, str, Any, list[tuple[str, str]]]] = [
    (
        "clips",
        CLIPS,
        72,
        [
            ("right, in a box", r"<think>48/2 = 24 and 48 + 24 = 72.</think> She sold $\boxed{72}$ clips."),
            ("right, in plain words", "In May she sold 24. The answer is 72 clips."),
            ("wrong", r"<think>Half of 48 is 24.</think> She sold $\boxed{24}$ clips."),
            ("right, but only thought", r"<think>So it is \boxed{72}.</think> I hope this helps!"),
            ("cut off while thinking", r"<think>48/2 = 24, so altogether 48 + 24 = \boxed{72"),
        ],
    ),
    (
        "roots",
        ROOTS,
        r"\{2, 3\}",
        [
            ("right, other order", r"It factors as $(x-3)(x-2)$, so the solutions are $\boxed{3}$ and $\boxed{2}$."),
            ("one root missing", r"$(x-2)(x-3) = 0$, so $x = \boxed{2}$."),
            ("a shotgun", r"The roots are $\boxed{1}, \boxed{2}, \boxed{3}, \boxed{6}$."),
        ],
    ),
    (
        "integral",
        INTEGRAL,
        1,
        [
            ("right", r"$\left[x^3\right]_0^1 = 1$, so the value is $\boxed{1}$."),
            ("boxes the question", r"The value is $\boxed{\int_0^1 3x^2\,dx}$."),
            ("hedges", r"It is $\boxed{1}$ or $\boxed{3}$."),
        ],
    ),
    (
        "surd",
        SURD,
        r"2\sqrt{3}",
        [
            ("right, written otherwise", r"$\sqrt{12} = \boxed{\sqrt{4}\cdot\sqrt{3}}$"),
            ("hostile: runs code in sympy", r"\boxed{__import__('os').system('touch /tmp/owned')}"),
            ("hostile: a tower of powers", r"\boxed{9^{9^{9^{9^{9}}}}}"),
            ("hostile: a hundred thousand braces", r"\boxed{" + "{" * 100_000 + "2" + "}" * 100_000 + "}"),
        ],
    ),
    ("broken", "What is the answer?", r"\frac{", [("no fault of the model", r"$\boxed{4}$")]),
]

DOING = {
    "no_answer": "the model's",
    "timeout": "the model's",
    "memory": "the model's",
    "crash": "the model's",
    "unsupported": "the model's",
    "bad_task": "the data's",
    "error": "ours",
    "expired": "the caller's",
    "cancelled": "the caller's",
}


def main() -> int:
    items, names = [], []
    for group, prompt, gold, rollouts in GROUPS:
        for name, trace in rollouts:
            items.append({"group": group, "prompt": prompt, "trace": trace, "ground_truth": gold})
            names.append(name)
    print("Starting adjudge on a free port of this machine ...")
    with local() as server:
        print_host(server)
        response = server.score(items, explain=True)
        print_rows(items, names, response)
        print_groups(response)
    print("Stopped.")
    return 0


def print_host(server: LocalServer) -> None:
    verifiers = ", ".join(f"{each['name']}@{each['revision']}" for each in server.verifiers())
    print(f"It listens on {server.url} and knows the verifiers {verifiers}.\n")


def print_rows(items: list[dict[str, Any]], names: list[str], response: ScoreResponse) -> None:
    assert response.verdicts is not None
    terms = response.terms
    head = f"  {'reward':>6}  {'rollout':<36}" + "".join(f"  {term:>9}" for term in terms) + f"  {'whose doing':<12}  "
    width = max(30, min(shutil.get_terminal_size((140, 40)).columns, 160) - len(head))
    print(bold(f"{head}why"))
    group = ""
    for item, name, reward, verdicts in zip(items, names, response.rewards, response.verdicts, strict=True):
        if item["group"] != group:
            group = item["group"]
            print(f"\n{bold(group)}  {item['prompt']}  {dim('ground truth:')} {item['ground_truth']}")
        scores = "".join(f"  {number(verdicts[term].score, 9)}" for term in terms)
        verdict = verdicts[terms[0]]
        why = textwrap.wrap(f"{verdict.reason} ({how(verdict)})", width)
        print(f"  {number(reward, 6)}  {name:<36}{scores}  {doing(verdict):<12}  {why[0]}")
        for line in why[1:]:
            print(" " * len(head) + line)
    print()


def doing(verdict: Verdict) -> str:
    """Whose doing it is that an item did not earn its full score."""
    if verdict.status == "ok":
        return "" if verdict.score == 1 else "the model's"
    return DOING[verdict.status]


def how(verdict: Verdict) -> str:
    """Status, deciding stage and time."""
    parts = ["" if verdict.status == "ok" else verdict.status, verdict.stage or "", f"{verdict.elapsed_ms:.1f} ms"]
    return ", ".join(filter(None, parts))


def print_groups(response: ScoreResponse) -> None:
    print(bold(f"  {'group':<10} {'n':>3} {'null':>5} {'mean':>6} {'std':>6} {'solved':>7}  gradient"))
    for name, stats in response.groups.items():
        mean = "-" if stats.mean is None else f"{stats.mean:.2f}"
        std = "-" if stats.std is None else f"{stats.std:.2f}"
        gradient = dim("none: nothing to learn from it") if stats.zero_gradient else "yes"
        print(f"  {name:<10} {stats.n:>3} {stats.n_null:>5} {mean:>6} {std:>6} {stats.solved:>7}  {gradient}")
    revisions = ", ".join(f"{name}@{revision}" for name, revision in response.engine.revisions.items())
    known = [reward for reward in response.rewards if reward is not None]
    print(
        f"\n{len(response.rewards)} rollouts in {response.elapsed_ms:.0f} ms, judged by {revisions}: "
        f"{sum(reward == 1 for reward in known)} earn 1, {sum(reward == 0 for reward in known)} earn 0, "
        f"{response.errors} null (masked by the trainer, never a zero)."
    )


def number(value: float | None, width: int) -> str:
    if value is None:
        return colour(f"{'null':>{width}}", 33)
    return colour(f"{value:{width}.2f}", 32 if value >= 1 else 31 if value <= 0 else 36)


def colour(text: str, code: int) -> str:
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def bold(text: str) -> str:
    return colour(text, 1)


def dim(text: str) -> str:
    return colour(text, 2)


if __name__ == "__main__":
    sys.exit(main())
