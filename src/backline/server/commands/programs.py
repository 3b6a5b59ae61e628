"""``up``, and the four programs that it starts: ``web``, ``play``, ``worker``, ``sandbox``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backline.server.commands import Commands


def add_to(commands: Commands) -> None:
    """Add this area's commands."""
    up = commands.add_parser("up", help="start everything: PostgreSQL, web, play, worker and sandbox")
    up.add_argument("--no-demo", action="store_true", help="do not load the demo artist on the first start")
    up.set_defaults(run=_up)
    web = commands.add_parser("web", help="serve the dashboard")
    web.set_defaults(run=_web)
    play = commands.add_parser("play", help="serve the public pages")
    play.set_defaults(run=_play)
    worker = commands.add_parser("worker", help="run the jobs and ship the events")
    worker.add_argument(
        "--lost-after",
        type=float,
        metavar="SECONDS",
        help="take a worker for dead, and run its jobs again, when it was silent for so long (default: 15)",
    )
    worker.set_defaults(run=_worker)
    sandbox = commands.add_parser("sandbox", help="serve stand-ins of all outside services")
    sandbox.set_defaults(run=_sandbox)


def _up(arguments: argparse.Namespace) -> int:
    from backline.server import supervisor  # noqa: PLC0415

    return supervisor.run(loads_demo=not arguments.no_demo)


def _web(_: argparse.Namespace) -> int:
    from backline.server import parent, programs  # noqa: PLC0415

    parent.end_with_starter()
    programs.serve_web()
    return 0


def _play(_: argparse.Namespace) -> int:
    from backline.server import parent, programs  # noqa: PLC0415

    parent.end_with_starter()
    programs.serve_play()
    return 0


def _sandbox(_: argparse.Namespace) -> int:
    from backline.server import parent, programs  # noqa: PLC0415

    parent.end_with_starter()
    programs.serve_sandbox()
    return 0


def _worker(arguments: argparse.Namespace) -> int:
    from backline.server import bootstrap, parent  # noqa: PLC0415

    parent.end_with_starter()
    settings = bootstrap.join_database()
    bootstrap.start_django(program="worker")
    from backline.server import worker  # noqa: PLC0415

    worker.run(settings, lost_after_seconds=arguments.lost_after or worker.LOST_AFTER_SECONDS)
    return 0
