"""How many words of a text are of which language.

A text is judged in pieces: a sentence, its words of one script. A sentence of fewer than four words is too short to be
told and goes with the next (at the end: the one before); one of more than eight is cut into equal parts, so that a
language cannot hide in a sentence that never ends. Each piece is of one language. Equal pieces count once: saying a
thing again does not make it more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from .detector import NO_LANGUAGE, Counts, Matrix, detector
from .prose import prose
from .scripts import JAPANESE_CHARACTER, KANA, OTHER, SCRIPTS, WORD, Script, script_of

SHORTEST_PIECE = 4
LONGEST_PIECE = 8
SHORTEST_RUN, LONGEST_RUN = 8, 32
"""Characters of a piece of a script without blanks."""

MARGIN = 200
"""A piece counts against the target if another language is more than e² times as likely; between the two it is
undecided and counts for neither."""

DETECTED = {script.name: script for script in SCRIPTS if len(script.languages) > 1 and script.divided}

_DIGEST = np.array([pow(0x9E3779B97F4A7C15, n, 1 << 64) >> 1 for n in range(1, 65)], dtype=np.int64)
"""Makes one number of a piece's evidence: pieces of the same words, in whatever order, are equal."""

_SENTENCE_END = re.compile("[.!?:;…\n。！？；：।؟۔]")
_PLAIN = str.maketrans({chr(c): "\n" if chr(c) in ".!?:;\n" else " " for c in range(128) if not chr(c).isalpha()})
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SCRIPT = {script.name: script for script in SCRIPTS}
_LATIN, _CYRILLIC = _SCRIPT["latin"], _SCRIPT["cyrillic"]
_TWO_ALPHABETS = re.compile(f"[{_LATIN.letters}][{_CYRILLIC.letters}]|[{_CYRILLIC.letters}][{_LATIN.letters}]")
_UNITS = {script.name: script.units for script in SCRIPTS}


@dataclass
class Tally:
    """Weights of words, in units of `WORD`."""

    languages: Counter[str] = field(default_factory=Counter)
    undecided: int = 0
    asked: bool = False
    """Whether the detector had a say."""
    left_out: int = 0
    """Different words that code, formulas, addresses and the like hold; four letters are one."""

    @property
    def total(self) -> int:
        return sum(self.languages.values())

    def words(self, language: str) -> int:
        return round(self.languages[language] / WORD)


def tally(text: str, target: str) -> Tally:
    """Count the words of a text. The target has the benefit of the doubt: see `MARGIN`."""
    said, left_out = prose(text)
    result = _ascii(said, target) if said.isascii() else _all(said, target)
    result.left_out = OTHER.weight * sum(map(len, left_out - NO_LANGUAGE))
    return result


def _all(said: str, target: str) -> Tally:
    letters = _letters(said)
    sentences = list(dict.fromkeys(_SENTENCE_END.split(said)))
    result = Tally()
    if _CYRILLIC.name in letters and _LATIN.name in letters:  # a letter that looks like another: of no language
        result.languages[OTHER.name] += WORD * len(_TWO_ALPHABETS.findall(said))
    for name, times in letters.items():
        if name == OTHER.name:
            result.languages[name] += times * OTHER.weight
            continue
        script = _SCRIPT[name]
        if name == "han":
            _count_han(_runs(sentences, script), result)
        elif script.divided:
            _count_words(map(_UNITS[name].findall, sentences), script, result, target)
        else:
            characters = sum(map(len, _runs(sentences, script)))
            result.languages[script.languages[0]] += characters * script.weight
    return result


def _ascii(said: str, target: str) -> Tally:
    """The same for a text without any other letter than a to z, in half the time."""
    sentences = dict.fromkeys(said.translate(_PLAIN).split("\n"))
    words = ([word for word in sentence.split() if len(word) > 1] for sentence in sentences)
    result = Tally()
    _count_words(words, _LATIN, result, target)
    return result


