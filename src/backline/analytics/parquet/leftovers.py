"""Files in the lake folder that nothing lists: what a crash left behind, and what may be the only copy of events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backline.analytics import tombstones
from backline.analytics.models import LakeFile, Spool
from backline.analytics.parquet import lake
from backline.analytics.shipping.spool import SpoolReader, SpoolUnreadableError
from backline.contract.spool import SPOOL_SUFFIX
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

ORPHAN_AFTER = timedelta(hours=1)
ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GB",
    "autoinstall_known_extensions": "false",
}

_IDS_AT_ONCE = 1_000_000


def unlisted(settings: Environment) -> list[Path]:
    """Return the files of the lake folder that the list does not know, whatever they hold."""
    known = set(LakeFile.objects.filter(deleted_at=None).values_list("path", flat=True))
    folder = settings.lake_folder
    return [path for path in lake.files_on_disk(folder) if str(path.relative_to(folder)) not in known]


def sweep(settings: Environment) -> tuple[int, list[str]]:
    """Delete what crashes left behind: temporary files, and files without a row whose events are elsewhere.

    A file that may hold the only copy of its events is never deleted. Returns how many went, and a sentence for each
    that is kept although nothing will list it any more.
    """
    old = clock.now().timestamp() - ORPHAN_AFTER.total_seconds()
    swept, kept = 0, []
    temporary = lake.files_on_disk(settings.lake_folder, lake.TEMPORARY_SUFFIX)
    for path in [*temporary, *unlisted(settings)]:
        try:
            if path.stat().st_mtime >= old:
                continue
        except FileNotFoundError:
            continue  # it has got its final name meanwhile
        if path.suffix == lake.TEMPORARY_SUFFIX or is_elsewhere(settings, path):
            path.unlink()
            swept += 1
        elif not is_still_in_spool(settings, path):
            kept.append(
                f"{path.relative_to(settings.lake_folder)} holds events that no listed file holds, as after a restore"
                " to an earlier moment; it is kept, and its events are not counted (`backline lake repair` lists them)."
            )
    return swept, kept


def is_elsewhere(settings: Environment, path: Path) -> bool:
    """Tell whether every event of a file without a row is in listed files, or was erased.

    That is so when the files that it was to replace still count. Else the events themselves are compared: how far a
    spool was shipped proves nothing, because after a restore to an earlier moment its numbers go on behind a range
    that no listed file holds.
    """
    origin = lake.origin_of(path)
    if origin is None:
        return False
    sources = [UUID(key) for key in origin.replaces]
    if sources and LakeFile.objects.filter(pk__in=sources, replaced_at=None).count() == len(sources):
        return True
    try:
        return not any(missing_ids(settings, path))
    except (duckdb.Error, pa.ArrowException, OSError, lake.LakeDamagedError) as error:
        log.warning("%s cannot be compared with the listed files, so it is kept: %s", path.name, error)
        return False


def missing_ids(settings: Environment, path: Path) -> Iterator[set[bytes]]:
    """Yield the ids of a file's events that no listed file holds, portion by portion; empty sets where none lack.

    What was erased does not lack. Raises :class:`duckdb.Error`, :class:`pyarrow.ArrowException`, :class:`OSError` or
    :class:`~backline.analytics.parquet.lake.LakeDamagedError` when something cannot be read.
    """
    erased = tombstones.present()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_IDS_AT_ONCE, columns=["id", "at", *(tombstones.COLUMNS if erased else ())]):
            rows = pa.Table.from_batches([batch])
            if erased:
                rows = lake.in_newest_schema(rows)
                rows = rows.filter(pc.invert(erased.mask(rows)))
            yield missing_of(settings, rows)


def missing_of(settings: Environment, events: pa.Table) -> set[bytes]:
    """Return the ids of the events, of which ``id`` and ``at`` are needed, that no listed file holds."""
    if not events.num_rows:
        return set()
    first, last = (edge.as_py() for edge in pc.min_max(events["at"]).values())
    own = [_bytes(value) for value in events["id"]]
    listed = lake.live_paths(settings.lake_folder, since=first, until=last + timedelta(microseconds=1))
    if not listed:
        return set(own)
    with duckdb.connect(":memory:", config=ENGINE) as engine:
        engine.register("texts", pa.table({"id": pa.array([value.hex() for value in own])}))
        engine.execute("CREATE TABLE own AS SELECT CAST(id AS UUID) AS id, id AS text FROM texts")
        found = engine.execute(
            # The inner condition keeps what has to be remembered of the listed files small.
            "SELECT text FROM own WHERE id NOT IN (SELECT id FROM read_parquet($files, hive_partitioning = false) "
            'WHERE "at" >= $since AND "at" <= $until AND id IN (SELECT id FROM own))',
            {"files": listed, "since": first, "until": last},
        ).fetchall()
    return {bytes.fromhex(text) for (text,) in found}


def _bytes(value: pa.Scalar) -> bytes:
    return bytes(value.value.as_py() if isinstance(value, pa.ExtensionScalar) else value.as_py())


def is_still_in_spool(settings: Environment, path: Path) -> bool:
    """Tell whether a file without a row is one whose events will be shipped again, or none of ours."""
    origin = lake.origin_of(path)
    if origin is None:
        return True
    return origin.first_seq is not None and will_be_shipped(settings, origin.spool_id, origin.last_seq or 0)


def will_be_shipped(settings: Environment, spool_id: str, last_seq: int) -> bool:
    """Tell whether a spool of this machine holds rows up to a place that have yet to be shipped."""
    if not (settings.spool_folder / f"{spool_id}{SPOOL_SUFFIX}").exists():
        return False
    row = Spool.objects.filter(pk=spool_id).first()
    try:
        with SpoolReader(settings.spool_folder, spool_id) as reader:
            batch = reader.read(after=row.shipped_through if row else 0, rows=1, size_bytes=1)
    except SpoolUnreadableError:
        return True  # nobody can tell yet
    return bool(batch.rows) and batch.rows[0][0] <= last_seq
