"""The verifier `form`: no verdict on right or wrong, but the canonical form of what an answer says. Internal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from fractions import Fraction
from typing import Any, Literal

from adjudge_client.types import Verdict

from ....jail import Box, End, Limits
from ...answer import Answer
from ...registry import verifier
from ..deciding import numeric
from ..restate import squashed
from ..tree import BadTree, Node, validate
from .keys import Canon, Form, Hedge, Untrue, Ways
from .reading import Abstains, Said, committed, meaning
from .reading import given as as_given
from .values import MAX_APART, NEAR, At, Key, NoValue, Scalars, points, written
from .words import words_key

LIMITS = Limits(cpu_s=2.0, memory_mb=512)
MAX_PARTS = 60
MAX_JAILED = 40
"""Scalars of one answer that one execution is asked for."""
MAX_READS = 4
_MAX_HEX = 60_000
_MAX_DIGITS = 400


@verifier("form", revision=1, sees="answer", work="math", kind="form")
async def form(
    answer: Answer,
    gold: None,
    box: Box,
    *,
    given: Literal["answer", "trace"] = "trace",
    jail: bool = True,
    alternatives: Literal["abstain", "list"] = "abstain",
    unevaluated: Literal["refuse", "accept"] = "refuse",
    units: Literal["keep", "ignore"] = "keep",
    order: Literal["auto", "fixed"] = "auto",
    variable: Literal["lenient", "strict"] = "lenient",
) -> Verdict:
    """The canonical form of an answer, for votes. It has no gold and judges nothing.

    Score 1: `expected` holds the form, `{"key": hex, "near": [hex, ...]}` as JSON, and `extracted` the answer as read.
    Equal keys are equal answers to `math`. `stage` says how the form was made: `exact` (here), `decide` (with a jail),
    `open` (without one, by how it is written, where a jail might know more: only with `jail=false`), `text` (by how
    it is written, for nothing else could be had within the limits). Score 0, `no_answer`: the answer abstains, and
    `reason` says why.
    """
    ways = Ways(units=units, order=order, variable=variable, alternatives=alternatives, undone=unevaluated == "accept")
    shown = answer.text.strip()
    try:
        if given == "trace":
            parts = committed(answer.text, alternatives=alternatives).parts
        else:
            parts = as_given(answer.text, alternatives=alternatives)
        shown = ", ".join(parts)
        reader = _Reader(ways, box if jail else None)
        found = await reader.read([meaning(part, alternatives=alternatives) for part in parts[:MAX_PARTS]])
    except (Abstains, Hedge, Untrue) as error:
        return _verdict(0.0, str(error), "extract", shown, status="no_answer")
    except NoValue as error:
        return _verdict(0.0, f"it has no value: {error}", "exact", shown, status="no_answer")
    page = {"key": _digest(found.key), "near": [_digest(key) for key in dict.fromkeys(found.near) if key != found.key]}
    return _verdict(1.0, "it has a form", reader.stage, shown, form=json.dumps(page))


@dataclass
class _Reader:
    ways: Ways
    box: Box | None
    opened: bool = False
    """Whether a jail could say more."""
    jailed: bool = False
    written: bool = False
    reads: dict[str, Node | None] = field(default_factory=dict)

    @property
    def stage(self) -> str:
        if self.opened:
            return "open"
        return "text" if self.written else "decide" if self.jailed else "exact"

    async def read(self, said: list[Said]) -> Form:
        """The form of an answer in one or several parts. Raises NoValue, Hedge, Untrue."""
        if any(part.letters for part in said):
            letters = {letter for part in said for letter in part.letters}
            if len(letters) > 1 and self.ways.alternatives == "abstain":
                raise Hedge(f"it names {', '.join(sorted(letters))} without choosing")
            others = [part for part in said if not part.letters]
            return Form(("choice", *sorted(letters), *[("and", *self._literal(part)) for part in others]))
        trees = [await self._tree(part) for part in said]
        if any(tree is None for tree in trees):
            keys = [self._literal(part) for part in said]
            return Form(keys[0]) if len(keys) == 1 else Form(("set", *sorted(set(keys), key=repr)))
        whole = list(dict.fromkeys(tree for tree in trees if tree is not None))
        if len(whole) == 1:
            return await self._form(whole[0])
        found = await self._form(("seq", *whole))
        if found.key[0] != "list":
            return found
        distinct = sorted(set(found.key[1:]), key=repr)  # \boxed{5}, \boxed{5.0}: equal ones count once
        return Form(distinct[0] if len(distinct) == 1 else ("set", *distinct), found.near)

    async def _tree(self, part: Said) -> Node | None:
        if part.tree is not None:
            return part.tree
        if part.words:
            return ("text", part.words[:2_000])
        return await self._parsed(part.unread)

    def _literal(self, part: Said) -> Key:
        """What nobody can read is the same to the letter only."""
        if part.tree is not None:
            return ("t", *written(part.tree))
        if part.words:
            return words_key(part.words)[0]
        self.written = True
        return ("letters", squashed(part.unread))

    async def _parsed(self, text: str) -> Node | None:
        if text in self.reads or not _worth_a_jail(text):
            return self.reads.get(text)
        if self.box is None:
            self.opened = True
            return None
        if len(self.reads) >= MAX_READS:
            return None
        self.reads[text] = _tree_of(await self._run("math.parse", {"text": text}))
        return self.reads[text]

    async def _form(self, tree: Node) -> Form:
        canon = Canon(self.ways)
        found = canon.top(tree)
        if not canon.scalars.pending:
            self.written |= canon.scalars.written
            return found
        if self.box is None or len(canon.scalars.pending) > MAX_JAILED:
            self.opened = self.box is None and len(canon.scalars.pending) <= MAX_JAILED
            self.written |= canon.scalars.written
            return found
        again = Canon(self.ways, Scalars(known=await self._values(canon.scalars.pending)))
        found = again.top(tree)
        self.written |= again.scalars.written
        return found

    async def _values(self, pending: list[Node]) -> dict[Node, list[At] | Fraction | None]:
        asked = [{"tree": node, "points": _points(node)} for node in pending]
        request = {"trees": asked, "apart": MAX_APART, "near": NEAR, "budget_s": 0.8 * LIMITS.cpu_s}
        reply = await self._run("math.form", request)
        values = reply.get("values") if isinstance(reply, dict) else None
        if not isinstance(values, list) or len(values) != len(pending):
            values = [None] * len(pending)
        wanted = [len(each["points"]) for each in asked]
        return {node: _value(each, most) for node, each, most in zip(pending, values, wanted, strict=True)}

    async def _run(self, program: str, request: dict[str, Any]) -> Any:
        """The reply of one execution; None where it ended without one, which is the answer's doing."""
        assert self.box is not None
        self.jailed = True
        outcome = await self.box.run(program, json.dumps(request, ensure_ascii=True).encode(), LIMITS)
        if outcome.end is not End.EXITED or outcome.reply is None:
            return None
        try:
            return json.loads(outcome.reply)
        except (ValueError, RecursionError):
            return None


