"""``backline backup``: everything into one file, while everything runs.

The order makes the copy exact without stopping anybody. Spools are copied first, then the database as
of one instant, then the lake files that the database lists at that instant. An event that was shipped
between the first and the second step is in both copies, and the database knows that its spool was
shipped that far, so a restore counts it once.
"""

from __future__ import annotations

import tempfile
from importlib import metadata
from pathlib import Path

import apsw
import psycopg

from backline.analytics.parquet import replacing
from backline.contract.spool import SPOOL_SUFFIX
from backline.core import clock
from backline.server import archive, dump
from backline.server.commands import say
from backline.settings import environment


def run(settings: environment.Environment, file: Path) -> int:
    """Write the backup to ``file``. Django must be up."""
    file = file.resolve()
    made_at = clock.now()
    settings.home.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="backline-backup-", dir=settings.home) as scratch,
        archive.writing(file) as out,
        replacing.files_stay(),
    ):
        for copy in _copy_spools(settings.spool_folder, Path(scratch)):
            out.add(copy, f"spool/{copy.name}")
        for kept in _others(settings.spool_folder):
            out.add(kept, f"spool/{kept.relative_to(settings.spool_folder)}")
        database = Path(scratch) / archive.DATABASE
        lake_paths = _dump_database(settings.database_url, database)
        out.add(database, archive.DATABASE)
        for path in lake_paths:
            out.add(settings.lake_folder / path, f"lake/{path}")
        # Copies of what was shipped after this moment belong to files that this backup does not list: harmless.
        for copy in sorted(settings.copies_folder.glob("day=*/*.parquet")):
            out.add(copy, f"copies/{copy.relative_to(settings.copies_folder)}")
        for cover in sorted(settings.media_folder.glob("*.*")):
            if not cover.name.startswith("."):
                out.add(cover, f"media/{cover.name}")
        files = out.finish(made_at=made_at, version=metadata.version("backline"))
    say(f"{file}: {files} files, {file.stat().st_size / (1 << 20):.1f} MiB.")
    say("It holds personal data and sealed tokens: keep it as you keep the database. The keys that open the tokens")
    say("(BACKLINE_ENCRYPTION_KEYS, in the sandbox the file encryption.key) are not in it: keep them elsewhere.")
    return 0


def _copy_spools(folder: Path, scratch: Path) -> list[Path]:
    """Copy each spool with SQLite's own backup, which is exact while a play process writes."""
    copies = []
    for spool in sorted(folder.glob(f"*{SPOOL_SUFFIX}")):
        try:
            source = apsw.Connection(str(spool), flags=apsw.SQLITE_OPEN_READONLY)
        except apsw.CantOpenError:
            continue  # the worker shipped all of it and removed it this very moment
        source.set_busy_timeout(5_000)
        copy = scratch / spool.name
        target = apsw.Connection(str(copy))
        with target.backup("main", source, "main") as work:
            while not work.done:
                work.step(1_000)
        target.execute("PRAGMA journal_mode=DELETE")
        target.close()
        source.close()
        copies.append(copy)
    return copies


def _others(folder: Path) -> list[Path]:
    """Return what lies in folders beside the spools: events that could not be read, kept for a person to look at."""
    return [path for path in sorted(folder.glob("*/*")) if path.is_file()]


def _dump_database(database_url: str, file: Path) -> list[str]:
    """Dump the database and return the lake files it lists, both as of the same instant."""
    with psycopg.connect(database_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        rows = connection.execute("SELECT path FROM analytics_lakefile WHERE replaced_at IS NULL ORDER BY path")
        paths = [str(row[0]) for row in rows.fetchall()]
        dump.write(database_url, file, snapshot=str(snapshot[0] if snapshot else ""))
    return paths
