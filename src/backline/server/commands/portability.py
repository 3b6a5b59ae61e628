"""Coming with everything and leaving with everything: ``import-links`` and ``export``."""

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
    taken = commands.add_parser("import-links", help="take over an artist's pages from another service")
    taken.add_argument("artist", metavar="ARTIST", help="the artist's slug or id")
    taken.add_argument("file", type=Path, metavar="FILE", help="a CSV, or a page saved from the browser")
    taken.add_argument(
        "--from",
        dest="source",
        choices=("linkfire", "feature-fm", "toneden", "linktree"),
        default="",
        help="where the pages were (default: any of these)",
    )
    taken.add_argument("--dry-run", action="store_true", help="say what would come of it and change nothing")
    taken.add_argument("--json", action="store_true", help="answer in JSON")
    taken.set_defaults(run=_import_links)


def _import_links(arguments: argparse.Namespace) -> int:
    import json  # noqa: PLC0415
    from dataclasses import asdict  # noqa: PLC0415

    from backline.server import bootstrap  # noqa: PLC0415
    from backline.server.commands import CommandError, say  # noqa: PLC0415

    bootstrap.join_database()
    bootstrap.start_django()
    from backline.accounts import selectors as accounts  # noqa: PLC0415
    from backline.links import old_pages, services  # noqa: PLC0415
    from backline.server import stats  # noqa: PLC0415

    artist = stats.find_artist(arguments.artist)
    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        raise CommandError(f"{arguments.file} cannot be read: {error.strerror}. Nothing was changed.") from None
    pages = old_pages.read(data, arguments.source)
    taken = services.take_over(accounts.system_access(artist_id=artist.id), pages, is_dry=arguments.dry_run)
    if arguments.json:
        say(json.dumps([asdict(page) for page in taken]))
        return 0
    for page in taken:
        say(f"{page.title or '(no title)'}: {f'/{artist.slug}/{page.link}' if page.link else 'not matched'}")
        if page.redirect:
            say(f"  old address   /{artist.slug}/{page.redirect}")
        for added in page.added:
            say(f"  added         {added}")
        for sentence in page.refused:
            say(f"  not taken     {sentence}")
    matched = sum(bool(page.link) for page in taken)
    say(f"{matched:,} of {len(taken):,} matched.{' Nothing was changed.' if arguments.dry_run else ''}")
    return 0


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
