"""Hostile answers in a real jail: nothing outside is touched, no verdict is forged, the next item is graded right."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from math_calls import rows, spelled, tree

from adjudge.errors import JailUnavailable
from adjudge.jail import End, JailPool, Limits, choose, probe
from adjudge.verifiers.math.tree import BadTree, validate

ATTACKS = rows("math_attacks.jsonl")
BREACH = Path("/tmp/adjudge_breach")
PARSE, DECIDE = Limits(cpu_s=2.0, memory_mb=512), Limits(cpu_s=5.0, memory_mb=512)


@pytest.fixture(scope="module")
def rung() -> str:
    try:
        return choose("math", None, asyncio.run(probe(("math",))))
    except JailUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
async def pool(rung: str) -> AsyncIterator[JailPool]:
    pool = JailPool(("math",), rung)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def breached() -> bool:
    """Has any payload written its mark outside of a box? (Remove the file by hand after a failure.)"""
    return BREACH.exists()


async def equal(pool: JailPool, answer: str, gold: str) -> bool:
    """By the three-place rule: the answer parsed alone, the tree validated here, the decision in another execution."""
    outcome = await pool.run("math.parse", json.dumps({"text": answer}).encode(), PARSE)
    if outcome.end is not End.EXITED or outcome.reply is None:
        return False
    reply = json.loads(outcome.reply)
    try:
        node = validate(reply.get("tree"))
    except BadTree:
        return False
    question: dict[str, Any] = {"ask": "equal", "a": node, "b": tree(gold)}
    request = {"questions": [question], "seed": "5eed", "tolerance": None, "budget_s": 4.0}
    outcome = await pool.run("math.decide", json.dumps(request).encode(), DECIDE)
    if outcome.end is not End.EXITED or outcome.reply is None:
        return False
    return json.loads(outcome.reply)["answers"][0]["equal"] is True


async def test_no_attack_is_paid_and_every_next_item_is_graded_right(pool: JailPool) -> None:
    assert not breached()
    for at, row in enumerate(ATTACKS):
        assert not await equal(pool, spelled(row["answer"]), row["gold"]), row["name"]
        assert not breached(), row["name"]
        if at % 10 == 0 or row["name"].startswith("exec"):
            assert await equal(pool, r"\frac{10}{2}", "5"), f"after {row['name']}"
    assert pool.stats.deaths == 0


# ------------------------------------------------------------------------------------------- the attack is real

BARE = r"""
import json, os, sys
answer, gold = json.loads(sys.argv[1])
from math_verify import parse, verify
verdict = verify(parse(gold, parsing_timeout=None), parse(answer, parsing_timeout=None), timeout_seconds=None)
print(json.dumps([bool(verdict), os.path.exists("/tmp/adjudge_breach")]))
"""
CANARY = r"""
import json, os, socket, sys
seen = []
for path in sys.argv[1:]:
    try:
        open(path, "a").close()
        seen.append(path)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", 1), 1)
    seen.append("network")
except ConnectionRefusedError:
    pass
except OSError:
    pass
seen += [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) > 3]
print(json.dumps(seen))
"""


def in_a_box(program: str, *arguments: str) -> Any:
    """Runs a program where it can write to nothing but its own empty /tmp, and see nobody."""
    walls = "--unshare-all --die-with-parent --new-session --ro-bind / / --tmpfs /tmp --proc /proc --dev /dev".split()
    for place in {sys.prefix, sys.base_prefix, str(Path(__file__).parents[2])}:  # the interpreter may live below /tmp
        walls += ["--ro-bind", place, place] if place.startswith("/tmp/") else []
    command = ["bwrap", *walls, "--cap-drop", "ALL", "--clearenv", sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout else None


@pytest.fixture(scope="module")
def blind_box(tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = Path.home() / f".adjudge-canary-{os.getpid()}"
    if shutil.which("bwrap") is None or in_a_box(CANARY, str(outside)) != [] or outside.exists():
        pytest.skip("no box that was just seen to be blind")


LIVE = {  # name: [what math-verify says, whether the payload ran outside of all mathematics]
    "exec_sum_in_set": [False, True],
    "exec_sum_surd_gold": [False, True],
    "exec_equation": [False, True],
    "exec_os_system": [False, True],
    "exec_patch_verify": [True, False],
}


@pytest.mark.parametrize("name", LIVE)
def test_the_attack_works_on_math_verify_itself(blind_box: None, name: str) -> None:
    """So that the tests above do not pass because of a blunt payload. If this fails after an upgrade, find another."""
    row = next(row for row in ATTACKS if row["name"] == name)
    answer = spelled(row["answer"])
    answer = answer if answer.startswith("$") else f"${answer}$"
    assert in_a_box(BARE, json.dumps([answer, f"${row['gold']}$"])) == LIVE[name]
    assert not breached()
