"""One execution: put on the walls, then run one program on one item. Runs in a fresh fork of the agent.

The order matters: what needs privilege first (mounts), then limits, then the user, the capabilities, Landlock, and
last the filter, which forbids most of what came before. The item is read only when every wall stands.
"""

from __future__ import annotations

import _signal  # the module without its enumerations, which cost a fresh fork 50 pages
import gc
import os
import random
import resource
import sys

from . import frames, landlock, linux

CHANNEL = 3
EXIT_MEMORY = 97
EXIT_RAISED = 98
EXIT_WALLS = 99
"""The walls could not be put on: the item was not read; never the program's doing."""


class Channel:
    """What a talk program is handed."""

    def __init__(self, most: int):
        self._most = most

    def recv(self) -> bytes | None:
        return frames.receive(CHANNEL, self._most)

    def send(self, payload: bytes) -> None:
        frames.send(CHANNEL, payload)


def execute(agent: object, order: dict, fd: int) -> None:
    """Never returns. `order` is the trusted side's, `fd` this execution's own socket."""
    try:
        program = agent.programs[order["program"]]
        _walls(agent, order, fd, program.closed)
    except BaseException as error:
        _leave(EXIT_WALLS, f"{type(error).__name__}: {error}", fd)
    try:
        os.write(CHANNEL, frames.HELLO)
        if program.talk:
            program.call(Channel(order["frame_bytes"]))
        else:
            request = frames.receive(CHANNEL, order["frame_bytes"])
            if request is not None:
                frames.send(CHANNEL, program.call(request))
    except MemoryError:
        _leave(EXIT_MEMORY, "out of memory", CHANNEL)
    except BaseException as error:
        _leave(EXIT_RAISED, f"{type(error).__name__}: {error}", CHANNEL)
    os._exit(0)


def _leave(code: int, why: str, fd: int) -> None:
    try:
        frames.send(fd, why[:300].encode("utf-8", "replace")[: frames.MAX_NOTE], frames.NOTE)
    finally:
        os._exit(code)


def _walls(agent: object, order: dict, fd: int, closed: bool) -> None:
    _signal.set_wakeup_fd(-1)
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    os.setsid()
    if linux.LINUX:
        _linux_walls(agent, order, fd, closed)
    else:
        _limits(order)
        _only(fd)
    gc.enable()
    random.seed(0)
    if "sympy.core.random" in sys.modules:
        sys.modules["sympy.core.random"].seed(0)


def _linux_walls(agent: object, order: dict, fd: int, closed: bool) -> None:
    if agent.own_namespace:
        _private_mounts(order)
    _limits(order)
    become(agent.own_uid)
    linux.die_with_parent(0 if agent.own_namespace else agent.pid)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if agent.landlock is not None:
        landlock.put_on(_with_scratch(agent, order) if order["file_mb"] else agent.landlock)
    _only(fd)
    if agent.filters:
        worn = agent.filters[closed]
        if not agent.own_namespace:
            worn.set_pid(os.getpid())
        worn.put_on()


def become(own_uid: int | None) -> None:
    """Another user if there is one to become, and no capability, now or later."""
    try:
        linux.prctl(linux.PR_SET_SECUREBITS, linux.SECBITS_LOCKED)
    except OSError:
        pass  # no CAP_SETPCAP: nothing to gain either
    if own_uid:
        os.setgroups([])
        os.setresgid(own_uid, own_uid, own_uid)
        os.setresuid(own_uid, own_uid, own_uid)
    linux.drop_capabilities()


def _private_mounts(order: dict) -> None:
    """Own ipc namespace; own mount namespace and a small tmpfs at /scratch if there is anything to write."""
    if not order["file_mb"]:
        linux.unshare(linux.CLONE_NEWIPC)
        os.chdir("/")
        return
    linux.unshare(linux.CLONE_NEWIPC | linux.CLONE_NEWNS)
    size = "size={}m,nr_inodes={},mode=1777".format(order["file_mb"], 1000 + 100 * order["file_mb"])
    linux.mount("scratch", "/scratch", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, size)
    os.chdir("/scratch")


def _with_scratch(agent: object, order: dict) -> int:
    return landlock.ruleset(agent.readable, ["/scratch"] if agent.own_namespace else [])


FOR_ALL = {"RLIMIT_CORE": 0, "RLIMIT_MEMLOCK": 0, "RLIMIT_MSGQUEUE": 0, "RLIMIT_SIGPENDING": 64, "RLIMIT_NOFILE": 256}
"""Limits that the agent sets on itself once and every execution inherits."""


def _limits(order: dict) -> None:
    """The backstops: the trusted side's own clocks end an execution earlier and say why."""
    set_limits(
        {
            "RLIMIT_CPU": (int(order["cpu_s"]) + 2, int(order["cpu_s"]) + 3),
            "RLIMIT_AS": order["address_bytes"],
            "RLIMIT_FSIZE": order["file_mb"] << 20,
            "RLIMIT_NPROC": order["nproc"],
        }
    )


def set_limits(wanted: dict) -> None:
    """Lower each limit to (soft, hard) or to one number; None leaves it. Limits that this system lacks are passed."""
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None or value is None:
            continue
        soft, hard = value if isinstance(value, tuple) else (value, value)
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))


def _only(fd: int) -> None:
    """The channel becomes descriptor 3; every other descriptor above 2 is closed."""
    if fd != CHANNEL:
        os.dup2(fd, CHANNEL, inheritable=False)
    linux.close_all_but(CHANNEL)
