from __future__ import annotations

from harness import item, request


async def test_rewards_come_in_the_order_of_the_items(start):
    engine = await start()
    response = await engine.run(engine.plan(request([item("right"), item("wrong"), item("right")], explain=True)))
    assert response.rewards == [1.0, 0.0, 1.0]
    assert response.terms == ["correct"]
    assert response.verdicts[1]["correct"].verifier == "odd@7"
    assert response.engine.revisions == {"odd": 7}
