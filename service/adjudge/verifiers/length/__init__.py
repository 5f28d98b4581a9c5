"""Terms that pay for length, as published: `overlong`, `kimi_length`, `cosine_length`, `l1_exact`, `l1_max`.

In: a `Length` (or a group of them) and options in tokens; no text is read, so none can be hostile. Out: a verdict whose
reason names the tokens, and whether the trainer counted them or they are estimated. No term knows what is right: where
a paper pays right and wrong traces differently, its formula is two terms, one of them with `when: correct`.
"""

from .cosine import cosine_length
from .kimi import kimi_length
from .l1 import l1_exact, l1_max
from .overlong import overlong

__all__ = ["cosine_length", "kimi_length", "l1_exact", "l1_max", "overlong"]
