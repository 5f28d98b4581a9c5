"""`adjudge score FILE.jsonl`: an Item a line in, a verdict a line out, in order."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import BadRequest, ConfigError, RequestRefused
from .files import reader, writer
from .reach import await_server

if TYPE_CHECKING:
    from adjudge_client.types import Item, RewardSpec, ScoreResponse


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "score",
        help="score a file of items",
        description="Score FILE.jsonl: an Item a line (columns that an Item does not have are passed over). Writes "
        '{"id", "reward", "vector", "verdicts"} a line, in order. Exit code 1 if some reward is null, 2 for bad input.',
    )
    command.add_argument("file", metavar="FILE.jsonl", help="items, one a line; - is standard input")
    command.add_argument("--reward", metavar="P", help="a reward spec: a name, a JSON file, or JSON itself")
    command.add_argument("--url", metavar="U", help="score on this server instead of in this process")
    command.add_argument("--api-key", metavar="KEY", default=os.environ.get("ADJUDGE_API_KEY"), help="key for --url")
    command.add_argument("--wait", metavar="S", type=float, default=60.0, help="seconds to wait for a server (60)")
    command.add_argument("-o", "--output", metavar="OUT", help="where to write (standard output)")
    command.set_defaults(run=run, usage=command)


def run(args: argparse.Namespace) -> int:
    items, lines = _read(args.file)
    reward = _reward(args.reward)
    with writer(args.output) as out:
        try:
            response = _remote(args, items, reward) if args.url else asyncio.run(_here(items, reward))
        except RequestRefused as error:
            raise ConfigError(_place(args.file, lines, error.index, error.field, error.message)) from None
        _write(out, items, response)
    return _sum_up(response)


def _read(name: str) -> tuple[list[Item], list[int]]:
    """The items and the line that each stands on. Raises ConfigError that names file and line."""
    from ..api.decode import decode_item

    items: list[Item] = []
    lines: list[int] = []
    passed_over: set[str] = set()
    with reader(name) as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                items.append(decode_item(line, passed_over))
            except BadRequest as error:
                raise ConfigError(_place(name, [number], 0, error.field, error.message)) from None
            lines.append(number)
    if not items:
        raise ConfigError(f"{name}: there are no items in it")
    if passed_over:
        _tell_passed_over(name, passed_over)
    return items, lines


def _tell_passed_over(name: str, columns: set[str]) -> None:
    """Once for the file; with the field that a column may have been meant to be."""
    from adjudge_client.types import Item

    def told(column: str) -> str:
        close = difflib.get_close_matches(column, Item.model_fields, n=1, cutoff=0.7)
        shown = column[:60] if column.isprintable() else ascii(column[:60])
        return f"{shown} (did you mean '{close[0]}'?)" if close else shown

    lines = sorted(map(told, columns), key=lambda line: ("?" not in line, line))
    more = f", and {len(lines) - 20} more" if len(lines) > 20 else ""
    print(f"{name}: columns passed over: {', '.join(lines[:20])}{more}", file=sys.stderr)


def _reward(text: str | None) -> str | RewardSpec | None:
    """A name stays a name: the engine knows the profiles."""
    from pydantic import ValidationError

    from adjudge_client.types import RewardSpec

    if text is None:
        return None
    source: str | bytes | None = text if text.lstrip().startswith("{") else None
    if source is None:
        if not (text.endswith(".json") or os.sep in text or Path(text).is_file()):
            return text
        with reader(text) as file:
            source = file.read()
    try:
        return RewardSpec.model_validate_json(source)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = f"{'.'.join(map(str, first['loc']))}: " if first["loc"] else ""
        raise ConfigError(f"--reward: {place}{first['msg'][:1].lower()}{first['msg'][1:]}") from None


async def _here(items: list[Item], reward: str | RewardSpec | None) -> ScoreResponse:
    from adjudge_client._wire import Part, batches, encode, merge
    from adjudge_client.types import ScoreRequest

    from ..engine import Engine
    from ..settings import load

    parts = [Part(positions, b"") for positions in batches(items, [encode(item) for item in items])]
    engine = Engine(load().for_engine())
    plans = []
    for part in parts:
        batch = ScoreRequest(items=[items[each] for each in part.positions], reward=reward, explain=True)
        try:
            plans.append(engine.plan(batch))
        except RequestRefused as error:
            if error.index is not None:
                error.index = part.positions[error.index]
            raise
    await engine.start()
    try:
        return merge(parts, [await engine.run(plan) for plan in plans])
    finally:
        await engine.stop(drain=False)


def _remote(args: argparse.Namespace, items: list[Item], reward: str | RewardSpec | None) -> ScoreResponse:
    import adjudge_client

    await_server(args.url, args.wait)
    try:
        with adjudge_client.Client(args.url, args.api_key) as client:
            return client.score(items, reward, explain=True)
    except adjudge_client.RequestRefused as error:
        raise BadRequest(error.message, index=error.index, field=error.field) from None
    except adjudge_client.AdjudgeClientError as error:
        raise ConfigError(f"{args.url}: {error}") from None


def _write(out: IO[bytes], items: list[Item], response: ScoreResponse) -> None:
    from ..api.respond import dumps

    verdicts = response.verdicts or [{}] * len(items)
    for item, reward, vector, verdict in zip(items, response.rewards, response.vectors, verdicts, strict=True):
        row: dict[str, Any] = {"id": item.id, "reward": reward, "vector": vector, "verdicts": verdict}
        out.write(dumps(row) + b"\n")


def _sum_up(response: ScoreResponse) -> int:
    known = [reward for reward in response.rewards if reward is not None]
    nulls = len(response.rewards) - len(known)
    mean = f"{sum(known) / len(known):.4f}" if known else "none"
    seconds = response.elapsed_ms / 1000
    print(
        f"{len(response.rewards)} items, mean reward {mean}, {nulls} without a reward, {seconds:.2f} s", file=sys.stderr
    )
    return 1 if nulls else 0


def _place(name: str, lines: list[int], index: int | None, field: str | None, message: str) -> str:
    where = f"{name}:{lines[index]}: " if index is not None and index < len(lines) else f"{name}: "
    return f"{where}{message}{f' [field {field}]' if field else ''}"
