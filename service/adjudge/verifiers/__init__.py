"""One verifier per file. In: what the verifier `sees`, the gold, its options (and a `Box`). Out: a `Verdict`.

A verifier knows nothing of HTTP, queues or weights. Importing this package registers all of them.
"""

from .registry import Job, Verifier, get, grade, known, verifier

__all__ = ["Job", "Verifier", "get", "grade", "known", "verifier"]
