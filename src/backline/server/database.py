"""What the product needs of a PostgreSQL before anything runs: version, tables, play's own role."""

from __future__ import annotations

import hashlib
from importlib import util
from pathlib import Path

import psycopg
from psycopg import conninfo, sql

PLAY_ROLE = "backline_play"
OLDEST_VERSION = 15
READ_BY_PLAY = ("links_publishedpage", "analytics_visitorsalt")
"""The tables that play may read: published pages and salts, and nothing else."""


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says why and what to do."""


def address_for_play(database_url: str, *, role: str = PLAY_ROLE) -> str:
    """Return the same database's address for play's own role (the embedded server asks no password)."""
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(database_url).items() if value is not None}
    parts.pop("password", None)
    return conninfo.make_conninfo("", **(parts | {"user": role}))


def server_version(database_url: str) -> int:
    """Return the major version of the server; raises :class:`DatabaseError` when it does not answer."""
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            return connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise DatabaseError(f"The database of DATABASE_URL does not answer: {error}".strip()) from None


def check_version(database_url: str) -> None:
    """Refuse a server older than PostgreSQL 15."""
    version = server_version(database_url)
    if version < OLDEST_VERSION:
        raise DatabaseError(f"DATABASE_URL names a PostgreSQL {version}; Backline needs {OLDEST_VERSION} or newer.")


def migrate() -> tuple[str, ...]:
    """Bring the tables up to date and return the names of the migrations that ran. Django must be up."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    waiting = pending_migrations()
    if waiting:
        with connection.cursor() as cursor:  # two starts at once: the second waits, and finds nothing to do
            cursor.execute("SELECT pg_advisory_lock(hashtext('backline.migrate'))")
            try:
                call_command("migrate", interactive=False, verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('backline.migrate'))")
    return waiting


def fingerprint() -> str:
    """Return a digest of every migration's text, ours and those of the packages that bring some; needs no Django."""
    digest = hashlib.sha256()
    for package in ("backline", "django", "allauth", "procrastinate"):
        found = util.find_spec(package)
        for folder in found.submodule_search_locations or () if found else ():
            for file in sorted(Path(folder).glob("**/migrations/*.py")):
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def pending_migrations() -> tuple[str, ...]:
    """Return the names of the migrations that have not run, in order."""
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan)


def ensure_play_role(database_url: str, play_database_url: str) -> None:
    """Give play's role exactly what it may do: connect, and read published pages and salts.

    The role is the user of ``play_database_url``. Where that is the owner itself (one address for
    both), there is nothing to grant. Safe to call again.
    """
    owner = conninfo.conninfo_to_dict(database_url).get("user")
    play = conninfo.conninfo_to_dict(play_database_url)
    role = str(play.get("user") or "")
    if not role or role == owner:
        return
    name = sql.Identifier(role)
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('backline.play_role'))")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if known is None:
            try:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(play.get("password")))
                )
            except psycopg.errors.InsufficientPrivilege:
                raise DatabaseError(
                    f"The role {role} of PLAY_DATABASE_URL does not exist and may not be made by the user of "
                    f"DATABASE_URL; make it with: CREATE ROLE {role} LOGIN PASSWORD '...';"
                ) from None
        tables = sql.SQL(", ").join(sql.Identifier(table) for table in READ_BY_PLAY)
        connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(tables, name))
