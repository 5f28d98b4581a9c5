"""Our scanner is total, bounded and linear on every text, and only builds trees of the closed kinds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudge.verifiers.math.deciding import exact, numeric
from adjudge.verifiers.math.notation.lex import MAX_CHARS, Unreadable
from adjudge.verifiers.math.notation.parse import read
from adjudge.verifiers.math.tree import KINDS, MAX_DEPTH, BadTree, validate

PIECES = (
    r"\frac \dfrac \sqrt \left \right ( ) [ ] \{ \} { } | ^ _ ! % ' , ; : . = < > \le \ne \cdot \times / + - \pm \sin "
    r"\log "
    r"\ln \pi e i x y n f 1 2 10 3.5 0.\overline{3} 1,234 \text{cm} \text{or} \infty \cup \in \mathbb{R} "
    r"\begin{pmatrix} "
    r"\end{pmatrix} & \\ \int \sum_{k=1}^{n} \lim_{x\to0} dx \binom \lfloor \rfloor \langle \rangle ^\circ "
    r"\% \$ 三 √ ² ½ "
    r"\boxed \overline \vec \mod \begin{cases} \end{cases} \quad ~ _2 _{10} abc units percent pm"
).split()
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
)


@settings(max_examples=1500, deadline=None)
@given(texts)
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        tree = read(text)
    except Unreadable as error:
        assert str(error)
        return
    assert validate(tree) == tree


@settings(max_examples=800, deadline=None)
@given(texts, texts)
def test_any_two_texts_are_compared_without_an_error(a: str, b: str) -> None:
    from adjudge.verifiers.math.deciding.compare import BadGold, Comparison, Policy

    try:
        gold, answer = read(a), read(b)
        equal = Comparison(Policy(), lambda: "seed").same(gold, answer)
        assert equal in (True, False, None)
    except (Unreadable, BadGold):
        return


HOSTILE = {
    "braces": lambda n: "{" * n,
    "parentheses": lambda n: "(" * n + "1" + ")" * n,
    "fractions": lambda n: r"\frac{1}{" * n + "2" + "}" * n,
    "bars": lambda n: "|" * n,
    "carets": lambda n: "2" + "^2" * n,
    "factorials": lambda n: "5" + "!" * n,
    "digits": lambda n: "7" * n,
    "minus signs": lambda n: "-" * n + "5",
    "terms": lambda n: "1+" * n + "1",
    "commas": lambda n: "1," * n + "1",
    "thousands": lambda n: "1" + ",000" * n,
    "blanks": lambda n: "1 " * n,
    "words": lambda n: "five " * n,
    "texts": lambda n: r"\text{a}" * n,
    "openers": lambda n: r"\text{" * n,
    "backslashes": lambda n: "\\" * n,
    "repeating": lambda n: r"0.\overline{" + "1" * n + "}",
    "radicals": lambda n: "√" * n + "2",
    "sums": lambda n: r"\sum " * n + "k",
    "matrix": lambda n: r"\begin{pmatrix}" + "1&" * n + r"1\end{pmatrix}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_is_linear_in_the_text(name: str) -> None:
    def cost(size: int) -> float:
        text = HOSTILE[name](size)
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            try:
                exact.evaluate(read(text), exact.Field())
            except (Unreadable, exact.Undecided, exact.Undefined):
                pass
            best = min(best, time.process_time() - start)
        return best

    small = max(cost(2_000), 2e-4)
    assert cost(32_000) < 40 * small, "16 times the text for more than 40 times the work"


def test_what_is_too_long_or_too_deep_is_refused_before_it_is_walked() -> None:
    for text in ("1+" * MAX_CHARS, "(" * 3000 + "1" + ")" * 3000, "\\frac{1}{" * 60 + "2" + "}" * 60, "9" * 3000):
        with pytest.raises(Unreadable):
            read(text)
    with pytest.raises(BadTree):
        tree: list[object] = ["num", 1, 1]
        for _ in range(MAX_DEPTH + 1):
            tree = ["neg", tree]
        validate(tree)


@pytest.mark.parametrize(
    "bad",
    [
        None, 5, "num", [], ["num"], ["num", 1], ["num", 1, 0], ["num", "1", 1], ["num", True, 1],
        ["eval", "x"], ["sym", ""],
        ["const", "zoo"], ["fn", "exec", ["num", 1, 1]], ["neg"], ["neg", 5],
        ["rel", "is", ["num", 1, 1], ["num", 1, 1]],
        ["matrix", 2, 2, ["num", 1, 1]], ["dec", 1, 10**9], ["num", 10**5000, 1], ["text", "x" * 5000],
        ["sym", "x", ["num", 1, 1]],
        {"num": 1}, ["add", ["num", 1, 1]], [["num"], 1, 1], ["base", "12;", 8],
        ["half", "()", ["num", 1, 1], ["num", 2, 1]],
    ],
)  # fmt: skip
def test_a_tree_outside_of_the_closed_kinds_is_refused(bad: object) -> None:
    with pytest.raises(BadTree):
        validate(bad)


def test_every_scalar_kind_has_its_rules_in_both_arithmetics() -> None:
    assert set(exact._RULES) <= set(KINDS)
    assert set(numeric._RULES) <= set(KINDS)
    structural = set(
        "text pm mp undone rel and or seq paren brack half angle set setof named union inter minus matrix cases "
        "unit money "
        "colon clock".split()
    )
    assert set(exact._RULES) | structural == set(KINDS)
