"""The command ``backline``. Every subcommand loads its own code when it is called, so help is instant."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Run

AREAS = ("programs", "house", "artists", "portability", "lake", "events_copy", "operators", "keys")


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code; a problem is one sentence on standard error, never a traceback."""
    sys.exit(run(sys.argv[1:] if words is None else words))


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 not understood, 130 interrupted."""
    arguments = parser().parse_args(words)
    act: Run = arguments.run
    try:
        return act(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away: `backline doctor | head`
        return 141
    except Exception as error:
        sentence = _sentence_for(error)
        if sentence is None:
            raise
        sys.stderr.write(f"backline: {sentence}\n")
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the whole grammar of the command line."""
    top = argparse.ArgumentParser(
        prog="backline",
        description="Smart Links with counted clicks, on your own machine.",
        epilog="Settings come from the environment; docs/operators/settings.md lists them.",
    )
    top.set_defaults(run=lambda _: _explain(top))
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for area in AREAS:
        importlib.import_module(f"backline.server.commands.{area}").add_to(commands)
    return top


def _explain(top: argparse.ArgumentParser) -> int:
    top.print_help()
    return 2


def _sentence_for(error: Exception) -> str | None:
    """Return what to tell the operator about an expected problem, or None for a defect."""
    from backline.core.errors import BacklineError  # noqa: PLC0415
    from backline.server.commands import CommandError  # noqa: PLC0415
    from backline.server.database import DatabaseError  # noqa: PLC0415
    from backline.server.postgres import PostgresError  # noqa: PLC0415
    from backline.settings.environment import SettingError  # noqa: PLC0415

    if isinstance(error, BacklineError):
        lines = [error.message, *(f"{name}: {fix}" for name, fix in getattr(error, "field_errors", {}).items())]
        return "\n".join(dict.fromkeys(lines))
    if isinstance(error, CommandError | DatabaseError | PostgresError | SettingError):
        return str(error)
    return None
