"""The secrets of the settings, and the keys that wrap data keys: ``keys new``, ``check``, ``rotate`` and ``forget``."""

from __future__ import annotations

import argparse
import base64
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    keys = commands.add_parser("keys", help="make secrets, and change the keys that seal stored tokens")
    acts = keys.add_subparsers(title="acts", metavar="ACT", required=True)
    new = acts.add_parser("new", help="print new secrets as lines for the environment")
    new.set_defaults(run=_new)
    check = acts.add_parser("check", help="say which keys are in use; exit code 1 when one is missing")
    check.set_defaults(run=_check)
    rotate = acts.add_parser("rotate", help="wrap every data key under the first of BACKLINE_ENCRYPTION_KEYS")
    rotate.set_defaults(run=_rotate)
    forget = acts.add_parser("forget", help="delete what is sealed under a key that is gone for good")
    forget.add_argument("key_id", metavar="ID", type=_key_id, help="the key's id, as `backline keys check` names it")
    forget.set_defaults(run=_forget)


def _key_id(text: str) -> str:
    """Return the id of a key, 16 hexadecimal digits, in lower case."""
    if len(text) != 16 or set(text.lower()) - set("0123456789abcdef"):
        raise argparse.ArgumentTypeError("an id has 16 hexadecimal digits")
    return text.lower()


def _new(_: argparse.Namespace) -> int:
    from backline.server.commands import say  # noqa: PLC0415

    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    say(f"BACKLINE_SECRET_KEY={secrets.token_urlsafe(48)}")
    say(f"BACKLINE_SYNC_SECRET={secrets.token_urlsafe(36)}")
    say(f"BACKLINE_ENCRYPTION_KEYS={key}")
    return 0


def _check(_: argparse.Namespace) -> int:
    _start()
    from backline.server import keys  # noqa: PLC0415

    return keys.check()


def _rotate(_: argparse.Namespace) -> int:
    _start()
    from backline.server import keys  # noqa: PLC0415

    return keys.rotate()


def _forget(arguments: argparse.Namespace) -> int:
    _start()
    from backline.server import keys  # noqa: PLC0415

    return keys.forget(arguments.key_id)


def _start() -> None:
    from backline.server import bootstrap  # noqa: PLC0415

    bootstrap.join_database()
    bootstrap.start_django()
