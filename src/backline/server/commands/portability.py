"""Leaving with everything: ``export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands

_NAMED = 5


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    export = commands.add_parser("export", help="write an artist's pages as a site that any web server serves")
    export.add_argument("artist", metavar="ARTIST", help="the artist's slug or id")
    export.add_argument("folder", type=Path, metavar="FOLDER", help="where to write it; new or empty")
    export.add_argument("--address", metavar="URL", help="where the site will stand (default: where the pages are now)")
    export.add_argument("--json", action="store_true", help="answer in JSON")
    export.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    import json  # noqa: PLC0415
    from dataclasses import asdict  # noqa: PLC0415

    from backline.server import bootstrap  # noqa: PLC0415
    from backline.server.commands import CommandError, say  # noqa: PLC0415

    settings = bootstrap.join_database()
    bootstrap.start_django()
    from backline.links import exporting  # noqa: PLC0415
    from backline.server import stats  # noqa: PLC0415

    artist = stats.find_artist(arguments.artist)
    try:
        done = exporting.export_artist(
            artist.id,
            name=artist.name,
            slug=artist.slug,
            folder=arguments.folder,
            address=arguments.address or settings.play_url,
            say=(lambda _: None) if arguments.json else say,
        )
    except OSError as error:
        raise CommandError(f"{arguments.folder} cannot be written: {error.strerror}. Nothing was left there.") from None
    if arguments.json:
        say(json.dumps(asdict(done)))
        return 0
    say(f"{arguments.folder}: {done.pages:,} pages and {done.pictures:,} pictures of {artist.name}.")
    say(f"Redirect maps: {done.moved:,} old addresses, {done.ways:,} ways on, {done.gone:,} pages that are gone.")
    if done.missing:
        named = ", ".join(done.missing[:_NAMED]) + (" ..." if len(done.missing) > _NAMED else "")
        say(f"{len(done.missing):,} pictures are not in the media folder, so the pages lack them: {named}")
    say("README.txt in it says how to serve it.")
    return 0
