"""Exports of raw rows: what is in them and what is not, that they add up, and how long they are kept."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from tests.factories.accounts import access_of, make_artist, make_member, make_user
from tests.factories.analytics import BOT, NOON, SpoolWriter, make_event

from backline.accounts.types import ArtistAccess, Role
from backline.analytics import exports, exports_writing, questions
from backline.analytics.metrics import KINDS
from backline.analytics.models import Export
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import BotReason, Dimension, ExportFormat, ExportStatus, FiguresAwayError, Totals
from backline.contract.events import Event
from backline.core import clock
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
PERIOD = {"since": datetime(2026, 3, 1, tzinfo=UTC), "until": datetime(2026, 4, 1, tzinfo=UTC)}
LATER = NOON + timedelta(days=30)


@pytest.fixture
def access() -> ArtistAccess:
    user = make_user()
    return access_of(user, make_artist(creator=user))


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def put(settings: Environment, *events: Event) -> None:
    with SpoolWriter(settings.spool_folder) as spool:
        spool.write(*events)
    ship_once(settings)


def export(settings: Environment, access: ArtistAccess, **wish: Any) -> Path:
    """Ask for an export and write it; returns its file."""
    wish = {"format": ExportFormat.JSON_LINES, "with_bots": False, "timezone": "UTC", **PERIOD} | wish
    export_id = exports.start(access, **wish)
    exports_writing.write(export_id, settings=settings)
    path, _ = exports.file_of(access, export_id=export_id, settings=settings)
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of an export in any format, as texts."""
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row | {"at": f"{row['at']:%Y-%m-%dT%H:%MZ}"} for row in pq.read_table(path).to_pylist()]


def mixed(artist: UUID, link: UUID) -> list[Event]:
    """Return people and bots on a page and the hub, over two days."""
    common: Mapping[str, Any] = {"artist": artist, "country": "IS", "utm_campaign": "tour", "locale": "is"}
    return [
        make_event(**common),
        make_event(**common, link=link, referrer_host="l.instagram.com"),
        make_event(**common, link=link, kind="service_click", service="spotify", at=NOON + timedelta(days=1)),
        make_event(**common, link=link, kind="share"),
        make_event(**common, link=link, user_agent=BOT),
        make_event(**common, link=link, kind="service_click", service="spotify", user_agent="curl/8.5.0"),
        make_event(artist=artist, at=NOON + timedelta(days=40)),
        make_event(artist=new_id(), link=link),
    ]


def counted(rows: list[dict[str, Any]]) -> Totals:
    """Recompute the dashboard's totals from rows."""
    people = Counter(row["kind"] for row in rows if not row["bot_reason"])
    sums = {key: sum(people[kind] for kind in kinds) for key, kinds in KINDS.items()}
    return Totals(**sums, bots=sum(1 for row in rows if row["bot_reason"]))


@pytest.mark.parametrize("kind", ExportFormat)
def test_totals_recomputed_from_an_export_are_those_of_the_dashboard(
    settings: Environment, access: ArtistAccess, kind: ExportFormat
) -> None:
    link = new_id()
    put(settings, *mixed(access.artist_id, link))
    for link_id in (None, link):
        rows = rows_of(export(settings, access, format=kind, with_bots=True, link_id=link_id))
        assert counted(rows) == questions.totals(access, link_id=link_id, **PERIOD) != Totals()
    rows = rows_of(export(settings, access, format=kind, with_bots=True))
    reasons = Counter(BotReason(row["bot_reason"]) for row in rows if row["bot_reason"])
    assert reasons == questions.bot_reasons(access, **PERIOD).reasons
    people = [row for row in rows if not row["bot_reason"]]
    for dimension in Dimension:
        views = Counter(row[dimension.value] for row in people if row["kind"] == "view")
        found = questions.by_dimension(access, dimension=dimension, **PERIOD)
        assert {one.value: one.views for one in found if one.views} == views, dimension
    days = Counter(date.fromisoformat(row["at"][:10]) for row in people if row["kind"] == "service_click")
    series = questions.series(access, timezone="UTC", **PERIOD)
    assert {day.day: day.service_clicks for day in series if day.service_clicks} == days


def test_bots_are_left_out_by_choice(settings: Environment, access: ArtistAccess) -> None:
    put(settings, *mixed(access.artist_id, new_id()))
    assert len(rows_of(export(settings, access))) == 4
    assert len(rows_of(export(settings, access, with_bots=True))) == 6


@pytest.mark.req("PP-42")
def test_nothing_in_a_row_tells_who_somebody_is(settings: Environment, access: ArtistAccess) -> None:
    telling = make_event(
        artist=access.artist_id,
        at=NOON + timedelta(seconds=41, milliseconds=77),
        visitor="abcdef0123456789",
        click_ids={"fbclid": "click-of-a-fan"},
        consent="all",
    )
    put(settings, telling)
    path = export(settings, access)
    (row,) = rows_of(path)
    assert row["at"] == "2026-03-10T12:00Z"
    assert {"visitor", "user_agent", "click_ids", "id", "consent", "signals"}.isdisjoint(row)
    said = path.read_text()
    for text in ("abcdef0123456789", "click-of-a-fan", "AppleWebKit", telling.id, str(UUID(telling.id))):
        assert text not in said


