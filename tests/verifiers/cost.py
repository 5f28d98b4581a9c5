"""CPU time of a call, for tests that cost grows no faster than the text."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def best_of(call: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of the fastest of a few calls; the collector, whose work grows with the test run, is left out."""
    seconds = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(times):
            start = time.process_time()
            call()
            seconds.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(seconds)
