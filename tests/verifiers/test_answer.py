"""Answer reading: cases in tests/data/extraction_answers.jsonl, properties, cost."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.verifiers.answer import (
    CUT_OFF,
    Answer,
    prompt_opens_thinking,
    prompt_text,
    read_answer,
    starts_in_thinking,
    text_of,
)
from adjudge_client.types import Message

from .cost import best_of

DATA = Path(__file__).parents[1] / "data" / "extraction_answers.jsonl"
CASES = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]


def read(trace: str, *, open_think: bool = False, truncated: bool = False, search_thinking: bool = False) -> Answer:
    return read_answer(trace, open_think=open_think, truncated=truncated, search_thinking=search_thinking)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['trace'][:40]!r}")
def test_a_trace_holds_the_answer_that_a_reader_finds(case):
    answer = read(
        case["trace"],
        open_think=case.get("open_think", False),
        truncated=case.get("truncated", False),
        search_thinking=case.get("search_thinking", False),
    )
    found = None if answer.missing else answer.text.strip()
    assert found == case["answer"], answer
    assert (answer.missing is None) or (answer.text == "" and answer.missing)


def test_a_truncated_trace_says_so():
    assert read("\\boxed{5}", truncated=True).missing == CUT_OFF


@pytest.mark.parametrize(
    ("prompt", "opens"),
    [
        ("Solve it.<|im_start|>assistant\n<think>\n", True),
        ("Solve it. <think>", True),
        ("Use <think> tags.<|im_start|>assistant\n", False),
        ("Use <think> tags.<|im_start|>assistant\n<think>\nOkay, let me", True),
        ("Use <think> tags.\nAssistant: Let me solve it.\n<think>", True),
        ("Solve it.<｜Assistant｜><think>\n", True),
        ("<|im_start|>assistant\nHi<|im_start|>user\nUse <think> tags.", False),
        ("<|start_header_id|>user<|end_header_id|>Use <think> tags.", False),
        ("<|start_header_id|>assistant<|end_header_id|>\n\n<think>Okay", True),
        ([{"role": "assistant", "content": "<think>Okay, let me"}], True),
        ([{"role": "user", "content": "Use <think> tags."}], False),
        ("Solve it. <THINK >", True),
        ("Solve it.<think>\n\n</think>\n\n", False),
        ("Use <think> and </think>.", False),
        ("Put your thoughts into `<think>`", False),
        ("End with </think>", False),
        ("End with <answer>", False),
        ("", False),
        ([], False),
        ([{"role": "user", "content": "Solve it."}], False),
        ([{"role": "user", "content": "q"}, {"role": "assistant", "content": "<think>\n"}], True),
        ([{"role": "user", "content": [{"type": "text", "text": "q <think>"}]}], True),
        ([{"role": "user", "content": "<think>"}, {"role": "user", "content": "q"}], False),
    ],
)
def test_a_prompt_that_ends_in_an_open_think_is_noticed(prompt, opens):
    assert prompt_opens_thinking(prompt) is opens


def test_thinking_that_the_server_took_out_is_not_looked_for_in_the_answer():
    prompt = "Solve it.<|im_start|>assistant\n<think>\n"
    apart = [{"role": "assistant", "reasoning_content": "hm", "content": "\\boxed{5}"}]
    assert not starts_in_thinking(prompt, apart)
    assert starts_in_thinking(prompt, [{"role": "assistant", "content": "hm</think>\\boxed{5}"}])
    assert starts_in_thinking(prompt, "hm</think>\\boxed{5}")
    assert not starts_in_thinking("Solve it.", "5")


def test_the_text_of_messages_is_what_the_last_assistant_says():
    messages = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "first"},
        {"role": "tool", "content": "3"},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "4"}, {"type": "image"}, {"type": "text", "text": "2"}],
        },
    ]
    assert text_of(messages) == "42"
    assert text_of(messages[:2]) == "first"
    assert text_of([{"role": "user", "content": "q"}]) == ""
    assert text_of("plain") == "plain"


def test_reasoning_content_is_thinking_and_not_the_answer():
    assert text_of([{"role": "assistant", "reasoning_content": "\\boxed{5}", "content": "\\boxed{7}"}]) == "\\boxed{7}"
    assert text_of([{"role": "assistant", "reasoning_content": "\\boxed{5}", "content": None}]) == ""


def test_messages_may_be_wire_types_too():
    message = Message.model_validate({"role": "assistant", "content": [{"type": "text", "text": "42"}]})
    assert text_of([message]) == "42"
    assert prompt_text([message, Message(role="user", content="q")]) == "42\n\nq"


_PIECES = [
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    "```\n",
    "\n```python\n",
    "`",
    "5",
    " ",
    "\u200b",
    "<",
    ">",
    "x",
]
_TRACES = st.one_of(st.text(), st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))


@given(_TRACES, st.booleans(), st.booleans(), st.booleans())
def test_reading_never_raises_and_never_invents(trace, open_think, truncated, search_thinking):
    answer = read(trace, open_think=open_think, truncated=truncated, search_thinking=search_thinking)
    assert answer == read(trace, open_think=open_think, truncated=truncated, search_thinking=search_thinking)
    assert answer.missing or search_thinking or answer.text in trace


@given(_TRACES)
def test_what_follows_a_last_closing_tag_is_the_answer(trace):
    assert read(trace + "\n</think>\n\\boxed{7}").text.strip().endswith("\\boxed{7}")


@given(st.text(alphabet=st.characters(exclude_characters="<>[]◁▷|`~"), min_size=1))
def test_open_thinking_without_a_closing_tag_holds_no_answer(text):
    assert read(text, open_think=True).missing


@pytest.mark.parametrize(
    "unit",
    ["<think>", "</think>", "</think", "<", "< ", "<answer>", "<answer></answer>", "`</think>`", "```\n</think>\n"]
    + ["~~~~\n```\n", "````\n```\n</think>\n", "<\u200b", "<|channel|>final<|message|>", "<|im_end|>", " "],
)
def test_cost_is_linear_in_the_trace(unit):
    small, large = (best_of(partial(read, unit * (size // len(unit)))) for size in (1 << 18, 1 << 20))
    assert large < 8 * small + 0.05, (small, large)
