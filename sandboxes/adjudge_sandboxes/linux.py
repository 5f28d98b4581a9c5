"""The few Linux calls that the standard library does not wrap, by ctypes. Each raises OSError on failure."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 1024, 2048, 4096, 16384, 1 << 18, 1 << 21
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_GET_SECCOMP, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 21, 22, 24
PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 36, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECBITS_LOCKED = 0x2F
"""NOROOT, NO_SETUID_FIXUP, both locked, and KEEP_CAPS locked off: user 0 is a user like any other."""

CAP_SYS_ADMIN = 21
LAST_CAP = 63

# SYS_capset, SYS_pivot_root, SYS_close_range, landlock_create_ruleset / add_rule / restrict_self (same everywhere)
_NUMBERS = {
    "x86_64": {"capset": 126, "capget": 125, "pivot_root": 155},
    "aarch64": {"capset": 91, "capget": 90, "pivot_root": 41},
}
_GENERIC = {
    "close_range": 436,
    "mount_setattr": 442,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}

MACHINE = platform.machine() if sys.platform.startswith("linux") else ""
LINUX = MACHINE in _NUMBERS
"""True where this file (and the filter) knows the machine: Linux on x86_64 or aarch64."""

_libc = ctypes.CDLL(None, use_errno=True)
_held = ctypes.PyDLL(None, use_errno=True)  # calls that keep the interpreter's lock: nothing runs in between
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, *args: object) -> int:
    numbers = _NUMBERS[MACHINE]
    number = numbers[name] if name in numbers else _GENERIC[name]
    passed = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return _check(_libc.syscall(ctypes.c_long(number), *passed), name)


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    _check(_libc.setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    _check(result, f"mount {target}")


def umount(target: str) -> None:
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    syscall("pivot_root", new.encode(), old.encode())


def prctl(option: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    return _check(_libc.prctl(option, a, b, c, d), "prctl")


def fork() -> int:
    """os.fork without the interpreter's own handlers, for a process of one thread.

    They renew locks that nobody holds, reseed and re-register, and touch some 240 pages of a process that has
    imported sympy: more time than the fork itself.
    """
    return _check(_held.fork(), "fork")


def set_hostname(name: str) -> None:
    encoded = name.encode()
    _check(_libc.sethostname(encoded, ctypes.c_size_t(len(encoded))), "sethostname")


def die_with_parent(parent: int) -> None:
    """SIGKILL for this process when its parent dies; exits at once if that has happened already.

    Must be set again after every change of user id, which clears it.
    """
    prctl(PR_SET_PDEATHSIG, 9)
    if parent and os.getppid() != parent:
        os._exit(0)


def drop_bounding_set() -> None:
    """No capability can be regained by executing a file. Needs CAP_SETPCAP; without it there is nothing to gain."""
    for cap in range(LAST_CAP + 1):
        try:
            prctl(PR_CAPBSET_DROP, cap)
        except OSError:
            return


def drop_capabilities() -> None:
    """Empty the permitted, effective, inheritable and ambient sets of this process."""
    header = struct.pack("=Ii", 0x20080522, 0)
    syscall("capset", header, bytes(24))


def effective_capabilities() -> int:
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(24)
    syscall("capget", header, data)
    low, _, _, high, _, _ = struct.unpack("=6I", data.raw)
    return low | (high << 32)


def close_all_but(keep: int) -> None:
    """Close every descriptor above 2 except `keep`, known or not."""
    if not LINUX:
        os.closerange(3, keep)
        os.closerange(keep + 1, min(os.sysconf("SC_OPEN_MAX"), 4096))
        return
    try:
        if keep > 3:
            syscall("close_range", 3, keep - 1, 0)
        syscall("close_range", keep + 1, 0xFFFFFFFF, 0)
    except OSError:  # before Linux 5.9
        top = os.sysconf("SC_OPEN_MAX")
        os.closerange(3, keep)
        os.closerange(keep + 1, top)
