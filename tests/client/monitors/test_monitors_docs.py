"""The pages say what there is: every public name, every family of keys, every data set."""

from __future__ import annotations

from pathlib import Path

from adjudge_client import datasets, monitors

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_of_monitors_names_every_function_and_every_family_of_keys():
    page = (DOCS / "monitors.md").read_text()
    helpers = {"quantile", "pass_at_k", "pass_hat_k", "mixing_stats", "repetition_stats"}  # said by their siblings
    for name in monitors.__all__:
        if name not in helpers and not hasattr(getattr(monitors, name), "_fields"):  # results are said by their keys
            assert f"`{name}" in page or f" {name}" in page, name
    found = monitors.summarize(
        rewards=[1], groups=1, lengths=[1], entropies=[1], texts=["we add"], gold=[1], statuses=["ok"]
    )
    for family in {key.partition("/")[0] for key in found} - {"correct", "pass@1", "pass^1"}:
        assert f"`{family}/…`" in page, family


def test_the_page_of_data_sets_names_every_hub_id_and_function():
    page = (DOCS / "datasets.md").read_text()
    for hub_id, function in datasets.MAPPERS.items():
        assert hub_id in page
        assert f"| `{function.__name__}` |" in page
