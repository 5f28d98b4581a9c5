"""`adjudge score FILE.jsonl`: an Item a line in, a verdict a line out, in order."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import BadRequest, ConfigError, RequestRefused

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
    command.add_argument("-o", "--output", metavar="OUT", help="where to write (standard output)")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    items, lines = _read(args.file)
    reward = _reward(args.reward)
    with _writer(args.output) as out:
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
    with _reader(name) as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                items.append(decode_item(line, pass_over_unknown=True))
            except BadRequest as error:
                raise ConfigError(_place(name, [number], 0, error.field, error.message)) from None
            lines.append(number)
    if not items:
        raise ConfigError(f"{name}: there are no items in it")
    return items, lines


@contextmanager
def _reader(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as source:
            yield source
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None


def _reward(text: str | None) -> str | RewardSpec | None:
    """A name stays a name: the engine knows the profiles."""
    from pydantic import ValidationError

    from adjudge_client.types import RewardSpec

    if text is None:
        return None
    source = text if text.lstrip().startswith("{") else None
    if source is None and Path(text).is_file():
        source = Path(text).read_text(encoding="utf-8")
    if source is None:
        return text
    try:
        return RewardSpec.model_validate_json(source)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"--reward: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


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

    try:
        with adjudge_client.Client(args.url, args.api_key) as client:
            return client.score(items, reward, explain=True)
    except adjudge_client.RequestRefused as error:
        raise BadRequest(error.message, index=error.index, field=error.field) from None
    except adjudge_client.AdjudgeClientError as error:
        raise ConfigError(f"{args.url}: {error}") from None


@contextmanager
def _writer(name: str | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that appears whole or not at all."""
    if name is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = Path(f"{name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(name)
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


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
