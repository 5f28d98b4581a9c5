from __future__ import annotations

import os

import pytest

import golden
from adjudge.engine import Engine, EngineSettings
from adjudge.verifiers import known

CORPORA = golden.corpora(sorted(known(), key=len, reverse=True))


@pytest.mark.parametrize("verifier", sorted(CORPORA))
async def test_no_verdict_of_our_corpora_changed_without_a_new_revision(verifier):
    engine = Engine(EngineSettings())
    await engine.start()
    try:
        today = await golden.verdicts(engine, CORPORA[verifier])
    finally:
        await engine.stop(drain=False)
    wrong = golden.settle(known()[verifier].label, today, os.environ.get("ADJUDGE_GOLDEN", ""))
    assert wrong is None, wrong


def test_a_changed_verdict_needs_a_new_revision(tmp_path):
    before = {"a": ("f:1", ("ok", 1.0)), "b": ("f:2", ("bad_task", None))}
    after = {**before, "a": ("f:9", ("ok", 0.0))}
    assert "not recorded" in golden.settle("v@1", before, "", tmp_path)
    assert golden.settle("v@1", before, "write", tmp_path) is None
    assert golden.settle("v@1", before, "", tmp_path) is None
    assert "f:9: ok 1.0 → ok 0.0" in golden.settle("v@1", after, "write", tmp_path)
    assert golden.settle("v@2", after, "write", tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["v@2.jsonl"]
    assert golden.settle("v@2", before, "", tmp_path) is not None
    assert golden.settle("v@2", before, "overwrite", tmp_path) is None


def test_rows_may_move_and_go_but_new_ones_are_recorded(tmp_path):
    rows = {"a": ("f:1", ("ok", 1.0)), "b": ("f:2", ("ok", 0.0))}
    golden.settle("v@1", rows, "write", tmp_path)
    assert golden.settle("v@1", {"b": ("f:1", ("ok", 0.0))}, "", tmp_path) is None
    wrong = golden.settle("v@1", {**rows, "c": ("f:3", ("ok", 1.0))}, "", tmp_path)
    assert "1 rows are not recorded" in wrong and "f:3" in wrong
