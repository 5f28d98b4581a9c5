"""The plots of docs/rewards.md: the curve of each shaping term, computed by the term itself.

    python docs/plots/make.py          writes the .svg files beside this one

Plain SVG, no library. `tests/test_plots.py` draws them again and compares, so a changed curve cannot go unseen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adjudge.verifiers import Group, Length, get

HERE = Path(__file__).parent
WIDTH, HEIGHT = 460, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 24, 30, 40
COLOURS = ("#1668b8", "#c2410c", "#15803d", "#7e22ce")


@dataclass(frozen=True)
class Line:
    """One curve: its name, and its points from left to right."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Plot:
    """`across` names the x axis; the ticks are where numbers are written."""

    across: str
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]
    lines: Sequence[Line]


def score(name: str, seen: Any, **options: Any) -> float:
    """What a term gives; options as in a request."""
    spec = get(name)
    context = {"open_think": False, "prompt": "", "truncated": False}
    ready = spec.options.model_validate(options).model_dump(mode="json")
    if spec.sees == "messages":
        seen = [{"role": "assistant", "content": seen}]
    verdict = spec.function(seen, None, **ready, **{key: context[key] for key in spec.context})
    assert verdict.score is not None
    return float(verdict.score)


def by_length(term: str, lengths: Iterable[int], **options: Any) -> list[tuple[float, float]]:
    return [(tokens, score(term, Length(tokens, True), **options)) for tokens in lengths]


def overlong() -> Plot:
    line = Line("overlong", by_length("overlong", range(14_000, 22_001, 64)))
    return Plot("tokens", (14_000, 16_384, 18_432, 20_480, 22_000), (-1, -0.5, 0), [line])


def kimi_length() -> Plot:
    members = [Length(tokens, True) for tokens in range(1_000, 3_001, 50)]

    def part(name: str) -> Line:
        return Line(
            name, [(m.tokens, score("kimi_length", Group(i, members), part=name)) for i, m in enumerate(members)]
        )

    lines = [part("penalty"), part("bonus")]
    return Plot("tokens, in a group of 1,000 to 3,000", (1_000, 1_500, 2_000, 2_500, 3_000), (-0.5, 0, 0.5), lines)


def cosine_length() -> Plot:
    lengths = [*range(0, 16_000, 100), 15_999, 16_000, 17_500]

    def curve(name: str, start: float, end: float, exceeded: float) -> Line:
        options = {"start": start, "end": end, "exceeded": exceeded, "max_length": 16_000}
        return Line(name, by_length("cosine_length", lengths, **options))

    wrong, more = curve("wrong (always)", -10, 0, -10), curve("right minus wrong (when: correct)", 12, 1, 0)
    right = [(x, y + more.points[i][1]) for i, (x, y) in enumerate(wrong.points)]
    lines = [wrong, more, Line("their sum, a right trace", right)]
    return Plot("tokens, of max_length = 16,000", (0, 4_000, 8_000, 12_000, 16_000), (-10, -5, 0, 5, 10), lines)


def l1() -> Plot:
    lengths = range(0, 6_001, 50)
    lines = [
        Line("l1_exact", by_length("l1_exact", lengths, target=2_000)),
        Line("l1_max", by_length("l1_max", lengths, target=2_000)),
    ]
    return Plot("tokens, target = 2,000", (0, 2_000, 4_000, 6_000), (-1, -0.5, 0, 0.5, 1), lines)


def repetition() -> Plot:
    fresh = [f"word{i}" for i in range(1_000)]

    def line(n: int) -> Line:
        points = []
        for percent in range(0, 101, 2):
            loop = ("and so on " * 334).split()[: 10 * percent]
            points.append((float(percent), score("repetition", " ".join(fresh[: 1_000 - len(loop)] + loop), n=n)))
        return Line(f"n = {n}", points)

    return Plot(
        "percent of 1,000 words that are a loop of three", (0, 25, 50, 75, 100), (-1, -0.5, 0), [line(3), line(40)]
    )


def format() -> Plot:
    steps = ["", "<think>a", "<think>a</think>", "<think>a</think><answer>b", "<think>a</think><answer>b</answer>"]

    def line(name: str, **options: Any) -> Line:
        return Line(name, [(float(i), score("format", step, **options)) for i, step in enumerate(steps)])

    return Plot(
        "tags written so far", (0, 1, 2, 3, 4), (0, 0.25, 0.5, 0.75, 1), [line("whole"), line("partial", partial=True)]
    )


def language() -> Plot:
    rows = map(json.loads, (HERE.parents[1] / "tests/data/language_sentences.jsonl").read_text("utf-8").splitlines())
    plain = [(row["language"], row["text"]) for row in rows if "$" not in row["text"] and not row.get("held_out")]
    english, french = ([text for code, text in plain if code == wanted][:10] for wanted in ("en", "fr"))

    def point(own: list[str], foreign: list[str]) -> tuple[float, float]:
        ours, theirs = len(" ".join(own).split()), len(" ".join(foreign).split())
        text = " ".join([*own, *foreign])
        return 100 * theirs / (ours + theirs), score("language", text, part="all", target="en")

    fresh = [point(english[k:], french[:k]) for k in range(11)]
    same = [point(english[:1] * k, french) for k in (0, 1, 2, 4, 8, 16, 32, 64, 128)]
    lines = [Line("French sentences for English ones", fresh), Line("one English sentence, repeated", same)]
    return Plot("percent of words that are French; target = en", (0, 25, 50, 75, 100), (0, 0.25, 0.5, 0.75, 1), lines)


PLOTS: dict[str, Callable[[], Plot]] = {
    "format": format,
    "language": language,
    "repetition": repetition,
    "overlong": overlong,
    "kimi_length": kimi_length,
    "cosine_length": cosine_length,
    "l1": l1,
}


def draw(plot: Plot) -> str:
    """The plot as SVG. Coordinates have one decimal, so that it is the same on every machine."""
    xs = [x for line in plot.lines for x, _ in line.points] + list(plot.x_ticks)
    ys = [y for line in plot.lines for _, y in line.points] + list(plot.y_ticks)
    low_x, high_x, low_y, high_y = min(xs), max(xs), min(ys), max(ys)

    def across(x: float) -> str:
        return f"{LEFT + (x - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT):.1f}"

    def up(y: float) -> str:
        return f"{HEIGHT - BOTTOM - (y - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM):.1f}"

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for y in plot.y_ticks:
        out.append(f'<path d="M{LEFT} {up(y)}H{WIDTH - RIGHT}" stroke="#d4d4d4"/>')
        out.append(f'<text x="{LEFT - 6}" y="{up(y)}" dy="4" text-anchor="end">{y:g}</text>')
    for x in plot.x_ticks:
        out.append(f'<path d="M{across(x)} {TOP}V{HEIGHT - BOTTOM}" stroke="#eeeeee"/>')
        out.append(f'<text x="{across(x)}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{x:,g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle">{plot.across}</text>')
    beside = LEFT
    for colour, line in zip(COLOURS, plot.lines, strict=False):
        points = " ".join(f"{across(x)},{up(y)}" for x, y in line.points)
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<text x="{beside}" y="16" fill="{colour}">{line.name}</text>')
        beside += 24 + 6 * len(line.name)
    return "\n".join([*out, "</svg>", ""])


def main() -> None:
    for name, plot in PLOTS.items():
        (HERE / f"{name}.svg").write_text(draw(plot()), encoding="utf-8")
        print(f"{name}.svg")


if __name__ == "__main__":
    main()
