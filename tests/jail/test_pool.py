"""What the pool promises when executions and jails die, hang, flood, or are no longer wanted; with real jails."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from adjudge.errors import ConfigError, JailUnavailable
from adjudge.jail import End, Execution, JailLost, JailPool, Limits, Report, RungReport, choose, probe
from adjudge.jail.agents import AgentFailed
from adjudge.jail.cgroups import parent
from adjudge.jail.probe import Canary, start_agent

QUICK = Limits(cpu_s=2.0, memory_mb=256)


@pytest.fixture(scope="module", params=["strongest", "confined"])
def rung(request: pytest.FixtureRequest) -> str:
    report = asyncio.run(probe(("bare",)))
    try:
        wanted = None if request.param == "strongest" else request.param
        return choose("math", wanted, report)
    except JailUnavailable as error:
        pytest.skip(str(error))


@asynccontextmanager
async def pool_of(rung: str, images: tuple[str, ...] = ("bare",), **options: Any) -> AsyncIterator[JailPool]:
    pool = JailPool(images, rung, **options)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def asking(attack: str, **more: Any) -> bytes:
    return json.dumps({"attack": attack, **more}).encode()


def kill_agents(pool: JailPool) -> None:
    """As a stranger would, from outside: the trusted side has not been told."""
    for slots in pool._slots.values():
        for agent in slots.all:
            if agent.dead is None:
                os.kill(agent._process.pid, signal.SIGKILL)


async def process_of_execution(pool: JailPool) -> int:
    """The number, on the host, of the execution that has just been asked for."""
    async with asyncio.timeout(10):
        while True:
            for slots in pool._slots.values():
                for agent in slots.all:
                    for running in agent._running.values():
                        if running.channel.pid is not None:
                            return running.channel.pid
            await asyncio.sleep(0.005)


async def test_a_reply_comes_back_whole_whatever_its_size(rung: str) -> None:
    async with pool_of(rung) as pool:
        for size in (0, 1, 200_000, 3_000_000):
            sent = os.urandom(size)
            outcome = await pool.run("probe.echo", sent, QUICK)
            assert (outcome.end, outcome.reply) == (End.EXITED, sent)


async def test_more_callers_than_slots_wait_and_are_all_served(rung: str) -> None:
    async with pool_of(rung, concurrency=2) as pool:
        sent = [str(number).encode() for number in range(20)]
        outcomes = await asyncio.gather(*(pool.run("probe.echo", text, QUICK) for text in sent))
        assert [outcome.reply for outcome in outcomes] == sent
        assert pool.stats.executions == 20
        assert pool.stats.by_end == {"exited": 20}


async def test_an_open_execution_exchanges_frames_until_it_is_left(rung: str) -> None:
    async with pool_of(rung) as pool:
        async with pool.open("probe.talk", Limits(cpu_s=2.0)) as talk:
            for word in (b"one", b"two", b"x" * 500_000):
                await talk.send(word)
                assert await talk.recv(5) == word.upper()
            pid = talk.pid
        assert (await pool.run("probe.echo", b"next", QUICK)).reply == b"next"
        assert pid is not None
        assert not _is_alive(pid)


async def test_frames_that_nobody_reads_wait_and_none_is_lost(rung: str) -> None:
    async with pool_of(rung) as pool, pool.open("probe.talk", QUICK) as talk:
        words = [b"%d" % number for number in range(1_000)]
        sending = asyncio.create_task(send_all(talk, words))
        await asyncio.sleep(0.2)
        assert [await talk.recv(5) for _ in words] == words
        await sending


async def send_all(talk: Execution, words: list[bytes]) -> None:
    for word in words:
        await talk.send(word)


async def test_a_second_reply_is_none(rung: str) -> None:
    async with pool_of(rung) as pool:
        outcome = await pool.run("probe.attack", asking("twice"), QUICK)
        assert (outcome.end, outcome.reply) == (End.CRASH, None)
        assert outcome.detail == "it sent more than one reply"


async def test_two_open_executions_talk_at_once(rung: str) -> None:
    async with (
        pool_of(rung, concurrency=2) as pool,
        pool.open("probe.talk", QUICK) as tests,
        pool.open("probe.talk", QUICK) as candidate,
    ):
        await tests.send(b"call")
        said = await tests.recv(5)
        assert said == b"CALL"
        await candidate.send(said.lower())
        assert await candidate.recv(5) == b"CALL"


async def test_a_cancelled_caller_leaves_no_process_and_gets_its_slot_back(rung: str) -> None:
    async with pool_of(rung) as pool:
        caller = asyncio.create_task(pool.run("probe.attack", asking("sleep"), Limits(cpu_s=5, wall_s=20)))
        await asyncio.sleep(0.2)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        started = time.monotonic()
        assert (await pool.run("probe.echo", b"next", QUICK)).reply == b"next"
        assert time.monotonic() - started < 3


async def test_the_death_of_a_jail_is_not_the_items_fault(rung: str) -> None:
    async with pool_of(rung) as pool:
        first = pool._slots["bare"].idle[0]
        kill_agents(pool)
        async with asyncio.timeout(10):
            while first.dead is None:  # noqa: ASYNC110 - nothing to wait on: it is noticed by whoever looks
                await asyncio.sleep(0.01)
        outcome = await pool.run("probe.echo", b"in spite of it", QUICK)
        assert outcome.reply == b"in spite of it"
        assert pool.stats.restarts >= 1


async def test_a_jail_killed_in_mid_run_is_replaced_and_the_item_run_again(rung: str) -> None:
    async with pool_of(rung) as pool:
        running = asyncio.create_task(pool.run("probe.attack", asking("sleep"), Limits(cpu_s=1, wall_s=0.8)))
        await asyncio.sleep(0.3)
        kill_agents(pool)
        outcome = await running
        assert outcome.end is End.TIMEOUT
        assert pool.stats.deaths == 1


async def test_three_counted_deaths_are_a_crash(rung: str) -> None:
    async with pool_of(rung) as pool:
        running = asyncio.create_task(pool.run("probe.attack", asking("sleep"), Limits(cpu_s=5, wall_s=20)))
        while not running.done():
            await asyncio.sleep(0.05)
            if any(agent._running and agent.used > 1 for agent in pool._slots["bare"].all):  # past its canary
                await asyncio.sleep(0.05)
                kill_agents(pool)
        outcome = await running
        assert outcome.end is End.CRASH
        assert "3 times" in outcome.detail
        assert pool.stats.deaths == 3


async def test_deaths_that_we_caused_are_not_counted(rung: str) -> None:
    async with pool_of(rung) as pool:
        running = asyncio.create_task(pool.run("probe.attack", asking("sleep"), Limits(cpu_s=5, wall_s=0.6)))
        killed = 0
        while not running.done() and killed < 3:
            await asyncio.sleep(0.02)
            for agent in list(pool._slots["bare"].all):
                if agent.dead is None and agent._running and agent.used > 1:
                    agent.kill("the test recycles it")
                    killed += 1
        assert (await running).end is End.TIMEOUT


async def test_an_open_execution_learns_that_its_jail_died(rung: str) -> None:
    async with pool_of(rung) as pool:
        with pytest.raises(JailLost) as lost:
            async with pool.open("probe.talk", QUICK) as talk:
                await talk.send(b"x")
                assert await talk.recv(5) == b"X"
                kill_agents(pool)
                await talk.recv(5)
        assert not lost.value.ours
        assert (await pool.run("probe.echo", b"next", QUICK)).reply == b"next"


async def test_without_a_jail_that_passes_its_canary_nothing_is_run(rung: str) -> None:
    async with pool_of(rung) as pool:
        assert pool._canary is not None
        pool._canary.path = Path("/dev/null")  # stands for a file that ought to be invisible and is not
        kill_agents(pool)
        with pytest.raises(JailUnavailable, match="can be read"):
            await pool.run("probe.echo", b"never", QUICK)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _group_of(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getpgid(int(entry.name)) == leader:
                found.append(int(entry.name))
    return found


async def test_a_box_that_is_killed_while_it_is_built_is_noticed_and_leaves_nothing(rung: str) -> None:
    canary = Canary()
    try:
        for _ in range(8):
            before = set(children(os.getpid()))
            starting = asyncio.create_task(start_agent("bare", rung, canary, None))
            while not (new := set(children(os.getpid())) - before):  # noqa: ASYNC110
                await asyncio.sleep(0)
            (leader,) = new
            while rung != "confined" and not children(leader):  # noqa: ASYNC110
                await asyncio.sleep(0)
            os.kill(leader, signal.SIGKILL)
            with pytest.raises(AgentFailed):
                await asyncio.wait_for(starting, 5)
            async with asyncio.timeout(2):
                while any(_is_alive(pid) for pid in _group_of(leader)):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    finally:
        canary.close()


async def test_agents_are_recycled_while_they_serve_and_nothing_is_lost(rung: str) -> None:
    async with pool_of(rung, recycle_after=4) as pool:
        first = pool._slots["bare"].idle[0]
        number = 0
        async with asyncio.timeout(20):
            while pool.stats.recycled < 2 or first.dead is None:
                text = str(number).encode()
                assert (await pool.run("probe.echo", text, QUICK)).reply == text
                number += 1
        assert pool.stats.deaths == 0
        assert len(pool._slots["bare"].all) <= 2


async def test_closing_the_pool_answers_who_is_waiting(rung: str) -> None:
    pool = JailPool(["bare"], rung)
    await pool.start()
    running = asyncio.create_task(pool.run("probe.attack", asking("sleep"), Limits(cpu_s=5, wall_s=20)))
    waiting = asyncio.create_task(pool.run("probe.echo", b"x", QUICK))
    await asyncio.sleep(0.2)
    await pool.close()
    for task in (running, waiting):
        with pytest.raises(JailUnavailable):
            await asyncio.wait_for(task, 5)


async def test_a_program_that_raises_says_so_for_a_person(rung: str) -> None:
    async with pool_of(rung) as pool:
        outcome = await pool.run("probe.attack", b"not json", QUICK)
        assert outcome.end is End.CRASH
        assert "JSONDecodeError" in outcome.detail


async def test_usage_is_measured(rung: str) -> None:
    async with pool_of(rung) as pool:
        outcome = await pool.run("probe.attack", asking("spin"), Limits(cpu_s=0.3))
        assert outcome.end is End.TIMEOUT
        assert 0.25 < outcome.usage.cpu_s < 0.8
        assert outcome.usage.peak_mb > 5


async def test_a_right_program_that_waited_for_a_core_is_run_once_more(rung: str) -> None:
    """Pinned to one core among busy processes it gets at most half of it; its second run is not held to its wait."""
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    async with pool_of(rung) as pool:
        busy = [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(6)]  # noqa: ASYNC220
        try:
            work = pool.run("probe.attack", asking("work", cpu_s=0.4), Limits(cpu_s=2.0, wall_s=0.5))
            running = asyncio.create_task(work)
            os.sched_setaffinity(await process_of_execution(pool), {core})
            outcome = await running
        finally:
            for process in busy:
                process.kill()
                process.wait()
        assert outcome.reply == b'{"broke": ""}'
        assert pool.stats.reruns == 1


async def test_a_second_run_stays_within_what_the_item_has_left(rung: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adjudge.jail.pool._load_explains", lambda running, outcome: True)
    async with pool_of(rung) as pool:
        work = asking("work", cpu_s=8.0)
        outcome = await pool.run("probe.attack", work, Limits(cpu_s=9.0, wall_s=0.5, total_s=1.3))
        assert outcome.end is End.TIMEOUT
        assert pool.stats.reruns == 1
        assert 1.0 <= outcome.usage.wall_s < 1.9  # of both runs
        outcome = await pool.run("probe.attack", work, Limits(cpu_s=9.0, wall_s=0.5, total_s=0.9))
        assert outcome.end is End.TIMEOUT
        assert pool.stats.reruns == 1  # a whole second run does not fit


@pytest.mark.parametrize(("times", "end"), [(1, End.EXITED), (3, End.CRASH)])
async def test_an_execution_that_a_stranger_kills_is_tried_again(rung: str, times: int, end: End) -> None:
    async with pool_of(rung) as pool:
        work = pool.run("probe.attack", asking("work", cpu_s=0.3), Limits(cpu_s=5.0))
        running = asyncio.create_task(work)
        killed: set[int] = set()
        while len(killed) < times:
            pid = await process_of_execution(pool)
            if pid not in killed and pool.stats.executions > len(killed):
                await asyncio.sleep(0.1)
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            await asyncio.sleep(0.01)
        assert (await running).end is end
        assert pool.stats.deaths == times


async def test_a_sleeper_earns_no_second_wait(rung: str) -> None:
    async with pool_of(rung) as pool:
        outcome = await pool.run("probe.attack", asking("sleep"), Limits(cpu_s=1, wall_s=0.3))
        assert outcome.end is End.TIMEOUT
        assert pool.stats.reruns == 0


def test_nothing_is_left_when_the_trusted_process_is_killed(rung: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("orphan.py")
    worker = subprocess.Popen([sys.executable, str(script), rung], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    pids = json.loads(worker.stdout.readline())
    assert len(pids) >= 2
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    worker.kill()
    worker.wait()
    until = time.monotonic() + 5
    while (left := [pid for pid in pids if _is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.02)
    assert left == []
    Canary().close()  # whoever starts next sweeps the file that the dead one could not remove
    assert not list(Path(tempfile.gettempdir()).glob(f"adjudge-canary-{worker.pid}-*"))


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_the_pool_runs_on_uvloop_too(rung: str) -> None:
    uvloop = pytest.importorskip("uvloop")

    def run() -> bytes | None:
        async def once() -> bytes | None:
            async with pool_of(rung) as pool:
                return (await pool.run("probe.echo", b"x" * 300_000, QUICK)).reply

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(once())

    assert await asyncio.to_thread(run) == b"x" * 300_000


def _cgroup() -> str | None:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        folder = Path("/sys/fs/cgroup") / ("memory" if controllers == "memory" else "") / path.lstrip("/")
        if controllers in ("memory", "") and os.access(folder, os.W_OK) and parent(str(folder)):
            return str(folder)
    return None


def _groups(folder: str) -> list[Path]:
    return list(Path(folder).glob(f"adjudge-{os.getpid()}-*"))


async def test_where_a_memory_group_can_be_made_the_kernel_keeps_the_limit(rung: str) -> None:
    folder = _cgroup()
    if folder is None:
        pytest.skip("no memory cgroup can be made here")
    async with pool_of(rung, ("open",), cgroup=folder) as pool:
        assert _groups(folder)
        limits = Limits(memory_mb=48, cpu_s=5, processes=8)
        outcome = await pool.run("open.attack", asking("eat_apart", mb=160), limits)
        assert outcome.end is End.MEMORY, outcome
        assert (await pool.run("open.canary", b'{"paths": []}', QUICK)).end is End.EXITED
    assert not _groups(folder)


HOST = Report(
    (
        RungReport("bubblewrap", False, why="not installed", advice="install it"),
        RungReport("namespaces", True),
        RungReport("confined", True),
        RungReport("process", True),
    )
)
WEAK = Report((HOST.rungs[0], RungReport("namespaces", False, "no"), *HOST.rungs[2:]))
BARE = Report((*WEAK.rungs[:2], RungReport("confined", False, "no Landlock"), HOST.rungs[3]))


@pytest.mark.parametrize(
    ("work", "setting", "report", "rung"),
    [
        ("math", None, HOST, "namespaces"),
        ("program", None, HOST, "namespaces"),
        ("math", None, WEAK, "confined"),
        ("math", "auto", WEAK, "confined"),
        ("program", "confined", WEAK, "confined"),
        ("math", "process", BARE, "process"),
        ("program", "process", HOST, "process"),
    ],
)
def test_the_ladder_gives_the_best_rung_that_is_enough(
    work: str, setting: str | None, report: Report, rung: str
) -> None:
    assert choose(work, setting, report) == rung


@pytest.mark.parametrize(
    ("work", "setting", "report", "error", "says"),
    [
        ("program", None, WEAK, JailUnavailable, "no jail on this host"),
        ("math", None, BARE, JailUnavailable, "ADJUDGE_JAIL"),
        ("math", "bubblewrap", HOST, JailUnavailable, "install it"),
        ("math", "chroot", HOST, ConfigError, "no such rung"),
    ],
)
def test_a_host_without_a_rung_is_told_what_to_do(
    work: str, setting: str | None, report: Report, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        choose(work, setting, report)
