"""Keeping the house: ``migrate``, ``doctor``, ``backup``, ``restore``, ``bench``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands
    from backline.settings.environment import Environment


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.add_argument("--demo", action="store_true", help="load the demo artist too, unless it was loaded before")
    migrate.set_defaults(run=_migrate)
    doctor = commands.add_parser("doctor", help="check this installation and say how to mend what is wrong")
    doctor.add_argument("--json", action="store_true", help="answer in JSON")
    doctor.set_defaults(run=_doctor)
    backup = commands.add_parser("backup", help="write everything into one file")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to write it (.tar.gz)")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="bring everything back from such a file")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--force", action="store_true", help="replace what is there now")
    restore.set_defaults(run=_restore)
    bench = commands.add_parser("bench", help="measure this machine against the figures to reach")
    bench.add_argument("names", nargs="*", metavar="NAME", help="which ones; all when none is named")
    bench.add_argument("--json", action="store_true", help="answer in JSON")
    bench.add_argument("--out", type=Path, metavar="FILE", help="write the JSON to a file too")
    bench.add_argument("--list", action="store_true", help="list the names and what each measures")
    bench.set_defaults(run=_bench)


def _migrate(arguments: argparse.Namespace) -> int:
    from backline.server import bootstrap, database  # noqa: PLC0415
    from backline.server.commands import say  # noqa: PLC0415

    settings = bootstrap.join_database()
    database.check_version(settings.database_url)
    bootstrap.start_django()
    ran = database.migrate()
    from backline.analytics import salts  # noqa: PLC0415

    salts.ensure_salts()
    database.ensure_play_role(settings.database_url, settings.play_database_url)
    say(f"The database is up to date ({len(ran)} migrations ran).")
    if settings.events_url:
        _migrate_clickhouse(settings)
    if arguments.demo:
        from backline.server import demo  # noqa: PLC0415

        demo.ensure_asked_for()
    return 0


def _migrate_clickhouse(settings: Environment) -> None:
    from backline.analytics.clickhouse.connection import EventsAwayError  # noqa: PLC0415
    from backline.analytics.clickhouse.store import ClickHouseStore  # noqa: PLC0415
    from backline.server.commands import say  # noqa: PLC0415

    try:
        ran = ClickHouseStore.of(settings).migrate()
    except EventsAwayError as error:
        say(f"{error}; its tables are brought up to date when the worker reaches it. Events wait until then.")
    else:
        say(f"The event store is up to date ({len(ran)} migrations ran).")


def _doctor(arguments: argparse.Namespace) -> int:
    from backline.server import doctor  # noqa: PLC0415

    return doctor.run(as_json=arguments.json)


def _backup(arguments: argparse.Namespace) -> int:
    from backline.server import bootstrap  # noqa: PLC0415

    settings = bootstrap.join_database()
    bootstrap.start_django()
    from backline.server import backup  # noqa: PLC0415

    return backup.run(settings, arguments.file)


def _restore(arguments: argparse.Namespace) -> int:
    from backline.server import bootstrap, restore  # noqa: PLC0415

    settings = bootstrap.join_database()
    code = restore.run(settings, arguments.file, replaces=arguments.force)
    bootstrap.start_django()
    restore.bring_up_to_date(settings)
    return code


def _bench(arguments: argparse.Namespace) -> int:
    from backline.server import bench  # noqa: PLC0415

    return bench.run(tuple(arguments.names), as_json=arguments.json, out=arguments.out, only_lists=arguments.list)
