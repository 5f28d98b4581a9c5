"""Groups of items within one request (contract §1, Groups)."""

from __future__ import annotations

from collections.abc import Sequence

from adjudge_client.types import Item

from ..errors import BadRequest


class Groups:
    """Raises BadRequest for a group that contradicts itself."""

    def __init__(self, items: Sequence[Item]):
        self.members: dict[str, list[int]] = {}
        self.position: dict[int, int] = {}
        """By an item's index: its place among the members of its group."""
        sizes: dict[str, int] = {}
        for index, item in enumerate(items):
            if item.group is None:
                continue
            members = self.members.setdefault(item.group, [])
            self.position[index] = len(members)
            members.append(index)
            if item.group_size is not None and sizes.setdefault(item.group, item.group_size) != item.group_size:
                raise BadRequest(
                    f"group '{item.group}' is said to have {sizes[item.group]} members and {item.group_size}",
                    index=index,
                    field="group_size",
                )
        for group, size in sizes.items():
            if len(self.members[group]) > size:
                raise BadRequest(
                    f"group '{group}' has {len(self.members[group])} members, more than its group_size {size}",
                    index=self.members[group][size],
                    field="group",
                )
        self._sizes = sizes

    def incomplete(self, group: str | None) -> str | None:
        """Why a group term has nothing to say of a member of this group, or None if it has."""
        if group is None:
            return "the item has no `group`, so a term that compares the members of a group cannot be run"
        have, size = len(self.members[group]), self._sizes.get(group)
        if size is not None and have < size:
            return f"group '{group}' has {have} of its {size} members in this request; send a group whole"
        return None
