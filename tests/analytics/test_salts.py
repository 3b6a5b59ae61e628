from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django import app

from backline.analytics import salts, tasks
from backline.analytics.models import VisitorSalt
from backline.core import clock

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 10, 8, tzinfo=UTC)


def days() -> list[str]:
    return [day.isoformat() for day in VisitorSalt.objects.order_by("day").values_list("day", flat=True)]


def test_the_salts_of_today_and_tomorrow_are_there_and_stay_the_same() -> None:
    with clock.frozen(MORNING):
        assert salts.ensure_salts() == 2
        before = list(VisitorSalt.objects.order_by("day").values_list("day", "salt"))
        assert salts.ensure_salts() == 0
        assert list(VisitorSalt.objects.order_by("day").values_list("day", "salt")) == before
    assert days() == ["2026-03-10", "2026-03-11"]
    assert len({bytes(salt) for _, salt in before}) == 2
    assert all(len(salt) == salts.SALT_BYTES for _, salt in before)


@pytest.mark.req("PP-42")
def test_a_salt_lives_48_hours_and_never_less_than_its_day() -> None:
    with clock.frozen(datetime(2026, 3, 9, 0, 0, tzinfo=UTC)) as advance:
        for _ in range(24 * 2 * 3):
            tasks.rotate_salts(timestamp=0)
            now = clock.now()
            assert {now.date(), now.date() + timedelta(days=1)} <= {row.day for row in VisitorSalt.objects.all()}
            assert all(now - row.created_at < timedelta(hours=48) for row in VisitorSalt.objects.all())
            advance(timedelta(minutes=30))


def test_both_jobs_are_scheduled() -> None:
    assert {"analytics.compact", "analytics.rotate_salts"} <= set(app.tasks)
