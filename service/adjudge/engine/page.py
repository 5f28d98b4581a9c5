"""A page of memory that a worker and its parent share: what the worker's thread is doing, readable while it is stuck.

A message would have to be sent by the very thread that is stuck. The page costs the worker half a microsecond a job.

The parent reads while the worker writes, so each word is stored at once (an aligned 8-byte store; `struct.pack_into`
writes byte by byte, and half a time looks like a worker that hangs since yesterday), and the words belong together by a
version that is odd while they are being written (a seqlock): a reading under way is read again.
"""

from __future__ import annotations

import mmap
import time

_VERSION, _SEQ, _SINCE = 0, 1, 2
_FLOOR = 8  # on a cache line of its own
_TRIES = 1_000
SIZE = mmap.PAGESIZE


class Page:
    """`seq` is the job on the thread (0: none), `since` when it came there, or when the event loop last turned.
    `floor` goes the other way: jobs below it that have not started are not the worker's any more.

    Times are `time.monotonic()` seconds, one clock for all processes of a host. One process marks, the other reads.
    """

    def __init__(self, fd: int):
        self._map = mmap.mmap(fd, SIZE)
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("Q")
        self._times = self._bytes.cast("d")
        self._last = (0, 0.0)

    def mark(self, seq: int) -> None:
        """The worker's thread now works on this job."""
        words = self._words
        version = words[_VERSION] | 1
        words[_VERSION] = version
        self._times[_SINCE] = time.monotonic()
        words[_SEQ] = seq
        words[_VERSION] = version + 1

    def read(self) -> tuple[int, float]:
        """(seq, since); the reading before, where a writer has stopped in the middle of a mark."""
        words, times = self._words, self._times
        for _ in range(_TRIES):
            version = words[_VERSION]
            found = words[_SEQ], times[_SINCE]
            if words[_VERSION] == version and not version & 1:
                self._last = found
                break
        return self._last

    @property
    def floor(self) -> int:
        return self._words[_FLOOR]

    def raise_floor(self, seq: int) -> None:
        self._words[_FLOOR] = seq

    def close(self) -> None:
        for view in (self._words, self._times, self._bytes):
            view.release()
        self._map.close()
