"""The verifier `math`: extraction, our own reading and arithmetic, and the jail for what they leave open."""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import Field as Option

from adjudge_client.types import Verdict

from ...jail import Box, End, Limits, Outcome
from ..answer import Answer
from ..registry import verifier
from .deciding import shapes
from .deciding.compare import BadGold, Comparison, Policy, Question
from .deciding.texts import same_text
from .gold import COMMA_THOUSANDS, OPTION, Gold, as_text, clean, decimal_comma, read_answer, read_gold, unwrapped
from .notation import spoken
from .notation.numerals import Forbidden, Unreadable
from .reading import Extraction, extract
from .restate import asked_for, options, repeats_prompt, squashed
from .tree import BadTree, Node, validate

PARSE = Limits(cpu_s=2.0, memory_mb=512)
DECIDE = Limits(cpu_s=5.0, memory_mb=512)
_MAX_QUESTIONS = 60
_MAX_JAILED_READS = 8
_UNDONE = "the answer still has an integral, a sum, a limit or a determinant to work out; the ground truth has none"
_DENYING_SIGN = re.compile(r"[¬≠!~]|\\(?:neg|lnot|not|ne|neq)(?![a-zA-Z])|^\s*[-−]")
_LETTERS = frozenset("ABCDEFGHIJ")
_FROM_LABEL = re.compile(r"(?<![A-Za-z])\(?[A-J][).:]\s*\S.*")
_CARRIED = frozenset({"unit", "clock", "colon", "base"})


@dataclass(frozen=True)
class _Stop(Exception):
    """A verdict reached on the way."""

    verdict: Verdict


@verifier("math", revision=1, sees="answer", work="math")
async def math(
    answer: Answer,
    gold: Any,
    box: Box,
    *,
    prompt: str = "",
    unevaluated: Annotated[
        Literal["refuse", "accept"],
        Option(description="An answer that leaves undone what was asked (an integral, a sum, the question itself)."),
    ] = "refuse",
    percent: Annotated[
        Literal["lenient", "exact"],
        Option(description="lenient: 50% also meets 50. exact: 50% meets 0.5 only."),
    ] = "lenient",
    units: Annotated[
        Literal["lenient", "strict", "ignore"],
        Option(description="lenient: a missing unit is fine, a wrong one is not. strict: it must be there."),
    ] = "lenient",
    degrees: Annotated[
        Literal["lenient", "strict"],
        Option(description="lenient: 30 meets 30 degrees. strict: 30 degrees is pi/6 and nothing else."),
    ] = "lenient",
    variable: Annotated[
        Literal["lenient", "strict"],
        Option(description="lenient: x = 5 meets 5. strict: it does not."),
    ] = "lenient",
    order: Annotated[
        Literal["auto", "fixed"],
        Option(description="auto: lists and sets in any order, tuples in theirs. fixed: lists in theirs too."),
    ] = "auto",
    tolerance: Annotated[
        float | None,
        Option(description="Relative. Unset: exact, or 1e-9 where the gold has a point or an exponent.", ge=0, le=1),
    ] = None,
) -> Verdict:
    r"""Is the answer mathematically the gold?

    The gold is a string (LaTeX or plain, with or without dollars and boxes), a number, or a list meaning any of them.
    What kind of thing it is decides how the answer is held against it:

    * A number is met by the same number however written: 1/2, 0.5, \frac12, 50\%, 1,234, 1{,}234, 2\frac13,
    0.\overline{3},
      三, twenty-one. An exact gold is not met by a rounded decimal (\frac13 by 0.33, \pi by 3.14).
    * Units: 10 cm meets 10, and 100 mm; 10 m does not meet 10 cm, nor does cm^2 meet cm. A ratio 3:1 is not the
    number 3.
    * Lists: "1, 2, 3" in any order; against a single gold a list is a hedge and earns 0. Tuples, points and matrices in
      their order; (1,2) is also the open interval 1<x<2, and [1,2] is not (1,2).
    * Equations: x=5 meets 5; y=5 does not meet x=5; 2x-y+3=0 meets y=2x+3; 5=4 is false and meets nothing.
    * A single capital A to J is a choice; letters without operators are text ("an ellipse" meets "ellipse").
    * Work left undone earns 0: an integral, a sum, a limit or a determinant where the gold has none, or an
    expression that
      stands in the prompt where the gold is written otherwise.

    The verdict's `stage` says who decided: extract, choice, text, exact (our own arithmetic), or decide (sympy, in
    a jail).
    """
    policy = Policy(
        undone=unevaluated == "accept",
        percent=percent,
        units=units,
        degrees=degrees,
        variable=variable,
        order=order,
        tolerance=tolerance,
    )
    try:
        task = await _Task.of(gold, policy, box, prompt)
        extraction = task.extract(answer.text)
        return await task.judge(extraction)
    except _Stop as stop:
        return stop.verdict
    except BadGold as error:
        return _bad_task(str(error))


