"""``backline restore``: everything back from the file that ``backline backup`` wrote."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import psycopg

from backline.server import archive, database, dump
from backline.server.commands import CommandError, say
from backline.settings import environment


def run(settings: environment.Environment, file: Path, *, replaces: bool) -> int:
    """Bring everything back. Refuses what is not empty unless it ``replaces``. Django must not be up yet."""
    settings.home.mkdir(parents=True, exist_ok=True)
    _refuse_while_running(settings.home)
    _refuse_full(settings, replaces=replaces)
    (settings.home / "migrated").unlink(missing_ok=True)  # the next start looks at the tables again
    with tempfile.TemporaryDirectory(prefix="backline-restore-", dir=settings.home) as name:
        folder = Path(name)
        manifest = archive.unpack(file, folder)
        _empty(settings.database_url)
        dump.read(settings.database_url, folder / archive.DATABASE)
        moved = _put_in_place(settings.home, folder)
    made_at = datetime.fromisoformat(manifest["made_at"])
    say(f"Restored the backup of {made_at:%Y-%m-%d %H:%M} UTC: the database and {len(manifest['files']) - 1} files.")
    if moved is not None:
        say(f"What was there before lies in {moved}; remove it when all is well.")
    return 0


def _refuse_while_running(home: Path) -> None:
    lock = home / "up.lock"
    if not lock.exists():
        return
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Backline runs on {home}. Stop it first, then restore.") from None


def _refuse_full(settings: environment.Environment, *, replaces: bool) -> None:
    if replaces:
        return
    full = [name for name in archive.FOLDERS if any((settings.home / name).glob("*"))]
    if full:
        raise CommandError(
            f"{settings.home} is not empty (it has {', '.join(full)}). Restore into an empty BACKLINE_HOME, "
            "or replace what is there with --force."
        )
    with psycopg.connect(settings.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if found and found[0]:
        raise CommandError(
            "The database of DATABASE_URL has tables already. Restore into an empty one, "
            "or replace what is there with --force."
        )


def _empty(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _put_in_place(home: Path, folder: Path) -> Path | None:
    """Move the folders to where they belong and return where older ones went, or None when there were none."""
    aside: Path | None = None
    for name in archive.FOLDERS:
        target = home / name
        if target.exists() and any(target.iterdir()):
            aside = aside or Path(tempfile.mkdtemp(prefix="before-restore-", dir=home))
            target.replace(aside / name)
        elif target.exists():
            target.rmdir()
        source = folder / name
        if source.exists():
            shutil.move(source, target)
    return aside


def bring_up_to_date(settings: environment.Environment) -> None:
    """Run the migrations that the backup lacks, make what it leaves out, and erase again what was erased since.

    Django must be up.
    """
    from backline.analytics import salts, tombstones  # noqa: PLC0415
    from backline.analytics.parquet.store import LakeStore  # noqa: PLC0415
    from backline.analytics.shipping import shipper  # noqa: PLC0415
    from backline.core import vault  # noqa: PLC0415
    from backline.server import keys  # noqa: PLC0415

    database.migrate()
    if settings.events_url:
        # The database of the events is not in the backup: it may hold what waits in these spools, and what was erased
        # since must not come out of them again.
        tombstones.take_back(settings)
        shipper.expect_repeats(settings)
    else:
        gone = LakeStore(settings).erase_again()
        if gone:
            say(f"{gone:,} events that were erased after this backup was made were erased again.")
    salts.ensure_salts()
    database.ensure_play_role(settings.database_url, settings.play_database_url)
    if missing := keys.missing_keys(vault.key_uses()):
        say(missing)
