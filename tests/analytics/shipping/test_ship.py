from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.factories.analytics import BOT, NOON, SpoolWriter, access_to, make_event

from backline.analytics import questions, selectors
from backline.analytics.models import LakeFile, Spool
from backline.analytics.parquet import compaction, lake
from backline.analytics.shipping import shipper
from backline.analytics.shipping.shipper import ShipStep, ship_once
from backline.analytics.shipping.spool import quarantined
from backline.analytics.types import DropReason, Totals
from backline.contract import events as wire
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

LATER = NOON + timedelta(hours=1)
EVER = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)}


class Died(BaseException):
    """Stands for the end of the process: nothing in the product may catch it."""


def ids_in_lake(settings: Environment) -> list[str]:
    """Return the id of every event that counts, in order; one that stands twice is listed twice."""
    found: list[str] = []
    for path in lake.lake_files(settings):
        found += [str(value).replace("-", "") for value in pq.read_table(path, columns=["id"])["id"].to_pylist()]
    return sorted(found)


def ship_all(settings: Environment, **options: int) -> None:
    while ship_once(settings, **options).backlog:
        pass


@pytest.mark.django_db
@pytest.mark.req("SL-26", "SL-50")
def test_every_kind_of_event_is_counted_once(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    kinds = ["view", "view", "view", "service_click", "service_click", "share", "SAVE_TRACK", "save", "video_play"]
    spool.write(*(make_event(artist=artist, kind=kind) for kind in kinds))
    spool.write(make_event(artist=artist, user_agent=BOT), make_event(artist=artist, kind="consent"))

    with clock.frozen(LATER):
        report = ship_once(settings)

    assert (report.events, report.bots, report.files, report.problems) == (11, 1, 1, ())
    assert report.lag_seconds == 3600
    assert questions.totals(access_to(artist), **EVER) == Totals(
        views=3, service_clicks=2, share_clicks=1, saves=2, video_plays=1, bots=1
    )
    assert spool.waiting() == 0
    assert ship_once(settings).events == 0


@pytest.mark.django_db
@pytest.mark.parametrize("step", [step for step in ShipStep if step not in (ShipStep.QUARANTINED, ShipStep.FINISHED)])
def test_a_death_at_any_step_loses_and_doubles_nothing(
    settings: Environment, spool: SpoolWriter, step: ShipStep
) -> None:
    artist = new_id()
    events = [make_event(artist=artist, at=NOON + timedelta(hours=12 * number)) for number in range(5)]
    spool.write(*events)

    def die(at: ShipStep) -> None:
        if at is step:
            raise Died

    with pytest.raises(Died):
        ship_once(settings, on_step=die)
    spool.write(late := make_event(artist=artist))
    ship_all(settings)
    ship_all(settings)

    assert ids_in_lake(settings) == sorted(event.id for event in [*events, late])
    assert questions.totals(access_to(artist), **EVER).views == 6
    assert spool.waiting() == 0


@pytest.mark.django_db
def test_what_play_could_not_keep_is_counted_once(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(make_event(artist=new_id()))
    spool.note_loss(40)
    ship_all(settings)
    spool.note_loss(2)
    ship_all(settings)
    ship_all(settings)
    assert selectors.lost_events() == 42
    assert [status.lost for status in selectors.spool_statuses(settings)] == [42]


@pytest.mark.django_db
def test_a_death_between_the_quarantine_and_the_commit_keeps_a_bad_row_once(
    settings: Environment, spool: SpoolWriter
) -> None:
    artist = new_id()
    spool.write(make_event(artist=artist), b"\xffnot an event", make_event(artist=artist))

    def die(at: ShipStep) -> None:
        if at is ShipStep.QUARANTINED:
            raise Died

    with pytest.raises(Died):
        ship_once(settings, on_step=die)
    report = ship_once(settings)

    assert (report.events, report.quarantined) == (2, 1)
    assert [(row.seq, row.reason, row.event) for row in quarantined(settings.spool_folder, spool.id)] == [
        (2, DropReason.UNDECODABLE, b"\xffnot an event")
    ]
    assert Spool.objects.get(pk=spool.id).quarantined == 1


@pytest.mark.django_db
def test_batches_are_bounded_in_rows_and_in_bytes(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(*(make_event(artist=new_id()) for _ in range(10)))

    first = ship_once(settings, batch_rows=4)
    second = ship_once(settings, batch_bytes=1)
    third = ship_once(settings)

    assert [(report.events, report.backlog) for report in (first, second, third)] == [(4, True), (1, True), (5, False)]


@pytest.mark.django_db
def test_one_file_for_each_utc_day_sorted_and_described(settings: Environment, spool: SpoolWriter) -> None:
    artists = sorted((new_id(), new_id()), reverse=True)
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    spool.write(
        *(make_event(artist=artist, at=midnight - timedelta(milliseconds=1)) for artist in artists),
        *(make_event(artist=artist, at=midnight) for artist in artists),
    )
    ship_once(settings)

    files = list(LakeFile.objects.order_by("day"))
    assert [file.day.isoformat() for file in files] == ["2026-03-10", "2026-03-11"]
    for file in files:
        path = settings.lake_folder / file.path
        table = pq.read_table(path, columns=["artist_id"])
        assert table["artist_id"].to_pylist() == sorted(str(artist) for artist in artists)
        assert path.stat().st_size == file.size_bytes
        assert lake.origin_of(path) == lake.Origin(spool_id=spool.id, first_seq=1, last_seq=4)
        assert pq.read_schema(path).names == lake.SCHEMA.names


@pytest.mark.django_db
def test_the_spool_of_a_dead_process_is_deleted_when_it_is_shipped(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(make_event(artist=new_id()))
    ship_once(settings)
    assert spool.path.exists()

    spool.write(make_event(artist=new_id()))
    spool.die()
    ship_once(settings)

    assert list(settings.spool_folder.iterdir()) == []
    row = Spool.objects.get(pk=spool.id)
    assert (row.shipped_through, row.shipped_events, row.finished_at is None) == (2, 2, False)


@pytest.mark.django_db
def test_the_spool_of_a_dead_process_waits_while_the_disk_of_the_lake_is_away(
    settings: Environment, spool: SpoolWriter
) -> None:
    artist = new_id()
    spool.write(make_event(artist=artist))
    spool.die()
    settings.lake_folder.write_text("a file where the folder should be")

    report = ship_once(settings)
    assert (report.events, len(report.problems)) == (0, 1)
    assert spool.path.exists()

    settings.lake_folder.unlink()
    assert ship_once(settings).events == 1
    assert questions.totals(access_to(artist), **EVER).views == 1


@pytest.mark.django_db
def test_a_damaged_page_costs_its_rows_and_no_others(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    events = [make_event(artist=artist, utm_content="x" * 200) for _ in range(300)]
    spool.write(*events)
    spool.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spool.die()
    data = bytearray(spool.path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\xaa" * 4096
    spool.path.write_bytes(data)

    report = ship_once(settings)

    stored = ids_in_lake(settings)
    assert set(stored) <= {event.id for event in events}
    assert len(stored) == len(set(stored)) == report.events
    assert report.quarantined > 0
    assert report.events + report.quarantined == 300
    assert not spool.path.exists()


@pytest.mark.django_db
def test_a_spool_that_was_cut_short_costs_what_is_gone_and_no_more(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(*(make_event(artist=new_id(), utm_content="x" * 200) for _ in range(300)))
    spool.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spool.die()
    size = spool.path.stat().st_size
    os.truncate(spool.path, size * 3 // 4)

    found = ship_once(settings)
    assert found.problems[-1] == f"Spool {spool.id} was cut short; what is left of it is read next."
    report = ship_once(settings)

    assert report.events > 150
    assert report.quarantined > 30
    assert report.events + report.quarantined == 300
    assert not spool.path.exists()


@pytest.mark.django_db
def test_a_file_that_is_no_spool_is_moved_aside_and_blocks_nobody(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(make_event(artist=new_id()))
    stranger = settings.spool_folder / "0000.spool"
    stranger.write_bytes(b"this is no database at all" * 200)

    report = ship_once(settings)

    assert report.events == 1
    assert len(report.problems) == 2
    assert (settings.spool_folder / "quarantine" / "0000.spool").exists()
    assert ship_once(settings).problems == ()


@pytest.mark.django_db
def test_a_spool_whose_process_died_before_it_made_its_table_is_deleted(settings: Environment) -> None:
    settings.spool_folder.mkdir()
    (settings.spool_folder / "0000.spool").touch()
    assert ship_once(settings).problems == ()
    assert list(settings.spool_folder.iterdir()) == []


@pytest.mark.django_db
def test_what_cannot_be_an_event_of_ours_is_kept_aside_with_its_reason(
    settings: Environment, spool: SpoolWriter
) -> None:
    artist = new_id()
    spool.write(
        make_event(artist=artist),
        make_event(artist=artist, id="not-hex"),
        event_of_nobody(),
        make_event(artist=artist, kind="unheard_of"),
    )
    report = ship_once(settings)

    assert (report.events, report.quarantined) == (1, 3)
    assert [row.reason for row in quarantined(settings.spool_folder, spool.id)] == [
        DropReason.BAD_ID,
        DropReason.BAD_ARTIST,
        DropReason.UNDECODABLE,
    ]


def event_of_nobody() -> bytes:
    return wire.encode(msgspec.structs.replace(make_event(artist=new_id()), artist_id="nobody"))


@pytest.mark.django_db(transaction=True)
def test_two_shippers_at_once_ship_a_range_once(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    spool.write(*(make_event(artist=artist) for _ in range(20)))
    holds, may_go_on = threading.Event(), threading.Event()
    reports = []

    def wait(at: ShipStep) -> None:
        if at is ShipStep.LOCKED:
            holds.set()
            assert may_go_on.wait(20)

    def first() -> None:
        try:
            reports.append(ship_once(settings, on_step=wait))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert holds.wait(20)
    assert ship_once(settings).events == 0
    may_go_on.set()
    thread.join(20)

    assert [report.events for report in reports] == [20]
    assert questions.totals(access_to(artist), **EVER).views == 20


@pytest.mark.django_db(transaction=True)
def test_a_shipper_that_lost_its_lock_is_refused(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    spool.write(*(make_event(artist=artist) for _ in range(20)))
    stands_still, may_go_on = threading.Event(), threading.Event()
    pids: list[int] = []
    errors: list[BaseException] = []

    def wait(at: ShipStep) -> None:
        if at is ShipStep.WRITTEN:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            stands_still.set()
            assert may_go_on.wait(20)

    def zombie() -> None:
        try:
            ship_once(settings, on_step=wait)
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=zombie)
    thread.start()
    assert stands_still.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", pids)
    spool.write(make_event(artist=artist))
    assert [ship_once(settings).events for _ in range(2)] == [20, 1]
    may_go_on.set()
    thread.join(20)

    assert len(errors) == 1
    assert questions.totals(access_to(artist), **EVER).views == 21
    assert len(ids_in_lake(settings)) == len(set(ids_in_lake(settings))) == 21


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_an_outage_of_postgresql(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    stop, shipped = threading.Event(), threading.Event()
    reports = []

    def keep(report: object) -> None:
        reports.append(report)
        shipped.set()

    thread = threading.Thread(
        target=shipper.run_forever, args=(stop, settings), kwargs={"round_seconds": 0.02, "on_round": keep}
    )
    thread.start()
    try:
        spool.write(make_event(artist=artist))
        assert shipped.wait(20)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        spool.write(make_event(artist=artist))
        deadline = threading.Event()
        for _ in range(400):
            if spool.waiting() == 0:
                break
            deadline.wait(0.05)
    finally:
        stop.set()
        thread.join(20)

    assert questions.totals(access_to(artist), **EVER).views == 2


@contextmanager
def shipping(settings: Environment, **options: Any) -> Iterator[threading.Thread]:
    """Run the loop for as long as the block."""
    stop = threading.Event()
    options = {"round_seconds": 0.02} | options
    thread = threading.Thread(target=shipper.run_forever, args=(stop, settings), kwargs=options)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(20)


def wait_until_shipped(spool: SpoolWriter) -> None:
    for _ in range(400):
        if spool.waiting() == 0:
            return
        threading.Event().wait(0.02)
    raise AssertionError("The events were not shipped.")


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_a_damaged_lake_file(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    for _ in range(compaction.SMALL_FILES + 1):
        spool.write(make_event(artist=artist))
        ship_once(settings)
    damaged = next(lake.lake_files(settings))
    damaged.write_bytes(bytes(damaged.stat().st_size))
    with shipping(settings, tidy_seconds=0.0) as thread:
        for _ in range(3):
            spool.write(make_event(artist=artist, at=NOON + timedelta(days=1)))
            wait_until_shipped(spool)
        assert thread.is_alive()
    (problem,) = compaction.problems(settings)
    assert "2026-03-10" in problem


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_a_defect_of_its_own(
    settings: Environment, spool: SpoolWriter, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = []

    def fail_at_first(report: object) -> None:
        rounds.append(report)
        if len(rounds) == 1:
            raise RuntimeError("a defect")

    with shipping(settings, on_round=fail_at_first) as thread:
        spool.write(make_event(artist=new_id()))
        wait_until_shipped(spool)
        for _ in range(400):
            if len(rounds) > 1:
                break
            threading.Event().wait(0.02)
        assert thread.is_alive()
    assert len(rounds) > 1
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [("a defect",)]


actions = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 7)),
        st.tuples(st.just("ship"), st.integers(1, 9)),
        st.tuples(st.just("die"), st.sampled_from(list(ShipStep))),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=14,
)


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(actions=actions)
def test_acknowledged_is_counted_whatever_happens(
    settings: Environment, tmp_path: Path, actions: list[tuple[str, int | ShipStep]]
) -> None:
    artist = new_id()
    writer = SpoolWriter(settings.spool_folder)
    acknowledged: list[str] = []
    for action, detail in actions:
        if action == "write":
            events = [make_event(artist=artist, at=NOON + timedelta(hours=7 * n)) for n in range(int(detail))]
            writer.write(*events)
            acknowledged += [event.id for event in events]
        elif action == "ship":
            ship_once(settings, batch_rows=int(detail))
        elif action == "die":

            def die(at: ShipStep, step: object = detail) -> None:
                if at is step:
                    raise Died

            with contextlib.suppress(Died):
                ship_once(settings, on_step=die, batch_rows=5)
        else:
            writer.die()
            writer = SpoolWriter(settings.spool_folder)
    writer.die()
    ship_all(settings)

    assert questions.totals(access_to(artist), **EVER).views == len(acknowledged)
    assert set(acknowledged) <= set(ids_in_lake(settings))
    assert list(settings.spool_folder.glob("*.spool")) == []
