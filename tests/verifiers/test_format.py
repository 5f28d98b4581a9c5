"""The `format` term: what holds for every trace, hostile ones above all. Its table is tests/data/format_cases.jsonl."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adjudge.verifiers.answer import read_answer
from adjudge.verifiers.format import format as judge
from adjudge.verifiers.registry import get
from adjudge_client.types import Verdict

from .cost import best_of


def _messages(trace: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": trace}]


def verdict(trace: str, open_think: bool = False, **options: Any) -> Verdict:
    return judge(
        _messages(trace), None, open_think=open_think, **get("format").options(**options).model_dump(mode="json")
    )


# Pieces of which an adversary makes traces: tags in all spellings, quotes, fences, marks, text.
PIECES = st.sampled_from(
    [
        "<think>", "</think>", "<answer>", "</answer>", "<Think>", "</ think>", "<an\u200bswer>", "[/THINK]",
        "`", '"', "“", "”", "\n```\n", "\n```python\n", "\n~~~\n", "<|im_end|>", "<|channel|>final<|message|>",
        " ", "\n", "\u200b", "x", "4", "世界", "`<answer>`", "\n```\n<think>a</think>\n```\n", "<", ">", "</",
    ]
)  # fmt: skip
TRACES = st.lists(PIECES, max_size=14).map("".join)
NEAR = st.tuples(TRACES, TRACES).map(lambda two: f"<think>{two[0]}</think><answer>{two[1]}</answer>")


@settings(max_examples=300, deadline=None)
@given(TRACES | NEAR, st.booleans(), st.sampled_from(["think_answer", "think"]), st.booleans())
def test_every_trace_earns_between_0_and_1_and_is_told_why(trace, open_think, style, partial):
    found = verdict(trace, open_think, style=style, partial=partial)
    assert found.status == "ok" and 0.0 <= found.score <= 1.0 and found.reason
    assert partial or found.score in (0.0, 1.0)


@settings(max_examples=800, deadline=None)
@given(NEAR | TRACES, st.booleans())
def test_whoever_keeps_the_template_has_the_answer_read_that_stands_in_its_tags(trace, open_think):
    """What this term takes for a tag, the reader of answers takes for one too: neither can be had against the other."""
    if verdict(trace, open_think).score == 1.0:
        answer = read_answer(trace, open_think=open_think, truncated=False, search_thinking=False)
        assert answer.missing is None
        assert trace.rstrip().removesuffix("<|im_end|>").rstrip().endswith(f"<answer>{answer.text}</answer>")


@settings(max_examples=200, deadline=None)
@given(NEAR, st.booleans())
def test_whoever_keeps_the_template_has_all_its_tags_once(trace, open_think):
    for style in ("think_answer", "think"):
        if verdict(trace, open_think, style=style).score == 1.0:
            assert verdict(trace, open_think, style=style, partial=True).score == 1.0


@given(TRACES)
def test_a_prompt_that_opens_the_thinking_stands_for_the_tag(trace):
    """The same text earns the same whether the tag came from the prompt or from the model."""
    if "<think>" not in trace and "`" not in trace and trace[:1] not in ('"', "“"):
        assert verdict(trace, True).score == verdict("<think>" + trace).score


@pytest.mark.parametrize(
    ("trace", "reason"),
    [
        ("4", "<think> is missing"),
        ("<think>a</think>4", "<answer> is missing"),
        ("<think>a</think><answer>3</answer><answer>4</answer>", "<answer> stands 2 times"),
        ("<Think>a</think><answer>4</answer>", "'<Think>' is none of the tags"),
        ("<answer>4</answer><think>a</think>", "another order"),
        ("So <think>a</think><answer>4</answer>", "text before <think>"),
        ("<think>a</think>So<answer>4</answer>", "text between"),
        ("<think>a</think><answer>4</answer>!", "text after"),
        ("<think> </think><answer>4</answer>", "the thinking is empty"),
        ("<think>a</think><answer> </answer>", "the answer is empty"),
    ],
)
def test_the_reason_names_the_first_thing_that_is_wrong(trace, reason):
    assert reason in verdict(trace).reason


def test_a_tag_that_the_prompt_has_written_and_the_trace_repeats_is_named():
    assert "in the prompt already" in verdict("<think>a</think><answer>4</answer>", True).reason


@pytest.mark.parametrize("value", [5, "x" * 300, "[" * 500])
def test_a_schema_says_where_the_json_does_not_fit(value):
    schema = {"properties": {"a": {"type": "array", "items": {"type": "integer"}}}}
    found = verdict(json.dumps({"a": [1, value, "x"]}), style="json", json_schema=schema)
    where = "/a/2" if value == 5 else "/a/1"
    assert f"`type` fails at {where}" in found.reason and len(found.reason) < 200


# Options


@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({"style": "pattern"}, "pattern", "that needs it"),
        ({"pattern": "a"}, "pattern", "goes with 'pattern'"),
        ({"style": "json"}, "json_schema", "that needs it"),
        ({"style": "json", "json_schema": {}, "pattern": "a"}, "pattern", "goes with 'pattern'"),
        ({"style": "pattern", "pattern": "a", "partial": True}, "partial", "asks for none"),
        ({"style": "pattern", "pattern": "("}, "pattern", "missing )"),
        ({"style": "pattern", "pattern": "(?=a)"}, "pattern", "invalid perl operator"),
        ({"style": "pattern", "pattern": r"(a)\1"}, "pattern", "invalid escape"),
        ({"style": "pattern", "pattern": "a" * 2_001}, "pattern", "at most 2000"),
        ({"style": "pattern", "pattern": "(.{99}){9}"}, "pattern", "at most 1000 are taken"),
        ({"style": "json", "json_schema": {"type": "text"}}, "json_schema", "no JSON schema"),
        ({"style": "json", "json_schema": {"pattern": "(?=a)"}}, "json_schema", "no JSON schema"),
        ({"style": "json", "json_schema": {"$ref": "http://example.com/s"}}, "json_schema", "Retrieval is disabled"),
        ({"style": "json", "json_schema": {"$ref": "file:///etc/hostname"}}, "json_schema", "Retrieval is disabled"),
        ({"style": "json", "json_schema": {"$ref": "#/none"}}, "json_schema", "does not exist"),
        ({"style": "json", "json_schema": {"$schema": "urn:none"}}, "json_schema", "no JSON schema"),
        ({"style": "json", "json_schema": {"enum": ["x" * 70_000]}}, "json_schema", "at most 64000"),
        ({"style": "json", "json_schema": True}, "json_schema", "dictionary"),
        ({"style": "r1"}, "style", "think_answer"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(options, field, words):
    with pytest.raises(ValidationError) as refused:
        get("format").options(**options)
    first = refused.value.errors()[0]
    assert first["loc"][0] == field and words in first["msg"]


def test_exact_numbers_of_a_schema_survive_the_way_to_the_worker():
    schema = {"minimum": Decimal("0.1"), "maximum": Decimal("1e2"), "multipleOf": Decimal("0.1")}
    read = get("format").options(style="json", json_schema=schema).model_dump(mode="json")["json_schema"]
    assert read == {"minimum": 0.1, "maximum": 100, "multipleOf": 0.1}


# Cost

SCHEMA = {
    "$defs": {
        "tree": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"a": {"$ref": "#/$defs/tree"}}}]}
    },
    "type": "array",
    "uniqueItems": True,
    "items": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "string", "pattern": "^(a+)+$"}]},
}
HOSTILE = {
    "one character": ("a", {}),
    "open brackets": ("<", {}),
    "tags": ("<think>", {}),
    "the template": ("<think>a</think><answer>b</answer>", {}),
    "closing tags": ("</think>", {}),
    "quoted tags": ("`<think>`", {}),
    "fences": ("\n```\n", {}),
    "fences and tags": ("\n```\n<think>\n```\n</think>", {}),
    "fences of all lengths": ("".join("\n" + "`" * n for n in range(3, 17)), {}),
    "nearly tags": ("< \u200b" * 8 + "think", {}),
    "blanks": (" ", {}),
    "marks of the turn's end": ("<|im_end|>", {}),
    "backtracking": ("a", {"style": "pattern", "pattern": "(a|a)*b"}),
    "a large automaton": ("abbab", {"style": "pattern", "pattern": "(?s).*a.{90}b.*c"}),
    "json": ('["a"],', {"style": "json", "json_schema": {}}),
    "brackets": ("[", {"style": "json", "json_schema": {}}),
}


@pytest.mark.parametrize("name", [name for name, (_, options) in HOSTILE.items() if not options])
def test_tags_are_looked_for_in_linear_time(name):
    piece = HOSTILE[name][0]
    small, large = ("<think>" + piece * (size // len(piece)) for size in (100_000, 1_000_000))
    first, second = (best_of(lambda: verdict(t), times=2) for t in (small, large))  # noqa: B023
    assert second < 15 * first + 0.02


@pytest.mark.parametrize("name", [name for name, (_, options) in HOSTILE.items() if options])
def test_patterns_and_json_take_linear_time(name):
    piece, options = HOSTILE[name]
    ready = get("format").options(**options).model_dump(mode="json")
    small, large = (piece * (size // len(piece)) for size in (100_000, 1_000_000))
    first, second = (best_of(lambda: judge(_messages(t), None, open_think=False, **ready)) for t in (small, large))  # noqa: B023
    assert second < 15 * first + 0.02


def test_a_schema_is_held_against_hostile_json_in_linear_time():
    ready = get("format").options(style="json", json_schema=SCHEMA).model_dump(mode="json")

    def answer(count: int) -> str:
        deep = '{"a":' * 150 + '"no"' + "}" * 150
        return json.dumps(list(range(count)))[:-1] + ',"' + "a" * count + 'b",' + deep + "]"

    small, large = answer(10_000), answer(100_000)
    first, second = (best_of(lambda: judge(_messages(t), None, open_think=False, **ready)) for t in (small, large))  # noqa: B023
    assert second < 15 * first + 0.02


def test_a_schema_that_doubles_with_every_level_does_not_double_the_time():
    branch = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
    schema = {"anyOf": [branch, {**branch, "maxProperties": 5}, {"type": "integer"}]}
    ready = get("format").options(style="json", json_schema=schema).model_dump(mode="json")
    small, large = ('{"a":' * deep + '"no"' + "}" * deep for deep in (15, 150))
    assert judge(_messages(large), None, open_think=False, **ready).score == 0.0
    first, second = (best_of(lambda: judge(_messages(t), None, open_think=False, **ready)) for t in (small, large))  # noqa: B023
    assert second < 15 * first + 0.02


def test_of_several_turns_the_one_that_answers_is_judged():
    turns = [
        {"role": "assistant", "content": "I ask the calculator."},
        {"role": "tool", "content": "<think>"},
        {"role": "assistant", "reasoning_content": "42, it says", "content": "<answer>42</answer>"},
    ]
    ready = get("format").options().model_dump(mode="json")
    assert judge(turns, None, open_think=False, **ready).score == 1.0
    assert judge(turns[:1], None, open_think=False, **ready).score == 0.0
    assert judge(turns[1:2], None, open_think=False, **ready).score == 0.0
