"""What every event store does, whichever it is, and every question that the engines have to answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.factories.analytics import BOT, NOON, SpoolWriter, access_to, make_event
from tests.factories.event_history import FIRST, LAST, LINKS, NOBODY

from backline.analytics import engine as engines
from backline.analytics import questions, store
from backline.analytics.engine import LakeEngine
from backline.analytics.shipping.shipper import ShipStep, ship_once
from backline.analytics.store import EventStore
from backline.analytics.types import Dimension, Erasure, Scope, Totals
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

EVER = {"since": datetime(2025, 1, 1, tzinfo=UTC), "until": datetime(2028, 1, 1, tzinfo=UTC)}
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati")
_MICRO = timedelta(microseconds=1)
STRETCHES = (
    (FIRST - timedelta(days=9), LAST + timedelta(days=9)),
    (datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)),
    (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC) + _MICRO),
    (datetime(2026, 5, 1, tzinfo=UTC) - _MICRO, datetime(2026, 6, 1, tzinfo=UTC)),
    (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)),
    (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
)


class Died(BaseException):
    """Stands for the end of the process: nothing in the product may catch it."""


def answers(engine: LakeEngine, artists: Sequence[UUID]) -> list[tuple[tuple[object, ...], object]]:
    """Return every question with its answer, over artists, links, stretches, time zones and dimensions."""
    with engines.using(engine), clock.frozen(LAST):  # not in a generator: two at once would not let go in order
        return list(_asked(artists))


def _asked(artists: Sequence[UUID]) -> Iterator[tuple[tuple[object, ...], object]]:
    for artist in artists:
        access = access_to(artist)
        links: tuple[UUID, ...] = LINKS.get(artist, (NOBODY,))
        yield (artist, "last"), questions.last_event_at(access)
        yield (artist, "last", links[0]), questions.last_event_at(access, link_id=links[0])
        for since, until in STRETCHES:
            key = (artist, since, until)
            span = {"since": since, "until": until}
            yield (*key, "by_link"), questions.by_link(access, **span)
            for link in (None, links[0]):
                yield (*key, link, "totals"), questions.totals(access, link_id=link, **span)
                reasons = questions.bot_reasons(access, link_id=link, **span)
                yield (*key, link, "bots"), (reasons.total, list(reasons.reasons.items()))
                for with_bots in (False, True):
                    rows = engines.in_use().rows(Scope(artist, since, until, link), with_bots=with_bots)
                    yield (*key, link, "rows", with_bots), sorted(str(row) for part in rows for row in part.to_pylist())
            for zone in ZONES if until - since < timedelta(days=60) else ZONES[:2]:
                yield (*key, zone, "series"), questions.series(access, timezone=zone, **span)
                found = questions.by_link_series(access, timezone=zone, link_ids=links[:3], **span)
                yield (*key, zone, "by_link_series"), found
                for link in (None, links[0]):
                    yield (*key, zone, link, "hours"), questions.by_hour(access, timezone=zone, link_id=link, **span)
            for link in (None, links[0]):
                for limit in (2, 50):
                    found_values = questions.by_dimensions(
                        access, dimensions=tuple(Dimension), link_id=link, limit=limit, **span
                    )
                    yield (*key, link, limit, "dimensions"), found_values


class EventStoreContract:
    """Subclasses give the fixtures ``events`` (a store) and ``engine`` (what answers about it)."""

    @pytest.fixture
    def views(self, engine: LakeEngine) -> Callable[[UUID], int]:
        """Return a function that counts an artist's views of people."""

        def count(artist: UUID) -> int:
            with engines.using(engine):
                return questions.totals(access_to(artist), **EVER).views

        return count

    @pytest.fixture(autouse=True)
    def _in_use(self, events: EventStore) -> Iterator[None]:
        with store.using(events):
            yield

    @pytest.mark.parametrize(
        "step", [step for step in ShipStep if step not in (ShipStep.QUARANTINED, ShipStep.FINISHED)]
    )
    def test_a_death_at_any_step_loses_and_doubles_nothing(
        self, settings: Environment, spool: SpoolWriter, views: Callable[[UUID], int], step: ShipStep
    ) -> None:
        artist = new_id()
        spool.write(*(make_event(artist=artist, at=NOON + timedelta(days=20 * number)) for number in range(5)))

        def die(at: ShipStep) -> None:
            if at is step:
                raise Died

        with clock.frozen(NOON + timedelta(days=200)):
            with pytest.raises(Died):
                ship_once(settings, on_step=die)
            spool.write(make_event(artist=artist))
            for _ in range(3):
                ship_once(settings)
        assert (views(artist), spool.waiting()) == (6, 0)

    def test_a_year_may_pass_before_a_range_is_shipped_again(
        self, settings: Environment, spool: SpoolWriter, views: Callable[[UUID], int]
    ) -> None:
        artist = new_id()
        # One clock is ahead: the event is dated by its shipping, which must not differ the second time.
        spool.write(make_event(artist=artist), make_event(artist=artist, at=NOON + timedelta(days=90)))

        def die(at: ShipStep) -> None:
            if at is ShipStep.WRITTEN:
                raise Died

        with clock.frozen(NOON), pytest.raises(Died):
            ship_once(settings, on_step=die)
        with clock.frozen(NOON + timedelta(days=365)):
            ship_once(settings)
        assert views(artist) == 2

    @pytest.mark.parametrize("what", ["artist", "link", "visitor", "click", "visitor of a link"])
    def test_what_is_erased_is_gone_and_stays_out(
        self, settings: Environment, spool: SpoolWriter, events: EventStore, views: Callable[[UUID], int], what: str
    ) -> None:
        artist, link, other = new_id(), new_id(), new_id()
        erasure = {
            "artist": Erasure(artist_id=artist),
            "link": Erasure(link_id=link),
            "visitor": Erasure(visitors=frozenset({"a" * 16})),
            "click": Erasure(click_ids=frozenset({"it's"})),
            "visitor of a link": Erasure(artist_id=artist, link_id=link, visitors=frozenset({"a" * 16, "c" * 16})),
        }[what]
        meant = {"visitor": "a" * 16, "link": link, "click_ids": {"fbclid": "it's", "gclid": "y"}}
        spared = {"visitor": "b" * 16, "click_ids": {"fbclid": "its"}}
        batch = [
            make_event(artist=artist, **meant),
            make_event(artist=other, at=NOON + timedelta(days=40), **spared),
            make_event(artist=other, **spared),
        ]
        spool.write(*batch)
        with clock.frozen(NOON + timedelta(days=60)):
            ship_once(settings)
            assert events.erase(erasure) == 1
            assert (views(artist), views(other)) == (0, 2)
            assert events.erase(erasure) == 0
            spool.write(make_event(artist=artist, **meant))
            ship_once(settings)
        assert (views(artist), views(other)) == (0, 2)

    def test_retention_takes_whole_months_and_leaves_the_rest(
        self, settings: Environment, spool: SpoolWriter, events: EventStore, views: Callable[[UUID], int]
    ) -> None:
        artist = new_id()
        for month in (3, 4, 5):
            spool.write(make_event(artist=artist, at=datetime(2026, month, 1, tzinfo=UTC)))
        spool.write(make_event(artist=artist, at=datetime(2026, 5, 1, tzinfo=UTC) - timedelta(milliseconds=1)))
        with clock.frozen(NOON + timedelta(days=90)):
            ship_once(settings)
        assert events.delete_before(date(2026, 5, 1)) == 3
        assert events.delete_before(date(2026, 5, 1)) == 0
        assert views(artist) == 1

    def test_judging_again_changes_what_the_rules_say_and_tells_how_much(
        self, settings: Environment, spool: SpoolWriter, events: EventStore, engine: LakeEngine
    ) -> None:
        artist = new_id()
        spool.write(make_event(artist=artist), make_event(artist=artist, user_agent=BOT))
        ship_once(settings)
        report = events.rejudge(**EVER)
        assert (report.rows, report.changed, report.by_reason) == (2, 0, {})
        with engines.using(engine):
            assert questions.totals(access_to(artist), **EVER) == Totals(views=1, bots=1)

    def test_an_untouched_store_is_sound(self, settings: Environment, spool: SpoolWriter, events: EventStore) -> None:
        spool.write(*(make_event(artist=new_id()) for _ in range(7)))
        ship_once(settings)
        report = events.check()
        assert (report.is_sound, report.rows) == (True, 7)
