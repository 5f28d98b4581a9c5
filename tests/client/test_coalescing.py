"""Whatever callers do, each has its own answer and no group is split. The service's rules stand in for it here."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adjudge_client import RequestRefused, ServerFault
from adjudge_client._coalesce import Coalescer
from adjudge_client._stream import Row, Summary
from adjudge_client._wire import Part

SIZE = 3
KINDS = st.sampled_from(["good", "good", "good", "bad", "poison", "cancelled"])
SINGLES = st.tuples(KINDS, st.none())
MEMBERS = st.tuples(KINDS, st.sampled_from(["g", "h", "i"]))


class Rules:
    """Refuses a request for its first bad item, fails over a poisonous one, and wants no group twice."""

    def __init__(self) -> None:
        self.seen: list[list[dict[str, Any]]] = []

    async def rows(self, part: Part, summary: Summary) -> AsyncGenerator[Row, None]:
        items = json.loads(part.body)["items"]
        self.seen.append(items)
        await asyncio.sleep(0)
        members = Counter(each["group"] for each in items if "group" in each)
        assert all(count <= SIZE for count in members.values())
        for index, each in enumerate(items):
            if each["id"].startswith("bad"):
                raise RequestRefused(f"no {each['id']}", index=index)
        if any(each["id"].startswith("poison") for each in items):
            raise ServerFault("500")
        summary.terms = ["correct"]
        for index, each in reversed(list(enumerate(items))):
            await asyncio.sleep(0)
            yield Row(index, each["id"], each["ground_truth"], [each["ground_truth"]])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(SINGLES, MEMBERS), max_size=30), st.data())
def test_each_caller_has_its_own_answer_and_no_group_is_split(calls: list[tuple[str, str | None]], data: Any) -> None:
    rules = Rules()

    async def main() -> list[Any]:
        coalescer = Coalescer(rules.rows, group_wait_s=0.01)
        tasks = []
        for number, (kind, group) in enumerate(calls):
            item: dict[str, Any] = {"id": f"{kind} {number}", "ground_truth": float(number)}
            if group is not None:
                item |= {"group": group, "group_size": SIZE}
            tasks.append(asyncio.create_task(coalescer.score(item, b"}")))
            for _ in range(data.draw(st.integers(0, 2))):
                await asyncio.sleep(0)
        for task, (kind, _) in zip(tasks, calls, strict=True):
            if kind == "cancelled":
                task.cancel()
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)

    answers = asyncio.run(main())
    groups = {group for _, group in calls if group is not None}
    clean = {group for group in groups if all(kind == "good" for kind, of in calls if of == group)}
    for number, ((kind, group), answer) in enumerate(zip(calls, answers, strict=True)):
        if kind == "bad":
            assert (str(answer), answer.index) == (f"422 : item 0: no bad {number}", 0)
        elif kind == "poison":
            assert isinstance(answer, ServerFault)
        elif kind == "good" and (group is None or group in clean):
            assert answer.reward == number
        elif kind == "good":  # of a group with a poisonous member, which nothing tells apart
            assert isinstance(answer, ServerFault) or answer.reward == number
        else:  # cancelled, unless it had its answer before
            assert isinstance(answer, (asyncio.CancelledError, ServerFault)) or answer.reward == number
    for group in clean:
        sizes = {sum(each.get("group") == group for each in items) for items in rules.seen} - {0}
        assert sizes <= {SIZE, sum(of == group for _, of in calls) % SIZE}
