"""What can be run in a jail: images (a warm interpreter each) and the programs of each image. Plain data.

A program is a function. `run` programs are `def run(request: bytes) -> bytes`: one frame in, at most one out.
`talk` programs are `def talk(channel) -> None` with `channel.recv() -> bytes | None` and `channel.send(bytes)`.
`closed` programs wear the filter that has no fork, no exec and nothing to write; the others may do all three inside
their box, where their rung gives them a box.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Image:
    """`preload` is imported once, before the first fork; `packages` says whether site-packages is in the box.

    `late` are modules that are not preloaded: the canary imports them to see that an execution can.
    """

    preload: tuple[str, ...] = ()
    packages: bool = False
    late: tuple[str, ...] = ("csv",)


@dataclass(frozen=True)
class Program:
    image: str
    function: str  # "module:function"
    talk: bool = False
    closed: bool = True


IMAGES = {
    "bare": Image(),
    "open": Image(),
    "math": Image(
        preload=("sympy", "latex2sympy2_extended", "math_verify"), packages=True, late=("csv", "sympy.liealgebras")
    ),
}

_PROGRAMS_OF = "adjudge_sandboxes.programs."
PROGRAMS = {
    "math.parse": Program("math", _PROGRAMS_OF + "math_parse:run"),
    "math.decide": Program("math", _PROGRAMS_OF + "math_decide:run"),
    "math.form": Program("math", _PROGRAMS_OF + "math_form:run"),
    "math.canary": Program("math", _PROGRAMS_OF + "probe:canary"),
    "probe.canary": Program("bare", _PROGRAMS_OF + "probe:canary"),
    "probe.echo": Program("bare", _PROGRAMS_OF + "probe:echo"),
    "probe.talk": Program("bare", _PROGRAMS_OF + "probe:talk", talk=True),
    "probe.attack": Program("bare", _PROGRAMS_OF + "attacks:run"),
    "probe.attack_talk": Program("bare", _PROGRAMS_OF + "attacks:talk", talk=True),
    "open.canary": Program("open", _PROGRAMS_OF + "probe:canary"),
    "open.attack": Program("open", _PROGRAMS_OF + "attacks:run", closed=False),
}
CANARY = {"bare": "probe.canary", "open": "open.canary", "math": "math.canary"}
"""The program that a fresh agent of each image must get right, and blind, before it is used."""
