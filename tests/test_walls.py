"""The walls of the house that import-linter cannot see (its own contracts run in `make check`)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SANDBOXES = ROOT / "sandboxes" / "adjudge_sandboxes"
CLIENT = ROOT / "client" / "adjudge_client"
MATHS = {"sympy", "mpmath", "math_verify", "latex2sympy2_extended", "antlr4"}


def imported(path: Path) -> Iterator[str]:
    """The top-level names of all absolute imports in a file, wherever they stand."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def test_sandboxes_import_only_the_standard_library() -> None:
    for path in SANDBOXES.rglob("*.py"):
        allowed = {*sys.stdlib_module_names, "adjudge_sandboxes"}
        if path.name.startswith("math_") and path.parent.name == "programs":
            allowed |= MATHS
        assert set(imported(path)) <= allowed, path.name


def test_the_client_imports_httpx_and_pydantic_only() -> None:
    allowed = {
        *sys.stdlib_module_names,
        "httpx",
        "pydantic",
        "pydantic_core",
        "adjudge_client",
    }  # the core is pydantic's own
    for path in CLIENT.rglob("*.py"):
        assert set(imported(path)) <= allowed, path.name


def test_only_maths_programs_of_the_sandbox_import_what_may_run_code() -> None:
    """math-verify, sympy and ANTLR read hostile text; no process of the service may have them in it (jails §2)."""
    for path in (ROOT / "service").rglob("*.py"):
        assert not MATHS & set(imported(path)), path.name


def test_every_package_says_what_it_is_for() -> None:
    for init in (*ROOT.glob("service/**/__init__.py"), *ROOT.glob("sandboxes/**/__init__.py"), CLIENT / "__init__.py"):
        assert ast.get_docstring(ast.parse(init.read_text())), init
