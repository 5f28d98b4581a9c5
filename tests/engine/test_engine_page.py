"""The page that a worker and its parent share, read while it is being written."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from adjudge.engine.page import SIZE, Page

WRITER = """
import sys, time
from adjudge.engine.page import Page
page, end = Page(int(sys.argv[1])), time.monotonic() + 3
while time.monotonic() < end:
    for _ in range(1000):
        page.mark(7)
        page.mark(0)
"""


def test_a_reading_under_way_is_never_taken_for_a_worker_that_hangs():
    """A torn one says "nothing on the thread since the clock began", and an innocent worker is killed for it."""
    with tempfile.TemporaryFile() as shared:
        shared.truncate(SIZE)
        page, began = Page(shared.fileno()), time.monotonic()
        page.mark(0)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(shared.fileno())], pass_fds=(shared.fileno(),))
        seen = {0: 0, 7: 0}
        while writer.poll() is None:
            for _ in range(1000):
                seq, since = page.read()
                assert seq in seen and since >= began
                seen[seq] += 1
        assert writer.returncode == 0 and min(seen.values()) > 1_000
        page.close()


def test_a_writer_that_ends_in_the_middle_of_a_mark_leaves_the_reading_before():
    with tempfile.TemporaryFile() as shared:
        shared.truncate(SIZE)
        writer, reader = Page(shared.fileno()), Page(shared.fileno())
        writer.mark(3)
        before = reader.read()
        assert before[0] == 3
        writer._words[0] |= 1
        writer._words[1] = 4
        assert reader.read() == before
        writer.mark(5)  # a next mark makes it whole again
        assert reader.read()[0] == 5
        writer.close()
        reader.close()
