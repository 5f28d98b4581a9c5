"""How the monitors read what a trainer hands over, and sums that neither overflow nor depend on order."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from numbers import Integral
from typing import Any

from ..errors import BadInput

Groups = Iterable[Hashable] | int
"""One group name per value (None: a value of no group), or the size of consecutive groups."""


def plain(values: Any, name: str) -> list[Any]:
    """A list of what `values` holds; arrays and tensors are asked for `.tolist()`, wherever they live."""
    if isinstance(values, (str, bytes)):
        raise BadInput(f"{name} is one text; a list with one entry per rollout is wanted")
    listed = values.tolist() if callable(getattr(values, "tolist", None)) else values
    if not isinstance(listed, Iterable):
        raise BadInput(f"{name} is a {type(values).__name__}; a list with one entry per rollout is wanted")
    return list(listed)


def number(value: Any, name: str, index: int) -> float | None:
    """A float, or None for what is null: None, NaN, infinities."""
    if value is None:
        return None
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise BadInput(f"{name}[{index}] is a {type(value).__name__}, not a number")
    try:
        read = float(value)
    except OverflowError:  # an integer beyond any float
        return None
    except (TypeError, ValueError):
        raise BadInput(f"{name}[{index}] is not one number") from None
    return read if math.isfinite(read) else None


def numbers(values: Any, name: str) -> list[float | None]:
    """One float or None (null) per value. Raises BadInput for what is no number, naming it."""
    return [number(value, name, index) for index, value in enumerate(plain(values, name))]


def known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def same_length(**lists: Sequence[Any] | None) -> None:
    """Raises BadInput that names the two lists that do not fit together."""
    first: tuple[str, int] | None = None
    for name, values in lists.items():
        if values is None:
            continue
        if first is None:
            first = (name, len(values))
        elif len(values) != first[1]:
            raise BadInput(f"{name} has {len(values)} entries, {first[0]} has {first[1]}")


def size_of(groups: Any) -> int | None:
    """The size of consecutive groups, if that is what `groups` is."""
    return int(groups) if isinstance(groups, Integral) and not isinstance(groups, bool) else None


def members(groups: Groups, count: int, of: str) -> dict[Hashable, list[int]]:
    """By group the indices of its members, in order of first appearance. `count` values of the list named `of`."""
    size = size_of(groups)
    if size is not None:
        if size < 1 or count % size:
            raise BadInput(f"groups of {size} do not divide the {count} entries of {of}")
        return {start // size: list(range(start, start + size)) for start in range(0, count, size)}
    names = plain(groups, "groups")
    if len(names) != count:
        raise BadInput(f"groups has {len(names)} entries, {of} has {count}")
    found: dict[Hashable, list[int]] = {}
    for index, each in enumerate(names):
        name = each.item() if callable(getattr(each, "item", None)) else each  # tensors of one number hash by identity
        if name is None or name != name:  # NaN is how a table says that there is none
            continue
        try:
            found.setdefault(name, []).append(index)
        except TypeError:
            raise BadInput(f"groups[{index}] is a {type(name).__name__}, which cannot name a group") from None
    return found


def mean(values: Sequence[float]) -> float | None:
    """None for no values."""
    return moments(values)[0]


def moments(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean and population standard deviation; (None, None) for no values; exactly (v, 0.0) where all are equal to v.

    Scaled by a power of two, which rounds nothing and lets no square overflow, and summed exactly.
    """
    if not values:
        return None, None
    if all(value == values[0] for value in values):
        return values[0], 0.0  # not what rounding makes of it: advantages divide by it
    scale = math.ldexp(1.0, math.frexp(max(abs(value) for value in values))[1] - 1)
    parts = [value / scale for value in values]
    middle = math.fsum(parts) / len(parts)
    variance = math.fsum((part - middle) ** 2 for part in parts) / len(parts)
    return middle * scale, math.sqrt(variance) * scale


def share(count: int, total: int) -> float | None:
    """None of nothing."""
    return count / total if total else None
