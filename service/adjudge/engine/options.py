"""The options of a job: term_options[term] over Term.options over defaults, and the item's own for verifier "item"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import ValidationError

from ..errors import BadRequest
from ..rewards import nearest
from ..verifiers import Verifier
from .canonical import NotCanonical, canonical, scrub_data


class Layer(NamedTuple):
    """Where options stand ("options" of item 3, "reward.terms.0.options" of no item, …) and what stands there."""

    where: str
    item: int | None
    options: dict[str, Any] | None


Place = Callable[[str], tuple[str, int | None]]
"""The field and the item in which an option was given."""


@dataclass(frozen=True, slots=True)
class Options:
    """Complete options, defaults filled in."""

    values: dict[str, Any]
    canonical: str


class OptionReader:
    """Merges and validates; equal sets of options are validated once."""

    def __init__(self, defaults: dict[str, Options]) -> None:
        """`defaults` are those of the verifiers, by name; they are filled in as they are first needed."""
        self._known: dict[tuple[str, str], Options] = {}
        self._defaults = defaults

    def read(self, verifier: Verifier, layers: Sequence[Layer]) -> Options:
        """Later layers win. Raises BadRequest with the field that is wrong, and the index if it is an item's."""

        def place(name: str) -> tuple[str, int | None]:
            given = [layer for layer in layers if layer.options] or layers
            for layer in reversed(given):
                if layer.options and name in layer.options:
                    return f"{layer.where}.{name}", layer.item
            last = given[-1]
            return (f"{last.where}.{name}" if name else last.where), last.item

        merged: dict[str, Any] = {}
        for _, _, options in layers:
            if options:
                merged.update(options)
        if not merged:
            if verifier.name not in self._defaults:
                self._defaults[verifier.name] = self._validate(verifier, {}, place)
            return self._defaults[verifier.name]
        try:
            key = (verifier.name, canonical(merged))
        except NotCanonical as error:
            field, index = place("")
            raise BadRequest(f"options: {error}", index=index, field=field) from None
        if key not in self._known:
            self._known[key] = self._validate(verifier, merged, place)
        return self._known[key]

    @staticmethod
    def _validate(verifier: Verifier, merged: dict[str, Any], place: Place) -> Options:
        names = verifier.options.model_fields
        for name in merged:
            if name not in names:
                field, index = place(name)
                raise BadRequest(
                    f"verifier '{verifier.name}' has no option '{name}'; {nearest(name, names)}",
                    index=index,
                    field=field,
                )
        try:
            values = verifier.options.model_validate(scrub_data(merged)).model_dump(mode="json")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = [str(part) for part in first["loc"]]
            top, index = place(path[0] if path else "")
            field = ".".join([top, *path[1:]])
            raise BadRequest(f"{_worded(first)} (got {_show(first['input'])})", index=index, field=field) from None
        return Options(values, canonical(values))


def _worded(error: Mapping[str, Any]) -> str:
    """pydantic's words; in place of a long list of values the nearest of them."""
    values = re.findall("'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    if len(values) <= 8 or not isinstance(error["input"], str):
        return str(error["msg"])
    return f"none of the {len(values)} values; {nearest(error['input'], values)}"


def _show(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 80 else text[:77] + "..."
