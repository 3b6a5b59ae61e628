"""A real ClickHouse inside the tests' process, behind the product's own client: chdb is the engine as a library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client


@pytest.fixture(scope="session")
def clickhouse_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of this process's one engine."""
    return str(tmp_path_factory.mktemp("clickhouse"))


@pytest.fixture
def clickhouse(clickhouse_path: str) -> Iterator[Callable[[int], Client]]:
    """Return how to connect to an empty database of the test's own."""
    database = f"test_{uuid4().hex}"
    opened: list[Client] = []

    def connect(seconds: int) -> Client:
        client = clickhouse_connect.get_client(interface="chdb", path=clickhouse_path, database=database)
        opened.append(client)
        return client

    with clickhouse_connect.get_client(interface="chdb", path=clickhouse_path) as house:
        house.command(f"CREATE DATABASE {database}")
        yield connect
        for client in opened:
            client.close()
        house.command(f"DROP DATABASE {database}")
