"""The jobs of this room. Shipping is no job: it runs all the time in the worker (``shipper.run_forever``)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from backline.analytics import (
    exports,
    exports_writing,
    reports,
    reports_mailing,
    reports_sharing,
    salts,
    store,
)
from backline.analytics.parquet import compaction
from backline.core import clock, jobs
from backline.settings import environment

log = logging.getLogger(__name__)


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


@jobs.job("analytics.judge_again", queue="maintenance")
def judge_again(since: str, until: str) -> None:
    """Judge the events of a stretch by the present rules about bots, as an operator asked."""
    report = store.in_use().rejudge(since=datetime.fromisoformat(since), until=datetime.fromisoformat(until))
    log.info("Judged %d events again: %d verdicts changed.", report.rows, report.changed)


@jobs.job("analytics.write_export")
def write_export(export_id: str) -> None:
    """Write the file of an export; tried again while the events cannot be read."""
    exports_writing.write(UUID(export_id), settings=environment.current())


@jobs.job("analytics.tidy_exports", queue="maintenance", cron="27 * * * *")
def tidy_exports(timestamp: int) -> None:
    """Delete exports that were kept a week, and shared reports whose time is over."""
    exports.tidy(environment.current())
    reports_sharing.forget_old()


@jobs.job("analytics.send_reports", queue="maintenance", cron="*/10 * * * *")
def send_reports(timestamp: int) -> None:
    """Enqueue the mails of the reports that are due."""
    reports.enqueue_due()


@jobs.job("analytics.mail_report", queue="mail")
def mail_report(schedule_id: str, user_id: str, due_at: str) -> None:
    """Send a report to one reader; tried again while figures or the mail service are away."""
    reports_mailing.send(schedule_id=UUID(schedule_id), user_id=UUID(user_id), due_at=datetime.fromisoformat(due_at))
