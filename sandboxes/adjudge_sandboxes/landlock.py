"""Landlock: which files an execution may read, and that it may write none (or only below `writable`).

`ruleset` is made once by the agent and worn by each execution with one call. What an old kernel cannot restrict is
left out (`abi()` says how much there is); the filter refuses truncation and changes of metadata besides.
"""

from __future__ import annotations

import os
import struct

from . import linux

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_NEWEST_FILES = (1 << 16) - 1  # ABI 5 adds ioctl on devices
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14) | (1 << 15)
_NET = 3  # bind and connect TCP, from ABI 4
_SCOPE = 3  # abstract Unix sockets and signals, from ABI 6
_VERSION = 1


def abi() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    if not linux.LINUX:
        return 0
    try:
        return linux.syscall("landlock_create_ruleset", 0, 0, _VERSION)
    except OSError:
        return 0


def ruleset(readable: list[str], writable: list[str]) -> int:
    """A descriptor of a ruleset: read and execute below `readable`, anything below `writable`, nothing else."""
    version = abi()
    files = _BY_ABI.get(version, _NEWEST_FILES)
    if version >= 6:
        attr = struct.pack("=QQQ", files, _NET, _SCOPE)
    elif version >= 4:
        attr = struct.pack("=QQ", files, _NET)
    else:
        attr = struct.pack("=Q", files)
    made = linux.syscall("landlock_create_ruleset", attr, len(attr), 0)
    os.set_inheritable(made, False)
    for path in readable:
        _allow(made, path, files & (_EXECUTE | _READ_FILE | _READ_DIR))
    for path in writable:
        _allow(made, path, files)
    return made


def _allow(made: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no permission
    try:
        if not os.path.isdir(path):
            access &= _ON_FILES
        linux.syscall("landlock_add_rule", made, 1, struct.pack("=Qi", access, fd), 0)
    finally:
        os.close(fd)


def put_on(made: int) -> None:
    """Wear the ruleset, for good. Needs no_new_privs."""
    linux.syscall("landlock_restrict_self", made, 0)
