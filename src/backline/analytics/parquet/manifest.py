"""Compares the list of lake files in PostgreSQL with the files themselves."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from backline.analytics.models import LakeFile
from backline.analytics.parquet import lake, leftovers
from backline.analytics.types import FileFault, ManifestReport
from backline.settings.environment import Environment

_IDS_AT_ONCE = 10_000_000


def check(settings: Environment, *, is_deep: bool = False) -> ManifestReport:
    """Check that each listed file is there, of its size, with its rows; quick, whatever the lake's size.

    ``is_deep`` also reads every byte and every row of every file, compares checksums, and looks for an event that is
    in the lake twice.
    """
    folder = settings.lake_folder
    files = list(LakeFile.objects.filter(replaced_at=None).order_by("day", "id"))
    faults: dict[FileFault, list[str]] = {}
    sound: list[LakeFile] = []
    for file in files:
        found = fault(folder, file, is_deep=is_deep)
        if found is None:
            sound.append(file)
        else:
            faults.setdefault(found, []).append(file.path)
    return ManifestReport(
        files=len(files),
        rows=sum(file.rows for file in files),
        size_bytes=sum(file.size_bytes for file in files),
        missing=tuple(faults.get(FileFault.MISSING, ())),
        wrong_size=tuple(faults.get(FileFault.WRONG_SIZE, ())),
        wrong_rows=tuple(faults.get(FileFault.WRONG_ROWS, ())),
        unreadable=tuple(faults.get(FileFault.UNREADABLE, ())),
        altered=tuple(faults.get(FileFault.ALTERED, ())),
        unlisted=tuple(str(path.relative_to(folder)) for path in leftovers.unlisted(settings)),
        doubled=_doubled(folder, sound) if is_deep else 0,
        oldest_at=min((file.min_at for file in files), default=None),
        is_deep=is_deep,
    )


def fault(folder: Path, file: LakeFile, *, is_deep: bool = False) -> FileFault | None:
    """Return what is wrong with a listed file, or None."""
    path = folder / file.path
    if not path.is_file():
        return FileFault.MISSING
    try:
        if path.stat().st_size != file.size_bytes:
            return FileFault.WRONG_SIZE
        if pq.read_metadata(path).num_rows != file.rows:
            return FileFault.WRONG_ROWS
        if is_deep:
            with pq.ParquetFile(path, page_checksum_verification=True) as content:
                for number in range(content.num_row_groups):
                    content.read_row_group(number)
            if file.sha256 and lake.digest(path) != file.sha256:
                return FileFault.ALTERED
    except (OSError, pa.ArrowException):
        return FileFault.UNREADABLE
    return None


def _doubled(folder: Path, files: list[LakeFile]) -> int:
    """Return how many event ids stand more than once in the files, looking at a share of the ids at a time."""
    if not files:
        return 0
    shares = sum(file.rows for file in files) // _IDS_AT_ONCE + 1
    doubled = 0
    with duckdb.connect(":memory:", config=leftovers.ENGINE) as engine:
        for share in range(shares):
            (number,) = engine.execute(
                "SELECT count(*) FROM (SELECT id FROM read_parquet($files, hive_partitioning = false) "
                "WHERE hash(id) % $shares = $share GROUP BY id HAVING count(*) > 1)",
                {"files": [str(folder / file.path) for file in files], "shares": shares, "share": share},
            ).fetchone() or (0,)
            doubled += number
    return doubled
