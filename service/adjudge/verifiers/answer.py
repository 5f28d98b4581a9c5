"""Where the answer stands in a trace (contract §2): after the thinking, in the last <answer> if any.

The rules, and why:

* The answer begins after the last closing think tag. What a model only thought it did not say.
* Thinking that never closes, and a trace that was cut off, hold no answer: nothing was committed to.
* Tags are read as a person reads them: any case, blanks or invisible characters inside them, `<thinking>`, and the
  spellings of other chat templates (`[THINK]`, `◁think▷`; the analysis and final channels of `<|channel|>`).
* A tag that is only mentioned is no tag: quoted (`` `</think>` ``), or inside a fenced code block of the answer.
  Inside the thinking a fence does not protect a closing tag, unless the same block also opened one (an example of the
  format): models leave fences open when they stop thinking, and their answer must not be lost for that.
* An <answer> that is never closed reaches to the end; empty ones are passed over, as empty boxes are.

Every scan is one pass, and every repetition in a pattern is bounded: cost is linear in the text.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .fences import Fences
from .invisible import INVISIBLE


@dataclass(frozen=True, slots=True)
class Answer:
    """The text in which the model commits itself. `missing` says why there is none."""

    text: str
    missing: str | None = None


CUT_OFF = "the trace was cut off before it ended, so it commits to no answer"
STILL_THINKING = "the thinking never closes, so nothing was committed to"
EMPTY = "the trace is empty"
NOTHING_AFTER = "nothing follows the thinking"
EMPTY_ANSWER = "the <answer> is empty"

_GAP = rf"[\s{INVISIBLE}]{{0,8}}"
_HIDDEN = rf"[{INVISIBLE}]{{0,3}}"


def _spelt(word: str) -> str:
    return _HIDDEN.join(word)


_TAG = re.compile(  # a set of characters first: the search skips to the next of them
    rf"[<◁\[](?:(?<![\[]){_GAP}(?P<close>/?){_GAP}(?:(?P<think>{_spelt('think')}(?:{_spelt('ing')})?)"
    rf"|(?P<answer>{_spelt('answer')})){_GAP}[>▷]|(?<=\[)(?-i:(?P<close2>/?)THINK\]))",
    re.IGNORECASE,
)
_END_OF_TURN = re.compile(
    r"(?:<\|(?:im_end|endoftext|eot_id|end_of_text|end|return|eom_id|im_start)\|>|</s>|<eos>|<end_of_turn>"
    r"|<｜end▁of▁sentence｜>)\Z"
)
_CHANNEL = re.compile(r"<\|channel\|>[ \t]{0,4}(analysis|commentary|final)\b[^<\n]{0,80}<\|message\|>")
_QUOTES = {"`": "`", "“": "”", "‘": "’", "「": "」", "『": "』", "«": "»"}


def read_answer(trace: str, *, open_think: bool, truncated: bool, search_thinking: bool) -> Answer:
    """The text in which a trace commits itself.

    open_think: the prompt ended in an open `<think>`, so the trace starts inside the thinking.
    truncated: the trace was cut off by a length limit; it then has no answer, whatever it says.
    search_thinking: the thinking may hold the answer too; only being cut off still means that there is none.
    """
    if truncated:
        return Answer("", CUT_OFF)
    text = without_end_of_turn(trace)
    if not text.strip():
        return Answer("", EMPTY)
    text, thinking = _final_channel(text, search_thinking)
    if thinking:
        return Answer("", STILL_THINKING)
    tags = list(tags_in(text))
    if search_thinking:
        text = _blank(text, [tag for tag in tags if tag.name == "think"])
        return _in_answer_tags(text, list(tags_in(text)))
    _, start, closed = standing_tags(text, tags, open_think)
    if not closed:
        return Answer("", STILL_THINKING)
    rest = text[start:]
    if not rest.strip():
        return Answer("", NOTHING_AFTER)
    return _in_answer_tags(rest, list(tags_in(rest)) if start else tags)


def thinking_and_rest(trace: str, *, open_think: bool) -> tuple[str, str]:
    """All that comes before the answer, and what follows it; the two are the whole trace but for marks of its end.

    Thinking that never closes reaches to the end. Without any mark of thinking there is none: the first text is empty.
    """
    text = without_end_of_turn(trace)
    if "<|channel|>" in text:
        channels = list(_CHANNEL.finditer(text))
        if channels:
            final = next((match for match in reversed(channels) if match[1] == "final"), None)
            return (text[: final.start()], text[final.end() :]) if final else (text, "")
    _, start, closed = standing_tags(text, list(tags_in(text)), open_think)
    return (text[:start], text[start:]) if closed else (text, "")


def prompt_opens_thinking(prompt: str | Sequence[Any]) -> bool:
    """Whether a prompt (text, or messages) ends in an open `<think>`, so that the trace begins inside the thinking.

    In the assistant's own turn (a last message of the assistant, or what follows the last mark of its turn in a
    template) an open tag counts even if thoughts follow it; elsewhere the prompt must end in it.
    """
    if isinstance(prompt, str) and not _may_hold_tags(prompt[-_NEAR:]):
        return False
    text, own_turn = _last_turn(prompt)
    tags = deque((tag for tag in tags_in(text) if tag.name == "think"), maxlen=1)
    if not tags or tags[0].closes:
        return False
    return own_turn or not text[tags[0].end :].strip()


def starts_in_thinking(prompt: str | Sequence[Any], trace: str | Sequence[Any]) -> bool:
    """`prompt_opens_thinking`, unless the trace's message carries its thinking apart, as `reasoning_content`."""
    if not isinstance(trace, str) and any(
        _field(message, "role") == "assistant" and _field(message, "reasoning_content") for message in trace[-1:]
    ):
        return False
    return prompt_opens_thinking(prompt)


