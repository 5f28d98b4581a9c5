"""What the adapters share: how the service is reached, from arguments or the environment; and how a null is told."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..async_client import AsyncClient
from ..errors import AdjudgeClientError, BadInput, TimedOut
from ..scored import Scored
from ..types import RewardSpec, ScoreResponse, Verdict

Reward = str | dict[str, Any] | None
logger = logging.getLogger("adjudge_client.adapters")
SOON_S = 5.0
"""A server that is not up by then is waited for aloud."""
GOLD_COLUMNS = ("ground_truth", "answer", "solution")
"""Where a ground truth is looked for, in this order: where a row has the final answer and its derivation (MATH has
`answer` and `solution`), the answer is what a verifier wants."""


class NullReward(AdjudgeClientError):
    """A rollout has no reward, and this trainer cannot be handed a null: raising is how it leaves the rollout out."""


@dataclass(frozen=True)
class Setup:
    """How the service is reached and what it is asked for. Each field may be given as an argument, or as the
    environment variable `ADJUDGE_<FIELD>`; the argument wins."""

    url: str = "http://127.0.0.1:8900"
    api_key: str | None = None
    reward: Reward = None
    """A profile's name, or a RewardSpec (JSON in the environment); null: one term, by the item's own verifier."""
    verifier: str = "math"
    """The verifier of items that do not name their own."""
    run: str | None = None
    """Name of the training run, for the service's metrics."""
    timeout_s: float = 600.0
    """How long one call is tried."""
    ready_s: float = 300.0
    """How long the first call waits for a server that is still starting."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Setup:
        """Arguments over environment over defaults. Raises BadInput for what cannot be read."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            value = given.get(field.name)
            if value is None:
                value = os.environ.get(f"ADJUDGE_{field.name.upper()}") or None
            if value is not None:
                values[field.name] = _READ.get(field.name, str)(plain(value))
        return cls(**values)


class Service:
    """A client that waits, before its first request, until the server is up. One serves many callers and, one after
    another, event loops."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._client = AsyncClient(setup.url, setup.api_key, timeout_s=setup.timeout_s)
        self._up: asyncio.Task[None] | None = None

    async def score(self, items: list[dict[str, Any]], step: int | None = None) -> ScoreResponse:
        """A whole batch, with reasons. Raises what `AsyncClient.score` raises, and TimedOut without a server."""
        await self._ready()
        return await self._client.score(items, self._setup.reward, explain=True, run=self._setup.run, step=step)

    async def score_one(self, item: dict[str, Any]) -> Scored:
        """One rollout; those that come together go as one request."""
        await self._ready()
        return await self._client.score_one(item, self._setup.reward, explain=True, run=self._setup.run)

    async def _ready(self) -> None:
        """Thousands may call at once; one of them asks."""
        up = self._up
        if up is not None and up.done() and not up.cancelled() and up.exception() is None:
            return
        if up is None or up.done() or up.get_loop() is not asyncio.get_running_loop():
            up = self._up = asyncio.ensure_future(self._wait_ready())
        await asyncio.shield(up)

    async def _wait_ready(self) -> None:
        """A trainer that stands still must say for what it waits."""
        soon = min(SOON_S, self._setup.ready_s)
        try:
            await self._client.wait_ready(soon)
            return
        except TimedOut as error:
            if (left := self._setup.ready_s - soon) <= 0:
                raise
            logger.warning("%s; waiting up to %g s more. Start a server with: adjudge serve", error, left)
        await self._client.wait_ready(left)


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadInput(f"{value!r} is not a number of seconds") from None


def _reward(value: Any) -> Reward:
    if isinstance(value, RewardSpec):
        return value.model_dump(exclude_none=True)
    if isinstance(value, dict):
        return value
    text = str(value).strip()
    if not text.startswith("{"):
        return text
    try:
        spec: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise BadInput(f"the reward begins like a JSON object but is none: {error}") from None
    return spec


_READ: dict[str, Any] = {"timeout_s": _seconds, "ready_s": _seconds, "reward": _reward}


def plain(value: Any) -> Any:
    """Lists and dicts where a trainer hands over its own containers (OmegaConf's, NumPy's, Arrow's)."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if hasattr(value, "tolist") and callable(value.tolist):
        return plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(each) for each in value]
    return value


_MESSAGE_FIELDS = ("role", "content", "reasoning_content", "tool_calls", "name", "tool_call_id")


def messages(value: Any) -> Any:
    """A prompt or a trace as the wire wants it: a text as it is, messages with the fields that the wire knows.

    Arrow fills fields that a message lacks with null; pictures are left out, as no verifier looks at them; `thinking`
    is what some response parsers call `reasoning_content`.
    """
    if isinstance(value, str):
        return value
    cleaned = []
    for message in plain(value):
        kept = {name: message[name] for name in _MESSAGE_FIELDS if message.get(name) is not None}
        if "reasoning_content" not in kept and isinstance(message.get("thinking"), str):
            kept["reasoning_content"] = message["thinking"]
        if isinstance(kept.get("content"), list):
            kept["content"] = [
                {"type": "text", "text": part["text"]}
                for part in kept["content"]
                if isinstance(part, dict) and part.get("type") == "text"
            ]
        cleaned.append(kept)
    return cleaned


MASKED = "masked: the rollout was cut off, and the reward asks to mask such"


def why_null(verdicts: Mapping[str, Verdict] | None) -> str | None:
    """Of a rollout without a reward: the term that has no score, its status and its reason. None where no term is to
    blame: the reward masks it by `truncated: "mask"`, which is the trainer's own wish and no fault to tell of."""
    for name, verdict in (verdicts or {}).items():
        if verdict.score is None:
            return f"{name}: {verdict.status}: {verdict.reason}"
    return None


class Nulls:
    """Counts nulls and tells of each; safe among threads."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self.seen = 0
        self.null = 0

    def count(self, whys: Iterable[str | None], place: str = "", then: str = "") -> None:
        """`whys`: for each rollout of a call None, or why it has no reward; `then`: what the trainer makes of it."""
        listed = list(whys)
        told = Counter(why for why in listed if why is not None)
        with self._lock:
            self.seen += len(listed)
            self.null += sum(told.values())
            seen, null = self.seen, self.null
        if told:
            reasons = "; ".join(f"{why} (×{times})" if times > 1 else why for why, times in told.most_common(5))
            self._logger.warning(
                "adjudge%s: %d of %d rollouts have no reward (%d of %d so far): %s%s",
                place,
                sum(told.values()),
                len(listed),
                null,
                seen,
                reasons,
                then,
            )
