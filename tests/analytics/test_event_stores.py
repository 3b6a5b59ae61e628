"""The event stores keep one contract, and their engines give equal answers on the same events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client
from tests.contracts.event_store import EVER, EventStoreContract, answers
from tests.factories.analytics import access_to
from tests.factories.event_history import ARTISTS, BATCH, LAST, LINKS, NOBODY, drafts

from backline.analytics import engine as engines
from backline.analytics import questions
from backline.analytics.clickhouse.engine import ClickHouseEngine
from backline.analytics.clickhouse.store import ClickHouseStore
from backline.analytics.engine import LakeEngine
from backline.analytics.metrics import KINDS
from backline.analytics.parquet import compaction
from backline.analytics.parquet.engine import DuckDbEngine
from backline.analytics.parquet.lake import Origin
from backline.analytics.parquet.store import LakeStore
from backline.analytics.store import EventStore
from backline.analytics.types import Erasure
from backline.core import clock
from backline.settings.environment import Environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("clickhouse")]
Connect = Callable[[int], Client]


class TestParquet(EventStoreContract):
    @pytest.fixture
    def events(self, settings: Environment) -> EventStore:
        return LakeStore(settings)

    @pytest.fixture
    def engine(self, settings: Environment) -> LakeEngine:
        return DuckDbEngine(settings.lake_folder)


class TestClickHouse(EventStoreContract):
    @pytest.fixture
    def events(self, settings: Environment, clickhouse: Connect) -> EventStore:
        return ClickHouseStore(settings, clickhouse)

    @pytest.fixture
    def engine(self, clickhouse: Connect) -> LakeEngine:
        return ClickHouseEngine(clickhouse)


@pytest.mark.timeout(3_600)
def test_both_engines_give_equal_answers_on_the_same_events(settings: Environment, clickhouse: Connect) -> None:
    lake, clicks = LakeStore(settings), ClickHouseStore(settings, clickhouse)
    parquet, columns = DuckDbEngine(settings.lake_folder), ClickHouseEngine(clickhouse)
    counted: Counter[tuple[str, str]] = Counter()
    for number, batch in enumerate(drafts()):
        origin = Origin(spool_id="one", first_seq=number * BATCH + 1, last_seq=(number + 1) * BATCH)
        lake.add(batch, origin=origin)
        clicks.add(batch, origin=origin)
        if number == 0:
            clicks.add(batch, origin=origin)  # its token is known
            clicks.add(batch, origin=origin, is_repeat=True)  # its events are found
        for draft in batch:
            if not draft.bot_reason:
                counted[draft.artist_id, draft.event.kind] += 1

    with engines.using(columns):
        for artist in ARTISTS:
            found = questions.totals(access_to(artist), **EVER)
            for metric, kinds in KINDS.items():
                assert getattr(found, metric) == sum(counted[str(artist), kind] for kind in kinds)

    def agree(*artists: UUID) -> None:
        for (question, expected), (_, found) in zip(answers(parquet, artists), answers(columns, artists), strict=True):
            assert found == expected, question

    with clock.frozen(LAST + timedelta(days=30)):
        compaction.compact(settings)
    agree(ARTISTS[0], ARTISTS[5], NOBODY)
    stretch = {"since": datetime(2026, 2, 10, 7, tzinfo=UTC), "until": datetime(2026, 9, 20, 13, tzinfo=UTC)}
    report = clicks.rejudge(**stretch)
    assert report == lake.rejudge(**stretch)
    assert report.changed > 0
    agree(ARTISTS[0])
    for what in (
        Erasure(link_id=LINKS[ARTISTS[0]][0]),
        Erasure(visitors=frozenset({f"{7:016x}"}), click_ids=frozenset({"one'"})),
    ):
        assert clicks.erase(what) == lake.erase(what) > 0
    agree(ARTISTS[0])
    assert clicks.delete_before(date(2026, 5, 1)) == lake.delete_before(date(2026, 5, 1)) > 0
    agree(ARTISTS[0])
    assert clicks.check().rows == lake.check().rows > 0
