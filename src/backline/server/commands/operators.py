"""What an operator needs at set-up: ``keys new`` and ``operator create``."""

from __future__ import annotations

import argparse
import base64
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    keys = commands.add_parser("keys", help="make secrets for the settings")
    acts = keys.add_subparsers(title="acts", metavar="ACT", required=True)
    new = acts.add_parser("new", help="print new secrets as lines for the environment")
    new.set_defaults(run=_new_keys)
    operator = commands.add_parser("operator", help="people who may see and mend everything")
    acts = operator.add_subparsers(title="acts", metavar="ACT", required=True)
    create = acts.add_parser("create", help="make an operator; the password is read from standard input")
    create.add_argument("email", metavar="EMAIL")
    create.set_defaults(run=_create_operator)


def _new_keys(_: argparse.Namespace) -> int:
    from backline.server.commands import say  # noqa: PLC0415

    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    say(f"BACKLINE_SECRET_KEY={secrets.token_urlsafe(48)}")
    say(f"BACKLINE_SYNC_SECRET={secrets.token_urlsafe(36)}")
    say(f"BACKLINE_ENCRYPTION_KEYS={key}")
    return 0


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
