"""One agent process in its box, and the executions it forks: the transport, the same on every rung.

The control socket carries orders (and each execution's own socket); see adjudge_sandboxes/agent.py for the words.
Clocks and memory are watched from here, by the kernel's numbers for the process; the agent only forks, waits, kills.
"""

from __future__ import annotations

import array
import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from adjudge_sandboxes import execution as inside
from adjudge_sandboxes import table
from adjudge_sandboxes.agent import NO_PROCESS_LIMIT
from adjudge_sandboxes.linux import LINUX

from . import rungs, watch
from .cgroups import Group
from .channel import CREDENTIALS_SPACE, Channel, pair, writer
from .layout import layout
from .types import End, Limits, Outcome, Usage

START_LIMIT_S = 60.0
FORK_LIMIT_S = 20.0
"""How long an agent may take to fork an execution and wall it in; over it the agent is at fault, never the item."""
PATIENCE = 5.0
"""How many times its wall limit a second run may take at most, when the host gives it no core; `total_s` holds."""
OBEY_LIMIT_S = 5.0
"""How long a killed execution may take to be reported before the agent itself is killed."""

_TICK_S = 0.02
_EXIT_TICK_S = 0.2
_PROCESS_SLACK = 4
"""The kernel refuses the first process over the limit; where it cannot, this many times the limit ends it."""
_REQUEST_BYTES = 64 << 20
_WARM_MB = 2048  # enough for any image to warm up in; the group's limit is set anew for each execution
_SLACK_MB = 8  # page tables and other memory of the kernel's that a group is charged with
_HEADROOM_MB = 64  # address space that is mapped but never resident: arenas, stacks, shared libraries loaded late


class AgentFailed(Exception):
    """The agent did not come up; the message says why."""


class AgentDied(Exception):
    """The agent went away under an execution. `ours` if this side caused it."""

    def __init__(self, why: str, ours: bool):
        super().__init__(why)
        self.ours = ours


