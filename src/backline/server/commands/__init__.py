"""The subcommands of ``backline``, one module per area; each adds its grammar and loads the rest when run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

Run = Callable[[argparse.Namespace], int]

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001
else:
    Commands = Any


class CommandError(Exception):
    """A command cannot do what it was asked; the message says why and what to do."""


def say(line: str = "") -> None:
    """Write one line to standard output at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
