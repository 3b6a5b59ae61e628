"""What is ClickHouse's own: ranges that come again, outages, the schema, and moving the lake there."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client
from tests.factories.analytics import NOON, SpoolWriter, access_to, make_event
from tests.factories.event_history import ARTISTS, drafts

from backline.analytics import engine as engines
from backline.analytics import questions, store
from backline.analytics.clickhouse import copying, schema
from backline.analytics.clickhouse.connection import ClickHouse, connecting_to
from backline.analytics.clickhouse.engine import ClickHouseEngine
from backline.analytics.clickhouse.store import ClickHouseStore
from backline.analytics.parquet import lake
from backline.analytics.parquet.lake import Origin
from backline.analytics.parquet.store import LakeStore
from backline.analytics.shipping import copies, shipper
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import Erasure, FiguresAwayError
from backline.core import clock
from backline.core.ids import new_id
from backline.settings import environment
from backline.settings.environment import Environment, SettingError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("clickhouse")]
Connect = Callable[[int], Client]
ONE = Origin(spool_id="one", first_seq=1, last_seq=400)


def events_in(connect: Connect) -> int:
    with connect(10) as client:
        return int(client.command("SELECT count() FROM events"))


def test_a_range_that_comes_again_at_once_is_known_by_its_token(settings: Environment, clickhouse: Connect) -> None:
    kept = ClickHouseStore(settings, clickhouse)
    (batch,) = drafts(400)
    for _ in range(3):
        kept.add(batch, origin=ONE)
    assert events_in(clickhouse) == 400


def test_a_range_that_comes_again_far_later_is_known_by_its_events(settings: Environment, clickhouse: Connect) -> None:
    kept = ClickHouseStore(settings, clickhouse)
    (batch,) = drafts(400)
    kept.add(batch, origin=ONE)
    with clickhouse(10) as client:
        client.command("ALTER TABLE events MODIFY SETTING non_replicated_deduplication_window = 1")
    for number in range(40):
        (other,) = drafts(5, seed=number)
        kept.add(other, origin=Origin(spool_id="two", first_seq=number + 1, last_seq=number + 1))
    before = events_in(clickhouse)

    assert kept.add(batch, origin=ONE, is_repeat=True) == 0
    assert events_in(clickhouse) == before
    # Without the look-up the token alone would not have known the range any more.
    kept.add(batch, origin=ONE)
    assert events_in(clickhouse) == before + 400


def test_of_a_range_that_came_in_half_only_the_other_half_is_inserted(
    settings: Environment, clickhouse: Connect
) -> None:
    kept = ClickHouseStore(settings, clickhouse)
    (batch,) = drafts(400)
    # Each month is a part of its own: a crash of ClickHouse can leave some of a block's months behind and not others.
    may_ms = datetime(2026, 5, 1, tzinfo=UTC).timestamp() * 1000
    kept.add([draft for draft in batch if draft.at_ms < may_ms], origin=ONE)
    assert 0 < events_in(clickhouse) < 400
    kept.add(batch, origin=ONE, is_repeat=True)
    assert events_in(clickhouse) == 400


def test_a_shipper_that_wakes_after_its_lease_adds_nothing(
    settings: Environment, spool: SpoolWriter, clickhouse: Connect
) -> None:
    artist = new_id()
    spool.write(*(make_event(artist=artist) for _ in range(20)))
    kept = ClickHouseStore(settings, clickhouse)
    late: list[Callable[[], int]] = []

    class Sleeper(ClickHouseStore):
        """Stands still before it inserts."""

        def add(self, drafts, *, origin, is_repeat=False, on_written=lambda: None):  # type: ignore[no-untyped-def]
            late.append(lambda: kept.add(drafts, origin=origin, is_repeat=is_repeat))
            raise OSError("stands still")

    with store.using(Sleeper(settings, clickhouse)):
        assert ship_once(settings).events == 0
    with store.using(kept):
        spool.write(make_event(artist=artist))
        assert [ship_once(settings).events for _ in range(2)] == [20, 1]
    late[0]()
    assert events_in(clickhouse) == 21


def test_after_a_restore_of_the_rest_nothing_is_counted_twice(
    settings: Environment, spool: SpoolWriter, clickhouse: Connect
) -> None:
    events = [make_event(artist=new_id()) for _ in range(5)]
    spool.write(*events)
    with store.using(ClickHouseStore(settings, clickhouse)):
        for _ in range(5):
            ship_once(settings, batch_rows=1)
        assert events_in(clickhouse) == 5
        with SpoolWriter(settings.spool_folder) as restored:
            restored.write(*events, make_event(artist=new_id()))
            shipper.expect_repeats(settings)
            restored.write(make_event(artist=new_id()))
            shipped = [ship_once(settings, batch_rows=4).events for _ in range(4)]
    assert (events_in(clickhouse), shipped) == (7, [4, 2, 1, 0])


def test_spool_copies_are_erased_too(settings: Environment, spool: SpoolWriter, clickhouse: Connect) -> None:
    settings = replace(settings, spool_copies_days=7)
    kept = ClickHouseStore(settings, clickhouse)
    artist = new_id()
    spool.write(make_event(artist=artist), make_event(artist=new_id()))
    with store.using(kept):
        ship_once(settings)
    assert kept.erase(Erasure(artist_id=artist)) == 1
    (copy,) = copies.found(settings.copies_folder)[0]
    assert len(copy.rows()) == 1


def test_migrations_run_once_and_are_recorded(settings: Environment, clickhouse: Connect) -> None:
    kept = ClickHouseStore(settings, clickhouse)
    assert kept.migrate() == ("clickhouse.0001_events", "clickhouse.0002_verdicts")
    assert kept.migrate() == ()
    house = ClickHouse(clickhouse, seconds=10)
    assert schema.applied(house) == {1, 2}
    columns = [name for name, *_ in house.rows("DESCRIBE TABLE events")]
    assert sorted(columns) == sorted(lake.SCHEMA.names)
    version, events = kept.about()
    assert (version.split(".")[0].isdigit(), events) == (True, 0)


# --- Outages -----------------------------------------------------------------------------------------------------

PASSWORD = "a-pass%2Fword"


class Refusing(BaseHTTPRequestHandler):
    """Answers as a ClickHouse that refuses the password."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(403)
        self.send_header("X-ClickHouse-Exception-Code", "516")
        self.end_headers()
        self.wfile.write(b"Code: 516. DB::Exception: fan: a-pass/word is incorrect. (AUTHENTICATION_FAILED)")

    do_GET = do_POST  # noqa: N815 - http.server's own name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=["closed", "refusing", "silent"])
