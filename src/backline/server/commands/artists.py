"""Artists from the command line: ``artist import`` and ``stats``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    artist = commands.add_parser("artist", help="work on artists")
    acts = artist.add_subparsers(title="acts", metavar="ACT", required=True)
    imported = acts.add_parser("import", help="make an artist's pages from a Spotify artist URL")
    imported.add_argument("urls", nargs="+", metavar="URL", help="address of the artist at Spotify")
    imported.add_argument("--owner", metavar="EMAIL", help="whose artist it is (sandbox default: the demo person)")
    imported.add_argument("--name", metavar="NAME", help="display name (default: the name at Spotify)")
    imported.add_argument("--wait", action="store_true", help="stay until every release is done, and show progress")
    imported.add_argument("--json", action="store_true", help="answer in JSON")
    imported.set_defaults(run=_import)
    stats = commands.add_parser("stats", help="what fans did on an artist's pages")
    stats.add_argument("artist", metavar="ARTIST", help="the artist's slug or id")
    stats.add_argument("--days", type=int, metavar="N", help="of the last N days only (default: ever)")
    stats.add_argument("--json", action="store_true", help="answer in JSON")
    stats.set_defaults(run=_stats)


def _import(arguments: argparse.Namespace) -> int:
    from backline.server import bootstrap  # noqa: PLC0415

    settings = bootstrap.join_database()
    bootstrap.start_django()
    from backline.server import artist_import  # noqa: PLC0415

    return artist_import.run(
        settings,
        urls=arguments.urls,
        owner_email=arguments.owner,
        name=arguments.name,
        waits=arguments.wait,
        as_json=arguments.json,
    )


def _stats(arguments: argparse.Namespace) -> int:
    from backline.server import bootstrap  # noqa: PLC0415

    settings = bootstrap.join_database()
    bootstrap.start_django()
    from backline.server import stats  # noqa: PLC0415

    return stats.run(settings, artist=arguments.artist, days=arguments.days, as_json=arguments.json)
