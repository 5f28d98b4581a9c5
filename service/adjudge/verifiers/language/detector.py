"""Which of the languages of one script a few words are in: naive Bayes over byte n-grams, with the model of py3langid.

The model is that of langid.py (Lui and Baldwin, "langid.py: An Off-the-shelf Language Identification Tool", ACL 2012),
retrained and kept by its fork py3langid: a finite automaton that finds n-grams, and log P(n-gram | language). We ask it
word by word, as ` word `, and add up

    evidence(language | words) = Σ over words, Σ over n-grams of the word, round(100 · ln P(n-gram | language))

for the languages of the words' script only. Sums of whole numbers: the same on every machine, in any order. The package
classifies a whole text by floating point instead, and damps repeated n-grams; on single sentences ours errs no more
often (docs/rewards.md). Only the model file is read: none of the package's code sees what a policy wrote, and no parser
in C does, so that hostile text has none to break.
"""

from __future__ import annotations

import io
import lzma
import unicodedata
from array import array
from collections.abc import Sequence
from functools import cache
from importlib import metadata, resources
from itertools import chain

import numpy as np
import numpy.typing as npt

LONGEST = 40
"""Letters of a word; what is longer is noise and counts as no word."""

NO_LANGUAGE = frozenset(
    "sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan log ln exp lim sup inf max min mod det dim gcd lcm "
    "lhs rhs qed mm cm dm km mg kg ml cl hz khz mhz xx xy xz yx yy yz zx zy zz dx dy dz ab bc cd ac bd".split()
)
"""Names of functions, units and products: in every language the same, so they count as no words."""

_WORDS_AT_ONCE = 10_000
_PIECES_AT_ONCE = 1_000
_KNOWN_WORDS = 60_000

Matrix = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int32]
Index = npt.NDArray[np.int64]


@cache
def version() -> str:
    """Of the package that the model is from, as it stands in a verdict's stage."""
    return f"py3langid {metadata.version('py3langid')}"


class Detector:
    """The evidence for a fixed set of languages. Learnt words are kept: a policy's traces share most of them."""

    def __init__(self, languages: Sequence[str]) -> None:
        model = _model()
        self.languages = tuple(languages)
        columns = [model.classes.index(language) for language in languages]
        none = np.zeros((1, len(columns)), dtype=np.int16)  # the row of a word without n-grams
        logs = np.rint(model.logs[:, columns].astype(np.float64) * 100).astype(np.int16)
        self._logs = np.concatenate([none, logs])
        self._forget()

    def _forget(self) -> None:
        self._rows: dict[str, int] = {}
        self._evidence = np.zeros((0, len(self.languages)), dtype=np.int32)
        self._counts = np.zeros(0, dtype=np.int32)

    def weigh(self, words: Sequence[str], starts: Index) -> tuple[Matrix, Counts]:
        """The evidence for pieces of words, pieces × languages, and how many of their words count. `starts`: where in
        `words` each piece begins; none is empty."""
        rows = self._find(words)
        evidence, counts = [], []
        for at in range(0, len(starts), _PIECES_AT_ONCE):  # what fits into a processor's cache
            part = starts[at : at + _PIECES_AT_ONCE]
            end = starts[at + _PIECES_AT_ONCE] if at + _PIECES_AT_ONCE < len(starts) else len(words)
            here = rows[part[0] : end]
            evidence.append(np.add.reduceat(self._evidence[here], part - part[0], axis=0))
            counts.append(np.add.reduceat(self._counts[here], part - part[0]))
        return np.concatenate(evidence), np.concatenate(counts)

    def _find(self, words: Sequence[str]) -> Index:
        try:
            return np.fromiter(map(self._rows.__getitem__, words), dtype=np.int64, count=len(words))
        except KeyError:
            self._learn(words)
            return self._find(words)

    def _learn(self, words: Sequence[str]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._rows]
        if len(self._rows) + len(new) > _KNOWN_WORDS:
            self._forget()
            new = list(dict.fromkeys(words))
        evidence = [self._evidence]
        for at in range(0, len(new), _WORDS_AT_ONCE):
            found = [_ngrams(word) for word in new[at : at + _WORDS_AT_ONCE]]
            starts = np.cumsum([0, *map(len, found[:-1])])
            flat = np.fromiter(chain.from_iterable(found), dtype=np.int64)
            evidence.append(np.add.reduceat(self._logs[flat], starts, axis=0, dtype=np.int32))
        counts = [len(word) <= LONGEST and word not in NO_LANGUAGE for word in new]
        self._rows.update(zip(new, range(len(self._rows), len(self._rows) + len(new)), strict=True))
        self._evidence = np.concatenate(evidence)
        self._counts = np.concatenate([self._counts, np.array(counts, dtype=np.int32)])


# The model


class _Model:
    """The automaton and the logarithms, as py3langid 0.4 stores them (`modelio.py`): arrays in an xz file."""

    def __init__(self) -> None:
        packed = resources.files("py3langid").joinpath("data/model.npz.xz").read_bytes()
        with np.load(io.BytesIO(lzma.decompress(packed)), allow_pickle=False) as data:
            self.logs = data["ptc"]
            self.classes: list[str] = data["classes"].tolist()
            self.next = array("I", data["nextmove"].astype(np.uint32).tobytes())
            self.offsets = (data["nextmove_row"].astype(np.int64) << 8).tolist()
            self.found = (data["out_feat"].astype(np.int64) + 1).tolist()  # 0: no n-gram ends in this state


@cache
def _model() -> _Model:
    return _Model()


@cache
def detector(languages: tuple[str, ...]) -> Detector:
    return Detector(languages)


def _ngrams(word: str) -> list[int]:
    """The rows of a word's n-grams, and before them the empty row 0, so that there is one."""
    model = _model()
    if len(word) > LONGEST:
        return [0]
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word)
    following, offsets, found = model.next, model.offsets, model.found
    state, rows = 0, [0]
    for byte in f" {word} ".encode("utf-8", "replace"):
        state = following[offsets[state] + byte]
        if found[state]:
            rows.append(found[state])
    return rows
