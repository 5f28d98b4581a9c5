"""How the agent of one image is started on each rung: a command line, and nothing of what it then does.

A rung builds a box; the transport (agents.py) is the same for all. A rung added later (docker, socket) is one more
function here.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adjudge_sandboxes import box

from .layout import INNER_PYTHON, Layout

LADDER = ("bubblewrap", "namespaces", "confined", "process")
"""Best first."""

ENOUGH = {"math": "confined", "program": "namespaces"}
"""The weakest rung that each kind of work takes by itself; a weaker one must be named (ADJUDGE_JAIL)."""

_BOOT = (
    "import sys, json; c = json.loads(sys.argv[1]); "
    "sys.path[:] = [p for p in sys.path if p] + c['sys_path']; "
    "from adjudge_sandboxes import {module}; {module}.main(c)"
)
_FLAGS = ("-s", "-S", "-B", "-c")


def host_environment() -> dict[str, str]:
    """What an agent outside a box is given: nothing of ours, save where the interpreter's libraries are."""
    libraries = {"LD_LIBRARY_PATH": path} if (path := os.environ.get("LD_LIBRARY_PATH")) else {}
    return {**box.ENVIRONMENT, "HOME": "/", "TMPDIR": "/", **libraries}


def command(rung: str, layout: Layout, image: str, fd: int, uid: int | None) -> list[str]:
    """The command that starts the agent, which will speak on descriptor `fd`."""
    config = {
        "rung": rung,
        "image": image,
        "fd": fd,
        "parent": os.getpid(),
        "own_uid": uid if layout.world_readable else None,
    }
    return _COMMANDS[rung](config, layout)


def _python(python: str, module: str, config: dict[str, Any]) -> list[str]:
    return [python, *_FLAGS, _BOOT.format(module=module), json.dumps(config)]


def _inner(config: dict[str, Any], layout: Layout) -> dict[str, Any]:
    return {**config, "sys_path": layout.inner_path, "readable": ["/"]}


def _inner_environment() -> dict[str, str]:
    return {**box.ENVIRONMENT, "PYTHONHOME": "/python", "LD_LIBRARY_PATH": "/python/lib"}


def _namespaces(config: dict[str, Any], layout: Layout) -> list[str]:
    outer = {
        **config,
        "sys_path": layout.host_path[:1],
        "binds": layout.binds,
        "links": layout.links,
        "python": INNER_PYTHON,
        "environment": _inner_environment(),
        "inner_argv": _python(INNER_PYTHON, "agent", _inner(config, layout)),
    }
    return _python(layout.python, "box", outer)


def _bubblewrap(config: dict[str, Any], layout: Layout) -> list[str]:
    arguments = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--as-pid-1", "--new-session", "--clearenv"]
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--hostname", "box"]
    if os.geteuid() != 0:
        arguments += ["--unshare-user", "--uid", "0", "--gid", "0"]
    for name, value in _inner_environment().items():
        arguments += ["--setenv", name, value]
    inner = [target for _, target in layout.binds] + [path for _, path in layout.links] + ["/dev/null"]
    for folder in sorted({str(parent) for target in inner for parent in Path(target).parents} - {"/"}):
        arguments += ["--dir", folder]  # made in passing they would be of mode 0700
    for source, target in layout.binds:
        arguments += ["--ro-bind", source, target]
    for text, path in layout.links:
        arguments += ["--symlink", text, path]
    for name in box.DEVICES:
        arguments += ["--dev-bind-try", f"/dev/{name}", f"/dev/{name}"]
    arguments += ["--dir", "/proc", "--dir", "/scratch", "--remount-ro", "/"]
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL"):
        arguments += ["--cap-add", f"CAP_{capability}"]
    return [*arguments, "--", *_python(INNER_PYTHON, "agent", _inner(config, layout))]


def _outside(config: dict[str, Any], layout: Layout) -> list[str]:
    libraries = [path for path in os.environ.get("LD_LIBRARY_PATH", "").split(":") if path.startswith("/")]
    readable = [*layout.readable, *libraries, "/dev/null", "/dev/urandom"]
    outer = {**config, "own_uid": None, "sys_path": layout.host_path, "readable": readable}
    return _python(layout.python, "agent", outer)


_COMMANDS: dict[str, Callable[[dict[str, Any], Layout], list[str]]] = {
    "bubblewrap": _bubblewrap,
    "namespaces": _namespaces,
    "confined": _outside,
    "process": _outside,
}


def missing(rung: str) -> str | None:
    """Why there is no point in trying this rung here, if there is none."""
    if rung != "process" and not sys.platform.startswith("linux"):
        return "needs Linux"
    if rung == "bubblewrap" and shutil.which("bwrap") is None:
        return "bwrap is not installed"
    return None