def _points(node: Node) -> list[dict[str, list[int]]]:
    places = points(sorted(numeric.symbols(node)))
    return [{name: list(at.as_integer_ratio()) for name, at in place.items()} for place in places]


def _value(reply: Any, most: int) -> Fraction | list[At] | None:
    """One value of the jail's reply, taken only in the shape that was agreed on."""
    try:
        if not isinstance(reply, dict):
            return None
        if "q" in reply:
            top, bottom = reply["q"]
            if max(len(top), len(bottom)) > _MAX_HEX:
                return None
            return Fraction(int(top, 16), int(bottom, 16))
        found = reply["at"]
        if len(found) not in (1, most):
            return None
        return [None if each is None else (_decimal(each[0]), _decimal(each[1])) for each in found]
    except (KeyError, TypeError, ValueError, ArithmeticError, DecimalException, IndexError):
        return None


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise ValueError("more digits than were asked for")
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not finite")
    return number


def _tree_of(reply: Any) -> Node | None:
    try:
        return validate(reply["tree"]) if isinstance(reply, dict) and "tree" in reply else None
    except (BadTree, RecursionError):
        return None


def _worth_a_jail(text: str) -> bool:
    """Could another parser read it as mathematics at all? Needs a digit, a command or an operator, and a sane size."""
    return len(text) <= 4_000 and any(c.isdecimal() or c in "\\=^_+<>" for c in text)


def _digest(key: Key) -> str:
    return hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _verdict(
    score: float,
    reason: str,
    stage: str,
    shown: str,
    *,
    form: str | None = None,
    status: Literal["ok", "no_answer"] = "ok",
) -> Verdict:
    return Verdict(
        score=score, status=status, reason=reason, verifier="form", extracted=shown[:500], expected=form, stage=stage
    )
