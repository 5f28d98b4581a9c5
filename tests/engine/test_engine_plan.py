from __future__ import annotations

import copy
from decimal import Decimal

import pytest
from harness import item, request, settings

from adjudge.engine import Engine, EngineSettings
from adjudge.engine.fingerprint import fingerprint
from adjudge.errors import BadRequest, CannotServe
from adjudge_client.types import Verdict


@pytest.fixture(scope="module")
def engine():
    return Engine(settings())


def terms(*rows, **fields):
    return {"terms": [{"name": f"t{i}", "verifier": "item", **row} for i, row in enumerate(rows)], **fields}


REFUSED = [
    # what, items, request fields, index, field, words
    ("an unknown verifier", [item("x"), item("x", verifier="oddd")], {}, 1, "verifier", "did you mean 'odd'"),
    ("an unknown verifier of a term", [item("x")], {"reward": terms({"verifier": "itm"})},
     None, "reward.terms.0.verifier", "did you mean 'item'"),
    ("an unknown option", [item("x"), item("x", options={"mod": "loud"})], {}, 1, "options.mod", "did you mean 'mode'"),
    ("a wrong option", [item("x", options={"mode": "lod"})], {}, 0, "options.mode", "'plain' or 'loud'"),
    ("a wrong type of an option", [item("x", options={"factor": [1]})], {}, 0, "options.factor", "number"),
    ("an option of a term", [item("x")], {"reward": terms({"options": {"factr": 1}})},
     None, "reward.terms.0.options.factr", "did you mean 'factor'"),
    ("an option of an item for a term", [item("x", term_options={"t0": {"factr": 1}})], {"reward": terms({})},
     0, "term_options.t0.factr", "did you mean 'factor'"),
    ("options for an unknown term", [item("x", term_options={"corect": {}})], {},
     0, "term_options.corect", "did you mean 'correct'"),
    ("a profile", [item("x")], {"reward": "r1-zer"}, None, "reward", "did you mean 'r1-zero'"),
    ("a revision of a profile", [item("x")], {"reward": "r1@0"}, None, "reward", "no revision '0'; there is r1@1"),
    ("a required profile", [item("x")], {"require": {"profile": "r1"}}, None, "require.profile", "no profile"),
    ("a required revision of nothing", [item("x")], {"require": {"revisions": {"mth": 1}}},
     None, "require.revisions.mth", "did you mean 'math'"),
    ("a fingerprint of nothing", [item("x")], {"require": {"fingerprint": {"txt": "0"}}},
     None, "require.fingerprint.txt", "did you mean 'text'"),
    ("sizes that differ within a group", [item("x", group="g", group_size=2), item("y", group="g", group_size=3)], {},
     1, "group_size", "2 members and 3"),
    ("a group that is larger than it says", [item(str(i), group="g", group_size=2) for i in range(3)], {},
     2, "group", "3 members"),
    ("weights without a finite sum", [item("x")], {"reward": terms({"weight": 1e308}, {"weight": 1e308})},
     None, "reward.terms", "would not be finite"),
    ("terms that wait for each other", [item("x")], {"reward": terms({"when": "t1"}, {"when": "t0"})},
     None, "reward.terms.0.when", "circle"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("items", "fields", "index", "field", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_shape_error_refuses_the_request_and_names_the_place(engine, items, fields, index, field, words):
    with pytest.raises(BadRequest) as refusal:
        engine.plan(request(items, **fields))
    assert (refusal.value.index, refusal.value.field) == (index, field)
    assert words in refusal.value.message


def test_another_revision_or_fingerprint_than_required_cannot_be_served(engine):
    for require in ({"revisions": {"odd": 6}}, {"fingerprint": {"text": "0" * 16}}):
        with pytest.raises(CannotServe) as refusal:
            engine.plan(request([item("x")], require=require))
        assert refusal.value.status == 409
    engine.plan(request([item("x")], require={"revisions": {"odd": 7}, "fingerprint": {"text": fingerprint("text")}}))


def test_options_of_the_item_for_a_term_go_over_those_of_the_term_and_both_over_defaults(engine):
    reward = terms({"verifier": "odd", "options": {"factor": 2, "mode": "loud"}}, {"options": {"factor": 3}})
    plan = engine.plan(
        request(
            [item("x", options={"factor": 4}, term_options={"t0": {"factor": 5}, "t1": {"mode": "loud"}})],
            reward=reward,
        )
    )
    assert [need.job.options for need in plan.needs] == [
        {"mode": "loud", "factor": 5.0},
        {"mode": "loud", "factor": 4.0},
    ]


def test_options_of_the_item_are_not_for_other_verifiers_than_its_own(engine):
    plan = engine.plan(request([item("x", options={"factor": 9})], reward=terms({"verifier": "odd"})))
    assert plan.needs[0].job.options == {"mode": "plain", "factor": 1.0}


def settled(engine, *items, **fields):
    plan = engine.plan(request(list(items), **fields))
    return [cell if isinstance(cell, Verdict) else None for cell in (row[0] for row in plan.cells)]


def test_a_text_over_its_limit_is_its_own_items_no_answer():
    engine = Engine(settings(text_limit=1000))
    long, umlauts, fits = settled(engine, item("x" * 1001), item("ü" * 501), item("ü" * 500))
    assert long.status == umlauts.status == "no_answer" and long.score == 0.0
    assert fits is None


def test_a_gold_over_its_limit_or_unreadable_is_bad_task_and_costs_no_neighbour():
    engine = Engine(settings(text_limit=1000))
    deep = []
    for _ in range(200):
        deep = [deep]
    verdicts = settled(engine, item("x", "y" * 1001), item("x", float("nan")), item("x", deep), item("x"))
    assert [verdict and verdict.status for verdict in verdicts] == ["bad_task"] * 3 + [None]
    assert all(verdict.score is None for verdict in verdicts[:3])


def test_a_truncated_item_is_no_answer_for_correctness_and_counts_for_shaping(engine):
    plan = engine.plan(request([item("x", truncated=True)], reward=terms({}, {"verifier": "odd_shape"})))
    assert plan.cells[0][0].status == "no_answer" and plan.cells[0][1] == 0
    assert plan.correctness == [(0,)]


def test_lone_surrogates_become_the_replacement_character(engine):
    plan = engine.plan(request([item("a\ud800b", {"k\udfff": ["\ud800"]})]))
    assert plan.needs[0].job.trace == "a\ufffdb"
    assert plan.needs[0].job.gold == {"k\ufffd": ["\ufffd"]}


def test_the_trace_is_read_from_the_last_assistant_message(engine):
    trace = [
        {"role": "assistant", "content": "no"},
        {"role": "tool", "content": "never"},
        {"role": "assistant", "content": "yes", "reasoning_content": "hidden"},
    ]
    assert engine.plan(request([item(trace, verifier="odd_answer")])).needs[0].job.trace == "yes"


def test_a_prompt_that_ends_in_an_open_think_tag_is_known_to_the_job(engine):
    for prompt, opened in (("2+2? <think>\n", True), ("2+2?", False)):
        plan = engine.plan(request([item("x", verifier="odd_answer", prompt=prompt)]))
        assert plan.needs[0].job.open_think is opened and plan.needs[0].job.prompt == prompt


def test_the_deadline_lowers_the_limit_to_half_of_itself():
    engine = Engine(EngineSettings(wall_s={"text": 10.0, "math": 60.0, "program": 1, "network": 1}))
    walls = [
        engine.plan(request([item("4", "4", verifier="math")], deadline_s=deadline)).needs[0].wall_s
        for deadline in (None, 200.0, 120.0, 30.0)
    ]
    assert walls == [60.0, 60.0, 60.0, 15.0]


BASE = {"trace": "t", "gold": "g", "verifier": "odd_answer", "prompt": "p"}
DIFFERENT = [
    {"trace": "u"},
    {"gold": "h"},
    {"gold": ["g"]},
    {"gold": 1},
    {"gold": "1"},
    {"gold": True},
    {"gold": Decimal("1.0")},
    {"gold": Decimal("1.1")},
    {"gold": {"g": None}},
    {"prompt": "q"},
    {"prompt": "p <think>"},
    {"options": {"search_thinking": True}},
    {"truncated": True},
    {"verifier": "odd"},
    {"deadline_s": 0.1},
]


def identity(engine, changes):
    fields = {**copy.deepcopy(BASE), **changes}
    deadline = {"deadline_s": fields.pop("deadline_s")} if "deadline_s" in fields else {}
    plan = engine.plan(request([item(fields.pop("trace"), fields.pop("gold"), **fields)], **deadline))
    assert len(plan.needs[0].identity) == 32
    return plan.needs[0].identity


def test_whatever_may_change_a_verdict_changes_the_identity(engine):
    identities = [identity(engine, changes) for changes in [{}, *DIFFERENT]]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "i", "group": "g", "dataset": "d", "meta": {"a": 1}, "tokens": 5},
        {"options": {}},
        {"options": {"search_thinking": False}},
        {"truncated": False},
        {"deadline_s": 500.0},
        {"trace": [{"role": "assistant", "content": "t"}]},
        {"prompt": [{"role": "user", "content": "p"}]},
    ],
    ids=str,
)
def test_what_cannot_change_a_verdict_does_not_change_the_identity(engine, changes):
    assert identity(engine, changes) == identity(engine, {})


