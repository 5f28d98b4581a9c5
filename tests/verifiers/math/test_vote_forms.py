"""Canonical forms: what shares a key, what never may, and who abstains. Real jails."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from adjudge.jail import JailPool
from adjudge.rewards import Ballot, NoVote, Vote, count
from adjudge.verifiers import Job, get, grade
from adjudge_client.types import Verdict

from .conftest import CASES, SHARED, Grader, rows

PAIRS = rows(CASES / "vote_pairs.jsonl")
NEEDS_A_PROMPT = "box the question"


class Former:
    """`form` over the grader's jail."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader

    def verdict(self, text: str, given: str = "answer", **options: Any) -> Verdict:
        complete = get("form").options(given=given, **options).model_dump()
        return self._grader.loop.run_until_complete(grade(Job("form", complete, None, text), self._grader))

    def ballot(self, text: str, given: str = "answer", **options: Any) -> Ballot:
        verdict = self.verdict(text, given, **options)
        assert verdict.score is not None, verdict
        if verdict.score == 0:
            return NoVote(verdict.reason)
        page = json.loads(verdict.expected or "")
        return Vote(page["key"], tuple(page["near"]), verdict.extracted or "", verdict.stage == "text")

    def together(self, a: str, b: str, **options: Any) -> bool:
        result = count([self.ballot(a, **options), self.ballot(b, **options)])
        return [each.members for each in result.clusters] == [[0, 1]]


@pytest.fixture(scope="module")
def former(grader: Grader) -> Former:
    return Former(grader)


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: f"{row['a']}~{row['b']}")
def test_a_pair_votes_together_or_not(former: Former, row: dict[str, Any]) -> None:
    assert former.together(row["a"], row["b"]) is row["same"]


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: f"{row['b']}~{row['a']}")
def test_and_so_it_does_the_other_way_round_in_boxes(former: Former, row: dict[str, Any]) -> None:
    assert former.together(rf"\boxed{{{row['b']}}}", rf"\boxed{{{row['a']}}}") is row["same"]


@pytest.mark.parametrize("row", rows(CASES / "vote_abstentions.jsonl"), ids=lambda row: row["trace"])
def test_who_does_not_commit_abstains_and_is_told_why(former: Former, row: dict[str, Any]) -> None:
    ballot = former.ballot(row["trace"], "trace")
    assert isinstance(ballot, NoVote), ballot
    assert row["why"] in ballot.reason


@pytest.mark.parametrize("name", ["math_cases.jsonl", "math_variants.jsonl", "math_verify_kinds.jsonl"])
def test_no_answers_that_the_verifier_tells_apart_have_one_key(former: Former, name: str) -> None:
    told_apart = [row for row in rows(CASES / name) if row["expected"] is False and not _asks(row)]
    assert len(told_apart) > 80
    wrong = [
        (row["gold"], row["answer"])
        for row in told_apart
        if row["answer"] and former.together(row["gold"], row["answer"])
    ]
    assert wrong == []


def _asks(row: dict[str, Any]) -> bool:
    """A vote knows no prompt, so that an answer may repeat it; options of the verifier are not those of a vote."""
    return bool(row.get("prompt") or row.get("options")) or not isinstance(row["gold"], str)


def test_most_tricky_pairs_that_are_equal_vote_together_and_none_that_differ(former: Former) -> None:
    found: Counter[tuple[bool, bool]] = Counter()
    split = []
    for row in rows(SHARED / "math_tricky.jsonl"):
        if row["answer"] and isinstance(row["gold"], str):
            together = former.together(row["gold"], row["answer"])
            found[row["expected"], together] += 1
            if row["expected"] and not together and row["category"] not in ("units", "percent"):
                split.append((row["gold"], row["answer"]))
    assert found[False, True] == 0
    assert len(split) <= 8, split  # all but units and percents, which a vote keeps
    assert found[True, True] >= 75


def test_options_say_what_is_the_same(former: Former) -> None:
    assert former.together("5 cm", "5", units="ignore")
    assert not former.together("1,2", "2,1", order="fixed")
    assert not former.together("x=5", "5", variable="strict")
    assert former.together("3 or 4", r"\boxed{4} or \boxed{3}", alternatives="list")
    assert former.together(r"\int_0^2 2x\,dx", "4", unevaluated="accept")
    assert former.together("<think>5</think>", "5", search_thinking=True)


@pytest.mark.parametrize("nothing", ["None", "null", "NaN", "nan", "N/A", "<NA>"])
def test_what_a_program_writes_for_no_answer_has_no_vote(former: Former, nothing: str) -> None:
    assert isinstance(former.ballot(nothing), NoVote)
    assert isinstance(former.ballot(rf"\boxed{{{nothing}}}"), Vote)  # in a box it is the model's own word


@pytest.mark.parametrize("word", ["none", "undefined", "No", "Nan's house"])
def test_a_word_of_denial_is_an_answer(former: Former, word: str) -> None:
    assert isinstance(former.ballot(word), Vote)


def test_several_letters_vote_together_where_alternatives_are_a_list(former: Former) -> None:
    assert former.together("A, C", r"\boxed{C} and \boxed{A}", alternatives="list")
    assert former.together("A, C", "C and A", alternatives="list")
    assert not former.together("A, C", "A", alternatives="list")


def test_a_listing_never_votes_for_its_first_letter(former: Former) -> None:
    for listing in (
        "(A)(B)",
        "(A) (B) (C) (D)",
        r"\textbf{(A)}(B)",
        "A)(B)",
        "A. 1 B. 2 C. 3 D. 4",
        "A → B",
        "A ... B",
    ):
        assert not former.together(listing, "A"), listing


def test_without_a_jail_the_form_says_that_one_might_know_more(former: Former) -> None:
    nested, plain = r"\sqrt{5+2\sqrt6}", r"\sqrt2+\sqrt3"
    assert former.verdict(nested, jail=False).stage == "open"
    assert former.verdict(nested, jail=True).stage == "decide"
    assert former.verdict(plain, jail=False).stage == "exact"
    assert former.verdict(plain, jail=False).expected == former.verdict(nested, jail=True).expected
    assert former.verdict(r"\sqrt{2\sqrt6+5}", jail=False).expected == former.verdict(nested, jail=False).expected


def test_what_no_jail_can_evaluate_is_known_by_how_it_is_written(former: Former) -> None:
    tower = r"9^{9^{9^{9^{9}}}}"
    assert former.verdict(tower).stage == "text"
    assert former.together(tower, tower)
    assert not former.together(tower, r"9^{9^{9^{9^{8}}}}")


def test_a_dead_jail_is_our_fault_and_no_abstention() -> None:
    async def ask() -> Verdict:
        pool = JailPool(["math"])
        await pool.start()
        await pool.close()
        job = Job("form", get("form").options().model_dump(), None, r"\boxed{\sqrt{5+2\sqrt6}}")
        return await grade(job, pool)

    verdict = asyncio.run(ask())
    assert (verdict.score, verdict.status) == (None, "error")