@dataclass
class _Task:
    gold: Gold
    trees: tuple[Node, ...]
    policy: Policy
    box: Box
    prompt: str
    reads: dict[str, Node] = field(default_factory=dict)
    """What the jail has read of this answer so far."""

    @classmethod
    async def of(cls, raw: Any, policy: Policy, box: Box, prompt: str) -> _Task:
        """Read the gold and see that it accepts itself. Raises BadGold."""
        try:
            gold = read_gold(as_text(raw))
        except (RecursionError, ValueError) as error:
            raise BadGold("the ground truth cannot be read as mathematics") from error
        trees = gold.trees
        if gold.unread:
            try:
                trees = (await _gold_from_jail(gold.unread, box),)
            except BadGold:
                if not gold.text:
                    raise
                gold = replace(gold, want="math", literal=True)  # only the same words and formulas meet it
            else:
                gold = replace(gold, text="")
        task = cls(gold, trees, policy, box, prompt)
        for tree in trees:
            key = (gold.shown, tree, policy)
            if key not in _ACCEPTED:
                equal = await task.equal(tree, tree, of_gold=True)
                if equal is not True:
                    raise BadGold("the ground truth does not accept itself")
                _remember(_ACCEPTED, key, True)
        return task

    # ------------------------------------------------------------------------------------------ the answer

    def extract(self, text: str) -> Extraction:
        """What the answer commits to. Where the gold carries a unit, what stands behind the number is read first."""
        if self.gold.want == "number" and any(tree[0] in _CARRIED for tree in self.trees):
            found = extract(text, "math")
            if found.missing is None:
                return found
        found = extract(text, self.gold.want)
        if self.gold.letters and found.hedged is not None and (letter := self._read_out(text)):
            return Extraction((letter,), found.how)
        return found

    def _read_out(self, text: str) -> str | None:
        """The letter of an option that the answer reads out whole, where its text is letters itself: "A. C"."""
        parts = extract(text, "text").parts
        sentence = _FROM_LABEL.search(text.rstrip().rpartition("\n")[2])
        said = sentence[0] if sentence and "boxed" not in text else parts[0] if len(parts) == 1 else ""
        option = OPTION.fullmatch(unwrapped(clean(said)))
        if option is None:
            return None
        for known in (options(self.prompt)[1].get(option[1]), _option_text(self.gold.shown, option[1])):
            if known is not None and _to_the_sign(unwrapped(known)) == _to_the_sign(option[2]):
                return option[1]
        return None

    async def judge(self, found: Extraction) -> Verdict:
        refuse_undone = not self.policy.undone
        if found.missing is not None:
            return self.verdict(0.0, found.missing, "extract", status="no_answer")
        shown = ", ".join(found.parts)
        if found.hedged is not None:
            return self.verdict(0.0, found.hedged, "extract", shown)
        if self.gold.letters:
            verdict = await self._choice(found, shown)
            if (
                verdict.score == 1.0
                or not (self.gold.trees or self.gold.text)
                or found.parts[0].strip("() .") in _LETTERS
            ):
                return verdict
            self.gold = replace(self.gold, letters=frozenset())  # the option's value instead of its letter
        if self.gold.text:
            return self._text(found, shown)
        tree = await self._answer_tree(found, shown)
        stated = tree[-1] if tree[0] == "rel" else tree  # "the sum = 55" states its value
        if refuse_undone and shapes.has_undone(stated) and not any(shapes.has_undone(t) for t in self.trees):
            return self.verdict(0.0, _UNDONE, "exact", shown)
        why = ""
        for gold_tree in self.trees:
            equal, reason, stage = await self.compare(gold_tree, tree, shown)
            if equal:
                if refuse_undone and repeats_prompt(tree, gold_tree, shown, self.prompt):
                    return self.verdict(0.0, "the answer only repeats an expression of the question", "exact", shown)
                return self.verdict(1.0, reason, stage, shown)
            why = why or reason
        return self.verdict(0.0, why, stage, shown)

    async def _choice(self, found: Extraction, shown: str) -> Verdict:
        letters = frozenset(part.strip().strip("().").upper() for part in found.parts)
        if len(self.gold.letters) == len(letters) == 1 and not letters <= _LETTERS:
            letters = await self._option_with_value(found.parts[0]) or letters
        right = letters == self.gold.letters
        reason = f"the answer chooses {', '.join(sorted(letters))}; right is {', '.join(sorted(self.gold.letters))}"
        return self.verdict(float(right), "the right choice" if right else reason, "choice", shown)

    async def _option_with_value(self, part: str) -> frozenset[str]:
        """The letter of the one listed option whose text the answer gives instead of the letter."""
        meeting = []
        stem, listed = options(self.prompt)
        for letter, value in listed.items():
            try:
                task = await _Task.of(value, self.policy, self.box, stem)
                task.reads = self.reads
                verdict = await task.judge(Extraction((part,), "box"))
            except (BadGold, _Stop):
                continue
            if verdict.score == 1.0:
                meeting.append(letter)
        return frozenset(meeting) if len(meeting) == 1 else frozenset()

    def _text(self, found: Extraction, shown: str) -> Verdict:
        if len({" ".join(part.split()) for part in found.parts}) != 1 and not self.gold.literal:
            return self.verdict(0.0, "several answers where one is asked for", "text", shown)
        said = unwrapped(clean(found.parts[0]))
        if self.gold.literal:
            right = squashed(self.gold.text) == squashed(unwrapped(clean(", ".join(found.parts))))
        elif _DENYING_SIGN.search(said):
            right = False
        else:
            right = same_text(self.gold.text, said) or _same_letters(self.gold.text, said)
        reason = "the same words" if right else "the words differ from the ground truth's"
        return self.verdict(float(right), reason, "text", shown)

    async def _answer_tree(self, found: Extraction, shown: str) -> Node:
        parts: list[Node] = []
        for part in found.parts[:_MAX_QUESTIONS]:
            node = await self._read(part, shown)
            if node not in parts:
                parts.append(node)
        return parts[0] if len(parts) == 1 else ("seq", *parts)

    async def _read(self, part: str, shown: str) -> Node:
        text = clean(part)
        if (
            self.trees[0][0] == "dec"
            and not COMMA_THOUSANDS.search(text)
            and (comma := decimal_comma(text)) is not None
        ):
            return comma
        if not text.isascii() or not any(c.isdecimal() for c in text):
            meaning = spoken.word_value(unwrapped(text))
            if meaning is not None:
                return meaning
        try:
            return read_answer(text)
        except Forbidden as error:
            raise _Stop(self.verdict(0.0, f"the answer cannot be trusted: {error}", "extract", shown)) from error
        except Unreadable as error:
            own = str(error)
        except (ValueError, RecursionError) as error:
            own = f"{type(error).__name__} in the scanner"
        if text in self.reads:
            return self.reads[text]
        if not _worth_a_jail(text) or len(self.reads) >= _MAX_JAILED_READS:
            raise _Stop(self.verdict(0.0, f"the answer is no mathematics that can be read: {own}", "exact", shown))
        outcome = await self.box.run("math.parse", _frame({"text": text}), PARSE)
        tree = _tree_of(outcome)
        if tree is None:
            raise _Stop(self._ended(outcome, "parse", shown, f"the answer cannot be read: {own}"))
        self.reads[text] = tree
        return tree

    def _ended(self, outcome: Outcome, stage: str, shown: str, reason: str) -> Verdict:
        """An execution over the answer that ended without a reply: the model's doing, by the contract."""
        status: dict[End, Any] = {
            End.TIMEOUT: "timeout",
            End.MEMORY: "memory",
            End.OUTPUT: "memory",
            End.CRASH: "crash",
        }
        if outcome.end is End.EXITED:
            return self.verdict(0.0, reason, stage, shown)
        return self.verdict(0.0, f"reading the answer: {outcome.detail}", stage, shown, status=status[outcome.end])

    # ------------------------------------------------------------------------------------------ comparison

    async def compare(self, gold: Node, answer: Node, shown: str) -> tuple[bool, str, str]:
        """(equal, reason, stage). Raises _Stop where the decision ran over its limits."""
        comparison = self._comparison(gold, answer)
        equal = comparison.same(gold, answer)
        if equal is not None:
            return equal, self._because(equal, comparison.why, shown), "exact"
        outcome = await self._decide(comparison.pending, comparison.seed())
        if outcome.end is not End.EXITED:
            own = await self._decide([(kind, g, g) for kind, g, _ in comparison.pending], comparison.seed())
            if own.end is not End.EXITED:
                raise BadGold(f"the ground truth cannot be decided against itself: {own.detail}")
            raise _Stop(self._ended(outcome, "decide", shown, ""))
        again = self._comparison(gold, answer)
        again.known, hows = _answers(outcome, comparison.pending)
        equal = again.same(gold, answer)
        if equal is None:
            return False, "it could not be shown that the answer equals the ground truth", "decide"
        how = f" ({hows[0]})" if equal and hows else ""
        return equal, self._because(equal, again.why, shown) + how, "decide"

    def _because(self, equal: bool, why: str, shown: str) -> str:
        answer, gold = _short(shown), _short(self.gold.shown)
        if equal:
            return f"{answer} equals {gold}" if answer != gold else f"it is the ground truth, {gold}"
        return f"{answer} is not {gold}" + (f": {why}" if why and why != "the values differ" else "")

    async def equal(self, gold: Node, answer: Node, *, of_gold: bool) -> bool | None:
        """The gold against itself; only its having a value is in question."""
        comparison = self._comparison(gold, answer)
        comparison.of_gold = True
        equal = comparison.same(gold, answer)
        if equal is not None or not comparison.pending:
            return equal
        outcome = await self._decide(comparison.pending, comparison.seed())
        if outcome.end is not End.EXITED:
            raise BadGold(f"the ground truth cannot be decided against itself: {outcome.detail}")
        again = self._comparison(gold, answer)
        again.known, _ = _answers(outcome, comparison.pending)
        return again.same(gold, answer)

    def _comparison(self, gold: Node, answer: Node) -> Comparison:
        def seed() -> str:
            return hashlib.sha256(repr((1, gold, answer, self.policy)).encode()).hexdigest()

        return Comparison(self.policy, seed, asked=lambda node: asked_for(node, self.prompt))

    async def _decide(self, pending: list[Question], seed: str) -> Outcome:
        request = {
            "questions": [{"ask": kind, "a": gold, "b": answer} for kind, gold, answer in pending[:_MAX_QUESTIONS]],
            "seed": seed,
            "tolerance": self.policy.tolerance,
            "budget_s": DECIDE.cpu_s * 0.8,
        }
        return await self.box.run("math.decide", _frame(request), DECIDE)

    def verdict(
        self, score: float, reason: str, stage: str, extracted: str | None = None, status: Any = "ok"
    ) -> Verdict:
        return Verdict(
            score=score,
            status=status,
            reason=reason,
            verifier="math",
            extracted=extracted[:500] if extracted is not None else None,
            expected=self.gold.shown,
            stage=stage,
        )


