"""`format`: the form of a trace; its options and its manual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from adjudge_client.types import Verdict

from ..answer import turns_of
from ..registry import verifier
from ..verdicts import wrong_option
from .pattern import check_pattern, judge_pattern
from .schema import check_schema, judge_json
from .tags import judge_tags

Style = Literal["think_answer", "think", "pattern", "json"]


def _fits_partial(partial: bool, info: ValidationInfo) -> bool:
    if partial and info.data.get("style") not in (None, "think_answer", "think"):
        raise wrong_option("`partial` counts tags, and this style asks for none")
    return partial


def _fits_pattern(pattern: str | None, info: ValidationInfo) -> str | None:
    _goes_with("pattern", pattern is not None, info)
    return None if pattern is None else check_pattern(pattern)


def _fits_schema(schema: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
    _goes_with("json", schema is not None, info)
    return None if schema is None else check_schema(schema)


def _goes_with(style: Style, given: bool, info: ValidationInfo) -> None:
    asked = info.data.get("style")
    if asked is not None and given != (asked == style):
        raise wrong_option(f"`style` is '{asked}': `{info.field_name}` goes with '{style}', and that needs it")


@verifier("format", revision=1, sees="messages", work="text", kind="shaping")
def format(
    messages: Sequence[Any],
    gold: None,
    *,
    open_think: bool,
    style: Annotated[
        Style,
        Field(
            description="think_answer: R1's two pairs of tags and nothing else; think: the thinking in its tags, then "
            "the answer as free text; pattern: all of the trace matches `pattern`; json: the answer is JSON that "
            "`json_schema` accepts"
        ),
    ] = "think_answer",
    partial: Annotated[
        bool,
        AfterValidator(_fits_partial),
        Field(description="pay for each tag that stands exactly once, wherever: 0.25 each of R1's four"),
    ] = False,
    pattern: Annotated[
        str | None,
        AfterValidator(_fits_pattern),
        Field(description="a regular expression in RE2's syntax, for style pattern", validate_default=True),
    ] = None,
    json_schema: Annotated[
        dict[str, Any] | None,
        AfterValidator(_fits_schema),
        Field(description="a JSON schema, draft 4 to 2020-12, for style json", validate_default=True),
    ] = None,
) -> Verdict:
    r"""Whether the trace has the form that was asked for: 1, or 0 with the first thing that is wrong.

    Of a trace of several messages the assistant's last is judged, as it is the one that answers.

    Range: 0 … 1. Sources: DeepSeek-AI 2025, DeepSeek-R1, arXiv:2501.12948, section 2.2.2 (format rewards) for the tags;
    `partial` is open-r1's `tag_count`.

    **think_answer** asks for `<think>…</think>` and then `<answer>…</answer>`, each tag exactly once, both with
    something visible in them, and only white space outside. **think** asks for the first pair at the start of the
    trace and for something visible after it. The tags are asked for letter by letter, in lower case and without blanks,
    although the answer is *read* from tags in any spelling: this term teaches the template. A tag in another spelling
    is therefore a tag too many.

    A prompt that ends in an open `<think>` has written that tag already, and it must not come again. Thinking that a
    server split off (`reasoning_content`) counts as standing in its tags. The marks that end a turn in chat templates
    (`<|im_end|>` and its like) are not seen.

    A tag that is only mentioned is none: in quotes or backticks, or in a closed fenced code block. So a thinking that
    talks about `` `<answer>` `` loses nothing, and a program that prints the tags gains nothing; where a tag is a
    mention for this term, it is one for reading the answer. A bare `<answer>` in the thinking is a second one, and
    costs the point. A closing `</think>` counts within a code block too, unless the same block has opened one: models
    leave fences open.

    **partial** pays the share of the tags asked for that stand exactly once, in any order: 0.25 each for think_answer.
    One that the prompt has written is not asked for, so the others are a third each.

    **pattern** must match all of the trace (RE2, so time is linear in the text): `(?s)` lets `.` match line breaks.
    No look-around and no back-references; at most 2,000 characters and 1,000 instructions. Blanks around the trace and
    marks of the turn's end are taken away first.

    **json** takes the last fenced code block of the answer, or the whole answer where there is none. It must be strict
    JSON: no NaN, no number beyond a double's range, no key twice in one object (parsers disagree which counts, so it
    would be a hedge), no more than 200 levels; and fit the schema. `format` in a schema is an annotation, as 2020-12
    has it; `pattern` is linear too (no look-around); references to other documents are refused.

    Nothing is said of what is *in* the form: `<think>.</think><answer>.</answer>` is worth 1. Hostile text is read in
    linear time and earns 0, but for the tags that stand in it under `partial`.
    """
    trace = (turns_of(messages) or [""])[-1]
    if style == "pattern":
        assert pattern is not None
        return judge_pattern(trace, pattern)
    if style == "json":
        assert json_schema is not None
        return judge_json(trace, open_think, json_schema)
    return judge_tags(trace, open_think, style, partial)
