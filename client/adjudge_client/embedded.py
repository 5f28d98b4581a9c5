"""`local()`: a server of your own, for a script or a notebook, that ends with the process that started it.

The server is a child process on a free port of 127.0.0.1. It watches its parent, so it also ends when the parent is
killed outright. The service itself (`pip install adjudge`) is needed here; this package alone is only the client.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from typing import Any

from .client import Client
from .errors import LocalServerFailed, TimedOut

_STOP_S = 20.0


class LocalServer(Client):
    """A client of a server of its own: all words of `Client`, and `stop()`. Best used in a `with` block."""

    def __init__(self, *, start_timeout_s: float = 60.0, timeout_s: float = 600.0, **settings: Any) -> None:
        if find_spec("adjudge") is None:
            raise LocalServerFailed("local() runs the service itself: pip install adjudge")
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        super().__init__(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=timeout_s, retries=8)
        self._log = tempfile.TemporaryFile(mode="w+b", prefix="adjudge-")  # noqa: SIM115 (closed by stop)
        with listener:
            self._process: subprocess.Popen[bytes] | None = self._start(listener.fileno(), settings)
        atexit.register(self.stop)
        self._wait(start_timeout_s)

    @property
    def pid(self) -> int | None:
        """The server's process; None once it is stopped."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """End the server: what it accepted is answered, its workers are gone when this returns."""
        atexit.unregister(self.stop)
        process, self._process = self._process, None
        if process is None:
            return
        super().close()
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._log.close()

    def close(self) -> None:
        self.stop()

    def __enter__(self) -> LocalServer:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """What is pickled is a plain client of this server; the server stays with the process that started it."""
        return (Client, (self.url,))

    def _start(self, listener: int, settings: dict[str, Any]) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        for name, value in settings.items():
            environment[f"ADJUDGE_{name.upper()}"] = str(value)
        command = [sys.executable, "-m", "adjudge.cli", "serve", "--fd", str(listener), "--parent", str(os.getpid())]
        return subprocess.Popen(
            command,
            env=environment,
            pass_fds=(listener,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C in the notebook is not for the server
        )

    def _wait(self, timeout_s: float) -> None:
        assert self._process is not None
        end = time.monotonic() + timeout_s
        said = ""
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                self.wait_ready(timeout_s=0.5)
                return
            except TimedOut as error:
                said = str(error)
        code = self._process.poll()
        text = self._last_words()
        self.stop()
        what = f"ended with exit code {code}" if code is not None else f"was not ready within {timeout_s:g} s; {said}"
        raise LocalServerFailed(f"the local server {what}{text}")

    def _last_words(self) -> str:
        self._log.flush()
        self._log.seek(0)
        lines = self._log.read()[-4000:].decode(errors="replace").strip().splitlines()[-15:]
        return "\n" + "\n".join(lines) if lines else ""


def local(*, start_timeout_s: float = 60.0, timeout_s: float = 600.0, **settings: Any) -> LocalServer:
    """Start a server and return a client of it. `settings` are the service's, by name: `local(workers=2)`.

    Raises LocalServerFailed with the server's last words.
    """
    return LocalServer(start_timeout_s=start_timeout_s, timeout_s=timeout_s, **settings)
