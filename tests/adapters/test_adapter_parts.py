"""What needs no trainer: settings, messages, groups, and the request that TRL's functions share."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import httpx
import pytest

from adjudge_client import BadInput, LocalServer
from adjudge_client.adapters._shared import Setup, messages, plain
from adjudge_client.adapters.trl import Told, groups_of, reward_func, reward_funcs
from adjudge_client.errors import RequestRefused, TimedOut

BATCH: dict[str, Any] = {
    "prompts": ["1+1?", "1+1?", "2+2?"],
    "completions": ["It is \\boxed{2}.", "It is \\boxed{3}.", "It is \\boxed{4}."],
    "answer": ["2", "2", "4"],
}


def test_adapters_import_no_trainer() -> None:
    code = (
        "import sys, adjudge_client.adapters.trl, adjudge_client.adapters.verl, adjudge_client.adapters.openrlhf\n"
        "print(sorted({'torch', 'trl', 'verl', 'openrlhf', 'ray', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJUDGE_URL", "http://there:1")
    monkeypatch.setenv("ADJUDGE_READY_S", "7")
    monkeypatch.setenv("ADJUDGE_REWARD", '{"terms": [{"name": "correct", "verifier": "item"}]}')
    setup = Setup.of({"url": "http://here:1"})
    assert (setup.url, setup.ready_s, setup.timeout_s) == ("http://here:1", 7.0, 600.0)
    assert setup.reward == {"terms": [{"name": "correct", "verifier": "item"}]}
    assert Setup.of({"reward": "r1"}).reward == "r1"


def test_what_cannot_be_read_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="'soon' is not a number of seconds"):
        Setup.of({"ready_s": "soon"})
    monkeypatch.setenv("ADJUDGE_REWARD", '{"terms": [')
    with pytest.raises(BadInput, match="begins like a JSON object but is none"):
        Setup.of({})
    with pytest.raises(TypeError, match="unknown argument 'rewrd'"):
        reward_func(rewrd="r1")


def test_messages_keep_what_the_wire_knows() -> None:
    arrow = [
        {
            "role": "user",
            "content": [{"type": "image", "image": b"\0"}, {"type": "text", "text": "See?"}],
            "name": None,
        },
        {"role": "assistant", "content": "2", "thinking": "1+1", "logprobs": [0.1], "tool_calls": None},
    ]
    assert messages(arrow) == [
        {"role": "user", "content": [{"type": "text", "text": "See?"}]},
        {"role": "assistant", "content": "2", "reasoning_content": "1+1"},
    ]
    assert messages("a text") == "a text"
    assert plain(({"a": (1, 2)},)) == [{"a": [1, 2]}]


def test_a_group_is_a_run_of_one_row_cut_at_its_size() -> None:
    assert groups_of(["a", "a", "b", "b"], ["1"] * 4, None) == ["g0", "g0", "g1", "g1"]
    assert groups_of(["a"] * 4, ["1"] * 4, 2) == ["g0", "g0", "g1", "g1"]  # the data set has the row twice
    assert groups_of(["a", "a", "a"], ["1", "1", "2"], None) == ["g0", "g0", "g1"]
    assert groups_of([], [], None) == []


def test_without_the_ends_nobody_calls_a_rollout_cut_off() -> None:
    assert Told().truncated([5, 6]) is None
    assert Told(eos_token_ids=[6]).truncated([5, 6]) is False
    assert Told(eos_token_ids=[6]).truncated([6, 5]) is True
    assert Told(eos_token_ids=[6]).truncated([]) is None


async def test_functions_that_come_together_share_a_request_and_later_batches_do_not(server: LocalServer) -> None:
    functions = await asyncio.to_thread(reward_funcs, server.url)
    assert [function.__name__ for function in functions] == ["adjudge", "adjudge/correct"]
    assert functions.weights == [1.0, 0.0]
    before = asked(server)
    first = await asyncio.gather(*(function(**BATCH) for function in functions))
    assert asked(server) - before == 1
    assert first == [[1.0, 0.0, 1.0]] * 2
    again = {**BATCH, "completions": ["\\boxed{5}"] * 3}
    assert await asyncio.gather(*(function(**again) for function in functions)) == [[0.0] * 3] * 2
    assert asked(server) - before == 2


async def test_the_same_lists_changed_in_place_are_asked_again(server: LocalServer) -> None:
    grade = reward_func(server.url)
    batch = {**BATCH, "completions": list(BATCH["completions"])}
    assert await grade(**batch) == [1.0, 0.0, 1.0]
    batch["completions"][1] = "It is \\boxed{2}."
    assert await grade(**batch) == [1.0, 1.0, 1.0]


async def test_terms_over_the_group_have_it_whole_or_are_null(server: LocalServer) -> None:
    """Kimi k1.5 pays the shorter of two right rollouts more; of a group of four with two here it knows nothing."""
    batch = {name: values[:2] for name, values in BATCH.items()}
    batch |= {"completions": ["It is \\boxed{2}."] * 2, "completion_ids": [[7] * 5, [7] * 9]}
    short, long = await reward_func(server.url, "kimi-k1.5", num_generations=2)(**batch)
    assert short is not None and long is not None and short > long
    assert await reward_func(server.url, "kimi-k1.5", num_generations=4)(**batch) == [None, None]


async def test_a_refusal_reaches_every_function(server: LocalServer) -> None:
    functions = await asyncio.to_thread(reward_funcs, server.url, columns={"verifier": "kind"})
    batch = {**BATCH, "kind": ["math", "maths", "math"]}
    found = await asyncio.gather(*(function(**batch) for function in functions), return_exceptions=True)
    assert [type(each) for each in found] == [RequestRefused, RequestRefused]
    assert "maths" in str(found[0])


async def test_a_server_that_never_comes_is_told_and_no_reward_is_made_up() -> None:
    grade = reward_func("http://127.0.0.1:9", ready_s=0.2)
    with pytest.raises(TimedOut, match="was not ready within"):
        await grade(**BATCH)


async def test_a_trainer_that_waits_for_its_server_says_so(caplog: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("adjudge_client.adapters._shared.SOON_S", 0.2)
    grade = reward_func("http://127.0.0.1:9", ready_s=0.6)
    with pytest.raises(TimedOut):
        await grade(**BATCH)
    assert "127.0.0.1:9" in caplog.text and "Start a server with: adjudge serve" in caplog.text


def asked(server: LocalServer) -> int:
    """Score requests that the server has answered."""
    wanted = 'adjudge_requests_total{code="200",route="/v1/score"} '
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return int(sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)))
