"""Verifiers for the tests of the engine: each misbehaves in its own way when the trace says so.

Loaded by the workers through `EngineSettings.verifier_modules`, which is also how a user adds verifiers of their own.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path
from typing import Any, Literal

from adjudge.jail import Box, Limits
from adjudge.verifiers import Group, Length, verifier
from adjudge_client.types import Verdict


def _ok(score: float, reason: str = "as the trace says") -> Verdict:
    return Verdict(score=score, status="ok", reason=reason, verifier="", stage="odd")


@verifier("odd", revision=7, sees="trace", work="text")
def odd(trace: str, gold: Any, *, mode: Literal["plain", "loud"] = "plain", factor: float = 1.0) -> Verdict:
    """`right`, `wrong`, or a command: what a verifier can do to its process."""
    command, _, rest = trace.partition(" ")
    if command == "spin":
        while True:
            pass
    if command == "regex":  # burns in C with the GIL held; no signal or thread in this process can stop it
        re.match(r"(a*)*b", "a" * 60)
    if command == "exit":
        os._exit(3)
    if command == "once":  # dies the first time only
        marker = Path(rest)
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return _ok(1.0)
    if command == "eat":
        hoard = [bytearray(b"x") * 10_000_000 for _ in range(300)]
        time.sleep(5)
        return _ok(float(len(hoard) > 0))
    if command == "sleep":
        time.sleep(float(rest))
        return _ok(1.0)
    if command == "bad":
        return Verdict(score=None, status="bad_task", reason="the gold is odd", verifier="")
    if command == "raise":
        raise RuntimeError("odd")
    if command == "score":
        return _ok(float(rest))
    if command == "repr":
        return _ok(1.0, repr(gold))
    if command == "count":  # how often was this executed?
        with open(rest, "a") as log:
            log.write(".")
        return _ok(1.0)
    return _ok(1.0 if trace == gold else 0.0)


@verifier("odd_async", revision=1, sees="trace", work="math")
async def odd_async(trace: str, gold: Any, box: Box) -> Verdict:
    """Waits without the thread, as one that waits for its jail does."""
    command, _, rest = trace.partition(" ")
    if command == "sleep":
        await asyncio.sleep(float(rest))
    return _ok(1.0 if trace == gold else 0.0)


@verifier("odd_jailed", revision=1, sees="trace", work="math")
async def odd_jailed(trace: str, gold: Any, box: Box) -> Verdict:
    """`jailed N`: right, after N executions in the jail; about 10 ms each."""
    for _ in range(int(trace.split()[1])):
        outcome = await box.run("math.parse", b'{"text": "\\\\pi+x"}', Limits())
        if outcome.reply is None or b"tree" not in outcome.reply:
            return Verdict(score=None, status="error", reason=f"the jail said {outcome}", verifier="")
    return _ok(1.0)


@verifier("odd_answer", revision=1, sees="answer", work="text")
def odd_answer(answer: Any, gold: str, *, prompt: str = "") -> Verdict:
    """Whether the answer's text is the gold, and not the prompt."""
    return _ok(1.0 if answer.text == gold and answer.text != prompt else 0.0)


@verifier("odd_shape", revision=2, sees="trace", work="text", kind="shaping", range=(-1.0, 0.5))
def odd_shape(trace: str, gold: Any, *, value: float = 0.25) -> Verdict:
    """A shaping term that says what its option says."""
    return _ok(value)


@verifier("odd_group", revision=1, sees="group", work="text", kind="shaping")
def odd_group(group: Group, gold: Any) -> Verdict:
    """1 for the longest member of the group."""
    longest = max(map(len, group.members))
    return _ok(1.0 if len(group.members[group.position]) == longest else 0.0)


@verifier("odd_length", revision=1, sees="trace", work="text", kind="shaping", reads="length", range=(-1e9, 0.0))
def odd_length(length: Length, gold: Any) -> Verdict:
    """Minus its tokens."""
    return Verdict(score=-float(length.tokens), status="ok", reason=str(length), verifier="")


@verifier("odd_lengths", revision=1, sees="group", work="text", kind="shaping", reads="length", range=(0.0, 1e9))
def odd_lengths(group: Group, gold: Any) -> Verdict:
    """The tokens of the whole group."""
    total = sum(member.tokens for member in group.members)
    return Verdict(score=float(total), status="ok", reason=str(group.members[group.position]), verifier="")


@verifier("odd_context", revision=1, sees="trace", work="text", kind="shaping")
def odd_context(trace: str, gold: Any, *, open_think: bool = False, truncated: bool = False) -> Verdict:
    """Says what it was told of its item."""
    return Verdict(score=1.0, status="ok", reason=f"{trace}|{gold}|{open_think}|{truncated}", verifier="")


@verifier("odd_messages", revision=1, sees="messages", work="text")
def odd_messages(messages: list[Any], gold: Any) -> Verdict:
    """Right where there is a conversation."""
    return _ok(float(bool(messages)))
