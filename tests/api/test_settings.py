"""Settings: every one documented, a wrong value told by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from adjudge.errors import ConfigError
from adjudge.settings import Settings, load, table, unknown_variables

ROOT = Path(__file__).parents[2]


def test_the_page_in_docs_is_up_to_date() -> None:
    """If not: `python -m adjudge.settings > docs/settings.md`."""
    assert (ROOT / "docs" / "settings.md").read_text() == table()


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description and len(field.description) > 20 for field in Settings.model_fields.values())


def test_an_environment_variable_sets_and_an_argument_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJUDGE_PORT", "1234")
    assert load().port == 1234
    assert load(port=99, host=None).port == 99


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WORKERS", "-1"),
        ("JAIL", "prison"),
        ("EXECUTOR", "celery"),
        ("MAX_WAIT_S", "0"),
        ("BODY_MB", "1.5"),
        ("LOG_REQUESTS", "perhaps"),
    ],
)
def test_a_wrong_value_is_told_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ADJUDGE_{name}", value)
    with pytest.raises(ConfigError, match=f"^ADJUDGE_{name}={value}: "):
        load()


def test_a_wrong_option_is_told_as_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJUDGE_PORT", "8900")
    with pytest.raises(ConfigError, match=r"^--port 99999: "):
        load(port=99999)


def test_a_misspelt_variable_is_noticed() -> None:
    (warning,) = unknown_variables(["ADJUDGE_WORKRES", "ADJUDGE_PORT", "PATH"])
    assert "ADJUDGE_WORKRES" in warning
    assert "ADJUDGE_WORKERS" in warning


def test_the_engine_gets_its_part() -> None:
    engine = load(workers=3, text_mb=0.5, math_cpu_s=1.5, jail="confined", verifier_modules="a, b.c").for_engine()
    assert (engine.workers, engine.text_limit, engine.math.cpu_s, engine.jail) == (3, 500_000, 1.5, "confined")
    assert engine.verifier_modules == ("a", "b.c")
    assert load().for_engine().jail is None
    assert load().for_engine().workers >= 1
