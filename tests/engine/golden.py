"""Golden files: the verdicts of our corpora, one file per verifier and revision (contract §4).

A corpus is `tests/data/<verifier>_*.jsonl` (or `<verifier>.jsonl`): rows with `gold` and `answer` or `trace`, perhaps
`prompt`, `options`, `truncated`, `tokens`, `group`. Its verdicts stand in `tests/golden/<verifier>@<revision>.jsonl`, a
row each, found by the hash of what was asked, so that rows may be added, moved and removed freely.

A verdict that differs from its golden row means: another judge. Bump the verifier's revision, run

    ADJUDGE_GOLDEN=write python -m pytest tests/engine/test_engine_golden.py

which records new rows, and for a new revision writes a new file, deletes the old one and lists the rows that changed,
for CHANGELOG. `ADJUDGE_GOLDEN=overwrite` also replaces rows of an existing revision: for one not yet released.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from adjudge.engine import Engine
from adjudge.engine.canonical import canonical
from adjudge_client.types import MAX_ITEMS, ScoreRequest

DATA = Path(__file__).parent.parent / "data"
GOLDEN = Path(__file__).parent.parent / "golden"

LIMITS = {"timeout", "memory", "crash"}
"""Where a limit decides, the machine has a say; such a row is recorded, and never a changed verdict."""

Said = tuple[str, float | None]
"""Status and score: what a trainer acts on. The wording of a reason may change within a revision."""


@dataclass
class Comparison:
    """What differs between a golden file and the verdicts of today; rows by name."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def corpora(verifiers: list[str], folder: Path = DATA) -> dict[str, list[dict[str, Any]]]:
    """The items of all corpora, by verifier. Files of other kinds (no gold, no answer) are passed over."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        verifier = next((name for name in verifiers if path.stem == name or path.stem.startswith(f"{name}_")), None)
        if verifier is not None:
            items = list(items_of(path, verifier))
            if items:
                found.setdefault(verifier, []).extend(items)
    return found


def items_of(path: Path, verifier: str) -> Iterator[dict[str, Any]]:
    """The rows of one corpus as items of a request."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line, parse_float=Decimal)
            if "gold" not in row or not ("answer" in row or "trace" in row):
                return
            item = {
                "verifier": verifier,
                "prompt": row.get("prompt") or "",
                "trace": _text(row["trace"] if "trace" in row else row["answer"]),
                "ground_truth": row["gold"],
                "options": row.get("options") or None,
                "truncated": row.get("truncated") or None,
                "tokens": row.get("tokens"),
                "group": row.get("group"),
            }
            yield {"id": f"{path.name}:{number}", **item}


def _text(value: str | list[Any]) -> str:
    """A long text may be written as a list of pieces, {"repeat": [piece, times]} among them."""
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else part["repeat"][0] * part["repeat"][1] for part in value)


def key(item: dict[str, Any]) -> str:
    """What was asked, and not where it stands."""
    asked = {name: value for name, value in item.items() if name != "id" and value is not None}
    return hashlib.sha256(canonical(asked).encode()).hexdigest()[:20]


async def verdicts(engine: Engine, items: list[dict[str, Any]]) -> dict[str, tuple[str, Said]]:
    """Key → (name of the row, status and score)."""
    said: dict[str, tuple[str, Said]] = {}
    for start in range(0, len(items), MAX_ITEMS):
        some = items[start : start + MAX_ITEMS]
        request = ScoreRequest.model_validate({"items": some, "explain": True})
        response = await engine.run(engine.plan(request))
        for item, row in zip(some, response.verdicts, strict=True):
            verdict = row["correct"]
            said[key(item)] = (item["id"], (verdict.status, verdict.score))
    return said


def path_of(label: str, folder: Path = GOLDEN) -> Path:
    return folder / f"{label}.jsonl"


def read(path: Path) -> dict[str, Said]:
    rows = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
    return {row["key"]: (row["status"], row["score"]) for row in rows}


def write(path: Path, said: dict[str, tuple[str, Said]]) -> None:
    path.parent.mkdir(exist_ok=True)
    rows = ({"key": k, "row": name, "status": status, "score": score} for k, (name, (status, score)) in said.items())
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def compare(recorded: dict[str, Said], today: dict[str, tuple[str, Said]]) -> Comparison:
    result = Comparison()
    for row, (name, said) in today.items():
        if row not in recorded:
            result.new.append(name)
        elif recorded[row] != said and not LIMITS & {recorded[row][0], said[0]}:
            result.changed.append(f"{name}: {_show(recorded[row])} → {_show(said)}")
    return result


def _show(said: Said) -> str:
    return f"{said[0]} {said[1]}"


def settle(label: str, today: dict[str, tuple[str, Said]], mode: str, folder: Path = GOLDEN) -> str | None:
    """Compares, and writes if `mode` ("", "write", "overwrite") says so. What is wrong, in words, or None."""
    path = path_of(label, folder)
    name = label.partition("@")[0]
    known = path.exists()
    difference = compare(read(path), today)
    if known and difference.changed and mode != "overwrite":
        return (
            f"{len(difference.changed)} verdicts of {label} changed without a new revision; bump the revision of "
            f"'{name}' and record it (see tests/engine/golden.py):\n" + "\n".join(difference.changed)
        )
    if mode:
        for old in folder.glob(f"{name}@*.jsonl"):
            if old != path:
                changed = compare(read(old), today).changed
                print(f"{old.stem} → {label}: {len(changed)} rows changed", *changed, sep="\n")
                old.unlink()
        write(path, today)
        return None
    if difference.new:
        return (
            f"{len(difference.new)} rows are not recorded for {label} yet; run with ADJUDGE_GOLDEN=write: "
            + ", ".join(difference.new[:10])
        )
    return None