def test_a_cell_is_never_a_formula(settings: Environment, access: ArtistAccess) -> None:
    nasty = ('=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'quoted "text", with, commas', "日本語\nline")
    put(settings, *(make_event(artist=access.artist_id, utm_source=text) for text in nasty))
    found = {row["utm_source"] for row in rows_of(export(settings, access, format=ExportFormat.CSV))}
    assert found == {f"'{text}" if text[0] in "=+-@\t\r" else text for text in nasty}
    plain = {row["utm_source"] for row in rows_of(export(settings, access))}
    assert plain == set(nasty), "only spreadsheets run cells"


@pytest.mark.parametrize("kind", ExportFormat)
def test_an_export_without_rows_is_a_file_without_rows(
    settings: Environment, access: ArtistAccess, kind: ExportFormat
) -> None:
    assert rows_of(export(settings, access, format=kind)) == []


def test_more_rows_than_a_batch_are_all_there(
    settings: Environment, access: ArtistAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backline.analytics.rows.BATCH", 10)
    put(settings, *(make_event(artist=access.artist_id, at=NOON + timedelta(minutes=n)) for n in range(205)))
    for kind in ExportFormat:
        assert len({row["at"] for row in rows_of(export(settings, access, format=kind))}) == 205
        (state, *_) = exports.exports_of(access)
        assert (state.status, state.rows, state.share) == (ExportStatus.DONE, 205, 1.0)
        assert state.size_bytes > 0


def test_one_export_of_an_artist_is_written_at_a_time(settings: Environment, access: ArtistAccess) -> None:
    first = exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
    with pytest.raises(Rejected, match="is being written"):
        exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
    exports_writing.write(first, settings=settings)
    exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)


def test_only_the_newest_are_kept_and_only_for_a_week(settings: Environment, access: ArtistAccess) -> None:
    paths = []
    for minute in range(exports.MOST_KEPT + 2):
        with clock.frozen(LATER + timedelta(minutes=minute)):
            paths.append(export(settings, access))
    exports.tidy(settings)
    assert [path.exists() for path in paths] == [False] * 2 + [True] * exports.MOST_KEPT
    (state, *_) = exports.exports_of(access)
    with clock.frozen(LATER + exports.KEPT + timedelta(hours=1)):
        exports.tidy(settings)
        assert exports.exports_of(access) == ()
        with pytest.raises(NotFoundError):
            exports.file_of(access, export_id=state.id, settings=settings)
    assert list(settings.exports_folder.iterdir()) == []


def test_one_that_was_cut_short_is_written_from_the_start(settings: Environment, access: ArtistAccess) -> None:
    put(settings, make_event(artist=access.artist_id))
    export_id = exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
    Export.objects.update(status=ExportStatus.WRITING, rows=7)
    exports_writing.write(export_id, settings=settings)
    exports_writing.write(export_id, settings=settings)  # run again by mistake: nothing is to do
    (state,) = exports.exports_of(access)
    assert (state.status, state.rows) == (ExportStatus.DONE, 1)


def test_one_that_nobody_hears_of_any_more_is_given_up(settings: Environment, access: ArtistAccess) -> None:
    put(settings, make_event(artist=access.artist_id))
    export_id = exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
    for path in settings.lake_folder.glob("*/*.parquet"):
        path.write_bytes(b"damaged")
    with pytest.raises(FiguresAwayError):
        exports_writing.write(export_id, settings=settings)
    Export.objects.update(status=ExportStatus.WRITING)
    with clock.frozen(LATER + exports.SILENT_AFTER):
        exports.tidy(settings)
        (state,) = exports.exports_of(access)
        assert (state.status, state.problem.startswith("The events could not be read")) == (ExportStatus.FAILED, True)
    assert not any(path.suffix == ".part" for path in settings.exports_folder.glob("*"))


def test_a_full_disk_is_told_and_keeps_its_room_for_events(settings: Environment, access: ArtistAccess) -> None:
    put(settings, make_event(artist=access.artist_id))
    nowhere = replace(settings, home=settings.home / "file")
    nowhere.home.write_text("no folder can be made here, as on a disk that is full")
    export_id = exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
    exports_writing.write(export_id, settings=nowhere)
    (state,) = exports.exports_of(access)
    assert (state.status, "no room" in state.problem) == (ExportStatus.FAILED, True)


def test_one_that_is_deleted_while_it_waits_is_not_written(settings: Environment, access: ArtistAccess) -> None:
    export_id = exports.start(access, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
    exports.delete(access, export_id=export_id, settings=settings)
    exports_writing.write(export_id, settings=settings)
    assert exports.exports_of(access) == ()
    assert not settings.exports_folder.exists()


def test_nobody_else_gets_at_it(settings: Environment, access: ArtistAccess) -> None:
    put(settings, make_event(artist=access.artist_id))
    path = export(settings, access)
    (state,) = exports.exports_of(access)
    stranger = make_user()
    theirs = access_of(stranger, make_artist(creator=stranger, name="Somebody Else"))
    assert exports.exports_of(theirs) == ()
    with pytest.raises(NotFoundError):
        exports.file_of(theirs, export_id=state.id, settings=settings)
    exports.delete(theirs, export_id=state.id, settings=settings)
    assert path.exists()
    assert path.stat().st_mode & 0o077 == 0


def test_a_viewer_looks_and_does_not_export(settings: Environment) -> None:
    artist = make_artist()
    viewer = access_of(make_member(artist, role=Role.VIEWER), artist)
    with pytest.raises(NotAllowedError):
        exports.start(viewer, **PERIOD, timezone="UTC", format=ExportFormat.CSV, with_bots=False)
