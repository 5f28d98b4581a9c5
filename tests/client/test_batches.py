"""Batches too large for one request are split; what cannot be split is named before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from adjudge_client import BadInput
from adjudge_client._votes import vote_parts
from adjudge_client._wire import parts_of
from adjudge_client.types import MAX_ITEMS


@pytest.mark.parametrize("group", [[1], {"a": 1}, 5])
def test_a_group_that_is_no_text_is_named(group: Any) -> None:
    items: list[Any] = [{"prompt": "p", "trace": "t", "ground_truth": "g"}] * (MAX_ITEMS + 1)
    items[7] = {**items[7], "group": group}
    with pytest.raises(BadInput, match=r"item 7: group: .*\[field group\]"):
        parts_of(items, None)


@pytest.mark.parametrize("items", [{"prompt": "p", "trace": "4", "ground_truth": "4"}, "items", b"items"])
def test_one_item_in_place_of_a_list_is_named(items: Any) -> None:
    with pytest.raises(BadInput, match="a list of items is wanted"):
        parts_of(items, None)
    with pytest.raises(BadInput, match="a list of items is wanted"):
        vote_parts(items, None)
