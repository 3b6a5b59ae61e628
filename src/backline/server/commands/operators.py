"""``operator create``: people who may see and mend everything."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    operator = commands.add_parser("operator", help="people who may see and mend everything")
    acts = operator.add_subparsers(title="acts", metavar="ACT", required=True)
    create = acts.add_parser("create", help="make an operator; the password is read from standard input")
    create.add_argument("email", metavar="EMAIL")
    create.set_defaults(run=_create_operator)


def _create_operator(arguments: argparse.Namespace) -> int:
    import getpass  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from backline.server import bootstrap  # noqa: PLC0415
    from backline.server.commands import CommandError, say  # noqa: PLC0415

    bootstrap.join_database()
    bootstrap.start_django()
    from backline.server import operators  # noqa: PLC0415

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not password:
        raise CommandError("No password was given; pass it on standard input.")
    operators.create(email=arguments.email, password=password)
    say(f"{arguments.email} is an operator now.")
    return 0
