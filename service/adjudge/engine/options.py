"""The options of a job: term_options[term] over Term.options over defaults, and the item's own for verifier "item"."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..errors import BadRequest
from ..rewards import nearest
from ..verifiers import Verifier
from .canonical import NotCanonical, canonical, scrub_data

Layer = tuple[str, dict[str, Any] | None]
"""Where options stand in the request ("options", "term_options.correct", …) and what stands there."""


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

    def read(self, verifier: Verifier, layers: Sequence[Layer], index: int | None) -> Options:
        """Later layers win. Raises BadRequest with the item's index and the field that is wrong."""
        merged: dict[str, Any] = {}
        for _, options in layers:
            if options:
                merged.update(options)
        if not merged:
            if verifier.name not in self._defaults:
                self._defaults[verifier.name] = self._validate(verifier, {}, lambda _: "options", index)
            return self._defaults[verifier.name]

        def place(name: str) -> str:
            for where, options in reversed(layers):
                if options and name in options:
                    return f"{where}.{name}"
            return layers[-1][0]

        try:
            key = (verifier.name, canonical(merged))
        except NotCanonical as error:
            raise BadRequest(f"options: {error}", index=index, field=layers[-1][0]) from None
        if key not in self._known:
            self._known[key] = self._validate(verifier, merged, place, index)
        return self._known[key]

    @staticmethod
    def _validate(
        verifier: Verifier, merged: dict[str, Any], place: Callable[[str], str], index: int | None
    ) -> Options:
        names = verifier.options.model_fields
        for name in merged:
            if name not in names:
                raise BadRequest(
                    f"verifier '{verifier.name}' has no option '{name}'; {nearest(name, names)}",
                    index=index,
                    field=place(name),
                )
        try:
            values = verifier.options.model_validate(scrub_data(merged)).model_dump(mode="json")
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            path = [str(part) for part in first["loc"]]
            field = ".".join([place(path[0]), *path[1:]]) if path else place("")
            raise BadRequest(f"{first['msg']} (got {_show(first['input'])})", index=index, field=field) from None
        return Options(values, canonical(values))


def _show(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 80 else text[:77] + "..."
