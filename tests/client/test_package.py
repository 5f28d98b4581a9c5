"""The client alone: Python 3.10, httpx and pydantic, and an import that nobody notices."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import sys, time
started = time.perf_counter()
import adjudge_client
took = time.perf_counter() - started
heavy = {"httpx", "pydantic", "asyncio"} & set(sys.modules)
print(took, sorted(heavy))
"""


def test_importing_it_costs_next_to_nothing() -> None:
    took, heavy = subprocess.check_output([sys.executable, "-c", CODE], text=True).split(" ", 1)
    assert float(took) < 0.2
    assert heavy.strip() == "[]"


def test_using_it_costs_little_more_than_what_it_stands_on() -> None:
    """CPU time of the first client against that of importing httpx and pydantic, which it cannot do without."""

    def cpu_s(code: str) -> float:
        timed = f"from time import process_time as now; t = now(); {code}; print(now() - t)"
        return min(float(subprocess.check_output([sys.executable, "-c", timed])) for _ in range(3))

    ours = cpu_s("from adjudge_client import Client; Client()")
    assert ours < 2 * cpu_s("import httpx; from pydantic import BaseModel; type('M', (BaseModel,), {})")


def test_every_public_name_can_be_had() -> None:
    import adjudge_client

    for name in adjudge_client.__all__:
        assert getattr(adjudge_client, name) is not None
    with pytest.raises(AttributeError):
        _ = adjudge_client.nonsense  # type: ignore[attr-defined]


def test_it_depends_on_httpx_and_pydantic_only() -> None:
    project = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]
    assert sorted(each.split(">=")[0] for each in project["dependencies"]) == ["httpx", "pydantic"]
    assert project["requires-python"] == ">=3.10"


def _python310() -> str | None:
    found = [shutil.which("python3.10"), *map(str, Path.home().glob(".pyenv/versions/3.10.*/bin/python"))]
    for each in filter(None, found):
        if subprocess.run([each, "-c", "import ensurepip"], capture_output=True).returncode == 0:
            return each
    return None


def test_it_installs_and_works_alone_on_python_310(tmp_path: Path) -> None:
    python = _python310()
    if python is None:
        pytest.skip("there is no Python 3.10 here")
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    inner = tmp_path / "venv" / "bin" / "python"
    install = [inner, "-m", "pip", "install", "-q", "--disable-pip-version-check", ROOT / "client"]
    subprocess.run(install, check=True, capture_output=True)
    code = (
        "import adjudge_client as a, importlib.util as u\n"
        "assert u.find_spec('adjudge') is None\n"
        "for name in a.__all__: getattr(a, name)\n"
        "try: a.local()\n"
        "except a.LocalServerFailed as error: assert 'pip install adjudge' in str(error)\n"
        "try: a.Client('http://127.0.0.1:9', retries=0).score([{'prompt': 'p', 'trace': 't', 'ground_truth': 1}])\n"
        "except a.ConnectionFailed: print('works')\n"
    )
    assert subprocess.check_output([inner, "-c", code], text=True, cwd=tmp_path).strip() == "works"
