"""The trusted side of every sandbox.

In: the name of a sandbox program, a request frame, `Limits`. Out: an `Outcome` (the reply, how it ended, `Usage`).
Promises (jails §1): a fresh process per execution that sees nothing of any other; afterwards all it started is dead.
A verifier reaches this room only through the `Box` it is handed.
"""

from .pool import JailPool, Stats
from .probe import Report, RungReport, choose, probe
from .types import Box, End, Execution, JailLost, Limits, Outcome, Usage

__all__ = [
    "Box",
    "End",
    "Execution",
    "JailLost",
    "JailPool",
    "Limits",
    "Outcome",
    "Report",
    "RungReport",
    "Stats",
    "Usage",
    "choose",
    "probe",
]
