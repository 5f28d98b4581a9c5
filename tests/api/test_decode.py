"""Bodies become requests: exactly, completely, and by two ways that agree."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adjudge.api import decode
from adjudge.api.cut import MAX_DEPTH
from adjudge.api.walk import walk
from adjudge.errors import RequestRefused
from adjudge_client.types import MAX_ITEMS, ScoreRequest

WAYS = [partial(decode.decode_score, at_once=True), partial(decode.decode_score, at_once=False)]


def body(*items: Any, **fields: Any) -> bytes:
    return json.dumps({"items": list(items), **fields}).encode()


def item(**fields: Any) -> dict[str, Any]:
    return {"prompt": "p", "trace": "t", "ground_truth": "g", **fields}


def outcome(way: Any, raw: bytes) -> ScoreRequest | tuple[str, int | None]:
    """The request, or the code of the refusal."""
    try:
        request: ScoreRequest = way(raw)
    except RequestRefused as error:
        return error.code, error.status
    return request


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", Decimal("0.1")),
        ("1.50", Decimal("1.50")),
        ("1e2", Decimal("1e2")),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("-0.30000000000000000000000000001", Decimal("-0.30000000000000000000000000001")),
        ("1e-400", Decimal("1e-400")),
    ],
)
def test_a_number_is_read_exactly(way: Any, text: str, number: Any) -> None:
    gold = way(b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + text.encode() + b"}]}").items[0].ground_truth
    assert gold == number
    assert str(gold) == str(number)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", ["1e999999999", "-1e-99999999999999999999", "1e6000", "7" * 200_000])
def test_a_number_beyond_all_bounds_is_no_number_and_no_text(way: Any, text: str) -> None:
    raw = b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + text.encode() + b"}]}"
    gold = way(raw).items[0].ground_truth
    assert isinstance(gold, Decimal)
    assert not gold.is_finite()


@pytest.mark.parametrize("way", WAYS)
def test_an_integer_longer_than_python_reads_stays_exact(way: Any) -> None:
    digits = "7" * 5000
    raw = b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + digits.encode() + b"}]}"
    assert str(way(raw).items[0].ground_truth) == digits


@pytest.mark.parametrize("way", WAYS)
def test_lone_surrogates_become_replacement_characters_and_pairs_become_characters(way: Any) -> None:
    fields = b'"prompt":"a\\ud800","trace":"\\ud83d\\ude00","ground_truth":{"\\udfff":["\\uDC00x"]},"id":"\xed\xa0\x80"'
    raw = b'{"items":[{' + fields + b"}]}"
    read = way(raw).items[0]
    assert read.prompt == "a\ufffd"
    assert read.trace == "😀"
    assert read.ground_truth == {"\ufffd": ["\ufffdx"]}
    assert read.id == "\ufffd"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("raw", "index", "field", "hint"),
    [
        (body(item(), item(), item(), item(tokns=3)), 3, "tokns", "did you mean 'tokens'?"),
        (body(item(), {"prompt": "p", "trace": "t"}), 1, "ground_truth", "missing"),
        (body({"prompt": "p", "trase": "t", "ground_truth": 1}), 0, "trase", "did you mean 'trace'?"),
        (body(item(tokens=1.5)), 0, "tokens", "1.5"),
        (body(item(tokens=-1)), 0, "tokens", "-1"),
        (body(item(truncated="yes")), 0, "truncated", "'yes'"),
        (body(item(prompt=3)), 0, "prompt", "string"),
        (body(item(trace=[{"rol": "user"}])), 0, "trace.0.rol", "did you mean 'role'?"),
        (body(item(trace=[{"role": "user", "content": [{"text": "x"}]}])), 0, "trace.0.content.0.type", "missing"),
        (body(7), 0, None, "7"),
        (body(), None, "items", "at least 1 item, not 0"),
        (body(item(), truncated="zero"), None, "truncated", "it belongs in an item or in reward"),
        (body(item(), options={}), None, "options", "it belongs in an item or in a term of reward"),
        (body(item(explain=True)), 0, "explain", "it belongs in the request, beside 'items'"),
        (b'{"itmes":[]}', None, "itmes", "did you mean 'items'?"),
        (b"{}", None, "items", "missing"),
        (body(item(), reward={"terms": [{"nme": "a", "verifier": "math"}]}), None, "reward.terms.0.nme", "'name'"),
        (body(item(), reward={"terms": []}), None, "reward.terms", "at least 1"),
        (
            body(item(), reward={"terms": [{"name": "a", "verifier": "math"}], "rnge": 1}),
            None,
            "reward.rnge",
            "'range'",
        ),
        (body(item(), deadline_s=0), None, "deadline_s", "greater than 0"),
        (body(item(), require={"revisions": {"math": "x"}}), None, "require.revisions.math", "integer"),
        (body(item(), explain=1), None, "explain", "boolean"),
    ],
)
def test_a_shape_error_names_the_item_the_field_and_what_is_near(
    way: Any, raw: bytes, index: int | None, field: str | None, hint: str
) -> None:
    with pytest.raises(RequestRefused) as refused:
        way(raw)
    error = refused.value
    assert (error.status, error.index, error.field) == (422, index, field)
    assert hint in error.message


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"items"',
        b"{",
        b'{"items"',
        b'{"items":',
        b'{"items":[',
        b'{"items":[{"prompt":"p',
        b'{"items":[{]}',
        b'{"items":[{}}}',
        b'{"items":[}]',
        b'{"items":[{"prompt":NaN}]}',
        b'{"items":[{"prompt":-Infinity}]}',
        b'{"items":[{"prompt":"a","prompt":"b"}]}',
        b'{"items":[],"items":[]}',
        b'{"items":[],"\\u0069tems":[]}',
        b'{"items":[{}],}',
        b'{"items":[{"prompt":"p","trace":"t","ground_truth":1},]}',
        b'{"items":[,{}]}',
        b"{'items':[]}",
        b'{"items":[{}]} {}',
        b'{"items":[{}]}]',
        b'{"items":[{"prompt":"\\x"}]}',
        b'{"items":[{"prompt":"\n"}]}',
        b'{"items":[{"prompt":01}]}',
        b"[" * 100_000,
        b'{"items":' + b"[" * 100_000,
        b'{"items":[{"meta":' + b'{"a":' * 50_000,
        b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + b"[" * 300 + b"]" * 299 + b"}}]}",
        b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + b"[" * 300 + b"1 2" + b"]" * 300 + b"}]}",
        b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + b"[" * 300 + b"1,]" + b"]" * 299 + b"}]}",
        b'{"items":[{}],"reward":{"terms":' + b"[" * 300 + b"]" * 300 + b"}}",
    ],
)
def test_what_is_not_json_is_refused(way: Any, raw: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        way(raw)
    assert refused.value.status == 422
    assert refused.value.code == "malformed_json"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xf8\x88\x80\x80\x80", b"\xc0\x80"])
def test_what_is_not_utf8_is_refused(way: Any, bad: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        way(b'{"items":[{"prompt":"' + bad + b'","trace":"t","ground_truth":"g"}]}')
    assert (refused.value.status, refused.value.code) == (422, "malformed_utf8")


@pytest.mark.parametrize("way", WAYS)
def test_nesting_within_the_bound_is_accepted(way: Any) -> None:
    depth = MAX_DEPTH - 1
    raw = b'{"items":[{"prompt":"p","trace":"t","ground_truth":' + b"[" * depth + b"]" * depth + b"}]}"
    assert way(raw).items[0].ground_truth != ""


@pytest.mark.parametrize("way", WAYS)
def test_a_byte_order_mark_and_white_space_are_passed_over(way: Any) -> None:
    assert way(b"\xef\xbb\xbf \n" + body(item()) + b" \r\n").items[0].trace == "t"


@pytest.mark.parametrize("count", [MAX_ITEMS, MAX_ITEMS + 1])
def test_ten_thousand_items_are_the_most(count: int) -> None:
    raw = body(*[item()] * count)
    if count <= MAX_ITEMS:
        assert len(decode.decode_score(raw).items) == count
        return
    with pytest.raises(RequestRefused) as refused:
        decode.decode_score(raw)
    assert (refused.value.status, refused.value.field) == (422, "items")


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("unit", ["a", 'x"\\', "é", "😀", "\n\\boxed{1}", "\\u0041😀", "\ud7ff\ue000"])
def test_a_long_text_arrives_whole(unit: str, ascii_only: bool) -> None:
    text = unit * (decode.LARGE_ITEM // len(unit) + 7)
    raw = json.dumps(
        {"items": [item(), item(trace=text, prompt=[{"role": "user", "content": text}])]}, ensure_ascii=ascii_only
    )
    read = decode.decode_score(raw.encode()).items[1]
    assert read.trace == text
    assert read.prompt[0].content == text  # type: ignore[union-attr]


def test_a_broken_escape_in_a_long_text_is_refused() -> None:
    raw = b'{"items":[{"prompt":"' + b"a" * 300_000 + b"\\" + b'uZZZZ","trace":"t","ground_truth":1}]}'
    with pytest.raises(RequestRefused) as refused:
        decode.decode_score(raw)
    assert (refused.value.code, refused.value.index) == ("malformed_json", 0)


@pytest.mark.parametrize("depth", [250, 5000])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", ["meta", "ground_truth", "tool_calls"])
def test_what_is_nested_too_deep_costs_no_item_more_than_itself(way: Any, field: str, depth: int) -> None:
    deep = b'{"a":[' * (depth // 2) + b"1" + b"]}" * (depth // 2)
    fields = {
        "meta": b'"trace":"t","ground_truth":"g","meta":' + deep,
        "ground_truth": b'"trace":"t","ground_truth":' + deep,
        "tool_calls": b'"trace":[{"role":"assistant","content":"t","tool_calls":[' + deep + b']}],"ground_truth":"g"',
    }
    raw = b'{"items":[' + json.dumps(item()).encode() + b',{"prompt":"p",' + fields[field] + b"}]}"
    items = way(raw).items
    assert items[0].trace == "t"
    assert items[1].prompt == "p"
    line = raw[raw.index(b'{"prompt":"p",', 20) : -2]
    assert decode.decode_item(line) == items[1]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
any_item = st.fixed_dictionaries(
    {"prompt": st.text(max_size=20), "trace": st.text(max_size=20), "ground_truth": plain},
    optional={"meta": st.dictionaries(st.text(max_size=4), plain, max_size=2), "tokens": st.integers(), "x": plain},
)


@settings(max_examples=200, deadline=None)
@given(st.lists(any_item, min_size=0, max_size=4), st.booleans(), st.sampled_from([None, 2]))
def test_both_ways_read_the_same(items: list[Any], ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps({"items": items}, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    first, second = (outcome(way, raw) for way in WAYS)
    assert first == second


@settings(max_examples=400, deadline=None)
@given(st.lists(any_item, min_size=1, max_size=2), st.data())
def test_both_ways_refuse_the_same(items: list[Any], data: st.DataObject) -> None:
    raw = bytearray(json.dumps({"items": items, "run": "r"}).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b'"', b"{", b"]", b",", b"\\"])
        )
        if not raw:
            return
    first, second = (outcome(way, bytes(raw)) for way in WAYS)
    assert isinstance(first, ScoreRequest) == isinstance(second, ScoreRequest)
    if isinstance(first, ScoreRequest):
        assert first == second


@settings(max_examples=300, deadline=None)
@given(plain, st.booleans(), st.sampled_from([None, 2]))
def test_the_walker_reads_what_the_parser_reads(value: Any, ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert walk(raw, 0, len(raw)) == decode.clean(decode.parse(decode.text_of(raw)))


PIECES = [
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"a"',
    '"b\\n"',
    '"\x01"',
    "1",
    "-",
    "0",
    ".5",
    "e3",
    "true",
    "nul",
    " ",
    "x",
    '"',
]


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
@example("[1,1,1,1,1]")
@example("[1,1,1,1,]")
@example("[1,1, 01,1,1]")
@example("[1,1,1,[],1,2,-3.5e7, 4]")
@example("[1,,1,1]")
@example("[1,1,1,1}")
def test_the_walker_refuses_what_the_parser_refuses(text: str) -> None:
    raw = text.encode()

    def read(way: Any) -> Any:
        try:
            return way()
        except RequestRefused as error:
            return error.code

    assert read(lambda: walk(raw, 0, len(raw))) == read(lambda: decode.parse(text))


@pytest.mark.parametrize("tail", ["", "5", ".5", "e3", "e+03", "e", "..1", "-1", "x"])
@pytest.mark.parametrize("digits", [65_534, 65_535, 65_536, 131_071, 131_072, 200_000])
def test_a_number_of_any_length_is_read_by_the_grammar(digits: int, tail: str) -> None:
    text = "7" * digits + tail
    raw = text.encode()
    if tail in ("e", "..1", "-1", "x"):
        with pytest.raises(RequestRefused):
            walk(raw, 0, len(raw))
    else:
        assert walk(raw, 0, len(raw)) == decode.parse(text)
