"""One verifier per file. In: what the verifier `sees`, the gold, its options (and a `Box`). Out: a `Verdict`.

A verifier knows nothing of HTTP, queues or weights. Importing this package registers all of them.
"""

from .registry import Group, Job, Length, Verifier, get, grade, known, verifier

__all__ = ["Group", "Job", "Length", "Verifier", "get", "grade", "known", "verifier"]
