"""The command line: `adjudge serve | score | doctor | bench`. Exit codes: 0, 1 (some null), 2 (usage, settings).

Each command is one module with `add(subparsers)` and `run(args) -> int`; what it needs is imported when it runs, so
that `adjudge --help` answers at once.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence

from .. import __version__
from ..errors import ConfigError
from . import bench, doctor, score, serve

__all__ = ["main"]


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="adjudge", description="Verifier and reward service for reinforcement learning with verifiable rewards."
    )
    top.add_argument("--version", action="version", version=f"adjudge {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (serve, score, doctor, bench):
        module.add(commands)
    return top


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """An unknown option is told by the command that was meant, with the nearest one it has."""
    args, strange = parser().parse_known_args(argv)
    if strange:
        shown = [action for action in args.usage._actions if action.help != argparse.SUPPRESS]
        known = [option for action in shown for option in action.option_strings]
        close = difflib.get_close_matches(strange[0].split("=")[0], known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]}?" if close else ""
        args.usage.error(f"unrecognized arguments: {' '.join(strange)}{hint}")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    args = _parse(argv)
    try:
        code: int = args.run(args)
        return code
    except ConfigError as error:
        print(f"adjudge {args.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `adjudge score … | head`
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130
