"""Two at once: two tabs that ask for an export, two workers that find the same report due."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection
from tests.factories.accounts import access_of, make_artist, make_user

from backline.accounts.types import ArtistAccess
from backline.analytics import exports, reports
from backline.analytics.models import Export, ReportSchedule
from backline.analytics.types import Cadence, ExportFormat
from backline.core import clock
from backline.core.errors import Rejected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]
MONDAY = datetime(2026, 3, 30, 8, 30, tzinfo=UTC)
T = TypeVar("T")


@pytest.fixture
def access() -> ArtistAccess:
    user = make_user()
    return access_of(user, make_artist(creator=user))


def together(work: Callable[[], T], number: int = 4) -> list[T]:
    """Do the same on several connections at the same moment."""
    ready = Barrier(number)

    def run() -> T:
        try:
            connection.ensure_connection()
            ready.wait(20)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return [each.result() for each in [pool.submit(run) for _ in range(number)]]


def test_of_several_tabs_one_gets_its_export(access: ArtistAccess) -> None:
    def ask() -> bool:
        try:
            exports.start(
                access,
                since=MONDAY - timedelta(days=7),
                until=MONDAY,
                timezone="UTC",
                format=ExportFormat.CSV,
                with_bots=False,
            )
        except Rejected:
            return False
        return True

    assert sorted(together(ask)) == [False, False, False, True]
    assert Export.objects.count() == 1


def test_of_several_workers_one_sends_a_report(access: ArtistAccess) -> None:
    with clock.frozen(MONDAY - timedelta(days=1)):
        reports.choose(access, Cadence.WEEK, members=[access.user_id], timezone="UTC")
    with clock.frozen(MONDAY):
        assert sorted(together(reports.enqueue_due)) == [0, 0, 0, 1]
    assert ReportSchedule.objects.get().next_at == datetime(2026, 4, 6, 8, tzinfo=UTC)


def test_of_several_who_choose_all_end_with_one_schedule(access: ArtistAccess) -> None:
    def choose() -> int:
        return reports.choose(access, Cadence.MONTH, members=[access.user_id], timezone="UTC")

    assert together(choose) == [1, 1, 1, 1]
    assert ReportSchedule.objects.count() == 1
