"""The public program's own role at the database: it reads what is public, and no token, person or plan."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg import conninfo, sql

from backline.core.ids import new_id
from backline.server import database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("PP-54")]


@pytest.fixture
def as_play() -> Iterator[str]:
    """The address of this test's database for a role that was just given what play may do."""
    url = conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    role = f"play_{new_id().hex}"
    address = database.address_for_play(url, role=role)
    database.ensure_play_role(url, address)
    yield address
    with psycopg.connect(url) as owner:
        owner.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def may(address: str, statement: sql.Composed) -> bool:
    with psycopg.connect(address) as play:
        try:
            play.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True


def test_it_reads_pages_and_salts_and_nothing_else(as_play: str) -> None:
    tables = connection.introspection.table_names()
    assert {"connections_grant", "connections_consent", "core_datakey", "accounts_user"} <= set(tables)
    readable = {
        table for table in tables if may(as_play, sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table)))
    }
    assert readable == set(database.READ_BY_PLAY)


def test_it_writes_nothing(as_play: str) -> None:
    for table in connection.introspection.table_names():
        for statement in ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"):
            assert not may(as_play, sql.SQL(statement).format(sql.Identifier(table))), (statement, table)
    with psycopg.connect(as_play) as play, pytest.raises(psycopg.errors.InsufficientPrivilege):
        play.execute("CREATE TABLE mine (id int)")
