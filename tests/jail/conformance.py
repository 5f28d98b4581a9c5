"""Tries to break every rung of this host, as the user who runs it, and prints what happened as JSON.

A plain script (standard library and `adjudge.jail`), so that it runs under any identity and interpreter:
`python conformance.py '["bubblewrap", …]'`. Attackers run only on agents whose canary has just been seen blind:
the pool hands out no other; on `process`, which is not blind, they are run too, for they harm nothing of the host.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import platform
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from adjudge.errors import JailUnavailable
from adjudge.jail import End, JailPool, Limits, choose, probe

LIMITS = Limits(cpu_s=2.0, memory_mb=256, wall_s=8.0)
ENDINGS = {
    "spin": (Limits(cpu_s=0.2), End.TIMEOUT),
    "sleep": (Limits(cpu_s=1.0, wall_s=0.3), End.TIMEOUT),
    "eat": (Limits(memory_mb=64, cpu_s=5.0), End.MEMORY),
    "flood": (Limits(output_bytes=300_000), End.OUTPUT),
    "announce": (Limits(), End.OUTPUT),
    "crash": (LIMITS, End.CRASH),
    "leave": (LIMITS, End.CRASH),
    "foreign": (LIMITS, End.CRASH),
}
IN_CONTEXT = (
    "read_host stat_host see_processes pid capabilities signal owner trace adjust descriptors environment network "
    "abstract pass_descriptor shared_memory dangerous_calls unwall write change fork exec"
).split()
SECRET = "ADJUDGE_TEST_SECRET"


class Bait:
    """What the host has for attackers to find; all of it open to every user, so that only the walls hide it."""

    def __init__(self) -> None:
        os.environ[SECRET] = "do not tell"
        self.folder = tempfile.TemporaryDirectory(prefix="adjudge-bait-")
        root = Path(self.folder.name)
        root.chmod(0o777)
        (root / "canary").write_text("the host's")
        (root / "open").write_text("anybody may write this")
        (root / "open").chmod(0o666)
        self.descriptor = os.open(root / "canary", os.O_RDONLY)
        os.set_inheritable(self.descriptor, True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.name = f"adjudge-bait-{os.getpid()}"
        self.listener.bind("\0" + self.name)
        self.listener.listen(8)

    def question(self, attack: str, sibling: int) -> dict[str, Any]:
        root = self.folder.name
        path = root + ("/open" if attack == "change" else "/canary")
        asked = {"attack": attack, "path": path, "pid": sibling, "folders": [root]}
        return {**asked, "name": self.name, "mb": 128}

    def close(self) -> None:
        os.close(self.descriptor)
        self.listener.close()
        self.folder.cleanup()


async def attack(pool: JailPool, asked: dict[str, Any], limits: Limits = LIMITS, program: str = "probe.attack") -> str:
    """ "" if the wall held, else what was possible (an execution that does not answer is said so)."""
    outcome = await pool.run(program, json.dumps(asked).encode(), limits)
    if outcome.end is not End.EXITED or outcome.reply is None:
        return f"no answer: {outcome.end} {outcome.detail}"
    return str(json.loads(outcome.reply)["broke"])


async def ends(pool: JailPool, asked: dict[str, Any]) -> str:
    """ "" if the execution ends as it must, soon, and the slot comes back."""
    limits, wanted = ENDINGS[asked["attack"]]
    if asked["attack"] == "foreign" and platform.machine() != "x86_64":
        return ""
    started = time.monotonic()
    outcome = await pool.run("probe.attack", json.dumps(asked).encode(), limits)
    took = time.monotonic() - started
    if outcome.end is not wanted:
        return f"{outcome.end}: {outcome.detail} {outcome.reply!r:.100}"
    if took > 6:
        return f"took {took:.1f} s"
    again = await pool.run("probe.echo", b"still here", LIMITS)
    return "" if again.reply == b"still here" else f"the slot is lost: {again}"


async def inherited_memory(pool: JailPool, bait: Bait) -> str:
    await attack(pool, {**bait.question("remember", 0), "secret": "s3cret"})
    return await attack(pool, bait.question("recall", 0))


async def stray(pool: JailPool) -> str:
    name = f"stray{os.getpid() % 100000}"
    told = await attack(pool, {"attack": "stray", "name": name}, Limits(processes=8), "open.attack")
    if told:
        return told
    return f"{name} is still running" if name in running_names() else ""


async def left_file(pool: JailPool) -> str:
    limits = Limits(processes=8, file_mb=4)
    first = await attack(pool, {"attack": "file", "name": "left-1"}, limits, "open.attack")
    return first or await attack(pool, {"attack": "file", "name": "left-2"}, limits, "open.attack")


def user_of(pid: int | None) -> int:
    """As the host sees it: inside a user namespace every user is called 0."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Uid:"))


def running_names() -> list[str]:
    names = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.append(path.read_text().strip())
        except OSError:
            continue
    return names


async def try_rung(rung: str, bait: Bait) -> dict[str, str]:
    pool = JailPool(["bare", "open"], rung, concurrency=2)
    await pool.start()
    results: dict[str, str] = {}
    try:
        async with pool.open("probe.talk", Limits(cpu_s=5.0, wall_s=60.0)) as sibling:
            await sibling.send(b"there?")
            assert await sibling.recv(10) == b"THERE?"
            pid = sibling.pid
            results["user"] = "the service's user" if user_of(pid) == os.getuid() else ""
            for name in IN_CONTEXT:
                results[name] = await attack(pool, bait.question(name, pid))
            await sibling.send(b"alive?")
            if await sibling.recv(10) != b"ALIVE?":
                results["signal"] = "the sibling is dead"
        results["memory"] = await inherited_memory(pool, bait)
        for name in ENDINGS:
            results[name] = await ends(pool, bait.question(name, 0))
        results["stray"] = await stray(pool)
        results["bomb"] = await attack(pool, {"attack": "bomb"}, Limits(processes=8), "open.attack")
        if rung in ("bubblewrap", "namespaces"):
            results["file"] = await left_file(pool)
    finally:
        await pool.close()
    return results


async def math_image(rung: str) -> str:
    """ "" if the image for mathematics comes up on this rung and reads a fraction."""
    if importlib.util.find_spec("math_verify") is None:
        return "not installed for this interpreter"
    pool = JailPool(["math"], rung)
    try:
        await pool.start()
        outcome = await pool.run("math.parse", json.dumps({"text": "\\frac{1}{2}"}).encode(), Limits())
        return "" if outcome.reply is not None and "tree" in json.loads(outcome.reply) else str(outcome)
    except JailUnavailable as error:
        return str(error)
    finally:
        await pool.close()


def chosen(work: str, report: Any) -> str:
    try:
        return choose(work, None, report)
    except JailUnavailable as error:
        return f"none: {error}"


async def main(rungs: list[str]) -> None:
    report = await probe(("bare",))
    said: dict[str, Any] = {
        "uid": os.getuid(),
        "python": sys.version.split()[0],
        "math": chosen("math", report),
        "program": chosen("program", report),
        "rungs": {},
    }
    said["math_image"] = "" if said["math"].startswith("none") else await math_image(said["math"])
    bait = Bait()
    for rung in report.rungs:
        entry: dict[str, Any] = {"works": rung.works, "why": rung.why, "lacks": rung.lacks}
        if rung.works and rung.name in rungs:
            entry["results"] = await try_rung(rung.name, bait)
        said["rungs"][rung.name] = entry
    bait.close()
    print(json.dumps(said))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
