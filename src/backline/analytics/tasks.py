"""The jobs of this room. Shipping is no job: it runs all the time in the worker (``shipper.run_forever``)."""

from __future__ import annotations

from backline.analytics import compaction, salts
from backline.core import jobs
from backline.settings import environment


@jobs.job("analytics.compact", queue="maintenance", cron="17 * * * *")
def compact(timestamp: int) -> None:
    """Make few big lake files out of many small ones, and sweep leftovers."""
    compaction.compact(environment.current())


@jobs.job("analytics.rotate_salts", queue="maintenance", cron="*/20 * * * *")
def rotate_salts(timestamp: int) -> None:
    """Make the salts of today and tomorrow, and delete those that have lived 48 hours."""
    salts.ensure_salts()
    salts.delete_old_salts()
