"""Numbers of tokens as options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MOST = 10_000_000
"""Tokens. No context is as long; longer traces than this count as this long."""

Tokens = Annotated[int, Field(ge=0, le=MOST)]
SomeTokens = Annotated[int, Field(ge=1, le=MOST)]
