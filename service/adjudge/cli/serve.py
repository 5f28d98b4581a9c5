"""`adjudge serve`: the service on one machine, drained on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import os
import signal
import socket
from types import FrameType
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    import uvicorn

    from ..api import Edge
    from ..settings import Settings

_logger = logging.getLogger("adjudge.serve")
_PARENT_CHECK_S = 0.5


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("serve", help="run the service", description="Run the service (docs/settings.md).")
    command.add_argument("--host", help="address to listen on (127.0.0.1)")
    command.add_argument("--port", type=int, help="port to listen on (8900)")
    command.add_argument("--workers", type=int, help="worker processes (one per core)")
    command.add_argument("--jail", help="rung of the jail ladder (auto: the best that this host has)")
    command.add_argument("--fd", type=int, help=argparse.SUPPRESS)  # a listening socket handed down by local()
    command.add_argument("--parent", type=int, help=argparse.SUPPRESS)  # end when this process is gone
    command.set_defaults(run=run, usage=command)


def run(args: argparse.Namespace) -> int:
    from ..api import create_app
    from ..logs import configure, say
    from ..settings import load, unknown_variables

    settings = load(host=args.host, port=args.port, workers=args.workers, jail=args.jail)
    configure(settings.log_level, settings.log_format)
    for warning in unknown_variables(os.environ):
        say(_logger, logging.WARNING, warning)
    listener = _listen(settings, args.fd)
    app = create_app(settings)
    _server(app, settings, listener, args.parent).run(sockets=[listener])
    if app.state.failure is not None:
        raise ConfigError(f"cannot start: {app.state.failure}")
    return 0


def _listen(settings: Settings, fd: int | None) -> socket.socket:
    if fd is not None:
        return socket.socket(fileno=fd)
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {settings.port} is in use (another adjudge?); choose one with --port or ADJUDGE_PORT"
            ) from None
        raise ConfigError(
            f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); choose with --host and --port"
        ) from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(app: Edge, settings: Settings, listener: socket.socket, parent: int | None) -> uvicorn.Server:
    import uvicorn

    from ..logs import say

    class Server(uvicorn.Server):
        """Answers what was accepted before it ends: while it drains it still listens, to say 503 and when to return."""

        drain_task: asyncio.Task[None] | None = None

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.loop = asyncio.get_running_loop()
            if self.should_exit:
                return
            self.ready_task = asyncio.create_task(_tell_when_ready(app, _url(listener)))
            self.parent_task = asyncio.create_task(self._watch_parent()) if parent else None

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if self.drain_task is not None or not self.started:
                self.should_exit = self.force_exit = True
                return
            name = signal.Signals(sig).name
            self.loop.call_soon_threadsafe(self._begin, name)  # a signal handler may run between any two bytecodes

        def _begin(self, why: str) -> None:
            if self.drain_task is None:
                self.drain_task = asyncio.create_task(self._drain(why))

        async def _drain(self, why: str) -> None:
            say(_logger, logging.INFO, "draining", why=why, in_flight=app.state.intake.in_flight)
            app.state.intake.draining = True
            end = asyncio.get_running_loop().time() + settings.drain_s
            while app.state.intake.in_flight and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            self.should_exit = True

        async def _watch_parent(self) -> None:
            while os.getppid() == parent:  # noqa: ASYNC110 (nothing announces it)
                await asyncio.sleep(_PARENT_CHECK_S)
            self._begin("the parent process is gone")

    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_keep_alive=settings.keep_alive_s,
            timeout_graceful_shutdown=5,
            backlog=2048,
        )
    )


async def _tell_when_ready(app: Edge, url: str) -> None:
    """One line for a person on standard output and one for the log, once the workers stand."""
    from ..api.reports import ready_report, wait_told
    from ..logs import say

    await wait_told(app.state.engine)
    await app.state.looked.wait()
    report = ready_report(app.state.engine, draining=False, lacks=app.state.lacks)
    level = logging.INFO if report.ready else logging.ERROR
    say(_logger, level, f"serving on {url}", url=url, **report.model_dump(exclude_none=True))
    lacks = f", which lacks: {'; '.join(report.lacks)}" if report.lacks else ""
    jail = f"jail: {report.jail}{lacks}" if report.jail else f"no jail: {report.detail}; see adjudge doctor"
    print(f"adjudge serves on {url}  ({report.workers} workers, {jail})", flush=True)