def text_of(trace: str | Sequence[Any]) -> str:
    """The text of a trace: itself, or what the last assistant message says.

    `reasoning_content` and parts that are not text (pictures, thinking) are no part of the answer; the text parts are
    one text and are joined without anything between. No assistant message: the empty text.
    """
    if isinstance(trace, str):
        return trace
    for message in reversed(trace):
        if _field(message, "role") == "assistant":
            return _content(message)
    return ""


def whole_text(trace: str | Sequence[Any]) -> str:
    """All that the model said: every turn of the assistant, a blank line between. What other roles said is not its."""
    return trace if isinstance(trace, str) else "\n\n".join(filter(None, turns_of(trace)))


def turns_of(trace: Sequence[Any]) -> list[str]:
    """What each message of the assistant says, and before it the thinking that an inference server split off as
    `reasoning_content`, in the tags that it stood in."""
    turns = []
    for message in trace:
        if _field(message, "role") == "assistant":
            thinking = _field(message, "reasoning_content")
            turns.append(f"<think>{thinking}</think>{_content(message)}" if thinking else _content(message))
    return turns


def prompt_text(prompt: str | Sequence[Any]) -> str:
    """The prompt as one text: the messages' texts in order, a blank line between."""
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(filter(None, map(_content, prompt)))


# Reading messages


def _field(message: Any, name: str) -> Any:
    return message.get(name) if isinstance(message, Mapping) else getattr(message, name, None)


def _content(message: Any) -> str:
    content = _field(message, "content")
    if content is None or isinstance(content, str):
        return content or ""
    texts = (_field(part, "text") for part in content if _field(part, "type") == "text")
    return "".join(text for text in texts if isinstance(text, str))


_OWN_TURN = re.compile(
    r"<\|im_start\|>assistant|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|[aA]ssistant\|>|<｜Assistant｜>"
    r"|<start_of_turn>model|\[/INST\]|<\|start\|>assistant|^(?:###[ ])?Assistant:",
    re.MULTILINE,
)
_OTHER_TURN = re.compile(
    r"<\|(?:im_start|start_header_id|user|start)\|>|<｜User｜>|<start_of_turn>|\[INST\]|^(?:###[ ])?(?:User|Human):",
    re.MULTILINE,
)
_NEAR = 20_000  # characters at the end of a prompt in which its last turn is looked for


def _last_turn(prompt: str | Sequence[Any]) -> tuple[str, bool]:
    """The end of a prompt that matters, and whether it is the assistant's own turn."""
    if not isinstance(prompt, str):
        return (_content(prompt[-1]), _field(prompt[-1], "role") == "assistant") if prompt else ("", False)
    end = prompt[-_NEAR:]
    turn = deque(_OWN_TURN.finditer(end), maxlen=1)
    if turn and not _OTHER_TURN.search(end, turn[0].end()):
        return end[turn[0].end() :], True
    return end[-2_000:], False