class Running:
    """One execution in flight: its socket, its clocks, and how it ends."""

    def __init__(self, agent: Agent, number: int, sock: socket.socket, limits: Limits, closed: bool):
        self.agent = agent
        self.number = number
        self.limits = limits
        self.closed = closed
        self.started = time.monotonic()
        self.reason: tuple[End, str] | None = None
        self.waited_s = 0.0
        self.patience_s = 0.0
        self.peak_mb = 0.0
        self.ended: asyncio.Future[dict[str, Any]] = agent.loop.create_future()
        self.channel = Channel(sock, limits.output_bytes, lambda why: self.stop(End.OUTPUT, why))
        self._tick = agent.loop.call_later(_TICK_S, self._look)

    def stop(self, end: End, why: str) -> None:
        """Have it killed for a reason of ours; the first reason stands."""
        if self.reason is None and not self.ended.done():
            self.reason = (end, why)
            self.agent.order(op="kill", id=self.number)
            self._tick.cancel()
            self._tick = self.agent.loop.call_later(OBEY_LIMIT_S, self._not_obeyed)

    def _not_obeyed(self) -> None:
        self.agent.kill("an agent did not carry out an order to kill")

    def _look(self) -> None:
        """The clocks: CPU time, wall time, resident memory. They run from the moment the item can be read."""
        limits, pid, began = self.limits, self.channel.pid, self.channel.hello_at
        self._tick = self.agent.loop.call_later(_TICK_S, self._look)
        if began is None:
            if time.monotonic() - self.started > FORK_LIMIT_S:
                self.agent.kill(f"an execution did not start within {FORK_LIMIT_S:g} s")
            return
        if pid is None and LINUX:
            self.agent.kill("the kernel did not say which process an execution is")
            return
        cpu, resident = self._usage(pid) if pid else (None, None)
        if resident is not None:
            self.peak_mb = max(self.peak_mb, resident)
        if cpu is not None and cpu > limits.cpu_s:
            self.stop(End.TIMEOUT, f"over its CPU time of {limits.cpu_s:g} s")
        elif resident is not None and resident > limits.memory_mb:
            self.stop(End.MEMORY, f"over its memory of {limits.memory_mb} MB")
        elif (elapsed := time.monotonic() - began) > limits.wall_limit_s and not self._is_excused(elapsed, cpu, pid):
            self.stop(End.TIMEOUT, f"over its wall time of {limits.wall_limit_s:g} s")

    def _is_excused(self, elapsed: float, cpu: float | None, pid: int | None) -> bool:
        """A second run goes on over its wall time while it runs or waits for a core; a sleeper does neither."""
        self.waited_s = watch.waited_s(pid) if pid else 0.0
        busy = self.waited_s + (cpu or 0.0)
        return elapsed < self.patience_s and busy >= 0.7 * elapsed

    def _usage(self, pid: int) -> tuple[float | None, float | None]:
        """A closed program cannot fork, so its process is all there is to watch."""
        if self.closed:
            return watch.cpu_s(pid), watch.resident_mb(pid)
        members = watch.tree(pid)
        if len(members) > _PROCESS_SLACK * self.limits.processes:
            self.stop(End.CRASH, f"far over its {self.limits.processes} processes")
        return watch.tree_usage(members)

    def finish(self, message: dict[str, Any]) -> None:
        self._tick.cancel()
        if not self.ended.done():
            self.ended.set_result(message)

    def fail(self, error: AgentDied) -> None:
        self._tick.cancel()
        self.channel.stop()
        if not self.ended.done():
            self.ended.set_exception(error)
            self.ended.exception()  # asked for or not, it has been seen

    async def outcome(self, wants_reply: bool = True) -> Outcome:
        """Wait for its end and say what it was. Raises AgentDied."""
        message = await asyncio.shield(self.ended)
        self.channel.drain()
        self.channel.stop()
        usage = Usage(
            cpu_s=message["cpu_s"],
            wall_s=time.monotonic() - self.started,
            peak_mb=max(message["peak_mb"], self.peak_mb),
        )
        end, detail = self._decide(message["status"], message["oom"], usage, wants_reply)
        reply = self.channel.frames.popleft() if end is End.EXITED and self.channel.frames else None
        return Outcome(end, reply, usage, detail)

    def _decide(self, status: int, oom: bool, usage: Usage, wants_reply: bool) -> tuple[End, str]:
        code, by = (os.WEXITSTATUS(status), 0) if os.WIFEXITED(status) else (-1, os.WTERMSIG(status))
        note = self.channel.note
        if wants_reply and len(self.channel.frames) > 1 and self.reason is None:
            return End.CRASH, "it sent more than one reply"
        if code == 0 and self.reason is None and (self.channel.frames or not wants_reply):
            return End.EXITED, ""
        if self.reason is not None:
            return self.reason
        if code == inside.EXIT_WALLS:
            raise AgentDied(f"an execution could not be walled in: {note}", ours=True)
        if code == inside.EXIT_MEMORY or oom:
            return End.MEMORY, f"over its memory of {self.limits.memory_mb} MB"
        if code == inside.EXIT_RAISED:
            return End.CRASH, f"the program raised {note}"
        if by == signal.SIGXCPU or (by == signal.SIGKILL and usage.cpu_s >= self.limits.cpu_s):
            return End.TIMEOUT, f"over its CPU time of {self.limits.cpu_s:g} s"
        if by == signal.SIGKILL and usage.peak_mb >= 0.9 * self.limits.memory_mb:
            return End.MEMORY, f"over its memory of {self.limits.memory_mb} MB"
        if by == signal.SIGKILL:  # the host's OOM killer, or an operator; a program that does it itself does it again
            raise AgentDied("an execution was killed, and not by this service", ours=False)
        if by:
            return End.CRASH, f"killed by {signal.Signals(by).name}"
        return End.CRASH, f"it ended without a reply (exit code {code})"


