"""The jobs of this room. Shipping is no job: it runs all the time in the worker (``shipper.run_forever``)."""

from __future__ import annotations

from datetime import timedelta

from backline.analytics import salts, store
from backline.analytics.parquet import compaction
from backline.core import clock, jobs
from backline.settings import environment


@jobs.job("analytics.compact", queue="maintenance", cron="17 * * * *")
def compact(timestamp: int) -> None:
    """Make few big lake files out of many small ones, and sweep leftovers.

    Where events go to ClickHouse the lake that was left behind stays as it is, on the one machine that has it.
    """
    settings = environment.current()
    if not settings.events_url:
        compaction.compact(settings)


@jobs.job("analytics.rotate_salts", queue="maintenance", cron="*/20 * * * *")
def rotate_salts(timestamp: int) -> None:
    """Make the salts of today and tomorrow, and delete those that have lived 48 hours."""
    salts.ensure_salts()
    salts.delete_old_salts()


@jobs.job("analytics.delete_old_events", queue="maintenance", cron="43 3 * * *")
def delete_old_events(timestamp: int) -> None:
    """Delete the events that have been kept as long as the settings say."""
    settings = environment.current()
    if settings.events_kept_days:
        store.in_use(settings).delete_before(clock.now().date() - timedelta(days=settings.events_kept_days))
