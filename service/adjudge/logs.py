"""Structured logs: one JSON object a line on standard error, each line of a request with its id and its trace's.

Texts of prompts, traces and golds are never logged: they are users' data and hostile besides.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str | None] = ContextVar("adjudge_request_id", default=None)
trace_id: ContextVar[str | None] = ContextVar("adjudge_trace_id", default=None)
"""That of the caller's `traceparent`, or of the trace that begins here."""

_NAMES = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}
_PROCESS = secrets.token_hex(5)
_count = itertools.count(0x100000)
_SAFE_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


def id_for(given: str | None) -> str:
    """The caller's X-Request-ID if it is safe to repeat in headers and logs, else a new one."""
    return given if given and _SAFE_ID.fullmatch(given) else f"{_PROCESS}{next(_count):x}"


def trace_of(traceparent: str | None) -> str | None:
    """The trace's id in a W3C `traceparent`, or None where it is none."""
    found = None if traceparent is None else _TRACEPARENT.fullmatch(traceparent)
    return None if found is None else found[1]


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        if (trace := trace_id.get()) is not None:
            line["trace_id"] = trace
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in getattr(record, "fields", {}).items())
        moment = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        text = f"{moment} {record.levelname.lower():7} {record.getMessage()}{fields}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def configure(level: str = "info", style: str = "json") -> None:
    """Send all logs of this process to standard error in one format; "auto": text on a terminal, else JSON."""
    if style == "auto":
        style = "text" if sys.stderr.isatty() else "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.access", "asyncio", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def say_request(logger: logging.Logger, level: int, **fields: Any) -> None:
    """One line for one request. Thousands come a second, so JSON is written without the detour over log records."""
    if not logger.isEnabledFor(level):
        return
    if len(logger.handlers) == 0 and len(logging.root.handlers) == 1:
        handler = logging.root.handlers[0]
        if isinstance(handler, logging.StreamHandler) and isinstance(handler.formatter, JsonFormatter):
            head: dict[str, Any] = {
                "time": _moment(time.time()),
                "level": _NAMES[level],
                "logger": logger.name,
                "message": "request",
            }
            head["request_id"] = request_id.get()
            if (trace := trace_id.get()) is not None:
                head["trace_id"] = trace
            handler.stream.write(orjson.dumps({**head, **fields}).decode() + "\n")
            return
    say(logger, level, "request", **fields)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def say(logger: logging.Logger, level: int, message: str, **fields: Any) -> None:
    """Log `message` with fields; cheap where the level is off."""
    if logger.isEnabledFor(level):
        logger.log(level, message, extra={"fields": fields})
