"""From the name of a data set to its mapper, and from rows to problems."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..errors import BadInput, NoTask
from .dapo import dapo
from .deepmath import deepmath
from .gsm8k import gsm8k
from .hendrycks import hendrycks
from .numina import numina
from .openr1 import openr1
from .problem import Problem
from .tulu3 import tulu3

Mapper = Callable[[Any], Problem]

MAPPERS: dict[str, Mapper] = {
    "openai/gsm8k": gsm8k,
    "EleutherAI/hendrycks_math": hendrycks,
    "hendrycks/competition_math": hendrycks,
    "DigitalLearningGmbH/MATH-lighteval": hendrycks,
    "HuggingFaceH4/MATH-500": hendrycks,
    "BytedTsinghua-SIA/DAPO-Math-17k": dapo,
    "open-r1/DAPO-Math-17k-Processed": dapo,
    "zwhe99/DeepMath-103K": deepmath,
    "AI-MO/NuminaMath-CoT": numina,
    "AI-MO/NuminaMath-1.5": numina,
    "open-r1/OpenR1-Math-220k": openr1,
    "allenai/RLVR-GSM-MATH-IF-Mixed-Constraints": tulu3,
    "allenai/RLVR-GSM": tulu3,
    "allenai/RLVR-MATH": tulu3,
}
"""By hub id."""
_SHORT = {"math": hendrycks, "dapo": dapo, "deepmath": deepmath, "numina": numina, "openr1": openr1, "tulu3": tulu3}
_BY_NAME = {
    **_SHORT,
    **{hub_id.lower(): found for hub_id, found in MAPPERS.items()},
    **{hub_id.rpartition("/")[2].lower(): found for hub_id, found in MAPPERS.items()},
}


def mapper(name: str) -> Mapper:
    """By hub id, with or without its owner, in any case; or one of gsm8k, math, dapo, deepmath, numina, openr1, tulu3.

    Raises BadInput with the nearest known name.
    """
    wanted = name.strip().lower()
    found = _BY_NAME.get(wanted)
    if found is not None:
        return found
    spelt = {known.lower(): known for known in (*_BY_NAME, *MAPPERS)}
    close = difflib.get_close_matches(wanted, spelt, n=1, cutoff=0.5)
    hint = f"did you mean {spelt[close[0]]!r}?" if close else f"known: {', '.join(MAPPERS)}"
    raise BadInput(f"no mapper for the data set {name!r}; {hint}")


def problems(name: str | Mapper, rows: Iterable[Any], *, skipped: list[str] | None = None) -> Iterator[Problem]:
    """The problems of many rows, in order. Rows that are no task are left out; `skipped` gets a line for each.

    Raises BadInput that names the row for whatever else is wrong: a data set of another shape is a mistake, not noise.
    """
    mapped = mapper(name) if isinstance(name, str) else name
    for index, row in enumerate(rows):
        try:
            problem = mapped(row)
        except NoTask as error:
            if skipped is not None:
                skipped.append(f"row {index}: {error}")
            continue
        except BadInput as error:
            raise BadInput(f"row {index}: {error}") from None
        yield problem
