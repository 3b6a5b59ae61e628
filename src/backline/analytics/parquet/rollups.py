"""Counts made ahead for large artists: a derived file beside each big lake file, so that no question reads millions.

A rollup belongs to one lake file, which never changes, so it can never be out of date: it is there or it is not, and
where it is not the events themselves are counted. It holds only artists with many events in that file; the others are
counted quickly as they are. Losing a rollup costs time, not numbers: it is in no backup and no list.

Its rows are sums of the same counts that :func:`counted` gives each event, by dimension, each at the grain that its
questions need:

===========  ==============  ======================================================================================
dimension    grain           why
===========  ==============  ======================================================================================
``artist``   quarter hour    every day of every time zone begins on a quarter of an hour
``link``     quarter hour    the same, for each link
the others   day of UTC      :class:`~backline.analytics.types.Dimension` and ``bot_reason``, each by value
===========  ==============  ======================================================================================
"""

# ruff: noqa: S608 - the texts are made of our own names only; file names and numbers are parameters

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from backline.analytics.calendar_days import DAY_MS
from backline.analytics.metrics import KINDS
from backline.analytics.parquet import lake
from backline.analytics.types import Dimension

ARTIST, LINK, BOT_REASON = "artist", "link", "bot_reason"
QUARTER_MS = 900_000
LARGE = 5_000
"""An artist with so many events in one lake file is in its rollup; that few are read in a few milliseconds."""
SUFFIX = ".rollup"
MEMORY = "1GB"
_ROW_GROUP_ROWS = 65_536
_ARTISTS_KEY = b"backline.artists"

COUNTS = (*KINDS, "bots")
"""The columns of counts, in the order of :class:`~backline.analytics.types.Totals`."""


def counted(dimension: str) -> str:
    """Return the columns that make a row of a rollup out of one event: its place, and a 0 or 1 for each count."""
    place = {ARTIST: "'' AS link_id, '' AS value", LINK: "link_id, '' AS value"}.get(
        dimension, f"'' AS link_id, {dimension} AS value"
    )
    return f'epoch_ms("at") AS at_ms, {place}, {flags()}'


def flags() -> str:
    """Return a 0 or 1 of one event for each count."""

    def among(kinds: tuple[str, ...]) -> str:
        return "kind IN ({})".format(", ".join(f"'{kind}'" for kind in kinds))

    people = (f"(bot_reason = '' AND {among(kinds)})::INTEGER AS {key}" for key, kinds in KINDS.items())
    every_kind = among(tuple(kind for kinds in KINDS.values() for kind in kinds))
    return ", ".join([*people, f"(bot_reason <> '' AND {every_kind})::INTEGER AS bots"])


def grain_ms(dimension: str) -> int:
    """Return how long a stretch of time one row of a rollup is about, in milliseconds."""
    return QUARTER_MS if dimension in (ARTIST, LINK) else DAY_MS


DIMENSIONS = (ARTIST, LINK, BOT_REASON, *(dimension.value for dimension in Dimension))


def _text_of(dimension: str) -> str:
    """Return the question that makes the rows of one dimension out of the events of large artists."""
    sums = ", ".join(f"sum({name})::INTEGER AS {name}" for name in COUNTS)
    grain = grain_ms(dimension)
    return (
        f"SELECT artist_id, '{dimension}' AS dimension, link_id, at_ms - at_ms % {grain} AS at_ms, value, {sums} "
        f"FROM (SELECT artist_id, {counted(dimension)} FROM events) GROUP BY ALL"
    )


_RULES = hashlib.sha256("\n".join([str(LARGE), *map(_text_of, DIMENSIONS)]).encode()).hexdigest()[:8]
"""Part of a rollup's name, so that one made by other rules is never read."""


def path_of(lake_file: Path) -> Path:
    """Return where the rollup of a lake file lies, whether there is one or not."""
    return lake_file.with_suffix(f".{_RULES}{SUFFIX}")


def write(lake_file: Path, *, rows: int, large: int = LARGE) -> bool:
    """Write the rollup of one finished lake file beside it, unless it is there or the file is too small for one.

    Call it after a file of any size has got its final name (before or after it is listed; ``rows`` is its number of
    events), and again for every listed file in the hourly compaction: that makes what a crash or a restore left out,
    and costs one look at the folder otherwise. ``large`` is how many events make an artist large. Returns whether one
    was written.

    Raises :class:`duckdb.Error` or :class:`OSError` when it cannot be written: nothing is lost then, so say so and
    go on.
    """
    target = path_of(lake_file)
    if rows < large or target.exists():
        return False
    with (
        duckdb.connect(":memory:", config={"memory_limit": MEMORY, "autoinstall_known_extensions": "false"}) as engine,
        lake.writing(target) as temporary,
    ):
        engine.execute("SET temp_directory = $folder", {"folder": str(lake_file.parent.parent / ".sorting")})
        engine.execute("SET preserve_insertion_order = false")
        engine.execute("SET enable_progress_bar = false")
        source = lake.source_sql("'{}'".format(str(lake_file).replace("'", "''")), is_mixed=True)
        engine.execute(
            f"CREATE TEMP TABLE large AS SELECT artist_id FROM {source} GROUP BY artist_id HAVING count(*) >= $large",
            {"large": large},
        )
        artists = [artist for (artist,) in engine.execute("SELECT artist_id FROM large ORDER BY ALL").fetchall()]
        engine.execute(f"CREATE TEMP VIEW events AS SELECT * FROM {source} SEMI JOIN large USING (artist_id)")
        for number, dimension in enumerate(DIMENSIONS):
            into = "INSERT INTO rollup" if number else "CREATE TEMP TABLE rollup AS"
            engine.execute(f"{into} {_text_of(dimension)}")
        # COPY takes no parameters for its target and metadata; both are names and ids of our own.
        engine.execute(
            "COPY (SELECT * FROM rollup ORDER BY artist_id, dimension, link_id, at_ms, value) "
            f"TO '{temporary.replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {_ROW_GROUP_ROWS}, KV_METADATA {{'{_ARTISTS_KEY.decode()}': '{' '.join(artists)}'}})"
        )
    return True


@functools.lru_cache(maxsize=4096)
def _artists_of(rollup: Path) -> frozenset[str]:
    return frozenset(pq.read_metadata(rollup).metadata[_ARTISTS_KEY].decode().split())


def of_artist(lake_file: Path, artist_id: str) -> Path | None:
    """Return the rollup that stands for all events of an artist in a lake file, or None: count the events then."""
    rollup = path_of(lake_file)
    try:
        return rollup if artist_id in _artists_of(rollup) else None
    except (OSError, pa.ArrowException, KeyError):
        return None


def delete(lake_file: Path) -> None:
    """Delete the rollups of a lake file, if there are any; call it where the lake file itself is deleted."""
    for rollup in lake_file.parent.glob(f"{lake_file.stem}.*{SUFFIX}"):
        rollup.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Delete the rollups below the lake folder whose lake file is gone, and those of earlier rules; returns how many.

    Call it in the hourly compaction. Rollups end in ``.rollup``; nothing else has to know their names.
    """
    swept = 0
    for rollup in folder.glob(f"*/*{SUFFIX}"):
        lake_file = rollup.with_name(rollup.name.partition(".")[0] + lake.SUFFIX)
        if rollup != path_of(lake_file) or not lake_file.exists():
            rollup.unlink(missing_ok=True)
            swept += 1
    return swept
