"""Reading a row: columns that must be there, said by name when they are not; containers of Arrow, NumPy and pandas."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import BadInput

_MISSING = object()


class Row:
    """A row of the data set `dataset`; every refusal names both."""

    def __init__(self, row: Any, dataset: str) -> None:
        if not isinstance(row, Mapping):
            to_dict = getattr(row, "to_dict", None)  # a pandas Series
            row = to_dict() if callable(to_dict) else row
        if not isinstance(row, Mapping):
            raise BadInput(f"{dataset}: a row is a mapping from column to value, not a {type(row).__name__}")
        self._row: Mapping[str, Any] = row
        self.dataset = dataset

    def has(self, column: str) -> bool:
        return column in self._row

    def text(self, column: str) -> str:
        """A text that is not blank, without white space around it."""
        found = self.optional_text(column)
        if found is None:
            raise self._wrong(column, "is empty")
        return found

    def optional_text(self, column: str) -> str | None:
        """None for null, NaN and blanks. Raises where the column itself is not there. Numbers are written out."""
        value = self._row.get(column, _MISSING)
        if value is _MISSING:
            raise self._lacks(column)
        return self._read(value, column)

    def first_text(self, *columns: str) -> str | None:
        """Of columns that a row may have or not: the first one that holds a text."""
        for column in columns:
            text = self._read(self._row.get(column), column)
            if text is not None:
                return text
        return None

    def inner(self, column: str, key: str) -> str:
        """The text under `key` of a column that holds a mapping."""
        value = self._row.get(column, _MISSING)
        if value is _MISSING:
            raise self._lacks(column)
        if not isinstance(value, Mapping):
            raise self._wrong(column, f"is a {type(value).__name__}, not a mapping")
        if key not in value:
            raise self._lacks(f"{column}.{key}", value)
        text = self._read(value[key], f"{column}.{key}")
        if text is None:
            raise self._wrong(f"{column}.{key}", "is empty")
        return text

    def inner_or_none(self, column: str, key: str) -> str | None:
        value = self._row.get(column)
        return self._read(value.get(key), f"{column}.{key}") if isinstance(value, Mapping) else None

    def messages(self, column: str) -> list[dict[str, str]]:
        """What the model is asked: messages with role and content. Answers of an assistant at the end are left out,
        or the prompt would hold the solution."""
        value = self._row.get(column, _MISSING)
        if value is _MISSING:
            raise self._lacks(column)
        kept = []
        for index, message in enumerate(self._list(value, column)):
            if not isinstance(message, Mapping) or not all(
                isinstance(message.get(k), str) for k in ("role", "content")
            ):
                raise self._wrong(f"{column}[{index}]", "is no message with role and content")
            kept.append({"role": message["role"], "content": message["content"]})
        while kept and kept[-1]["role"] == "assistant":
            kept.pop()
        if not kept:
            raise self._wrong(column, "asks nothing")
        return kept

    def prompt(self, column: str) -> str | list[dict[str, str]]:
        """A text, or messages."""
        return self.text(column) if isinstance(self._row.get(column), str) else self.messages(column)

    def list_or_empty(self, column: str) -> list[Any]:
        value = self._row.get(column)
        return [] if value is None or isinstance(value, float) else self._list(value, column)  # NaN: pandas' null

    def meta(self, *columns: str) -> dict[str, Any]:
        """The columns that are there and not null, for `Problem.meta`."""
        found = {}
        for column in columns:
            value = self._row.get(column)
            if value is None or (isinstance(value, float) and math.isnan(value)):
                continue
            found[column] = value.tolist() if callable(getattr(value, "tolist", None)) else value
        return found

    def _list(self, value: Any, column: str) -> list[Any]:
        listed = value.tolist() if callable(getattr(value, "tolist", None)) else value
        if isinstance(listed, (str, bytes, Mapping)) or not isinstance(listed, Iterable):
            raise self._wrong(column, f"is a {type(value).__name__}, not a list")
        return list(listed)

    def _read(self, value: Any, column: str) -> str | None:
        value = value.tolist() if callable(getattr(value, "tolist", None)) else value  # NumPy's numbers
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self._wrong(column, f"is a {type(value).__name__}, not a text")
        return str(value).strip() or None

    def _lacks(self, column: str, there: Mapping[str, Any] | None = None) -> BadInput:
        names = sorted(map(str, self._row if there is None else there))
        close = difflib.get_close_matches(column.rpartition(".")[2], names, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(names[:20]) or 'none'}"
        return BadInput(f"{self.dataset}: the row has no column {column!r}; {hint}")

    def _wrong(self, column: str, what: str) -> BadInput:
        return BadInput(f"{self.dataset}: column {column!r} {what}")
