"""Jobs of the catalogue."""

from __future__ import annotations

from uuid import UUID

from backline.catalog import services
from backline.core import jobs, media

UNTIL_IT_WORKS = 1_000_000
"""Attempts of a job that waits for Spotify: an outage of a day must not end an import."""


@jobs.job("catalog.list_releases", attempts=UNTIL_IT_WORKS)
def list_releases(import_id: str) -> None:
    """List an artist's releases."""
    services.list_releases(import_id=UUID(import_id))


@jobs.job("catalog.refresh_stale", cron="17 * * * *")
def refresh_stale(timestamp: int) -> None:
    """Keep catalogues fresh, and the folder of their pictures clean."""
    services.refresh_stale()
    media.sweep_unfinished()


@jobs.job("catalog.nudge_imports", cron="*/5 * * * *")
def nudge_imports(timestamp: int) -> None:
    """Give imports their jobs back where they got lost."""
    services.nudge_imports()
