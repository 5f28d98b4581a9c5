"""The agent: a warm interpreter in a box that forks one fresh process per execution, and never holds item data.

The trusted side writes orders on the control socket; with each "run" comes (SCM_RIGHTS) the socket from which the
forked execution alone reads its item. The agent forks, waits, reports how the execution ended, and kills on order.
It dies with its parent or when the control socket closes, and in a pid namespace everything dies with it.

    in   {"op": "run", "id", "program", limits…} + descriptor     {"op": "kill", "id"}
    out  {"op": "ready", …}  {"op": "ended", "id", "status", "cpu_s", "peak_mb"}  {"op": "failed", "why"}
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import Callable

from . import execution, landlock, linux, seccomp, table

_MOST = 1 << 16
NO_PROCESS_LIMIT = "a limit on processes"


@dataclass
class Loaded:
    call: Callable
    talk: bool
    closed: bool


class Agent:
    def __init__(self, config: dict):
        self.control = socket.socket(fileno=config["fd"])
        self.control.set_inheritable(False)
        self.pid = os.getpid()
        self.own_uid = config["own_uid"]
        self.readable = config["readable"]
        self.lacks: list = []
        self.own_namespace = False
        self.landlock = None
        self.filters: dict = {}
        self.base_filter: seccomp.Filter | None = None
        self.programs: dict = {}
        self._own_pid_namespace = -1
        self._ids: dict = {}  # pid -> id
        self._pids: dict = {}  # id -> pid
        self._data = bytearray()
        self._passed: list = []
        self._config = config

    def prepare(self) -> None:
        """Import everything, make everything that executions share, and move it out of the collector's sight."""
        image = self._config["image"]
        warmed: list = []
        for name in table.IMAGES[image].preload:
            importlib.import_module(name)
        for name, program in table.PROGRAMS.items():
            if program.image == image:
                module, _, function = program.function.partition(":")
                loaded = importlib.import_module(module)
                self.programs[name] = Loaded(getattr(loaded, function), program.talk, program.closed)
                if loaded not in warmed and hasattr(loaded, "warm"):
                    loaded.warm()
                warmed.append(loaded)
        if linux.LINUX:
            self._prepare_linux()
        if threading.active_count() > 1:
            raise RuntimeError("an import has started a thread: this image cannot be forked safely")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        gc.collect()
        gc.freeze()
        gc.disable()

    def _prepare_linux(self) -> None:
        rung = self._config["rung"]
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        linux.prctl(linux.PR_SET_DUMPABLE, 0)
        if rung in ("namespaces", "bubblewrap"):
            self._try_own_namespaces()
            linux.drop_bounding_set()
        if rung != "process":
            if landlock.abi():
                self.landlock = landlock.ruleset(self.readable, ["/dev/null"] if self.own_namespace else [])
            else:
                self.lacks.append("landlock")
        if rung == "process" and not seccomp.supported():
            self.lacks.append("seccomp")
            return
        all_closed = all(program.closed for program in self.programs.values())
        for closed in (True, False):
            program = seccomp.final(linux.MACHINE, all_closed, closed, self.own_namespace)
            self.filters[closed] = seccomp.Filter(program)
            self.filters[closed].set_pid(1)  # what it is called in a namespace of its own
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        self.base_filter = seccomp.Filter(seccomp.base(linux.MACHINE, all_closed))

    def _try_own_namespaces(self) -> None:
        """By doing: can each execution have a pid and an ipc namespace of its own?"""
        try:
            self._own_pid_namespace = os.pidfd_open(self.pid)
            os.set_inheritable(self._own_pid_namespace, False)
            child = self._fork_into_namespace()
            if child == 0:
                code = 1
                try:
                    linux.unshare(linux.CLONE_NEWIPC | linux.CLONE_NEWNS)
                    code = 2 if self._limit_on_processes_fails() else 0
                finally:
                    os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except OSError:
            code = 1
        self.own_namespace = code != 1
        if code == 1:
            self.lacks.append("a pid namespace for each execution")
        if code == 2:
            self.lacks.append(NO_PROCESS_LIMIT)

    def _limit_on_processes_fails(self) -> bool:
        """Try it: of four children within a limit of four processes some are born and some refused.

        The kernel holds the host's root to no limit, whatever it is called here; and without a user id or a user
        namespace of its own an execution is counted together with all other processes of the user.
        """
        execution.become(self.own_uid)
        execution.set_limits({"RLIMIT_NPROC": 4})
        born = 0
        for _ in range(4):
            try:
                if os.fork() == 0:
                    signal.pause()
                born += 1
            except OSError:
                break
        return born in (0, 4)

    def _fork(self) -> int:
        if self.own_namespace:
            return self._fork_into_namespace()
        return linux.fork() if linux.LINUX else os.fork()

    def _fork_into_namespace(self) -> int:
        linux.unshare(linux.CLONE_NEWPID)
        try:
            child = linux.fork()
        except OSError:
            linux.setns(self._own_pid_namespace, linux.CLONE_NEWPID)
            raise
        if child:
            linux.setns(self._own_pid_namespace, linux.CLONE_NEWPID)
        return child

    def serve(self) -> None:
        self._quiet()
        self.say(op="ready", pid=self.pid, lacks=self.lacks, own_namespace=self.own_namespace)
        wake_read, wake_write = os.pipe()
        for fd in (wake_read, wake_write):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        if self.base_filter is not None:
            self.base_filter.put_on()
        while True:
            for fd, _ in poll.poll():
                if fd == wake_read:
                    os.read(wake_read, 4096)
                    self._reap()
                elif not self._hear():
                    self._kill_all()
                    return

    def _quiet(self) -> None:
        """Nothing an execution prints goes anywhere."""
        null = os.open("/dev/null", os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        if null > 2:
            os.close(null)

    def say(self, **message: object) -> None:
        body = json.dumps(message).encode()
        self.control.sendall(struct.pack(">I", len(body)) + body)

    def _hear(self) -> bool:
        """Read what has come and carry out what is complete; False when the trusted side is gone."""
        size = socket.CMSG_SPACE(4 * 16)
        try:
            data, ancillary, _, _ = self.control.recvmsg(_MOST, size)
        except OSError:
            return False
        for level, kind, raw in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(raw[: len(raw) - len(raw) % fds.itemsize])
                self._passed.extend(fds)
        if not data:
            return False
        self._data += data
        while len(self._data) >= 4:
            length = struct.unpack(">I", self._data[:4])[0]
            if length > _MOST:
                return False
            if len(self._data) < 4 + length:
                break
            order = json.loads(bytes(self._data[4 : 4 + length]))
            del self._data[: 4 + length]
            self._obey(order)
        return True

    def _obey(self, order: dict) -> None:
        if order["op"] == "run":
            fd = self._passed.pop(0)
            child = self._fork()
            if child == 0:
                execution.execute(self, order, fd)
            os.close(fd)
            self._ids[child] = order["id"]
            self._pids[order["id"]] = child
            if not linux.LINUX:  # elsewhere the kernel vouches for the number, in the credentials of the first frame
                self.say(op="started", id=order["id"], pid=child)
        elif order["op"] == "kill" and order["id"] in self._pids:
            os.kill(self._pids[order["id"]], signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                child, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            if child not in self._ids:
                continue  # an orphan that this subreaper inherited
            number = self._ids.pop(child)
            del self._pids[number]
            if not (self.own_namespace or self._ids):
                self._kill_strays()
            peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
            self.say(op="ended", id=number, status=status, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=peak)

    def _kill_strays(self) -> None:
        """Without a pid namespace: what an execution left behind has become a child of this subreaper."""
        path = f"/proc/self/task/{self.pid}/children"
        for _ in range(1000):
            try:
                with open(path) as file:
                    strays = [int(pid) for pid in file.read().split()]
            except OSError:
                return
            if not strays:
                return
            for pid in strays:
                os.kill(pid, signal.SIGKILL)
            for pid in strays:
                os.waitpid(pid, 0)

    def _kill_all(self) -> None:
        for child in self._ids:
            os.kill(child, signal.SIGKILL)


def main(config: dict) -> None:
    if linux.LINUX:
        linux.die_with_parent(config["parent"] if config["rung"] in ("confined", "process") else 0)
    execution.set_limits(execution.FOR_ALL)
    agent = Agent(config)
    try:
        agent.prepare()
    except BaseException:
        agent.say(op="failed", why=traceback.format_exc()[-3000:])
        return
    agent.serve()
