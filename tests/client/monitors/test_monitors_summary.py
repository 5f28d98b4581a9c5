"""`summarize`, `Monitor` and `from_batch`: what a logger gets."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudge_client.errors import BadInput
from adjudge_client.monitors import Monitor, from_batch, summarize

approx = pytest.approx


def test_everything_at_once_is_one_flat_dictionary_of_floats():
    found = summarize(
        rewards=[1, 0, 1, None],
        groups=["a", "a", "b", "b"],
        statuses=["ok", "ok", "ok", "error"],
        entropies=[0.5, 0.3, [0.2, 0.2], None],
        lengths=[10, 30, 20, None],
        truncated=[False, True, False, None],
        texts=["we add", "we 加", "we add we add we add", None],
        gold=[1, 0, 0, None],
        prefix="train/",
    )
    assert all(type(value) is float and math.isfinite(value) for value in found.values())
    assert {name: found[f"train/{name}"] for name in EXPECTED} == {k: approx(v) for k, v in EXPECTED.items()}


EXPECTED = {
    "null/share": 0.25,
    "null/error": 0.25,
    "reward/mean": 2 / 3,
    "group/share": 0.5,
    "group/too_few": 0.5,
    "advantage/zero_share": 1 / 3,
    "correct/mean": 2 / 3,
    "pass@1": 0.75,  # a: 1 of 2; b: 1 of 1
    "pass^1": 0.75,
    "gold/gap": 1 / 3,
    "gold/overpaid": 1 / 3,
    "length/gap": 1.0,  # wrong 30, right 15
    "length/truncated_share": 1 / 3,
    "entropy/mean": 1 / 3,
    "language/mixed_share": 1 / 3,
    "repetition/n": 3,
}


def test_what_is_not_given_is_not_there():
    assert summarize() == {}
    assert set(summarize(lengths=[1, 2])) == {f"length/{name}" for name in ("n", "mean", "std", "p50", "p95", "max")}
    assert "reward/mean" not in summarize(rewards=[None])
    assert summarize(rewards=[None])["null/share"] == 1.0


def test_rewards_with_shaping_in_them_are_no_scores():
    assert "pass@1" not in summarize(rewards=[1.1, 0.1], groups=2)
    assert summarize(rewards=[1.1, 0.1], scores=[1, 0], groups=2)["pass@2"] == 1.0
    assert summarize(rewards=[1, 0], groups=2, k=[2]).keys() >= {"pass@2", "pass^2"}
    assert "pass@1" not in summarize(rewards=[1, 0], groups=2, k=[2])


def test_what_overflows_is_not_logged():
    found = summarize(scores=[1e308], gold=[-1e308])
    assert "gold/gap" not in found
    assert found["gold/proxy_mean"] == 1e308


def test_lists_that_do_not_fit_are_named():
    with pytest.raises(BadInput, match="lengths has 1 entries, rewards has 2"):
        summarize(rewards=[1, 0], lengths=[5])
    with pytest.raises(BadInput, match="groups has 3 entries, rewards has 2"):
        summarize(rewards=[1, 0], groups=[1, 1, 1])


def test_a_monitor_tells_how_far_the_run_has_moved():
    monitor = Monitor(prefix="run/", baseline=2, recent=1)
    lengths = [[90, 90], [110, 110], [200, 200]]
    found = [monitor(rewards=[1, 0], groups=2, lengths=each) for each in lengths]
    assert "run/drift/length/mean/change" not in found[1]
    assert found[2]["run/drift/length/mean/change"] == approx(1.0)
    assert found[2]["run/drift/length/mean/z"] == approx(10.0)
    assert found[2]["run/drift/reward/mean/change"] == 0.0
    again = pickle.loads(pickle.dumps(monitor))(lengths=[300])
    assert again["run/drift/length/mean/change"] == approx(2.0)


def test_a_monitor_does_not_grow():
    monitor = Monitor(baseline=3, recent=2)
    sizes = []
    for step in range(400):
        monitor(rewards=[step % 2, 1], lengths=[step, step])
        if step in (50, 399):
            sizes.append(len(pickle.dumps(monitor)))
    assert sizes[1] <= sizes[0] + 16


def _batch():
    items = [
        {"group": "a", "tokens": 5, "trace": "it is 2", "truncated": False},
        SimpleNamespace(
            group="a",
            tokens=7,
            truncated=True,
            trace=[
                {"role": "user", "content": "1+1?"},
                SimpleNamespace(role="assistant", reasoning_content="hm", content=[{"type": "text", "text": "3"}]),
            ],
        ),
    ]
    verdicts = [
        {"correct": SimpleNamespace(score=1.0, status="ok"), "format": SimpleNamespace(score=None, status="error")},
        {"correct": SimpleNamespace(score=0.0, status="no_answer"), "format": SimpleNamespace(score=1.0, status="ok")},
    ]
    response = SimpleNamespace(
        rewards=[None, 0.1], terms=["correct", "format"], vectors=[[1.0, None], [0.0, 1.0]], verdicts=verdicts
    )
    return items, response


def test_a_scored_batch_gives_its_columns():
    items, response = _batch()
    assert from_batch(items, response) == {
        "rewards": [None, 0.1],
        "groups": ["a", "a"],
        "lengths": [5, 7],
        "truncated": [False, True],
        "texts": ["it is 2", "<think>hm</think>\n3"],
        "scores": [1.0, 0.0],
        "statuses": ["error", "no_answer"],
    }
    assert summarize(**from_batch(items, response))["null/error"] == 0.5


def test_columns_of_which_nothing_is_known_are_left_out_but_nulls_are_not():
    _, response = _batch()
    response.rewards, response.verdicts = [None, None], None
    columns = from_batch([{"trace": "x"}, {"trace": "y"}], response, correct="right")
    assert columns == {"rewards": [None, None], "texts": ["x", "y"]}
    with pytest.raises(BadInput, match=r"items has 1 entries, response\.rewards has 2"):
        from_batch([{}], response)


VALUES = st.lists(st.one_of(st.none(), st.floats(), st.integers(), st.booleans()), max_size=12)


@settings(max_examples=150, deadline=None)
@given(VALUES, st.data())
def test_no_numbers_make_it_raise_or_log_what_is_not_finite(rewards, data):
    n = len(rewards)
    column = st.lists(st.one_of(st.none(), st.floats()), min_size=n, max_size=n)
    groups = data.draw(st.lists(st.sampled_from(["a", "b", None]), min_size=n, max_size=n))
    texts = data.draw(st.lists(st.text(max_size=30), min_size=n, max_size=n))
    columns = {name: data.draw(column) for name in ("scores", "entropies", "lengths", "gold")}
    monitor = Monitor(baseline=1, recent=1)
    for _ in range(2):
        found = monitor(rewards=rewards, groups=groups, texts=texts, **columns)
        assert all(type(value) is float and math.isfinite(value) for value in found.values())


def test_importing_the_monitors_loads_nothing_but_the_standard_library():
    code = (
        "import sys, adjudge_client; assert 'adjudge_client.monitors' not in sys.modules\n"
        "import adjudge_client.monitors; print(*{'pydantic', 'httpx', 'numpy'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ""


@pytest.mark.parametrize("groups", [0, 3, -1, True])
def test_a_size_of_groups_that_cannot_be_is_refused(groups):
    with pytest.raises(BadInput, match="groups"):
        summarize(rewards=[1, 0], groups=groups)
