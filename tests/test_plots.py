"""The plots in docs/ are drawn by the terms themselves; a changed curve must be drawn again."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from adjudge.verifiers import known

DOCS = Path(__file__).parents[1] / "docs"
SPEC = importlib.util.spec_from_file_location("make_plots", DOCS / "plots" / "make.py")
assert SPEC and SPEC.loader
make = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = make
SPEC.loader.exec_module(make)


@pytest.mark.parametrize("name", make.PLOTS)
def test_a_plot_is_what_its_term_gives_today(name):
    drawn = (DOCS / "plots" / f"{name}.svg").read_text(encoding="utf-8")
    assert make.draw(make.PLOTS[name]()) == drawn, "run docs/plots/make.py"


def test_every_shaping_term_has_a_section_in_the_page_and_every_plot_is_shown():
    page = (DOCS / "rewards.md").read_text(encoding="utf-8")
    headings = " ".join(re.findall(r"^##+ (.*)$", page, re.MULTILINE))
    for name, spec in known().items():
        if spec.kind == "shaping" and not name.startswith("odd_"):
            assert f"`{name}`" in headings, name
    for name in make.PLOTS:
        assert f"](plots/{name}.svg)" in page, name
