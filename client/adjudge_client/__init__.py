"""Thin client of adjudge, the verifier and reward service. Depends on httpx and pydantic only.

    from adjudge_client import Client
    with Client("http://127.0.0.1:8900") as client:
        print(client.score([{"prompt": "1+1?", "trace": "It is \\boxed{2}", "ground_truth": "2"}]).rewards)

`AsyncClient` has the same words. `local()` starts a server of your own for a script or notebook. Names are imported
when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .async_client import AsyncClient
    from .client import Client
    from .embedded import LocalServer, local
    from .errors import (
        AdjudgeClientError,
        BadInput,
        CannotServe,
        ConnectionFailed,
        IncompleteAnswer,
        LocalServerFailed,
        NoServer,
        Overloaded,
        RequestRefused,
        ServerFault,
        TimedOut,
        Unavailable,
    )
    from .scored import Scored
    from .types import GroupStats, Item, RewardSpec, ScoreRequest, ScoreResponse, Term, Verdict, VoteItem, VoteResponse

_HOMES = {
    "async_client": ("AsyncClient",),
    "client": ("Client",),
    "errors": (
        "AdjudgeClientError",
        "BadInput",
        "CannotServe",
        "ConnectionFailed",
        "IncompleteAnswer",
        "LocalServerFailed",
        "NoServer",
        "Overloaded",
        "RequestRefused",
        "ServerFault",
        "TimedOut",
        "Unavailable",
    ),
    "embedded": ("LocalServer", "local"),
    "scored": ("Scored",),
    "types": (
        "GroupStats",
        "Item",
        "RewardSpec",
        "ScoreRequest",
        "ScoreResponse",
        "Term",
        "Verdict",
        "VoteItem",
        "VoteResponse",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [
    "AdjudgeClientError",
    "AsyncClient",
    "BadInput",
    "CannotServe",
    "Client",
    "ConnectionFailed",
    "GroupStats",
    "IncompleteAnswer",
    "Item",
    "LocalServer",
    "LocalServerFailed",
    "NoServer",
    "Overloaded",
    "RequestRefused",
    "RewardSpec",
    "ScoreRequest",
    "ScoreResponse",
    "Scored",
    "ServerFault",
    "Term",
    "TimedOut",
    "Unavailable",
    "Verdict",
    "VoteItem",
    "VoteResponse",
    "local",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value
