"""The HTTP side: routes, bounds on bodies, the one shape of errors. It translates and knows nothing of scoring.

In: bytes from a socket. Out: the contract's JSON. `create_app(settings)` makes the application (FastAPI, ASGI).
"""

from .app import create_app
from .edge import Edge

__all__ = ["Edge", "create_app"]
