"""What every command does first: find the database, and bring Django up around it."""

from __future__ import annotations

import logging
import os
import sys

import structlog

from backline.settings import environment

FORMAT = "%(levelname)s %(name)s: %(message)s"


def join_database(*, stops_with_process: bool = True) -> environment.Environment:
    """Return the settings with an address of the database in them.

    Where ``DATABASE_URL`` is unset the embedded PostgreSQL is started (or joined), and its address
    is put into the environment of this process and of those it starts.
    """
    settings = environment.current()
    if settings.database_url:
        return settings
    from backline.server import database, postgres  # noqa: PLC0415

    os.environ["DATABASE_URL"] = postgres.start(settings.postgres_folder, stops_with_process=stops_with_process)
    if not settings.play_database_url:
        os.environ["PLAY_DATABASE_URL"] = database.address_for_play(os.environ["DATABASE_URL"])
    environment.current.cache_clear()
    return environment.current()


def start_django(*, logs: bool = False) -> None:
    """Load the domain and put the adapters into its ports. The database's address must be known.

    A program ``logs`` what it does; a command answers in sentences of its own, and only defects are logged.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backline.settings.django")
    import django  # noqa: PLC0415

    from backline.server import composition  # noqa: PLC0415

    django.setup()
    if logs:
        log_to_stderr()
    else:
        _log(outside=logging.ERROR, ours=logging.ERROR)
    composition.wire()


def log_to_stderr() -> None:
    """Write what the product says to standard error, one line each, and outside libraries' warnings."""
    _log(outside=logging.WARNING, ours=logging.INFO)


def _log(*, outside: int, ours: int) -> None:
    logging.basicConfig(stream=sys.stderr, level=outside, format=FORMAT, force=True)
    logging.getLogger("backline").setLevel(ours)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"], drop_missing=True),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
