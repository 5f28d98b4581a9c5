"""The term `format`: whether a trace has the form that was asked for, whatever it says.

In: the whole trace, thinking included, and whether the prompt has opened the thinking. Out: 0 … 1. `tags` looks at
think and answer tags, `pattern` at a regular expression of the trainer's, `schema` at JSON.
"""

from .verifier import format

__all__ = ["format"]
