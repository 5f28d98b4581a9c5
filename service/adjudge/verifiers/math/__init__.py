"""The maths verifier. In: an answer's text, a gold, options, a Box. Out: a Verdict with the stage that decided.

extract (what the model commits to) → lex, parse (our own total scanner: text to a tree) → compare (the typed policy)
over exact (arithmetic that proves) and numeric (floating point that tells apart). What our scanner cannot read and what
arithmetic leaves open goes to `math.parse` and `math.decide` in executions of their own; only trees cross (tree.py).
"""

from .forms import form
from .verifier import math

__all__ = ["form", "math"]
