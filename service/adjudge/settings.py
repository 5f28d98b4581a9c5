"""Every setting of the service: one class, read from `ADJUDGE_…` environment variables or given by name.

`docs/settings.md` is generated from it (`python -m adjudge.settings`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .engine.settings import EngineSettings, MathLimits
from .errors import ConfigError
from .rewards import nearest

PREFIX = "ADJUDGE_"


class Settings(BaseSettings):
    """The defaults suit one machine: no broker, no daemon, no root, reachable from this machine only."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on. There is no authentication: keep it private.")
    port: int = Field(8900, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    executor: Literal["local"] = Field("local", description="Where verifiers run: `local`, in worker processes here.")
    jail: Literal["auto", "bubblewrap", "namespaces", "confined", "process"] = Field(
        "auto",
        description="Rung of the jail ladder. `auto` takes the best one this host has; naming a weaker one accepts "
        "what it lacks (`adjudge doctor` says what).",
    )
    workers: int = Field(0, ge=0, le=1024, description="Worker processes; 0 means one per core.")
    queue_items: int = Field(50_000, ge=1, description="Items that may wait; more are refused with 503.")
    max_wait_s: float = Field(
        300.0, gt=0, le=86_400, description="How long a request may wait without progress, seconds; then null."
    )
    cache_verdicts: int = Field(200_000, ge=0, description="Verdicts kept for equal questions; 0 keeps none.")
    body_mb: int = Field(128, ge=1, le=4096, description="Largest request body, MB, before and after decompression.")
    bodies_mb: int = Field(512, ge=1, description="All request bodies being read or parsed at one time, MB.")
    text_mb: float = Field(1.0, gt=0, le=64, description="Largest prompt, trace or gold that is judged, MB.")
    math_cpu_s: float = Field(2.0, gt=0, le=3600, description="Maths: CPU seconds to read one text.")
    math_decision_s: float = Field(5.0, gt=0, le=3600, description="Maths: CPU seconds to decide one pair.")
    math_memory_mb: int = Field(512, ge=64, description="Maths: resident memory of one execution, MB.")
    verifier_modules: str = Field("", description="Modules with your own `@verifier` functions, separated by commas.")
    read_timeout_s: float = Field(60.0, gt=0, description="Longest pause within a request body before 408, seconds.")
    keep_alive_s: int = Field(
        75, ge=1, description="Idle connections are kept this long, seconds; longer than the client keeps them (30)."
    )
    drain_s: float = Field(300.0, ge=0, description="After SIGTERM, accepted requests get this long, seconds.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="`json`: an object a line; `text`: for people; `auto`: text on a terminal, else JSON."
    )
    metric_names: int = Field(
        100,
        ge=0,
        le=10_000,
        description="Distinct `run` names, and distinct `dataset` names, that `/metrics` tells apart; the rest are "
        "`other`.",
    )
    log_requests: bool = Field(True, description="Log one line per request (never texts of prompts or traces).")

    def for_engine(self) -> EngineSettings:
        """The part of the settings that the engine knows."""
        given: dict[str, Any] = {"workers": self.workers} if self.workers else {}
        return EngineSettings(
            queue_items=self.queue_items,
            max_wait_s=self.max_wait_s,
            cache_verdicts=self.cache_verdicts,
            metric_names=self.metric_names,
            text_limit=int(self.text_mb * 1_000_000),
            jail=None if self.jail == "auto" else self.jail,
            math=MathLimits(cpu_s=self.math_cpu_s, memory_mb=self.math_memory_mb, decide_s=self.math_decision_s),
            verifier_modules=tuple(name.strip() for name in self.verifier_modules.split(",") if name.strip()),
            **given,
        )


def load(**given: Any) -> Settings:
    """Settings from the environment, with `given` (None means not given) over it. Raises ConfigError.

    A fault is told of the variable, or of the option `--name` where the value was given.
    """
    known = set(Settings.model_fields)
    given = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        if name not in known:
            raise ConfigError(f"there is no setting {name!r}") from None
        help_text = Settings.model_fields[name].description
        place = f"--{name.replace('_', '-')} " if name in given else f"{PREFIX}{name.upper()}="
        raise ConfigError(
            f"{place}{first['input']!s:.80}: {first['msg'][:1].lower()}{first['msg'][1:]}. {help_text}"
        ) from None


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """A sentence for each `ADJUDGE_…` variable that no setting reads: a misspelt one would pass unseen."""
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    strange = sorted(name for name in environment if name.startswith(PREFIX) and name not in names)
    return [f"no setting reads {name}; {nearest(name, names)}" for name in strange]


def table() -> str:
    """The settings as a Markdown page."""
    lines = [
        "# Settings",
        "",
        "Each is an environment variable; `adjudge serve` takes some as options too. "
        "This page is generated: `python -m adjudge.settings > docs/settings.md`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{PREFIX}{name.upper()}` | `{field.default}` | {field.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
