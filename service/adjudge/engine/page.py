"""A page of memory that a worker and its parent share: what the worker's thread is doing, readable while it is stuck.

A message would have to be sent by the very thread that is stuck. The page costs the worker half a microsecond a job.
"""

from __future__ import annotations

import mmap
import struct
import time

_LAYOUT = struct.Struct("=Qdd")
_SEQ = struct.Struct("=Q")
_FLOOR_AT = 64
SIZE = mmap.PAGESIZE


class Page:
    """`seq` is the job on the thread (0: none), `since` when it came there, `beat` when the event loop last turned.
    `floor` goes the other way: jobs below it that have not started are not the worker's any more.

    Times are `time.monotonic()` seconds, one clock for all processes of a host.
    """

    def __init__(self, fd: int):
        self._map = mmap.mmap(fd, SIZE)

    def mark(self, seq: int) -> None:
        """The worker's thread now works on this job."""
        now = time.monotonic()
        _SEQ.pack_into(self._map, 0, 0)  # never a new job with an old time
        _LAYOUT.pack_into(self._map, 0, 0, now, now)
        _SEQ.pack_into(self._map, 0, seq)

    def read(self) -> tuple[int, float, float]:
        seq, since, beat = _LAYOUT.unpack_from(self._map, 0)
        return seq, since, beat

    @property
    def floor(self) -> int:
        seq: int = _SEQ.unpack_from(self._map, _FLOOR_AT)[0]
        return seq

    def raise_floor(self, seq: int) -> None:
        _SEQ.pack_into(self._map, _FLOOR_AT, seq)

    def close(self) -> None:
        self._map.close()