def _letters(text: str) -> dict[str, int]:
    """How often which script occurs: letters by its name."""
    units = np.bincount(np.frombuffer(text.encode("utf-16-le", "replace"), dtype=np.uint16))
    times = {chr(code): int(units[code]) for code in units.nonzero()[0].tolist() if not 0xD800 <= code < 0xE000}
    if len(units) > 0xD800:
        times.update(Counter(_ASTRAL.findall(text)))
    found: Counter[str] = Counter()
    for character, count in times.items():
        script = script_of(character)
        if script is not None:
            found[script.name] += count
    return dict(sorted(found.items()))


# Words divided by blanks


def _count_words(sentences: Iterable[list[str]], script: Script, result: Tally, target: str) -> None:
    joined = _joined(sentences)
    if not joined:
        return
    words = list(chain.from_iterable(joined))
    starts = _cuts([len(part) for part in joined])
    if script.name not in DETECTED:
        pieces = {tuple(words[a:b]) for a, b in pairwise([*starts.tolist(), len(words)])}
        result.languages[script.languages[0]] += WORD * sum(map(len, pieces))
        return
    evidence, counts = detector(script.languages).weigh(words, starts)
    same = evidence @ _DIGEST[: len(script.languages)]
    _, first = np.unique(same, return_index=True)
    _judge(evidence[first], counts[first], len(words) >= SHORTEST_PIECE, script, result, target)


def _joined(sentences: Iterable[list[str]]) -> list[list[str]]:
    """Short sentences together."""
    pieces: list[list[str]] = []
    waiting: list[str] = []
    for words in sentences:
        if len(words) < SHORTEST_PIECE and max(map(len, words), default=0) <= 2:
            continue  # xy, ab: products
        if waiting:
            words = waiting + words
        if len(words) < SHORTEST_PIECE:
            waiting = words
        else:
            pieces.append(words)
            waiting = []
    if waiting:
        pieces[-1:] = [[*pieces[-1], *waiting]] if pieces else [waiting]
    return pieces


def _cuts(sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    """Where pieces begin: at the sentences of these sizes, and within long ones, in equal parts."""
    size = np.array(sizes)
    parts = -(-size // LONGEST_PIECE)
    of = np.repeat(np.arange(len(size)), parts)
    number = np.arange(len(of)) - (np.cumsum(parts) - parts)[of]
    starts: npt.NDArray[np.int64] = (np.cumsum(size) - size)[of] + size[of] * number // parts[of]
    return starts


def _judge(evidence: Matrix, counts: Counts, enough: bool, script: Script, result: Tally, target: str) -> None:
    """Add up the words of pieces by the language that is likeliest."""
    result.asked = True
    languages = script.languages
    best = evidence.argmax(axis=1)
    most, least = evidence.max(axis=1), evidence.min(axis=1)
    if target in languages:
        own = evidence[:, languages.index(target)]
        decided = (most > least) & ((most == own) | (most - own > MARGIN) & enough)
    else:
        own, decided = least - 1, most >= least
    result.undecided += WORD * int(counts[~decided].sum())
    mine = decided & (most == own)
    result.languages[target] += WORD * int(counts[mine].sum())
    theirs = decided & ~mine
    words = np.bincount(best[theirs], counts[theirs], len(languages))
    for index in words.nonzero()[0]:
        result.languages[languages[index]] += WORD * int(words[index])


# Chinese and Japanese


def _runs(sentences: Iterable[str], script: Script) -> list[str]:
    """Pieces of characters: those of a sentence without what stands between; short ones joined, long ones cut."""
    find = _UNITS[script.name].findall
    pieces, waiting = [], ""
    for sentence in sentences:
        waiting += "".join(find(sentence))
        if len(waiting) >= SHORTEST_RUN:
            pieces += [waiting[at : at + LONGEST_RUN] for at in range(0, len(waiting), LONGEST_RUN)]
            waiting = ""
    return list(dict.fromkeys([*pieces, waiting] if waiting else pieces))


def _count_han(pieces: Sequence[str], result: Tally) -> None:
    """Japanese has kana among its characters, at least one in ten; Chinese has none, or a stray の."""
    for piece in pieces:
        if len(KANA.findall(piece)) * 10 >= len(piece):
            result.languages["ja"] += JAPANESE_CHARACTER * len(piece)
        else:
            result.languages["zh"] += _SCRIPT["han"].weight * len(piece)
