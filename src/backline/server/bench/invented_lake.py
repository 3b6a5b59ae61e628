"""A lake of invented events, as it would lie on disk after months of counting: the same for the same seed.

Visits fall on artists by Zipf's law (the first of 100,000 has six per cent of them), on an artist's links by the same
law, on the hours of a day like people's waking hours, and every column has about as many values as it has in life.
DuckDB makes a million rows in some seconds, so a hundred million take a quarter of an hour and seven gigabytes.
"""

# ruff: noqa: S608, SIM905 - the texts are made of our own names and numbers; a list of words is easier to read so

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backline.analytics.models import Span
from backline.analytics.parquet import lake, merging, rollups
from backline.analytics.parquet.lake import Origin, WrittenFile
from backline.analytics.parquet.merging import Place
from backline.analytics.types import BotReason

DAYS = 90
ARTISTS = 100_000
MOST_LINKS = 500
BOTS = 0.08
SMALL_FILES_TODAY = 40
ROWS_OF_SMALL_FILE = 2_000
BYTES_PER_EVENT = 60
"""Measured: a hundred million events take 5 GB, and what is counted ahead 0.2."""
_DAY_MS = 86_400_000
_MEMORY = "4GB"
_SORTED_AT_ONCE = 3_000_000

_COUNTRIES = (
    "US DE BR GB MX FR ID IN NL ES IT PL JP CA AU AR TR PH SE CL CO NO TH DK BE AT CH PT PE KR CZ ZA UA RO HU GR FI IE"
    " IL NZ SG MY VN EG NG KE MA SA AE EC UY GT CR DO PA BO PY SK HR BG RS SI LT LV EE IS LU MT CY GE AM AZ KZ UZ BD PK"
    " LK NP KH TW HK TN DZ GH CI SN CM TZ UG ZM"
).split()
_LOCALES = "en de pt-BR en-GB es-MX fr id hi nl es it pl ja tr fil sv th da pt ko cs uk ro hu el fi he zh-TW ar".split()
_SERVICES = (
    "spotify apple_music youtube youtube_music amazon_music deezer tidal soundcloud bandcamp audiomack napster pandora"
    " beatport itunes"
).split()
_PLACES = (
    ("", "direct"), ("l.instagram.com", "social"), ("youtube.com", "video"), ("google.com", "search"),
    ("t.co", "social"), ("lm.facebook.com", "social"), ("tiktok.com", "social"), ("linktr.ee", "link_in_bio"),
    ("web.whatsapp.com", "messenger"), ("duckduckgo.com", "search"), ("mail.google.com", "email"),
    *((f"blog-{number}.example", "other") for number in range(300)),
)  # fmt: skip
_AGENTS = tuple(
    (f"{agent} {browser}/{version}.{patch}", device, browser, system)
    for version in range(131, 144)
    for patch in range(4)
    for agent, device, browser, system in (
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1 Mobile", "phone", "Safari", "iOS"),
        ("Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Mobile", "phone", "Chrome", "Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Instagram", "phone", "Instagram", "iOS"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", "computer", "Chrome", "Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", "computer", "Safari", "macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko", "computer", "Firefox", "Linux"),
        ("Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15", "tablet", "Safari", "iPadOS"),
    )
)  # fmt: skip
_KINDS = ("view",) * 58 + ("service_click",) * 33 + ("share",) * 3 + ("consent",) * 4 + ("video_play", "SAVE_TRACK")
_SOURCES = ("", "", "", "ig", "fb", "tiktok", "newsletter", "youtube", "qr", "google", "bio", "x")
_MEDIUMS = ("", "", "", "social", "paid", "email", "video", "print")
_CAMPAIGNS = ("", "", "", *(f"release-{number}" for number in range(60)))
_CONTENTS = ("", "", "", *(f"story-{number}" for number in range(200)))
_TERMS = ("", "", "", "", *(f"word-{number}" for number in range(40)))


Days = list[tuple[date, int]]
"""Days, and how many events fall on each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lake is made of: so many events in the ``DAYS`` days up to and with ``last_day``."""

    events: int
    last_day: date
    seed: int = 20261122

    def events_of_days(self) -> Days:
        """Return how many events fall on each day: more from week to week, most at weekends, here and there a peak."""
        drawn = random.Random(self.seed)  # noqa: S311
        days = [self.last_day - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
        weights = [
            (0.7 + 0.6 * number / DAYS) * (1.25 if day.weekday() >= 4 else 1.0) * drawn.uniform(0.85, 1.15)
            for number, day in enumerate(days)
        ]
        bounds = [0.0]
        for weight in weights:
            bounds.append(bounds[-1] + weight)
        whole = [round(bound / bounds[-1] * self.events) for bound in bounds]
        return [(day, later - earlier) for day, earlier, later in zip(days, whole, whole[1:], strict=False)]


def artist_id(rank: int) -> UUID:
    """Return the id of an artist; 1 is the largest."""
    return _spelled(f"artist {rank}")


def link_id(rank: int, number: int) -> UUID:
    """Return the id of a link of an artist; 1 is the one that is visited most."""
    return _spelled(f"link {rank} {number}")


def _spelled(name: str) -> UUID:
    return UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


def make(folder: Path, plan: Plan, *, tell: Callable[[str], None]) -> list[WrittenFile]:
    """Write the lake: the files of each past month, one for each day of this month, and today's small ones.

    They have their rollups, as after compaction, and are not listed yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[WrittenFile] = []
    with duckdb.connect(":memory:", config={"memory_limit": _MEMORY}) as engine:
        engine.execute("SET temp_directory = $folder", {"folder": str(folder / ".sorting")})
        engine.execute("SET enable_progress_bar = false")
        _define(engine, plan.seed)
        for first, days in _portions(plan):
            for file in _write(engine, folder, first, days):
                rollups.write(folder / file.path, rows=file.rows)
                written.append(file)
            tell(f"  {sum(file.rows for file in written):,} of {plan.events:,} events")
    return written


def _portions(plan: Plan) -> Iterator[tuple[int, Days]]:
    """Yield what lies in files together: the number of the first event, and how many there are on which days."""
    first = 0
    month: Days = []
    for day, number in plan.events_of_days():
        if day == plan.last_day:
            small = min(ROWS_OF_SMALL_FILE, number // (SMALL_FILES_TODAY + 1))
            portions = [[(day, part)] for part in (number - SMALL_FILES_TODAY * small, *[small] * SMALL_FILES_TODAY)]
        elif (day.year, day.month) == (plan.last_day.year, plan.last_day.month):
            portions = [[(day, number)]]
        else:
            month.append((day, number))
            is_last = (day + timedelta(days=1)).month != day.month
            portions, month = ([month], []) if is_last else ([], month)
        for portion in portions:
            yield first, portion
            first += sum(part for _, part in portion)


def _write(engine: duckdb.DuckDBPyConnection, folder: Path, first: int, days: Days) -> Iterator[WrittenFile]:
    """Write a portion in its order, some artists after the others: all at once could not be sorted in memory."""
    parts, end = [], first
    for day, number in days:
        day_ms = int(datetime.combine(day, time.min, tzinfo=UTC).timestamp() * 1000)
        parts.append(f"SELECT i, {day_ms} AS day_ms FROM range({end}, {end + number}) AS numbers (i)")
        end += number
    order = ", ".join(f'"{name}"' for name in lake.SORT_ORDER)
    held = lake.SCHEMA.empty_table()
    place = Place(days[0][0], Span.DAY if len(days) == 1 else Span.MONTH)
    for digits in "0123456789abcdef" if end - first > _SORTED_AT_ONCE else ("",):
        drawn = _drawn(" UNION ALL ".join(parts), digits)
        rows = engine.sql(f"SELECT {_columns()} FROM ({drawn}) ORDER BY {order}").to_arrow_table()
        held = pa.concat_tables([held, rows.cast(lake.SCHEMA)])
        while held.num_rows >= merging.FILE_ROWS:
            yield _file(folder, place, held.slice(0, merging.FILE_ROWS))
            held = held.slice(merging.FILE_ROWS)
    if held.num_rows:
        yield _file(folder, place, held)


def _file(folder: Path, place: Place, rows: pa.Table) -> WrittenFile:
    file_id, path = lake.new_path(folder, place.day, place.span)
    with lake.writing(folder / path) as temporary:
        table = rows.replace_schema_metadata(Origin().to_metadata())
        pq.write_table(table, temporary, row_group_size=lake.ROW_GROUP_ROWS, **lake.WRITE_OPTIONS)
    times = pc.min_max(rows["at"].cast(pa.timestamp("us")))
    return WrittenFile(
        id=file_id, path=path, day=place.day, span=place.span, rows=rows.num_rows,
        size_bytes=(folder / path).stat().st_size,
        min_at=times["min"].as_py().replace(tzinfo=UTC), max_at=times["max"].as_py().replace(tzinfo=UTC),
        min_artist=rows["artist_id"][0].as_py(), max_artist=rows["artist_id"][-1].as_py(),
        sha256=lake.digest(folder / path),
    )  # fmt: skip


def _define(engine: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Define what the rows are drawn with: ``u(i, c)`` is even in [0, 1), ``zipf(u, n)`` a rank from 1 to n."""
    engine.execute("SET arrow_lossless_conversion = true")
    engine.execute(f"CREATE MACRO u(i, c) AS (hash(i, c, {seed}) >> 11)::DOUBLE / 9007199254740992.0")
    engine.execute("CREATE MACRO zipf(u, n) AS least(n, floor(pow(n + 1, u))::BIGINT)")
    engine.execute("CREATE MACRO spelled(h) AS md5(h)::UUID::VARCHAR")
    engine.execute(
        f"""CREATE TABLE artists AS SELECT rank, spelled('artist ' || rank) AS artist_id,
        greatest(2, least({MOST_LINKS}, 3000 / pow(rank, 0.6)))::BIGINT AS links
        FROM range(1, {ARTISTS + 1}) AS _ (rank)"""
    )


def _drawn(numbers: str, digits: str) -> str:
    """Return the query of what is drawn for each number, of the artists whose id begins so."""
    return f"""
        SELECT *, zipf(u(i, 3), links) AS link,
            day_ms
            + least({_DAY_MS - 1}, greatest(0, floor({_DAY_MS} * (v - 0.1 * sin(2 * pi() * v)))))::BIGINT AS at_ms
        FROM (
            SELECT *, u(i, 2) AS v FROM (SELECT i, day_ms, zipf(u(i, 1), {ARTISTS}) AS rank FROM ({numbers}))
            JOIN artists USING (rank) WHERE artist_id LIKE '{digits}%'
        )"""


def _columns() -> str:
    """Return the expression of every column of the lake, in order; one that is not known here is empty."""
    kind = _picked(_KINDS, 5, even=True)
    agent, device, browser, system = (_picked([each[part] for each in _AGENTS], 6) for part in range(4))
    host, host_kind = (_picked([each[part] for each in _PLACES], 7) for part in range(2))
    reason = f"CASE WHEN u(i, 8) < {BOTS} THEN {_picked([str(each) for each in BotReason], 9)} ELSE '' END"
    known = {
        "artist_id": "artist_id",
        "link_id": "CASE WHEN u(i, 4) < 0.08 THEN '' ELSE spelled('link ' || rank || ' ' || link) END",
        "at": "make_timestamptz(at_ms * 1000)",
        "id": (
            "format('{:012x}7{:03x}{:016x}', at_ms, hash(i, 30) & 4095, (hash(i, 31) >> 2) + 9223372036854775808)::UUID"
        ),
        "kind": kind,
        "service": f"CASE WHEN {kind} = 'service_click' THEN {_picked(_SERVICES, 10)} ELSE '' END",
        "country": _picked(_COUNTRIES, 11),
        "locale": _picked(_LOCALES, 12),
        "referrer_host": host,
        "referrer_kind": host_kind,
        "utm_source": _picked(_SOURCES, 13, even=True),
        "utm_medium": _picked(_MEDIUMS, 14, even=True),
        "utm_campaign": _picked(_CAMPAIGNS, 15),
        "utm_content": _picked(_CONTENTS, 16),
        "utm_term": _picked(_TERMS, 17),
        "visitor": "format('{:016x}', hash(i // 2, 18))",
        "device": device,
        "browser": browser,
        "os": system,
        "user_agent": agent,
        "bot_reason": reason,
        "bot_name": f"CASE WHEN u(i, 8) < {BOTS} THEN 'bot-' || zipf(u(i, 19), 200) ELSE '' END",
        "click_ids": (
            "CASE WHEN u(i, 20) < 0.05 THEN '{\"fbclid\":\"' || md5('' || i) || md5('-' || i) || '\"}' ELSE '' END"
        ),
        "judgement": "'1'",
    }
    return ", ".join(f'{known.get(name, chr(39) * 2)} AS "{name}"' for name in lake.SCHEMA.names)


def _picked(values: Sequence[str], column: int, *, even: bool = False) -> str:
    """Return the expression that draws one of the values, the first ones most often unless ``even``."""
    listed = "[" + ", ".join(f"'{value}'" for value in values) + "]"
    drawn = f"u(i, {column})"
    place = f"1 + floor({drawn} * {len(values)})::BIGINT" if even else f"zipf({drawn}, {len(values)})"
    return f"{listed}[{place}]"