# Tags


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in some spelling; `text[start:end]` is it."""

    name: str  # "think" or "answer"
    closes: bool
    start: int
    end: int


def tags_in(text: str) -> Iterator[Tag]:
    """The tags of a text in order, without those that are only mentioned in quotes."""
    if not _may_hold_tags(text):
        return
    for match in _TAG.finditer(text):
        if not _mentioned(text, match.start(), match.end()):
            name = "answer" if match["answer"] else "think"
            yield Tag(name, bool(match["close"] or match["close2"]), match.start(), match.end())


def _may_hold_tags(text: str) -> bool:
    return "<" in text or "◁" in text or "THINK]" in text


def _mentioned(text: str, start: int, end: int) -> bool:
    """Quoted: directly between backticks or quotation marks. Straight quotes must also stand free on the outside, since
    `…"yes"</think>"Yes"` is a real tag between two quotations."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before in _QUOTES and _QUOTES[before] == after:
        return True
    if before and before in "\"'" and before == after:
        outside = text[start - 2 : start - 1] if start > 1 else ""
        return not outside or outside.isspace() or outside in "(["
    return False


def standing_tags(text: str, tags: Sequence[Tag], open_think: bool) -> tuple[list[Tag], int, bool]:
    """The tags that stand in no code block, where the answer begins, and whether the thinking is over there."""
    fences, offset = Fences(text), 0
    found: list[Tag] = []
    start, thinking = 0, open_think
    opened_in = -1  # the fenced block in which the thinking showed an opening tag
    for tag in tags:
        block = fences.around(tag.start - offset, start - offset)
        closes_thinking = thinking and tag.name == "think" and tag.closes
        if block < 0 or (closes_thinking and opened_in != block):
            found.append(tag)
            if tag.name == "think":
                thinking, opened_in = not tag.closes, -1
                start = tag.end if tag.closes else start
            if closes_thinking and not offset and fences.blocks:
                fences, offset = Fences(text[start:]), start  # a fence left open in the thinking ends with it
        elif thinking and tag.name == "think":
            opened_in = -1 if tag.closes else block
    return found, start, not thinking


def _in_answer_tags(text: str, tags: Sequence[Tag]) -> Answer:
    """What the last non-empty <answer> holds; the whole text where there is none."""
    fences = Fences(text)
    opened: Tag | None = None
    found: str | None = None
    orphan: Tag | None = None
    for tag in tags:
        if tag.name != "answer" or (opened is None and not _counts(text, tag, fences)):
            continue
        if not tag.closes:
            if opened is None or fences.around(tag.start, opened.end) < 0:
                opened = tag
        elif opened is not None:
            if fences.around(tag.start, opened.end) < 0 or fences.around(opened.start, 0) >= 0:
                inside = text[opened.end : tag.start]
                found = inside if inside.strip() else (found or "")
                opened = None
        else:
            orphan = tag
    if opened is not None:
        inside = text[opened.end :]
        found = inside if inside.strip() else (found or "")
    if found is None:
        if orphan is not None and not text[orphan.end :].strip():
            text = text[: orphan.start]
        found = text
        if not found.strip():
            return Answer("", EMPTY)
    return Answer(found) if found.strip() else Answer("", EMPTY_ANSWER)


def _counts(text: str, tag: Tag, fences: Fences) -> bool:
    """A tag in a fenced block is code, unless the block is nothing but the <answer>."""
    block = fences.around(tag.start, 0)
    return block < 0 or fences.first(block) >= tag.start


# Chat templates


def without_end_of_turn(text: str) -> str:
    """The text without trailing white space and the marks in which a chat template ends a turn."""
    for _ in range(8):
        text = text.rstrip()
        match = _END_OF_TURN.search(text, max(0, len(text) - 40))
        if match is None:
            break
        text = text[: match.start()]
    return text


def in_channels(text: str) -> bool:
    """Whether a trace is written in channels (`<|channel|>analysis<|message|>…`), which then say what the answer is."""
    return "<|channel|>" in text and _CHANNEL.search(text) is not None


def _final_channel(text: str, search_thinking: bool) -> tuple[str, bool]:
    """For traces in channels: what follows the last "final" one, and whether there are channels but no final one."""
    if not in_channels(text):
        return text, False
    last = None
    for match in _CHANNEL.finditer(text):
        if match[1] == "final":
            last = match
    if search_thinking:
        return text, False
    return (text[last.end() :], False) if last else (text, True)


def _blank(text: str, tags: Sequence[Tag]) -> str:
    """The text with these tags replaced by line breaks."""
    parts, at = [], 0
    for tag in tags:
        parts.append(text[at : tag.start])
        at = tag.end
    return "\n".join([*parts, text[at:]])
