"""Programs that try to break out, for the conformance suite; each says what it achieved, "" if nothing.

In: {"attack": name, …}. Out: {"broke": "what was possible"}. They are run only in a jail whose canary has been seen
blind, harm nothing but what the suite made for them, and stop by themselves should every wall be missing.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import struct
import sys
import time
from typing import Callable

from .. import execution, frames, linux, seccomp

_libc = ctypes.CDLL(None, use_errno=True)
_remembered: list = []
_KNOWN_VARIABLES = {
    "PATH HOME TMPDIR LANG LC_ALL LC_CTYPE TZ PYTHONHASHSEED PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS "
    "OPENBLAS_NUM_THREADS PYTHONHOME LD_LIBRARY_PATH PWD"
}


def run(request: bytes) -> bytes:
    asked = json.loads(request)
    return json.dumps({"broke": _ATTACKS[asked["attack"]](asked)}).encode()


def talk(channel: object) -> None:
    """The same, many in one execution."""
    while True:
        frame = channel.recv()
        if frame is None:
            return
        channel.send(run(frame))


def _tries(*calls: Callable) -> str:
    """What the first of the calls that succeeds returned; OSError is a wall that held."""
    for call in calls:
        try:
            return str(call() or "done")
        except OSError:
            continue
    return ""


def _raw(name: str, *args: int) -> int:
    """The error number of a raw call; 0 if it succeeded."""
    number = seccomp.NUMBERS[name][0 if linux.MACHINE == "x86_64" else 1]
    if number is None:
        return 38
    ctypes.set_errno(0)
    result = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in args])
    return ctypes.get_errno() if result == -1 else 0


def _read(path: str) -> str:
    with open(path, "rb") as file:
        return f"read {len(file.read(100))} bytes of {path}"


def _listed(path: str) -> str:
    names = os.listdir(path)
    if not names:
        raise FileNotFoundError(path)
    return f"{path} lists {names[0]}"


def _read_host(asked: dict) -> str:
    return _tries(lambda: _read(asked["path"]), lambda: _read("/etc/passwd"), lambda: _listed("/etc/ssl"))


def _stat_host(asked: dict) -> str:
    return _tries(lambda: "{} exists".format(os.stat(asked["path"]) and asked["path"]))


def _see_processes(asked: dict) -> str:
    names = ("cmdline", "environ", "maps", "mem")
    paths = [f"/proc/{pid}/{name}" for pid in (asked["pid"], "1", "self") for name in names]
    return _tries(*[lambda path=path: _read(path) for path in paths], lambda: _listed("/proc"))


def _signal(asked: dict) -> str:
    pids = (asked["pid"], os.getppid())
    return _tries(*[lambda pid=pid: os.kill(pid, 0) for pid in pids if pid > 0 and pid != os.getpid()]) or (
        "queued a signal" if _raw("rt_sigqueueinfo", asked["pid"], 10, -1) not in (1, 38) else ""
    )


def _owner(asked: dict) -> str:
    """Have the kernel send the signal: become the owner of a descriptor's events on another's behalf."""
    import fcntl

    return _tries(lambda: fcntl.fcntl(execution.CHANNEL, fcntl.F_SETOWN, asked["pid"]))


def _trace(asked: dict) -> str:
    tried = {
        "ptrace": _raw("ptrace", 0x4206, asked["pid"], 0, 0),
        "process_vm_readv": _raw("process_vm_readv", asked["pid"], 0, 0, 0, 0, 0),
        "kcmp": _raw("kcmp", asked["pid"], asked["pid"], 0, 0, 0),
        "pidfd_open": _raw("pidfd_open", asked["pid"], 0),
    }
    return ", ".join(name for name, error in tried.items() if error not in (1, 38))


def _adjust(asked: dict) -> str:
    """Change limits, priority or processors of another process."""
    tried = {
        "prlimit": _raw("prlimit64", asked["pid"], 7, 0, 0),
        "setpriority": _raw("setpriority", 0, asked["pid"], 19),
        "affinity": _raw("sched_setaffinity", asked["pid"], 8, -1),
    }
    return ", ".join(name for name, error in tried.items() if error not in (1, 38))


def _network(asked: dict) -> str:
    families = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 17)  # netlink, packet
    return _tries(*[lambda f=f: socket.socket(f, socket.SOCK_DGRAM).family for f in families])


def _abstract(asked: dict) -> str:
    def connect() -> str:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect("\0" + asked["name"])
        return "connected to an abstract socket"

    return _tries(connect)


def _dangerous_calls(asked: dict) -> str:
    """Every refused call, with arguments that make an unfiltered kernel answer something else."""
    spared = {"vhangup", "acct", "reboot", "swapon", "swapoff", "syslog", "settimeofday", "sethostname", "clone3"}
    names = [name for name in (seccomp._ALWAYS + seccomp._ABSENT).split() if name not in spared]
    reached = [name for name in names if _raw(name, -1, -1, -1, -1, -1, -1) not in (1, 38)]
    return " ".join(reached)


def _shared_memory(asked: dict) -> str:
    tried = {name: _raw(name, 0, 4096, 0o1777) for name in ("shmget", "semget", "msgget")}
    tried["mq_open"] = _raw("mq_open", -1, 0, 0, 0)
    return ", ".join(name for name, error in tried.items() if error not in (1, 38))


def _write(asked: dict) -> str:
    folders = [*asked["folders"], "/", "/tmp", "/scratch", "/dev", "/dev/shm", "/var/tmp", "/agent", "/python/lib", "."]

    def create(folder: str) -> str:
        path = os.path.join(folder, asked["name"])
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        return f"created {path}"

    def make(folder: str) -> str:
        os.mkdir(os.path.join(folder, asked["name"]))
        return f"made a folder in {folder}"

    return _tries(*[lambda f=f, do=do: do(f) for f in folders for do in (create, make)])


def _change(asked: dict) -> str:
    """Metadata and contents of an existing file that belongs to the same user and is open to all."""
    path = asked["path"]
    return _tries(
        lambda: os.chmod(path, 0o777),
        lambda: os.utime(path, (1, 1)),
        lambda: os.setxattr(path, "user.adjudge", b"x"),
        lambda: os.truncate(path, 0),
        lambda: os.rename(path, path + ".moved"),
        lambda: os.unlink(path),
        lambda: os.close(os.open(path, os.O_RDWR)),
    )


def _fork(asked: dict) -> str:
    def once() -> str:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return "forked"

    def clone() -> str:
        error = _raw("clone3", 0, 0)
        if error not in (1, 38):
            return "clone3 was reached"
        raise OSError

    return _tries(once, clone)


def _exec(asked: dict) -> str:
    try:
        os.execve(sys.executable, [sys.executable, "-c", "raise SystemExit(7)"], {})
    except OSError:
        return ""
    return "executed"


def _environment(asked: dict) -> str:
    known = set(" ".join(_KNOWN_VARIABLES).split())
    return ", ".join(sorted(set(os.environ) - known))


def _descriptors(asked: dict) -> str:
    found = []
    for fd in range(4, 1024):
        try:
            os.fstat(fd)
            found.append(str(fd))
        except OSError:
            pass
    return ", ".join(found)


def _remember(asked: dict) -> str:
    _remembered.append(asked["secret"])
    return ""


def _recall(asked: dict) -> str:
    return ", ".join(_remembered)


def _unwall(asked: dict) -> str:
    """Undo a wall by prctl: the signal on the parent's death, being unreadable, the memory map."""
    tried = {"PDEATHSIG": (1, 0), "DUMPABLE": (4, 1), "PTRACER": (0x59616D61, -1)}
    return ", ".join(name for name, args in tried.items() if _raw("prctl", *args, 0, 0, 0) not in (1, 22))


