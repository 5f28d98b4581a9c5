"""Rewards of whole batches: whatever the order of the items, and whatever else is in the batch."""

from __future__ import annotations

import random
import statistics

from harness import item, request

REWARD = {
    "terms": [
        {"name": "correct", "verifier": "item", "weight": 2.0},
        {"name": "shape", "verifier": "odd_shape", "weight": 0.5},
        {"name": "length", "verifier": "odd_length", "weight": 0.01, "when": "correct"},
        {"name": "longest", "verifier": "odd_group", "gate": True, "min": 0.0},
    ],
    "range": [-1.0, 2.0],
}


def batch(seed: int) -> list[dict]:
    """Groups of every kind: right and wrong, nulls of ours and of the data's, partial scores, cut-off traces."""
    chance = random.Random(seed)
    traces = ["right", "wrong", "raise", "bad", "score 0.5", "score 0.25"]
    items = []
    for group in range(6):
        for _ in range(chance.randint(1, 6)):
            truncated = chance.random() < 0.1 or None
            trace = chance.choice(traces[: 2 + group])
            items.append(item(trace, group=f"g{group}", tokens=chance.randint(0, 200), truncated=truncated))
    return [{"id": str(number), **each} for number, each in enumerate(items)]


async def judged(engine, items):
    response = await engine.run(engine.plan(request(items, reward=REWARD)))
    by_id = {
        each["id"]: (reward, vector[:3])
        for each, reward, vector in zip(items, response.rewards, response.vectors, strict=True)
    }
    return response, by_id


async def test_the_order_of_the_items_never_matters(start):
    engine = await start()
    for seed in range(5):
        items = batch(seed)
        first, by_id = await judged(engine, items)
        assert any(reward is None for reward, _ in by_id.values()) or seed == 0
        for turn in range(3):
            mixed = items[:]
            random.Random(turn).shuffle(mixed)
            again, also_by_id = await judged(engine, mixed)
            assert also_by_id == by_id and again.groups == first.groups and again.errors == first.errors


async def test_a_group_is_worth_the_same_alone_and_in_company(start):
    engine = await start()
    items = batch(7)
    whole, by_id = await judged(engine, items)
    for name in whole.groups:
        alone, alone_by_id = await judged(engine, [each for each in items if each["group"] == name])
        assert alone.groups == {name: whole.groups[name]}
        assert alone_by_id.items() <= by_id.items()


async def test_the_statistics_are_those_of_the_rewards_that_are_there(start):
    engine = await start()
    for seed in range(5):
        items = batch(seed)
        response, by_id = await judged(engine, items)
        for name, stats in response.groups.items():
            members = [by_id[each["id"]][0] for each in items if each["group"] == name]
            there = [reward for reward in members if reward is not None]
            assert (stats.n, stats.n_null) == (len(members), len(members) - len(there))
            assert stats.zero_gradient == (len(set(there)) < 2)
            if there:
                assert abs(stats.mean - statistics.fmean(there)) < 1e-12
                assert abs(stats.std - statistics.pstdev(there)) < 1e-12
                assert all(-1.0 <= reward <= 2.0 for reward in there)
            else:
                assert stats.mean is None and stats.std is None