def test_an_open_think_tag_is_in_the_identity_even_where_the_prompt_is_not(engine):
    choice = {"verifier": "choice", "gold": "A"}
    assert identity(engine, {**choice, "prompt": "p <think>"}) != identity(engine, choice)
    assert identity(engine, {**choice, "prompt": "q"}) == identity(engine, choice)


def test_a_prompt_is_in_the_identity_only_where_the_verifier_sees_it(engine):
    assert identity(engine, {"verifier": "odd", "prompt": "q"}) == identity(engine, {"verifier": "odd"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("0.50"), 0.5),
        (Decimal("1.0"), Decimal("1.00")),
        (Decimal("1e3"), Decimal("1000.0")),
        (Decimal("12e400"), Decimal("1.2e401")),
        ({"a": 1, "b": [Decimal("2.0")]}, {"b": [Decimal("2.00")], "a": 1}),
    ],
)
def test_equal_numbers_and_orders_of_keys_have_one_identity(engine, one, other):
    assert identity(engine, {"gold": one}) == identity(engine, {"gold": other})


def test_a_huge_number_costs_no_time(engine):
    huge = identity(engine, {"gold": Decimal("1e999999999")})
    assert huge != identity(engine, {"gold": Decimal("1e999999998")})
    identity(engine, {"gold": 10**50_000})


def test_a_judge_with_other_settings_is_another_judge():
    from adjudge.engine.settings import MathLimits

    maths = {"verifier": "math"}
    one, other = Engine(settings()), Engine(settings(math=MathLimits(decide_s=6.0)))
    assert identity(one, maths) != identity(other, maths)
    assert identity(one, {}) == identity(other, {})


def test_the_spec_has_one_hash_whatever_defaults_are_written_out(engine):
    hashes = {
        engine.plan(request([item("x")], **fields)).engine.spec_sha256
        for fields in (
            {},
            {"reward": {"terms": [{"name": "correct", "verifier": "item"}]}},
            {"reward": {"terms": [{"name": "correct", "verifier": "item", "weight": 1, "min": 1}], "range": None}},
        )
    }
    other = engine.plan(request([item("x")], reward=terms({}))).engine.spec_sha256
    assert len(hashes) == 1 and other not in hashes
