"""The event lake: ``lake verify``, ``repair``, ``rebuild``, ``erase`` and ``rejudge``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    lake = commands.add_parser("lake", help="check and mend where events are kept, erase events, judge them again")
    acts = lake.add_subparsers(title="acts", metavar="ACT", required=True)
    verify = acts.add_parser("verify", help="compare the files with their list; exit code 1 when something is wrong")
    verify.add_argument(
        "--deep", action="store_true", help="read every row, compare checksums, look for doubled events"
    )
    _finish(verify, "verify")
    repair = acts.add_parser(
        "repair", help="set damaged files aside, count again what is whole; exit code 1 for losses"
    )
    _finish(repair, "repair")
    rebuild = acts.add_parser("rebuild", help="add the events that the lake lacks from spool copies")
    rebuild.add_argument(
        "--from", dest="copies", type=Path, required=True, metavar="FOLDER", help="where the spool copies lie"
    )
    _finish(rebuild, "rebuild")
    erase = acts.add_parser("erase", help="erase events for good: all conditions given must hold")
    erase.add_argument("--artist", type=UUID, metavar="ID")
    erase.add_argument("--link", type=UUID, metavar="ID")
    erase.add_argument("--visitor", action="append", default=[], metavar="HASH", help="may be given more than once")
    erase.add_argument("--click-id", action="append", default=[], metavar="VALUE", help="may be given more than once")
    erase.add_argument("--yes", action="store_true", help="needed, because nothing brings the events back")
    _finish(erase, "erase")
    rejudge = acts.add_parser("rejudge", help="judge who was a bot again, by the present rules")
    rejudge.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="first day, in UTC (default: ever)")
    rejudge.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last day, in UTC (default: today)")
    _finish(rejudge, "rejudge")


def _finish(parser: argparse.ArgumentParser, act: str) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.set_defaults(run=_run(act))


def _run(act: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        from backline.server import bootstrap  # noqa: PLC0415

        settings = bootstrap.join_database()
        bootstrap.start_django()
        from backline.server import lake_keeping  # noqa: PLC0415

        keep = lake_keeping.Keeper(settings, as_json=arguments.json)
        if act == "verify":
            return keep.verify(is_deep=arguments.deep)
        if act == "repair":
            return keep.repair()
        if act == "rebuild":
            return keep.rebuild(arguments.copies)
        if act == "erase":
            return keep.erase(
                artist_id=arguments.artist,
                link_id=arguments.link,
                visitors=frozenset(arguments.visitor),
                click_ids=frozenset(arguments.click_id),
                is_sure=arguments.yes,
            )
        return keep.rejudge(
            since=_midnight(arguments.since or date(2000, 1, 1)),
            until=_midnight((arguments.until or datetime.now(UTC).date()) + timedelta(days=1)),
        )

    return run


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
