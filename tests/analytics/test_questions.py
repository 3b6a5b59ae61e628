"""What every engine has to answer. A second engine has to pass the same tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.factories.analytics import BOT, NOON, SpoolWriter, access_to, make_event

from backline.analytics import metrics, questions
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import BotReason, DayTotals, Dimension, Totals, ValueTotals
from backline.contract.events import Event
from backline.core import clock
from backline.core.errors import Rejected
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
DAY = {"since": datetime(2026, 3, 10, tzinfo=UTC), "until": datetime(2026, 3, 11, tzinfo=UTC)}
YEAR = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)}

Record = Callable[..., None]


@pytest.fixture
def record(settings: Environment, spool: SpoolWriter) -> Iterator[Record]:
    """Return a function that puts events into the lake."""

    def put(*events: Event) -> None:
        spool.write(*events)
        ship_once(settings)

    with clock.frozen(NOON + timedelta(days=400)):
        yield put


@pytest.fixture
def artist() -> UUID:
    return new_id()


@pytest.mark.req("SL-50")
def test_the_dashboard_has_these_six_metrics_and_no_more() -> None:
    assert [metric.label for metric in metrics.METRICS] == [
        "Views",
        "Music service clicks",
        "Share clicks",
        "Save events",
        "Video plays",
        "Service click rate",
    ]
    assert all(hasattr(Totals(), metric.key) and metric.definition.endswith(".") for metric in metrics.METRICS)


@pytest.mark.req("SL-51")
@pytest.mark.parametrize(("clicks", "views", "rate"), [(1, 4, 0.25), (3, 2, 1.5), (0, 3, 0.0), (2, 0, None)])
def test_the_service_click_rate_is_clicks_per_view(clicks: int, views: int, rate: float | None) -> None:
    assert Totals(views=views, service_clicks=clicks).service_click_rate == rate


def test_an_artist_without_events_has_zeros(settings: Environment, artist: UUID) -> None:
    assert questions.totals(access_to(artist), **DAY) == Totals()
    assert questions.by_link(access_to(artist), **DAY) == {}
    assert questions.last_event_at(access_to(artist)) is None
    assert questions.bot_reasons(access_to(artist), **DAY).total == 0


@pytest.mark.req("SL-50", "PP-42")
def test_only_the_artists_own_events_are_counted(record: Record, artist: UUID) -> None:
    record(make_event(artist=artist), make_event(artist=new_id()), make_event(artist=new_id(), kind="service_click"))
    assert questions.totals(access_to(artist), **DAY) == Totals(views=1)


def test_since_is_included_and_until_is_not(record: Record, artist: UUID) -> None:
    record(
        make_event(artist=artist, at=DAY["since"] - timedelta(milliseconds=1)),
        make_event(artist=artist, at=DAY["since"]),
        make_event(artist=artist, at=DAY["until"] - timedelta(milliseconds=1)),
        make_event(artist=artist, at=DAY["until"]),
    )
    assert questions.totals(access_to(artist), **DAY) == Totals(views=2)


@pytest.mark.req("SL-52")
def test_each_link_has_its_own_totals_and_the_hub_an_empty_name(record: Record, artist: UUID) -> None:
    first, second = new_id(), new_id()
    record(
        make_event(artist=artist),
        make_event(artist=artist, link=first),
        make_event(artist=artist, link=first, kind="service_click", service="spotify"),
        make_event(artist=artist, link=second, kind="share"),
        make_event(artist=artist, link=second, user_agent=BOT),
    )
    assert questions.by_link(access_to(artist), **DAY) == {
        "": Totals(views=1),
        str(first): Totals(views=1, service_clicks=1),
        str(second): Totals(share_clicks=1, bots=1),
    }
    assert questions.totals(access_to(artist), link_id=first, **DAY) == Totals(views=1, service_clicks=1)


def test_a_repeated_click_of_one_visitor_counts_again(record: Record, artist: UUID) -> None:
    record(*(make_event(artist=artist, kind="service_click", visitor="0123456789abcdef") for _ in range(2)))
    assert questions.totals(access_to(artist), **DAY).service_clicks == 2


def test_bots_are_left_out_of_every_number_and_counted_apart(record: Record, artist: UUID) -> None:
    record(
        make_event(artist=artist),
        make_event(artist=artist, user_agent=BOT),
        make_event(artist=artist, user_agent=BOT, kind="service_click"),
        make_event(artist=artist, user_agent="curl/8.5.0", kind="service_click"),
        make_event(artist=artist, signals=("prefetch",)),
        make_event(artist=artist, user_agent=BOT, kind="consent"),
    )
    assert questions.totals(access_to(artist), **DAY) == Totals(views=1, bots=4)
    summary = questions.bot_reasons(access_to(artist), **DAY)
    assert (summary.total, list(summary.reasons.items())) == (
        4,
        [(BotReason.DECLARED_BOT, 2), (BotReason.LIBRARY, 1), (BotReason.PREFETCH, 1)],
    )


def test_a_series_has_every_day_also_those_without_events(record: Record, artist: UUID) -> None:
    record(make_event(artist=artist), make_event(artist=artist, at=NOON + timedelta(days=2), kind="service_click"))
    found = questions.series(
        access_to(artist), since=DAY["since"], until=DAY["since"] + timedelta(days=4), timezone="UTC"
    )
    assert found == (
        DayTotals(day=date(2026, 3, 10), views=1),
        DayTotals(day=date(2026, 3, 11)),
        DayTotals(day=date(2026, 3, 12), service_clicks=1),
        DayTotals(day=date(2026, 3, 13)),
    )


@pytest.mark.parametrize(
    ("timezone", "at", "day"),
    [
        ("UTC", "2026-03-10T23:30:00+00:00", date(2026, 3, 10)),
        ("Europe/Berlin", "2026-03-10T23:30:00+00:00", date(2026, 3, 11)),
        ("America/New_York", "2026-03-11T03:59:59+00:00", date(2026, 3, 10)),
        ("America/New_York", "2026-03-11T04:00:00+00:00", date(2026, 3, 11)),
        ("Asia/Kathmandu", "2026-03-10T18:14:59+00:00", date(2026, 3, 10)),
        ("Asia/Kathmandu", "2026-03-10T18:15:00+00:00", date(2026, 3, 11)),
        ("Pacific/Kiritimati", "2026-03-10T10:00:00+00:00", date(2026, 3, 11)),
        # The clocks of Berlin go forward at 01:00 UTC on 29 March and back at 01:00 UTC on 25 October.
        ("Europe/Berlin", "2026-03-28T22:59:59+00:00", date(2026, 3, 28)),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", date(2026, 3, 29)),
        ("Europe/Berlin", "2026-03-29T21:59:59+00:00", date(2026, 3, 29)),
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", date(2026, 3, 30)),
        ("Europe/Berlin", "2026-10-24T21:59:59+00:00", date(2026, 10, 24)),
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ("America/St_Johns", "2026-11-02T03:29:59+00:00", date(2026, 11, 1)),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00+00:00", date(2026, 4, 5)),
    ],
)
def test_a_day_is_the_calendar_day_where_the_person_lives(
    record: Record, artist: UUID, timezone: str, at: str, day: date
) -> None:
    record(make_event(artist=artist, at=datetime.fromisoformat(at)))
    found = questions.series(access_to(artist), timezone=timezone, **YEAR)
    assert [point.day for point in found if point.views] == [day]


def test_the_first_and_the_last_day_may_be_parts_of_days(record: Record, artist: UUID) -> None:
    record(make_event(artist=artist, at=NOON - timedelta(hours=1)), make_event(artist=artist))
    found = questions.series(access_to(artist), since=NOON, until=NOON + timedelta(hours=12), timezone="Europe/Berlin")
    assert found == (DayTotals(day=date(2026, 3, 10), views=1), DayTotals(day=date(2026, 3, 11)))


def test_a_time_zone_that_does_not_exist_is_refused(settings: Environment, artist: UUID) -> None:
    for name in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(Rejected):
            questions.series(access_to(artist), timezone=name, **DAY)


def test_the_series_of_many_links_come_in_one_answer(record: Record, artist: UUID) -> None:
    first, second, silent = new_id(), new_id(), new_id()
    record(
        make_event(artist=artist, link=first),
        make_event(artist=artist, link=second, at=NOON + timedelta(days=1)),
        make_event(artist=artist, link=new_id()),
    )
    found = questions.by_link_series(
        access_to(artist),
        since=DAY["since"],
        until=DAY["since"] + timedelta(days=2),
        timezone="UTC",
        link_ids=[first, second, silent],
    )
    assert {link: [day.views for day in days] for link, days in found.items()} == {
        str(first): [1, 0],
        str(second): [0, 1],
        str(silent): [0, 0],
    }
    assert questions.by_link_series(access_to(artist), timezone="UTC", link_ids=[], **DAY) == {}


@pytest.mark.req("SL-53")
def test_where_fans_come_from_and_what_they_hold_is_captured(record: Record, artist: UUID) -> None:
    phone = make_event(
        artist=artist,
        country="DE",
        referrer_host="l.instagram.com",
        utm_source="ig",
        utm_medium="social",
        utm_campaign="release",
        utm_term="word",
        utm_content="story",
        locale="de-DE",
        service="spotify",
    )
    record(phone, make_event(artist=artist, country="BR"), make_event(artist=artist, country="BR", user_agent=BOT))
    wanted = {
        Dimension.COUNTRY: "DE",
        Dimension.REFERRER_HOST: "l.instagram.com",
        Dimension.REFERRER_KIND: "social",
        Dimension.UTM_SOURCE: "ig",
        Dimension.UTM_MEDIUM: "social",
        Dimension.UTM_CAMPAIGN: "release",
        Dimension.UTM_TERM: "word",
        Dimension.UTM_CONTENT: "story",
        Dimension.LOCALE: "de-DE",
        Dimension.DEVICE: "phone",
        Dimension.BROWSER: "Safari",
        Dimension.OS: "iOS",
        Dimension.SERVICE: "spotify",
    }
    assert set(wanted) == set(Dimension)
    for dimension, value in wanted.items():
        found = questions.by_dimension(access_to(artist), dimension=dimension, **DAY)
        assert value in [row.value for row in found]
    assert questions.by_dimension(access_to(artist), dimension=Dimension.COUNTRY, **DAY) == (
        ValueTotals(value="BR", views=1, bots=1),
        ValueTotals(value="DE", views=1),
    )
    assert len(questions.by_dimension(access_to(artist), dimension=Dimension.COUNTRY, limit=1, **DAY)) == 1


@pytest.mark.parametrize("days_ago", [0, 1, 20, 300])
def test_the_last_event_is_found_however_long_ago(record: Record, artist: UUID, days_ago: int) -> None:
    last = NOON + timedelta(days=400 - days_ago, milliseconds=-17)
    record(
        make_event(artist=artist, at=last - timedelta(days=30)),
        make_event(artist=artist, at=last),
        make_event(artist=artist, at=last + timedelta(milliseconds=5), user_agent=BOT),
        make_event(artist=new_id(), at=NOON + timedelta(days=400)),
    )
    assert questions.last_event_at(access_to(artist)) == last


def test_hostile_texts_are_values_and_nothing_else(record: Record, artist: UUID) -> None:
    nasty = "'; DROP TABLE events; --\x00\u202e🎧"
    record(make_event(artist=artist, utm_source=nasty, utm_campaign='"}{$x'))
    found = questions.by_dimension(access_to(artist), dimension=Dimension.UTM_SOURCE, **DAY)
    assert [row.value for row in found] == [nasty]


def test_hours_are_those_of_the_week_in_the_time_zone(record: Record, artist: UUID) -> None:
    # Tuesday noon in UTC is 17:45 in Kathmandu, and 8 in the morning in New York, where clocks had just changed.
    record(make_event(artist=artist), make_event(artist=artist, at=NOON + timedelta(hours=1), kind="service_click"))
    for zone, hour in (("UTC", 12), ("Asia/Kathmandu", 17), ("America/New_York", 8)):
        week = questions.by_hour(access_to(artist), timezone=zone, **YEAR)
        assert (len(week), {len(day) for day in week}) == (7, {24})
        assert week[1][hour] == Totals(views=1)
        assert week[1][hour + 1] == Totals(service_clicks=1)
        assert sum(found.views for day in week for found in day) == 1


def test_an_hour_that_comes_twice_is_one_hour_of_the_week(record: Record, artist: UUID) -> None:
    # Sunday 25 October 2026: at 3:00 clocks in Berlin go back to 2:00.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    record(make_event(artist=artist, at=first), make_event(artist=artist, at=first + timedelta(hours=1)))
    assert questions.by_hour(access_to(artist), timezone="Europe/Berlin", **YEAR)[6][2] == Totals(views=2)


def test_hours_of_one_link_are_its_own(record: Record, artist: UUID) -> None:
    link = new_id()
    record(make_event(artist=artist, link=link), make_event(artist=artist))
    week = questions.by_hour(access_to(artist), timezone="UTC", link_id=link, **YEAR)
    assert week[1][12] == Totals(views=1)
