"""Small values that describe one execution, passed whole."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use. `cpu_s` is CPU time; the wall limit is 3 x cpu_s + 1 s unless given.

    `total_s` bounds the wall time of an execution and of its second run under load together (None: no such bound).
    """

    cpu_s: float = 2.0
    memory_mb: int = 512
    wall_s: float | None = None
    total_s: float | None = None
    processes: int = 1
    file_mb: int = 0
    output_bytes: int = 4_000_000

    @property
    def wall_limit_s(self) -> float:
        return self.wall_s if self.wall_s is not None else 3 * self.cpu_s + 1


class End(StrEnum):
    """How an execution ended, as the trusted side or the agent saw it; never as the program says."""

    EXITED = "exited"  # it answered (exit code or reply frame says what)
    TIMEOUT = "timeout"  # over its CPU or wall limit
    MEMORY = "memory"  # over its resident memory
    OUTPUT = "output"  # over its output limit
    CRASH = "crash"  # a signal, an exit without a reply, or three counted deaths of its jail


@dataclass(frozen=True, slots=True)
class Usage:
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reply` is None unless end is EXITED. `detail` is one sentence for a person."""

    end: End
    reply: bytes | None
    usage: Usage
    detail: str = ""


class JailLost(Exception):
    """The jail died under an open execution. `ours` if this side caused it: then it does not count (contract §1)."""

    def __init__(self, why: str, *, ours: bool):
        super().__init__(why)
        self.ours = ours


class Execution(Protocol):
    """A running execution that exchanges frames (tests beside candidate)."""

    async def send(self, frame: bytes) -> None: ...

    async def recv(self, timeout_s: float | None = None) -> bytes | None:
        """The next frame, or None once the execution has ended."""

    async def end(self) -> Outcome: ...


class Box(Protocol):
    """What a verifier is handed. `program` names an entry of the sandbox's program table ("math.parse", …).

    Both raise JailUnavailable where no jail passes its canary (→ `error`, null).
    """

    async def run(self, program: str, request: bytes, limits: Limits) -> Outcome:
        """One fresh execution: one request frame in, at most one reply frame out."""

    def open(self, program: str, limits: Limits) -> AbstractAsyncContextManager[Execution]:
        """One fresh execution that is talked to; leaving the context kills it."""
