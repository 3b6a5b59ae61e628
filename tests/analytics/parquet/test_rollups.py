"""Counts made ahead have to say exactly what the events say, whatever is asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.analytics import make_event

from backline.analytics import calendar_days
from backline.analytics.judging.pipeline import Draft
from backline.analytics.parquet import lake, rollups
from backline.analytics.parquet.engine import DuckDbEngine, Listed
from backline.analytics.parquet.lake import Origin
from backline.analytics.types import BotReason, Dimension, Scope
from backline.contract.events import EVENT_KINDS
from backline.core.ids import new_id

LARGE = 40
"""How many events make an artist large here."""
FIRST_DAY = date(2026, 10, 23)
DAYS = 5
BEGINNING = datetime(2026, 10, 23, tzinfo=UTC)
ARTISTS = tuple(UUID(int=number) for number in range(1, 4))
LINKS = tuple(UUID(int=number) for number in range(101, 106))
SIZES = (400, 60, 25)
"""Events a day of each artist: the last one is never large, the second one is in some files only."""
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Africa/Monrovia",
)  # fmt: skip
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)

Ask = Callable[[DuckDbEngine, Scope, str, Any], object]


@dataclass(frozen=True)
class Lake:
    """The same events twice: once with rollups beside their files, once without."""

    rolled: DuckDbEngine
    plain: DuckDbEngine
    files: tuple[Path, ...]


def draft(drawn: random.Random, artist: UUID, day: date) -> Draft:
    """Return any event of that day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # Some fall on the very first and last millisecond of a quarter of an hour.
    place = drawn.choice((0, 899_999, drawn.randrange(900_000)))
    at = midnight + QUARTER * drawn.randrange(96) + timedelta(milliseconds=place)
    link = drawn.choice((None, *LINKS))
    event = make_event(
        artist=artist,
        at=at,
        kind=drawn.choice(("view", "view", "service_click", *EVENT_KINDS)),
        link=link,
        service=drawn.choice(("", "spotify", "deezer")),
        country=drawn.choice(("", "DE", "BR", "NP")),
        referrer_host=drawn.choice(("", "t.co")),
        utm_source=drawn.choice(("", "it's", "a;b")),
        locale=drawn.choice(("en", "de")),
    )
    return Draft(
        event=event,
        at_ms=event.at_ms,
        id=UUID(event.id).bytes,
        artist_id=str(artist),
        link_id="" if link is None else str(link),
        device=drawn.choice(("phone", "computer")),
        bot_reason=drawn.choice(("", "", "", *map(str, BotReason))),
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    drawn = random.Random(20261122)
    folders = tmp_path_factory.mktemp("rolled"), tmp_path_factory.mktemp("plain")
    listed: tuple[list[Listed], list[Listed]] = ([], [])
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        drafts = [
            draft(drawn, artist, day)
            for artist, size in zip(ARTISTS, SIZES, strict=True)
            for _ in range(size - 30 * (number % 2))
        ]
        for folder, files in zip(folders, listed, strict=True):
            written = lake.write_day(folder, day, drafts, origin=Origin())
            files.append(Listed(str(folder / written.path), written.min_at, written.max_at))
            if folder is folders[0] and number != DAYS - 1:  # the last day is not compacted yet
                assert rollups.write(folder / written.path, rows=written.rows, large=LARGE)
    rolled, plain = (
        DuckDbEngine(folder, list_files=lambda _, scope, files=files: overlapping(files, scope))
        for folder, files in zip(folders, listed, strict=True)
    )
    return Lake(rolled, plain, tuple(Path(file.path) for file in listed[0]))


def overlapping(files: list[Listed], scope: Scope) -> list[Listed]:
    return [file for file in files if file.min_at < scope.until and file.max_at >= scope.since]


def moments() -> st.SearchStrategy[datetime]:
    """Return instants from a day before the first event to a day behind the last one, many of them round."""
    length = DAY * (DAYS + 2)
    return st.one_of(
        st.integers(0, length // QUARTER).map(lambda number: BEGINNING - DAY + QUARTER * number),
        st.integers(0, length // DAY).map(lambda number: BEGINNING - DAY + DAY * number),
        st.timedeltas(timedelta(), length).map(lambda passed: BEGINNING - DAY + passed),
    )


QUESTIONS: dict[str, Ask] = {
    "totals": lambda engine, scope, zone, rest: engine.totals(scope),
    "by link": lambda engine, scope, zone, rest: engine.by_link(scope),
    "by day": lambda engine, scope, zone, rest: engine.by_day(
        scope, calendar_days.offsets(zone, scope.since, scope.until)
    ),
    "by link and day": lambda engine, scope, zone, rest: engine.by_link_and_day(
        scope, calendar_days.offsets(zone, scope.since, scope.until), LINKS[:3]
    ),
    "by values": lambda engine, scope, zone, dimension: engine.by_values(scope, [dimension], 2),
    "by all values": lambda engine, scope, zone, rest: engine.by_values(scope, list(Dimension), 3),
    "by hour": lambda engine, scope, zone, rest: engine.by_hour(
        scope, calendar_days.offsets(zone, scope.since, scope.until)
    ),
    "bot reasons": lambda engine, scope, zone, rest: list(engine.bot_reasons(scope).items()),
    "last event": lambda engine, scope, zone, rest: engine.last_event_at(scope),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    artist=st.sampled_from(ARTISTS),
    link=st.sampled_from((None, None, *LINKS)),
    bounds=st.tuples(moments(), moments()).map(sorted),
    zone=st.sampled_from(ZONES),
    dimension=st.sampled_from(list(Dimension)),
)
def test_rollups_answer_every_question_exactly_as_the_events_do(  # noqa: PLR0917 - what Hypothesis draws
    seen: Lake, artist: UUID, link: UUID | None, bounds: list[datetime], zone: str, dimension: Dimension
) -> None:
    scope = Scope(artist, bounds[0], bounds[1], link)
    for name, ask in QUESTIONS.items():
        assert ask(seen.rolled, scope, zone, dimension) == ask(seen.plain, scope, zone, dimension), name


def test_a_time_zone_whose_days_begin_between_quarters_is_answered_from_the_events(seen: Lake) -> None:
    scope = Scope(ARTISTS[0], BEGINNING, BEGINNING + DAY * DAYS)
    offsets = ((int(BEGINNING.timestamp() * 1000), -2_670_000),)  # Liberia until 1972
    assert seen.rolled.by_day(scope, offsets) == seen.plain.by_day(scope, offsets) != {}


def test_every_time_zone_of_today_has_days_that_begin_with_a_quarter_of_an_hour() -> None:
    for zone in ZONES:
        offsets = calendar_days.offsets(zone, datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
        assert all(at % rollups.QUARTER_MS == 0 for at, _ in offsets[1:])
        assert all(offset % rollups.QUARTER_MS == 0 for _, offset in offsets)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a lake file of one day in which the first artist is large."""
    drawn = random.Random(1)
    drafts = [draft(drawn, artist, FIRST_DAY) for artist in ARTISTS[:2] for _ in range(30 if artist.int > 1 else 50)]
    return tmp_path / lake.write_day(tmp_path, FIRST_DAY, drafts, origin=Origin()).path


def test_only_artists_with_many_events_in_the_file_are_in_its_rollup(file: Path) -> None:
    assert rollups.write(file, rows=80, large=LARGE)
    rollup = rollups.path_of(file)
    assert rollups.of_artist(file, str(ARTISTS[0])) == rollup
    assert rollups.of_artist(file, str(ARTISTS[1])) is None
    held = duckdb.execute(
        "SELECT DISTINCT artist_id, count(DISTINCT dimension) FROM read_parquet($1) GROUP BY 1", [str(rollup)]
    )
    assert held.fetchall() == [(str(ARTISTS[0]), 3 + len(Dimension))]


def test_a_rollup_is_written_once_and_not_at_all_for_a_small_file(file: Path) -> None:
    assert not rollups.write(file, rows=LARGE - 1, large=LARGE)
    assert rollups.write(file, rows=80, large=LARGE)
    assert not rollups.write(file, rows=80, large=LARGE)


def test_a_rollup_goes_with_its_file_and_one_of_earlier_rules_is_swept(file: Path) -> None:
    folder = file.parent.parent
    assert rollups.write(file, rows=80, large=LARGE)
    earlier = file.with_suffix(".0000abcd.rollup")
    earlier.write_bytes(b"")
    assert (rollups.sweep(folder), earlier.exists()) == (1, False)
    assert rollups.sweep(folder) == 0
    rollups.delete(file)
    assert rollups.of_artist(file, str(ARTISTS[0])) is None
    rollups.write(file, rows=80, large=LARGE)
    file.unlink()
    assert (rollups.sweep(folder), list(file.parent.iterdir())) == (1, [])


@pytest.mark.parametrize("damage", ["gone", "torn", "of another file"])
def test_a_damaged_rollup_keeps_nobody_from_the_figures(file: Path, damage: str) -> None:
    rollups.write(file, rows=80, large=LARGE)
    rollup = rollups.path_of(file)
    listed = [Listed(str(file), BEGINNING, BEGINNING + DAY)]
    engine = DuckDbEngine(file.parent.parent, list_files=lambda _, scope: overlapping(listed, scope))
    scope = Scope(ARTISTS[0], BEGINNING, BEGINNING + DAY)
    before = engine.by_link(scope)
    if damage == "gone":
        rollup.unlink()
    elif damage == "torn":
        rollup.write_bytes(rollup.read_bytes()[:200])
    else:
        rollup.write_bytes(file.read_bytes())
    assert engine.by_link(scope) == before
    assert sum(counts.views + counts.bots for counts in before.values()) > 0


def test_a_new_file_has_no_rollup_of_an_old_one(tmp_path: Path) -> None:
    """A rewriting after an erasure makes a file of another name, so what was counted before is not read any more."""
    assert rollups.path_of(tmp_path / f"{new_id()}.parquet") != rollups.path_of(tmp_path / f"{new_id()}.parquet")
