"""Rows in the shape that the hub has them; and real problems, where the shared data lies beside the checkout."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

GSM8K = {
    "question": "Natalia sold clips to 48 friends in April, and half as many in May. How many did she sell?",
    "answer": "In May she sold 48/2 = <<48/2=24>>24 clips.\nTogether 48+24 = <<48+24=72>>72.\n#### 72",
}
MATH = {
    "problem": "Simplify $\\sqrt{12}$.",
    "level": "Level 1",
    "type": "Algebra",
    "solution": "$\\sqrt{4\\cdot3}$ is not $\\boxed{\\sqrt{4}}$; it is $\\boxed{2\\sqrt{3}}$.",
}
MATH_500 = {
    "problem": "What is $\\frac12+\\frac13$?",
    "solution": "We get $\\boxed{\\frac{5}{6}}$.",
    "answer": "\\frac{5}{6}",
    "subject": "Prealgebra",
    "level": 2,
    "unique_id": "test/prealgebra/1.json",
}
DAPO = {
    "data_source": "math_dapo",
    "prompt": [
        {
            "role": "user",
            "content": "Solve the problem. The last line of your response should be of the form Answer: $Answer.\n\n"
            "What is $3^4$?",
        }
    ],
    "ability": "MATH",
    "reward_model": {"ground_truth": "81", "style": "rule-lighteval/MATH_v2"},
    "extra_info": {"index": "9a9b6eb4-a1cb-49d1-8c1e-62eaf2f74079"},
}
DAPO_PROCESSED = {
    "prompt": "What is $3^4$?",
    "solution": "81",
    "data_source": "math_dapo",
    "source_prompt": DAPO["prompt"],
    "ability": "MATH",
    "reward_model": DAPO["reward_model"],
    "extra_info": DAPO["extra_info"],
}
DEEPMATH = {
    "question": "Evaluate $\\lim_{x\\to\\infty} \\frac{x}{2x+1}$.",
    "final_answer": "\\dfrac{1}{2}",
    "difficulty": 4.5,
    "topic": "Mathematics -> Calculus -> Limits",
    "r1_solution_1": "Divide by $x$.\n</think>\n$\\boxed{\\dfrac{1}{2}}$",
    "r1_solution_2": "So it is $\\boxed{\\frac12}$",
    "r1_solution_3": "",
}
NUMINA_COT = {
    "source": "synthetic_math",
    "problem": "Solve $-\\frac13, y+2, 4y$ (arithmetic) for $y$.",
    "solution": "From $\\frac{13}{3} = 2y$ we get $\\boxed{\\frac{13}{6}}$.",
    "messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}],
}
NUMINA_15 = {
    "problem": "Which is prime? A) 4 B) 6 C) 7",
    "solution": "The answer is C.",
    "answer": "C",
    "problem_type": "Number Theory",
    "question_type": "MCQ",
    "problem_is_valid": "Yes",
    "solution_is_valid": "Yes",
    "source": "amc_aime",
    "synthetic": False,
}
OPENR1 = {
    "problem": "What is $2+3$?",
    "solution": "## Solution\n\n5",
    "answer": "5",
    "problem_type": "Algebra",
    "question_type": "math-word-problem",
    "source": "olympiads",
    "uuid": "586fd646-76d6-5070-8c81-9993ab9d8559",
    "is_reasoning_complete": [True, True],
    "generations": ["<think>\n2+3\n</think>\nIt is $\\boxed{5}$.", "<think>\n2*3\n</think>\nIt is $\\boxed{6}$."],
    "correctness_math_verify": [True, False],
    "correctness_llama": None,
    "finish_reasons": None,
    "correctness_count": 1,
    "messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}],
}
TULU3_GSM8K = {
    "messages": [{"role": "user", "content": "Question: 1+1?\nAnswer: 2\n\nQuestion: What is 40+2?\nAnswer:"}],
    "ground_truth": "42",
    "dataset": "gsm8k",
    "constraint_type": None,
    "constraint": None,
}
TULU3_MATH = {**TULU3_GSM8K, "ground_truth": "\\frac{1}{2}", "dataset": "MATH"}
TULU3_IFEVAL = {
    "messages": [{"role": "user", "content": "Write about bees. Use no commas."}],
    "ground_truth": '{"func_name": "validate_no_commas", "N": null}',
    "dataset": "ifeval",
    "constraint_type": "No Commas",
    "constraint": "In your entire response, refrain from the use of any commas.",
}


def shared(name: str) -> list[dict[str, Any]]:
    """The rows of a file of real data; skips the test where it is not on this machine."""
    places = [os.environ.get("ADJUDGE_DATA", ""), *(str(up / "shared" / "data") for up in Path(__file__).parents)]
    found = next((Path(place) / name for place in places if place and (Path(place) / name).exists()), None)
    if found is None:
        pytest.skip(f"{name} is not here; ADJUDGE_DATA may say where it is")
    with gzip.open(found, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
