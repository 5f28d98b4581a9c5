"""Canonical forms, for votes. In: an answer's text. Out: a key that equal answers share, or why it has none.

reading (what the text says, without a gold) → keys (trees to keys along the verifier's policy, made transitive) over
values (scalars: rationals as themselves, the rest by 60 digits) and words. What our arithmetic cannot evaluate goes to
`math.parse` and `math.form` in executions of their own; what no jail can either is known by how it is written.
"""

from .verifier import form

__all__ = ["form"]