def away(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of a ClickHouse that is not there, that refuses, or that never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if request.param == "silent":
            listener.listen()
        if request.param != "refusing":
            yield f"clickhouse://fan:{PASSWORD}@127.0.0.1:{port}/events"
            return
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"clickhouse://fan:{PASSWORD}@127.0.0.1:{server.server_port}/events"
    server.shutdown()
    server.server_close()


def test_while_clickhouse_is_away_events_wait_and_questions_say_so(
    settings: Environment, spool: SpoolWriter, away: str, clickhouse: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    artist = new_id()
    spool.write(make_event(artist=artist))
    connect = connecting_to(away)
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        with store.using(ClickHouseStore(settings, lambda _: connect(1))):
            report = ship_once(settings)
        with engines.using(ClickHouseEngine(lambda _: connect(1))), pytest.raises(FiguresAwayError) as error:
            questions.last_event_at(access_to(artist))
    assert time.monotonic() - began < 20
    assert (report.events, len(report.problems), spool.waiting()) == (0, 1, 1)
    assert "ClickHouse" in report.problems[0]
    for said in (*report.problems, str(error.value), str(error.value.__cause__), caplog.text):
        assert "a-pass" not in said

    with store.using(ClickHouseStore(settings, clickhouse)):
        assert ship_once(settings).events == 1


@pytest.mark.parametrize(
    "url", ["postgres://fan:secret@host/x", "clickhouse:///x", "clickhouse://fan:secret@host:port/x", "secret"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingError) as error:
        environment.read({"EVENTS_URL": url})
    assert "EVENTS_URL" in str(error.value)
    assert "secret" not in str(error.value)


def test_the_address_may_lie_in_a_file_and_is_not_shown(tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "url"
    file.write_text("clickhouses://fan:secret@host/x\n")
    read = environment.read({"EVENTS_URL_FILE": str(file)})
    assert read.events_url == "clickhouses://fan:secret@host/x"
    assert "secret" not in repr(read)


# --- Moving ------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(settings: Environment) -> int:
    """Put a few thousand events of a year into the lake; returns how many."""
    count = 0
    for number, batch in enumerate(drafts(3_000)):
        LakeStore(settings).add(batch, origin=Origin(spool_id="one", first_seq=number, last_seq=number))
        count += len(batch)
    return count


def test_a_copy_holds_every_event_and_doing_it_again_copies_nothing(
    settings: Environment, clickhouse: Connect, filled: int
) -> None:
    ClickHouseStore(settings, clickhouse).migrate()
    first = list(copying.copy(settings, clickhouse))
    again = list(copying.copy(settings, clickhouse))
    assert all(day.is_whole for day in first + again)
    assert sum(day.events for day in first) == sum(day.copied for day in first) == filled == events_in(clickhouse)
    assert sum(day.copied for day in again) == 0


def test_a_copy_that_was_cut_off_goes_on_and_doubles_nothing(
    settings: Environment, clickhouse: Connect, filled: int
) -> None:
    ClickHouseStore(settings, clickhouse).migrate()
    for _ in zip(copying.copy(settings, clickhouse), range(9), strict=False):
        pass
    with clickhouse(10) as client:  # half of a day's events did not arrive
        client.command("DELETE FROM events WHERE toHour(at) < 12 AND toMonth(at) = 3")
    assert 0 < events_in(clickhouse) < filled
    days = list(copying.copy(settings, clickhouse))
    assert all(day.is_whole for day in days)
    assert events_in(clickhouse) == filled


def test_what_was_erased_since_is_not_copied_again(settings: Environment, clickhouse: Connect, filled: int) -> None:
    kept = ClickHouseStore(settings, clickhouse)
    kept.migrate()
    list(copying.copy(settings, clickhouse))
    gone = kept.erase(Erasure(artist_id=ARTISTS[0]))
    again = list(copying.copy(settings, clickhouse))
    assert all(day.is_whole for day in again)
    assert sum(day.copied for day in again) == 0
    assert (gone > 0, events_in(clickhouse)) == (True, filled - gone)


def test_an_event_that_differs_is_found(settings: Environment, clickhouse: Connect, filled: int) -> None:
    ClickHouseStore(settings, clickhouse).migrate()
    list(copying.copy(settings, clickhouse))
    with clickhouse(10) as client:
        (victim,) = client.query("SELECT any(id) FROM events").result_rows[0]
        client.command(
            "ALTER TABLE events UPDATE country = 'XX' WHERE id = {id:UUID}",
            parameters={"id": victim},
            settings={"mutations_sync": 2},
        )
    (bad,) = (day for day in copying.copy(settings, clickhouse) if not day.is_whole)
    assert (bad.lacking, bad.different, bad.copied) == (0, 1, 0)


def test_moving_while_events_come_in_loses_and_doubles_nothing(
    settings: Environment, spool: SpoolWriter, clickhouse: Connect, filled: int
) -> None:
    artist = new_id()
    kept = ClickHouseStore(settings, clickhouse)
    kept.migrate()

    def views(of: UUID) -> int:
        return questions.totals(access_to(of), since=NOON - timedelta(days=9), until=NOON + timedelta(days=9)).views

    with clock.frozen(NOON + timedelta(hours=1)):
        spool.write(*(make_event(artist=artist) for _ in range(5)))
        ship_once(settings)
        list(copying.copy(settings, clickhouse))
        spool.write(*(make_event(artist=artist) for _ in range(3)))  # after the copy, before the switch
        ship_once(settings)
        spool.write(*(make_event(artist=artist) for _ in range(2)))  # waits while the worker is started anew
        with store.using(kept), engines.using(ClickHouseEngine(clickhouse)):
            ship_once(settings)
            assert views(artist) == 7
            days = list(copying.copy(settings, clickhouse))
            assert views(artist) == 10
    assert all(day.is_whole for day in days)
    assert events_in(clickhouse) == filled + 10
