"""Moving events from this machine's lake to ClickHouse: ``events copy``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    events = commands.add_parser("events", help="move events from this machine's lake to ClickHouse")
    acts = events.add_subparsers(title="acts", metavar="ACT", required=True)
    copy = acts.add_parser("copy", help="copy what is not there yet and compare every day; run it as often as you like")
    copy.add_argument("--to", metavar="URL", default="", help="the ClickHouse, as in EVENTS_URL (default: EVENTS_URL)")
    copy.set_defaults(run=_copy)


def _copy(arguments: argparse.Namespace) -> int:
    from dataclasses import replace  # noqa: PLC0415

    from backline.server import bootstrap  # noqa: PLC0415
    from backline.server.commands import CommandError, say  # noqa: PLC0415
    from backline.settings import environment  # noqa: PLC0415

    settings = bootstrap.join_database()
    if arguments.to:
        settings = replace(settings, events_url=environment.clickhouse_url("--to", arguments.to))
    if not settings.events_url:
        raise CommandError(
            "Say where to: with --to, or with EVENTS_URL in the environment, which keeps a password out of"
            " the list of processes."
        )
    bootstrap.start_django()
    from backline.analytics.clickhouse import copying  # noqa: PLC0415
    from backline.analytics.clickhouse.connection import EventsAwayError, connecting_to  # noqa: PLC0415
    from backline.analytics.clickhouse.store import ClickHouseStore  # noqa: PLC0415

    days = events = 0
    bad = []
    try:
        ClickHouseStore.of(settings).migrate()
        for day in copying.copy(settings, connecting_to(settings.events_url)):
            days, events = days + 1, events + day.events
            found = "agrees" if day.is_whole else f"{day.lacking:,} lack, {day.different:,} differ"
            say(f"{day.day}  {day.events:>12,} events, {day.copied:,} copied now: {found}")
            if not day.is_whole:
                bad.append(str(day.day))
    except EventsAwayError as error:
        raise CommandError(f"{error}. What was copied stays; run the command again to go on.") from None
    if bad:
        raise CommandError(
            f"{len(bad)} days do not agree: {', '.join(bad[:10])}. If events were judged again or erased since they "
            "were copied, do the same in ClickHouse (`backline lake rejudge`, `backline lake erase`), and repeat this."
        )
    say(f"All {events:,} events of {days:,} days are in ClickHouse, by number and by checksum.")
    return 0
