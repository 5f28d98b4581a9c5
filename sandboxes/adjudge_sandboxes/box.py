"""Builds the box of the `namespaces` rung, then becomes the agent inside it.

Started by the trusted side with the host's interpreter, before any item exists. It makes namespaces (user, pid,
mount, ipc, net, uts), a root of read-only bind mounts at fixed paths and nothing else, and executes the interpreter
at its fixed path. With CAP_SYS_ADMIN it mounts as that user and each execution later takes a user id of its own;
without, it maps its own user to 0 in a user namespace. The process that stays outside waits and dies with its parent.
"""

from __future__ import annotations

import os
import sys

from . import linux

_BASE = "/tmp"  # exists everywhere; the new root is mounted over it and the old one is pivoted away from under it
_OLD = "/oldroot"
DEVICES = ("null", "zero", "full", "random", "urandom")
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/scratch",
    "TMPDIR": "/scratch",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def build_and_become(config: dict) -> None:
    """Does not return. `config` is the trusted side's; see `adjudge.jail.agents`."""
    linux.die_with_parent(config["parent"])
    flags = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWNET | linux.CLONE_NEWUTS
    if linux.effective_capabilities() & (1 << linux.CAP_SYS_ADMIN):
        linux.unshare(flags)
    else:
        uid, gid = os.geteuid(), os.getegid()
        linux.unshare(flags | linux.CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {uid} 1")
        _write("/proc/self/gid_map", f"0 {gid} 1")
    pid = os.fork()
    if pid:
        os.close(config["fd"])
        os.closerange(0, 3)
        _, status = os.waitpid(pid, 0)
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
    linux.die_with_parent(0)
    _build_root(config)
    linux.set_hostname("box")
    os.execve(config["python"], config["inner_argv"], config["environment"])


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _build_root(config: dict) -> None:
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("box", _BASE, "tmpfs", flags, "size=1m,nr_inodes=4096,mode=0755")
    os.mkdir(_BASE + _OLD, 0o755)
    linux.pivot_root(_BASE, _BASE + _OLD)
    os.chdir("/")
    os.umask(0o022)
    for source, target in config["binds"]:
        bind(_OLD + source, target)
    for text, path in config["links"]:
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(text, path)
    for name in DEVICES:
        _device(_OLD + "/dev/" + name, "/dev/" + name)
    for path in ("/proc", "/scratch"):
        os.makedirs(path, exist_ok=True)
    linux.umount(_OLD)
    os.rmdir(_OLD)
    linux.mount("box", "/", None, linux.MS_REMOUNT | linux.MS_RDONLY | flags)


def _place(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))


def bind(source: str, target: str) -> None:
    """A read-only view of `source`. Flags that the host locked on its mount are kept, as the kernel demands."""
    _place(source, target)
    try:
        linux.mount(source, target, None, linux.MS_BIND)
    except OSError:  # mounts below it are locked to it in a user namespace
        linux.mount(source, target, None, linux.MS_BIND | linux.MS_REC)
    kept = 0
    have = os.statvfs(target).f_flag
    for bit, flag in ((8, linux.MS_NOEXEC), (1024, linux.MS_NOATIME), (2048, linux.MS_NODIRATIME)):
        kept |= flag if have & bit else 0
    kept |= linux.MS_RELATIME if have & 4096 else 0
    fixed = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("none", target, None, linux.MS_REMOUNT | linux.MS_BIND | fixed | kept)


def _device(source: str, target: str) -> None:
    if os.path.exists(source):
        _place(source, target)
        linux.mount(source, target, None, linux.MS_BIND)


def main(config: dict) -> None:
    try:
        build_and_become(config)
    except OSError as error:
        sys.stderr.write(f"box: {error}\n")
        sys.stderr.flush()
        os._exit(3)
