"""The identities under which the jails are tried: command prefixes around the conformance script.

A copy of the code and a throw-away virtual environment lie in a folder that belongs to the identity alone (0700), as
an ordinary user's home does; for root it is the running interpreter, wherever that lies.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("sympy", "mpmath", "latex2sympy2_extended", "math_verify", "antlr4")
_SYSTEM_PYTHON = "/usr/bin/python3"
_NO_USER_NAMESPACES = "echo 0 > /proc/sys/user/max_user_namespaces && exec "
_NO_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


class Absent(Exception):
    """This identity cannot be had on this host; the message says why."""


@dataclass(frozen=True)
class Identity:
    """`prefix` is put before a command; `expected` are the rungs that must work there, `math` what maths must get."""

    name: str
    prefix: tuple[str, ...]
    python: str
    library: Path
    uid: int | None

    def run(self, script: Path, *arguments: str, timeout_s: float = 80) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.library), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [*self.prefix, self.python, str(self.library / script.name), *arguments]
        return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=timeout_s)


def make(name: str, folder: Path) -> Identity:
    """Build the identity's home below `folder` (which everybody may pass through). Raises Absent."""
    if name == "self":
        return Identity(name, (), sys.executable, _copy(folder / "self"), None)
    if name == "ordinary user":
        return _ordinary(folder)
    inner = ("sh", "-c", _NO_USER_NAMESPACES + '"$0" "$@"')
    unshare = (_tool("unshare"), "--user", "--map-root-user")
    _must_run([*unshare, *inner, "true"], "no user namespace can be made here")
    if name == "no user namespaces":
        base = _ordinary(folder) if os.geteuid() == 0 else make("self", folder)
        return Identity(name, (*base.prefix, *unshare, *inner, *_NO_CAPABILITIES), base.python, base.library, base.uid)
    if name == "container root":  # root of a user namespace that may make no other: what a container's root is
        return Identity(name, (*unshare, *inner), sys.executable, _copy(folder / "container"), None)
    raise ValueError(name)


def _ordinary(folder: Path) -> Identity:
    """`nobody`, with a virtual environment of the system's Python in a home of mode 0700."""
    if os.geteuid() != 0:
        raise Absent("only root can become another user; the identity `self` is an ordinary user already")
    setpriv = (_tool("setpriv"), "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")
    if not Path(_SYSTEM_PYTHON).exists() or not _is_new_enough(_SYSTEM_PYTHON):
        raise Absent(f"{_SYSTEM_PYTHON} is not a Python 3.11 or newer")
    home = folder / "home"
    library = home / "library"
    if not home.exists():
        home.mkdir()
        subprocess.run([_SYSTEM_PYTHON, "-m", "venv", "--without-pip", str(home / "venv")], check=True)
        _copy(library)
        for package in PACKAGES:
            spec = importlib.util.find_spec(package)
            if spec is not None and spec.origin is not None:
                source = Path(spec.origin).parent
                shutil.copytree(source, library / package, ignore=shutil.ignore_patterns("tests"))
                for about in source.parent.glob(f"{package}*.dist-info"):
                    shutil.copytree(about, library / about.name)
        subprocess.run(["chown", "-R", "nobody:nogroup", str(home)], check=True)
        home.chmod(0o700)
    return Identity("ordinary user", setpriv, str(home / "venv/bin/python"), library, _number(setpriv))


def _copy(library: Path) -> Path:
    """The service, the sandboxes and the scripts of this folder, in a folder that only its owner may enter."""
    if not library.exists():
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / "service/adjudge", library / "adjudge", ignore=ignore)
        shutil.copytree(REPOSITORY / "sandboxes/adjudge_sandboxes", library / "adjudge_sandboxes", ignore=ignore)
        for script in Path(__file__).parent.glob("*.py"):
            shutil.copy(script, library)
        library.chmod(0o700)
    return library


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Absent(f"{name} is not installed")
    return path


def _is_new_enough(python: str) -> bool:
    check = "import sys; raise SystemExit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", check], check=False).returncode == 0


def _number(prefix: tuple[str, ...]) -> int:
    return int(subprocess.run([*prefix, "id", "-u"], capture_output=True, text=True, check=True).stdout)


def _must_run(command: list[str], otherwise: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Absent(f"{otherwise}: {done.stderr.strip()}")
