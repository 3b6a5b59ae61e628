"""The database in and out of a file, with PostgreSQL's own programs (they come with the embedded server)."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg import conninfo

from backline.server import postgres
from backline.server.commands import CommandError

LEFT_OUT = ("analytics_visitorsalt", "core_heartbeat", "django_session")
"""Tables whose rows are never in a backup: salts must die after 48 hours, and a stolen session is a stolen account.
Which processes ran is of no use elsewhere."""


def write(database_url: str, file: Path, *, snapshot: str) -> None:
    """Write the database into ``file`` as it is in the exported ``snapshot``."""
    left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}", *left_out]
    _run("pg_dump", words, database_url)


def read(database_url: str, file: Path) -> None:
    """Fill the database, whose public schema must be empty, from ``file``; all of it or nothing."""
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--dbname=service=backline"]
    _run("pg_restore", [*words, str(file)], database_url)


def _run(program: str, words: list[str], database_url: str) -> None:
    with _service_file(database_url) as service:
        environ = {"PGSERVICEFILE": str(service), "PGSERVICE": "backline"}
        done = subprocess.run(  # noqa: S603
            [str(postgres.programs_folder() / program), *words],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise CommandError(f"{program} could not do its work: {done.stderr.strip()}")


@contextlib.contextmanager
def _service_file(database_url: str) -> Iterator[Path]:
    """Hand the address over in a file that only we can read: on a command line everybody could see the password."""
    parts = {key: value for key, value in conninfo.conninfo_to_dict(database_url).items() if value not in (None, "")}
    with tempfile.TemporaryDirectory(prefix="backline-") as folder:
        file = Path(folder) / "service.conf"
        file.touch(mode=0o600)
        lines = ["[backline]", *(f"{key}={value}" for key, value in parts.items())]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield file