def _option_text(gold: str, letter: str) -> str | None:
    """The text of a gold that gives it with its letter."""
    option = OPTION.fullmatch(unwrapped(clean(gold)))
    return option[2] if option is not None and option[1] == letter else None


def _to_the_sign(text: str) -> str:
    return re.sub(r"[\s.]+", "", text)


def _same_letters(gold: str, answer: str) -> bool:
    """ACD and "A, C, D": several options without a comma."""
    letters = [word for word in re.split(r"[\s,;、]+|\band\b|和", answer) if word]
    listed = set(gold) <= _LETTERS and len(set(gold)) == len(gold)
    return listed and len(letters) > 1 and sorted(letters) == sorted(gold)


def _bad_task(reason: str) -> Verdict:
    return Verdict(score=None, status="bad_task", reason=reason, verifier="math", stage="gold")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _frame(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=True).encode()


def _worth_a_jail(text: str) -> bool:
    """Could another parser read it as mathematics at all? Needs a digit, a command or an operator, and a sane size."""
    return len(text) <= 4_000 and any(c.isdecimal() or c in "\\=^_+<>" for c in text)


def _tree_of(outcome: Outcome) -> Node | None:
    if outcome.end is not End.EXITED or outcome.reply is None:
        return None
    try:
        data = json.loads(outcome.reply)
        return validate(data["tree"]) if isinstance(data, dict) and "tree" in data else None
    except (ValueError, BadTree, RecursionError):
        return None