def _pass_descriptor(asked: dict) -> str:
    def send() -> str:
        sock = socket.socket(fileno=os.dup(execution.CHANNEL))
        sock.sendmsg([b""], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", 0))])
        return "passed a descriptor"

    return _tries(send)


def _pid(asked: dict) -> str:
    return "" if os.getpid() == 1 else f"not alone: pid {os.getpid()}"


def _capabilities(asked: dict) -> str:
    return "effective capabilities" if linux.effective_capabilities() else ""


def _foreign(asked: dict) -> str:
    """A 32-bit system call (getpid by int 0x80) on x86_64: killed before it returns."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return f"made a 32-bit call: {ctypes.CFUNCTYPE(ctypes.c_int)(address)()}"


def _spin(asked: dict) -> str:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        pass
    return "ran on"


def _work(asked: dict) -> str:
    """Honest work of so many CPU seconds."""
    while time.process_time() < asked["cpu_s"]:
        pass
    return ""


def _sleep(asked: dict) -> str:
    time.sleep(20)
    return "slept on"


def _eat(asked: dict) -> str:
    """Twice the limit, resident, in steps."""
    held = []
    for _ in range(asked["mb"] // 4):
        held.append(b"x" * (8 << 20))
        time.sleep(0.0005)
    return f"held {8 * len(held)} MB"


def _eat_apart(asked: dict) -> str:
    """The same in a child, whose memory is part of the execution's (open programs)."""
    child = os.fork()
    if child == 0:
        _eat(asked)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        os.kill(os.getpid(), 9)
        os._exit(1)
    return "a child held it"


def _bomb(asked: dict) -> str:
    """Fork until it is refused (open programs)."""
    born = 0
    try:
        while born < 40:
            if os.fork() == 0:
                time.sleep(5)
                os._exit(0)
            born += 1
    except OSError:
        return ""
    return f"{born} processes at once"


def _flood(asked: dict) -> str:
    for _ in range(1000):
        frames.send(execution.CHANNEL, b"x" * 100_000)
    return "flooded"


def _twice(asked: dict) -> str:
    frames.send(execution.CHANNEL, b'{"broke": "a reply before the reply"}')
    return ""


def _announce(asked: dict) -> str:
    os.write(execution.CHANNEL, b"\x7f\xff\xff\xff")
    time.sleep(20)
    return "announced"


def _crash(asked: dict) -> str:
    ctypes.string_at(0)
    return "lives on"


def _leave(asked: dict) -> str:
    os._exit(0)


def _stray(asked: dict) -> str:
    """Leave a process behind (open programs): two forks and a session of its own, named so that it can be found."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            linux.prctl(15, ctypes.addressof(ctypes.create_string_buffer(asked["name"].encode())))
            time.sleep(20)
        os._exit(0)
    time.sleep(0.05)
    return ""


def _file(asked: dict) -> str:
    """Leave a file behind (open programs): says what an earlier execution left, then leaves its own."""
    found = [name for name in os.listdir("/scratch") if name.startswith("left")]
    written = []
    for folder in ("/scratch", "/tmp", "/dev/shm"):
        try:
            with open(os.path.join(folder, asked["name"]), "w") as file:
                file.write("left behind")
            written.append(folder)
        except OSError:
            continue
    return ", ".join(found) or ("" if "/scratch" in written else "its own folder cannot be written")


_ATTACKS: dict[str, Callable[[dict], str]] = {
    name[1:]: value
    for name, value in list(globals().items())
    if name.startswith("_") and callable(value) and getattr(value, "__module__", None) == __name__
}
