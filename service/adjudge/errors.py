"""Everything the service raises on purpose.

AdjudgeError
├── RequestRefused            the caller's mistake; carries code, message, index, field → 4xx
│   ├── BadRequest            422
│   ├── TooLarge              413
│   ├── CannotServe           409: no live worker can serve `require`
│   └── Busy                  503 with Retry-After: full, draining
├── ConfigError               a setting that cannot work; the CLI prints it and exits 2
└── JailUnavailable           no jail that passes its canary: the item is null, `error`
"""

from __future__ import annotations

_LONGEST = 900
"""Characters of a message."""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST * 2 // 3]} … {text[-_LONGEST // 3 :]}"


class AdjudgeError(Exception):
    """Root of the tree."""


class RequestRefused(AdjudgeError):
    """A message may quote a name that the caller gave, and that may be a megabyte: of a long one the middle is cut."""

    status = 400
    code = "refused"

    def __init__(self, message: str, *, index: int | None = None, field: str | None = None, code: str | None = None):
        self.message = _cut(message)
        super().__init__(self.message)
        self.index = index
        self.field = None if field is None else _cut(field)
        if code is not None:
            self.code = code


class BadRequest(RequestRefused):
    status = 422
    code = "bad_request"


class TooLarge(RequestRefused):
    status = 413
    code = "too_large"


class CannotServe(RequestRefused):
    status = 409
    code = "cannot_serve"


class Busy(RequestRefused):
    status = 503
    code = "busy"

    def __init__(self, message: str, *, retry_after_s: float = 1.0):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ConfigError(AdjudgeError):
    """A setting that cannot work; names the setting and what would be right."""


class JailUnavailable(AdjudgeError):
    """No jail on this host passes its canary; the message says what to do."""