class Agent:
    """A started agent. Make one with `await Agent.start(...)`."""

    def __init__(self, image: str, rung: str, process: subprocess.Popen[bytes], control: socket.socket):
        self.image = image
        self.rung = rung
        self.loop = asyncio.get_running_loop()
        self.used = 0
        self.retiring = False  # a successor is being made
        self.retired = False  # it is there
        self.lacks: list[str] = []
        self.dead: AgentDied | None = None
        self._process = process
        self._control = control
        self._data = bytearray()
        self._numbers = 0
        self._running: dict[int, Running] = {}
        self._ready: asyncio.Future[dict[str, Any]] = self.loop.create_future()
        self._address_mb = 0.0
        self._group: Group | None = None
        self._warm_mb = 0.0
        self._kills = 0
        self._own_namespace = False
        control.setblocking(False)
        self.loop.add_reader(control, self._hear)

    @classmethod
    async def start(cls, image: str, rung: str, uid: int | None, cgroup: Path | None = None) -> Agent:
        """Start an agent and wait until it is warm; in a memory group below `cgroup` if given. Raises AgentFailed."""
        ours, theirs = pair()
        command = rungs.command(rung, layout(image), image, theirs.fileno(), uid)
        try:
            process = subprocess.Popen(  # noqa: ASYNC220 - a vfork; and it must be this thread, for PDEATHSIG
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=rungs.host_environment(),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise AgentFailed(f"cannot start: {error}") from error
        finally:
            theirs.close()
        agent = cls(image, rung, process, ours)
        try:
            agent._join(cgroup)
            await agent._await_ready()
        except BaseException:
            await agent.close()
            raise
        return agent

    def _join(self, cgroup: Path | None) -> None:
        """Put the process that will build the box, and so all that it starts, into a group of its own."""
        if cgroup is None:
            return
        try:
            self._group = Group(cgroup, _WARM_MB)
            self._group.add(self._process.pid)
        except OSError as error:
            raise AgentFailed(f"cannot use the cgroup {cgroup}: {error}") from error

    async def _await_ready(self) -> None:
        until = time.monotonic() + START_LIMIT_S
        try:
            while not self._ready.done():
                await asyncio.wait([self._ready], timeout=_EXIT_TICK_S)
                if not self._ready.done() and self._has_exited():
                    raise AgentFailed(self._complaint())
                if not self._ready.done() and time.monotonic() > until:
                    raise AgentFailed(f"not ready within {START_LIMIT_S:g} s")
            message = self._ready.result()
            if message["op"] == "ready" and self._has_exited():
                raise AgentFailed("what built its box was killed: it would not die with this process")
        except AgentDied:
            raise AgentFailed(self._complaint()) from None
        finally:
            if self._process.stderr is not None and self._ready.done() and not self._ready.exception():
                self._process.stderr.close()
        if message["op"] == "failed":
            raise AgentFailed(message["why"].strip())
        self.lacks = message["lacks"]
        if self._group is not None:
            self._warm_mb = self._group.used_mb()
        self._own_namespace = message["own_namespace"]

    def _has_exited(self) -> bool:
        """What built the box may be killed while a half-made child of it lives on, waits for it for ever, and holds
        the socket open. It is left a zombie here, so that its process group keeps its name until all of it is dead."""
        if not LINUX:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _complaint(self) -> str:
        """The last words on standard error of an agent that did not come up."""
        assert self._process.stderr is not None
        os.set_blocking(self._process.stderr.fileno(), False)
        words = (self._process.stderr.read() or b"").decode("utf-8", "replace").strip()
        return words[-600:] or "it ended without a word"

    def order(self, **message: Any) -> None:
        """Orders are small and the agent reads at once; one that does not fit means an agent that hangs."""
        body = json.dumps(message).encode()
        try:
            self._control.send(struct.pack(">I", len(body)) + body)
        except OSError as error:
            self.kill(f"an agent does not take orders ({error})")

    def run(self, program: str, limits: Limits) -> Running:
        """Fork one execution. Raises AgentDied if the agent is gone."""
        if self.dead is not None:
            raise self.dead
        self.used += 1
        self._numbers += 1
        if self._group is not None:
            self._group.limit(self._warm_mb + limits.memory_mb + _SLACK_MB)
        ours, theirs = pair()
        try:
            body = json.dumps(self._order(program, limits)).encode()
            passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
            self._control.sendmsg([struct.pack(">I", len(body)) + body], passed)
        except OSError as error:
            ours.close()
            self.kill(f"an agent does not take orders ({error})")
            raise self.dead or AgentDied(str(error), ours=True) from error
        finally:
            theirs.close()
        running = Running(self, self._numbers, ours, limits, table.PROGRAMS[program].closed)
        self._running[running.number] = running
        return running

    def _order(self, program: str, limits: Limits) -> dict[str, Any]:
        python_rows = limits.memory_mb + self._address_mb + _HEADROOM_MB
        if table.PROGRAMS[program].closed:
            processes: int | None = 0
        else:  # the kernel counts the agent too where both are one user
            counted = self._own_namespace and NO_PROCESS_LIMIT not in self.lacks
            processes = limits.processes + 1 if counted else None
        return {
            "op": "run",
            "id": self._numbers,
            "program": program,
            "cpu_s": limits.cpu_s,
            "address_bytes": int(python_rows) << 20 if self._address_mb else None,
            "file_mb": limits.file_mb,
            "nproc": processes,
            "frame_bytes": _REQUEST_BYTES,
        }

    def _hear(self) -> None:
        try:
            data, ancillary, _, _ = self._control.recvmsg(1 << 16, CREDENTIALS_SPACE)
        except BlockingIOError:
            return
        except OSError:
            data, ancillary = b"", []
        if not data:
            self._gone("the agent died", ours=False)
            return
        pid = writer(ancillary)
        if pid is not None and not self._address_mb:
            self._address_mb = watch.address_mb(pid) or 0.0
        self._data += data
        while len(self._data) >= 4:
            size = int.from_bytes(self._data[:4], "big")
            if len(self._data) < 4 + size:
                return
            message = json.loads(bytes(self._data[4 : 4 + size]))
            del self._data[: 4 + size]
            self._understand(message)

    def _understand(self, message: dict[str, Any]) -> None:
        if message["op"] in ("ready", "failed"):
            if not self._ready.done():
                self._ready.set_result(message)
            return
        running = self._running.get(message["id"])
        if running is None:
            return
        if message["op"] == "started":
            running.channel.pid = message["pid"]
        else:
            del self._running[message["id"]]
            running.finish({**message, "oom": self._was_oom()})

    def _was_oom(self) -> bool:
        """Whether the kernel has killed in our group since the last execution ended."""
        if self._group is None:
            return False
        before, self._kills = self._kills, self._group.kills()
        return self._kills > before

    def _gone(self, why: str, *, ours: bool) -> None:
        if self.dead is not None:
            return
        self.dead = AgentDied(why, ours)
        self.loop.remove_reader(self._control)
        self._control.close()
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if not self._ready.done():
            self._ready.set_exception(self.dead)
            self._ready.exception()
        for running in list(self._running.values()):
            running.fail(self.dead)
        self._running.clear()

    def kill(self, why: str) -> None:
        """End the box and all in it, by our own will: executions in it are not to blame."""
        self._gone(why, ours=True)

    async def close(self) -> None:
        self.kill("the jail was closed")
        await self.loop.run_in_executor(None, self._process.wait)
        if self._group is not None:
            self._group.remove()
        if self._process.stderr is not None:
            self._process.stderr.close()
