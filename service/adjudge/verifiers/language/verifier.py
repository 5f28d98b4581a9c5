"""The `language` verifier: the share of the target language in the thinking."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adjudge_client.types import Verdict

from ..registry import verifier
from .scripts import Code


@verifier("language", revision=1, sees="trace", work="text", kind="shaping")
def language(
    trace: str,
    gold: None,
    *,
    prompt: str,
    open_think: bool,
    target: Annotated[
        Literal[Code, "prompt"], Field(description="ISO 639-1, or `prompt`: the language of the prompt")
    ] = "prompt",
    otherwise: Annotated[
        Code, Field(description="the target where the prompt is in no language: formulas, an unknown one")
    ] = "en",
    part: Annotated[
        Literal["thinking", "answer", "all"],
        Field(description="what is judged: all before the answer; all after the thinking; both"),
    ] = "thinking",
) -> Verdict:
    """Pay for the share of words that are in the target language.

        words of the target language / words of all languages              in the thinking

    Range: 0 … 1. Source: the language consistency reward of DeepSeek-R1 (DeepSeek-AI 2025, arXiv:2501.12948, section
    2.3.2): "the proportion of target language words in the CoT". How they count is not published; this is how we do.

    Left out, as of no language: code (fenced and inline), LaTeX (formulas and commands), URLs, tags, numbers, signs,
    single letters, capitals like ABC, names of functions and units. But five words in a row within code or a formula
    are a comment, and count; so do letters of other scripts there. A word is a run of letters; 1.5 Chinese characters,
    2 Japanese or 4 Thai ones are a word. Scripts decide first. For scripts with many languages (Latin, Cyrillic,
    Arabic, Devanagari) sentences go through a detector; one that it is not sure about counts for nobody, nor do equal
    sentences twice. Names go with their sentence.

    What is left out is a place to hide in. So the different words in it (four letters a word; not LaTeX's own names)
    count too, as words of no language, where they are more than 24 and more than all words that are judged.

    The thinking is all that comes before the answer, in however many tags. No thinking, or one without any word, is
    `no_answer`, 0: a bonus for the right language is not for saying nothing, nor for saying it in formulas. How much
    was said is not measured: four English words are 1.0, though fewer are too few to be told.

    With `target="prompt"` the prompt is counted in the same way. A prompt is often a question in one language with
    instructions in English around it, so English is its language only if no other has a fifth of its words (and at
    least three). It is a guess: where the data set knows the language, say it (`term_options`).

    Arguable: English terms in Chinese thinking count against it. Languages of one script are told apart by four to
    eight words at a time, so a foreign word or two go with their sentence. Norwegian is easily taken for Danish, and
    Serbian and Bosnian in Latin letters are Croatian.
    """
    from .judge import judge  # NumPy and the detector's model: 100 MB that a process without this term does not need

    return judge(trace, prompt, open_think, target, otherwise, part)
