"""The `language` term: how much of the thinking is in the language that it should be in.

In: a trace, its prompt, options. Out: a verdict, the share of words. parts (thinking, answer: ../answer.py) → prose
(what is left without code, formulas, addresses) → pieces (sentences: words of one script) → scripts, and for scripts
that many languages share the detector → words by language.
"""

from .verifier import language

__all__ = ["language"]
