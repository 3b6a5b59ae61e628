"""How ClickHouse is reached: one address, bounded waiting, and one name for every outage."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import msgspec
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

# What they would log we raise ourselves, without addresses and without what was sent.
for _name in ("urllib3.connectionpool", "clickhouse_connect"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

CONNECT_SECONDS = 3
ASK_SECONDS = 10
"""For a question of the dashboard."""
SHIP_SECONDS = 30
"""For one batch of events; less than the shipper may hold its lock."""
MAINTAIN_SECONDS = 3_600
"""For erasing, judging again and checking, which read and rewrite whole months."""

Connect = Callable[[int], Client]
"""Opens a connection on which nothing takes longer than so many seconds."""


class EventsAwayError(OSError):
    """ClickHouse does not answer, or refuses. Nothing is lost: events wait in their spools."""


def connecting_to(url: str) -> Connect:
    """Return how to connect to the ClickHouse of ``EVENTS_URL``, by its HTTP interface."""
    parts = urlsplit(url)
    is_secure = parts.scheme in ("clickhouses", "https")

    def connect(seconds: int) -> Client:
        return clickhouse_connect.get_client(
            host=parts.hostname,
            port=parts.port or (8443 if is_secure else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or "default",
            secure=is_secure,
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=seconds,
            query_retries=0,
            # A session would allow one question at a time; ours need none.
            autogenerate_session_id=False,
            form_encode_query_params=True,
            settings={"max_execution_time": seconds},
            client_name="backline",
        )

    return connect


class ClickHouse:
    """A ClickHouse database, connected to when it is first needed and again after an outage. Safe across threads."""

    def __init__(self, connect: Connect, *, seconds: int) -> None:
        self._connect = connect
        self._seconds = seconds
        self._making = threading.Lock()
        self._client: Client | None = None

    def rows(self, question: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of an answer. Raises :class:`EventsAwayError`."""
        with self._reached() as client:
            return [tuple(row) for row in client.query(question, parameters=parameters).result_rows]

    def run(self, statement: str, *, settings: Mapping[str, Any] | None = None, **parameters: Any) -> None:
        """Run a statement that answers nothing. Raises :class:`EventsAwayError`."""
        with self._reached() as client:
            client.command(statement, parameters=parameters, settings=dict(settings or {}))

    def stream(self, question: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a long answer as they come. Raises :class:`EventsAwayError`."""
        with self._reached() as client, client.query_rows_stream(question, parameters=parameters) as rows:
            yield from (tuple(row) for row in rows)

    def insert(self, name: str, rows: pa.Table, *, token: str) -> None:
        """Insert rows as one block, unless the table took one with the same token lately."""
        with self._reached() as client:
            client.insert_arrow(
                name,
                rows,
                settings={"insert_deduplicate": 1, "insert_deduplication_token": token, "async_insert": 0},
            )

    def damaged_parts(self, name: str) -> tuple[str, ...]:
        """Return the parts of a table whose bytes do not agree with their checksums."""
        with self._reached() as client:
            answer = client.raw_query(
                f"CHECK TABLE {name}", fmt="JSONEachRow", settings={"check_query_single_value_result": 0}
            )
        parts = [msgspec.json.decode(line) for line in answer.splitlines() if line.strip()]
        return tuple(part["part_path"] for part in parts if not int(part["is_passed"]))

    @contextlib.contextmanager
    def _reached(self) -> Iterator[Client]:
        try:
            with self._making:
                if self._client is None:
                    self._client = self._connect(self._seconds)
            yield self._client
        except (ClickHouseError, OSError) as error:
            # The driver's own text can quote what was sent; only the name of the failure is told.
            name = error.name if isinstance(error, Error) else None
            said = f"refuses ({name})" if name else "does not answer"
            raise EventsAwayError(f"ClickHouse {said}") from None
