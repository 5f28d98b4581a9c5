"""The verdict cache: least recently used first out, bounded in verdicts and in bytes."""

from __future__ import annotations

from collections import OrderedDict

from adjudge_client.types import Verdict

CACHEABLE = frozenset({"ok", "no_answer"})
"""`timeout`, `memory` and `crash` hold within their batch only, nulls never (contract §4)."""

_OVERHEAD = 1_800
"""Bytes that one entry takes beside its texts: key, Verdict, its fields, the table (measured as resident memory)."""


class VerdictCache:
    """Not thread-safe: it lives on the event loop."""

    def __init__(self, verdicts: int, megabytes: int):
        self._most = verdicts
        self._most_bytes = megabytes * 1_000_000
        self._entries: OrderedDict[bytes, tuple[Verdict, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, identity: bytes) -> bool:
        return identity in self._entries

    def get(self, identity: bytes) -> Verdict | None:
        entry = self._entries.get(identity)
        if entry is None:
            return None
        self._entries.move_to_end(identity)
        return entry[0]

    def put(self, identity: bytes, verdict: Verdict) -> None:
        """Keeps what may be kept; everything else is passed over."""
        if verdict.status not in CACHEABLE or self._most <= 0 or identity in self._entries:
            return
        size = _size(verdict)
        if size > self._most_bytes:
            return
        self._entries[identity] = (verdict, size)
        self.bytes += size
        while len(self._entries) > self._most or self.bytes > self._most_bytes:
            _, (_, dropped) = self._entries.popitem(last=False)
            self.bytes -= dropped


def _size(verdict: Verdict) -> int:
    texts = (verdict.reason, verdict.verifier, verdict.extracted, verdict.expected, verdict.stage)
    tests = len(repr(verdict.tests)) + 300 * len(verdict.tests) if verdict.tests else 0
    return _OVERHEAD + sum(4 * len(text) if not text.isascii() else len(text) for text in texts if text) + tests
