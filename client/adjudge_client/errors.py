"""Everything the client raises on purpose. Whatever it raises, no reward was made up: there is no silent zero.

AdjudgeClientError
├── BadInput                what you handed over cannot be sent; nothing was sent
│   └── NoTask              a row of a data set that nobody can judge (a proof, say): leave it out
├── RequestRefused          the server refused the request, and would again; code, message, index, field, status
│   └── CannotServe         409: no live worker can serve `require`
├── Unavailable             tried until the time-out; `attempts` and the last cause are in the message
│   ├── Overloaded          429, 502, 503 or 504 to the last
│   ├── ConnectionFailed    the connection broke
│   │   └── NoServer        nothing listens there; nothing was sent
│   ├── TimedOut            no answer in time
│   └── IncompleteAnswer    the answer broke off, or was not the contract's
├── ServerFault             500: a fault of the server's, told with the request id to look for in its log
└── LocalServerFailed       `local()` could not start its server; the message has its last words
"""

from __future__ import annotations


class AdjudgeClientError(Exception):
    """Root of the tree."""


class BadInput(AdjudgeClientError, ValueError):
    """Items or arguments that cannot be sent."""


class NoTask(BadInput):
    """A row without anything to compare an answer with."""


class RequestRefused(AdjudgeClientError):
    def __init__(
        self, message: str, *, status: int = 422, code: str = "", index: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.index = index
        self.field = field

    def __str__(self) -> str:
        place = "" if self.index is None else f"item {self.index}: "
        field = "" if self.field is None else f" [field {self.field}]"
        return f"{self.status} {self.code}: {place}{self.message}{field}"

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self)._again, (self.message, self.status, self.code, self.index, self.field))

    @classmethod
    def _again(cls, message: str, status: int, code: str, index: int | None, field: str | None) -> RequestRefused:
        return cls(message, status=status, code=code, index=index, field=field)


class CannotServe(RequestRefused):
    """409."""


class Unavailable(AdjudgeClientError):
    """No answer, though it was tried again; another try later may succeed."""


class Overloaded(Unavailable):
    """The server shed load to the last."""


class ConnectionFailed(Unavailable, ConnectionError):
    """A connection that broke."""


class NoServer(ConnectionFailed):
    """Nobody takes connections at that address."""


class TimedOut(Unavailable, TimeoutError):
    """The time-out passed."""


class IncompleteAnswer(Unavailable):
    """An answer without its end."""


class ServerFault(AdjudgeClientError):
    """500."""


class LocalServerFailed(AdjudgeClientError):
    """The embedded server did not start."""