def _answers(outcome: Outcome, pending: list[Question]) -> tuple[dict[Question, bool | None], list[str]]:
    """The jail's replies, taken only in the shape that was agreed on."""
    try:
        replies = json.loads(outcome.reply or b"{}")["answers"]
        known: dict[Question, bool | None] = {}
        hows = []
        for question, reply in zip(pending, replies, strict=False):
            equal = reply["equal"]
            known[question] = equal if equal is True or equal is False else None
            if equal is True:
                hows.append(str(reply.get("how", ""))[:200])
        return known, hows
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}, []


_ACCEPTED: OrderedDict[Any, bool] = OrderedDict()
_FROM_JAIL: OrderedDict[str, Node] = OrderedDict()


def _remember(table: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    table[key] = value
    if len(table) > 20_000:
        table.popitem(last=False)


async def _gold_from_jail(text: str, box: Box) -> Node:
    """A gold that our scanner cannot read, by math-verify's grammar in a jail of its own."""
    if text in _FROM_JAIL:
        return _FROM_JAIL[text]
    if not _worth_a_jail(text):
        raise BadGold("the ground truth cannot be read as mathematics")
    outcome = await box.run("math.parse", _frame({"text": text}), PARSE)
    tree = _tree_of(outcome)
    if tree is None:
        raise BadGold("the ground truth cannot be read as mathematics")
    _remember(_FROM_JAIL, text, tree)
    return tree
