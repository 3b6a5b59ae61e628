"""What play knows: a bounded cache of published documents, kept right by LISTEN and a poll, filled on demand.

Only ``links_publishedpage`` and ``analytics_visitorsalt`` are ever read. While PostgreSQL is away the store goes on
serving what it has, says so for what it has not, and tries again with a growing pause.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import structlog
from psycopg import sql
from psycopg.rows import TupleRow

from backline.contract import pages
from backline.play.documents import FRESH_SECONDS, Documents, Entry
from backline.play.visitor import Visitors

STORE_BYTES = 128 * 1024 * 1024
"""Memory for documents and rendered variants, by estimate."""
POLL_SECONDS = 5.0
OVERLAP_SECONDS = 60.0
"""The poll looks this far behind the highest ``seq`` seen: transactions commit out of order."""
LOOKUPS_WAITING = 512
"""Cold paths that may wait for the database at once; more are answered with 503."""
LOOKUP_SECONDS = 3.0
TRACK_PATH = re.compile(r"[a-z0-9-]{1,120}/t/[0-9A-Za-z]{1,64}")
PATH = re.compile(rf"[a-z0-9-]{{1,120}}(?:/[a-z0-9-]{{1,120}})?|{TRACK_PATH.pattern}")
"""What the path of a document looks like; nothing else is looked up."""
_BATCH = 128
_GOODBYE_SECONDS = 1.0
_POLL_ROWS = 5_000
_STEADY_SECONDS = 1.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
# A line that is cut without a word must not be waited for: libpq asks after ten idle seconds, and gives up on what
# was sent and not acknowledged. Over a Unix socket these mean nothing.
_KEEPALIVES: dict[str, Any] = {
    "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 5_000,
}  # fmt: skip
_EPOCH_DAY = date(1970, 1, 1).toordinal()

_log = structlog.get_logger(__name__)


class AwayError(Exception):
    """The database cannot be asked now, so nothing can be said about a path that is not known."""


@dataclass(slots=True)
class StoreCounts:
    """What the store has done since the process started."""

    reads: int = 0
    misses: int = 0
    changes: int = 0
    reconnects: int = 0
    turned_away: int = 0


class Store:
    """The documents of this process. Belongs to one event loop."""

    def __init__(self, database_url: str, visitors: Visitors, *, limit_bytes: int = STORE_BYTES) -> None:
        self.counts = StoreCounts()
        self.is_connected = False
        self.has_connected = False
        self._is_away = False
        self._first_connection = asyncio.Event()
        self._database_url = database_url
        self._visitors = visitors
        self.documents = Documents(limit_bytes)
        self._wanted: dict[str, asyncio.Future[Entry | None]] = {}
        self._is_wanted = asyncio.Event()
        self._marks: list[tuple[float, int]] = []
        self._changed: set[str] = set()
        self._generation = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """How many paths wait for the database."""
        return len(self._wanted)

    def start(self) -> None:
        """Begin to listen and to read; returns at once."""
        self._tasks = [
            asyncio.create_task(self._keep(self._listen, self._lost_announcements), name="store.listen"),
            asyncio.create_task(self._keep(self._read_wanted, self._lost_reading), name="store.read"),
        ]

    async def connected(self) -> None:
        """Wait until changes are listened for, for the first time."""
        await self._first_connection.wait()

    async def poll(self) -> None:
        """Look for changes that were not announced now; raises :class:`AwayError`."""
        async with self._lent() as connection:
            await self._poll(connection)

    async def read_salts(self) -> None:
        """Read the salts of the visitor codes now; raises :class:`AwayError`."""
        async with self._lent() as connection:
            await self._read_salts(connection)

    async def stop(self) -> None:
        """Give the connections back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for future in self._wanted.values():
            future.cancel()

    def known(self, path: str) -> Entry | None:
        """Return what memory holds for a path, without waiting. The fast way of nearly every request."""
        entry = self.documents.get(path)
        if entry is not None:
            entry.is_used = True
            if entry.fresh_until < time.monotonic():
                self._refresh(path, entry)
        return entry

    async def find(self, path: str) -> Entry | None:
        """Return the document of a path, from memory or from the database; None when there is none.

        Raises :class:`AwayError` when the path is not known here and the database cannot be asked.
        """
        entry = self.known(path)
        if entry is not None:
            return entry
        if PATH.fullmatch(path) is None:
            return None
        if self.documents.is_missing(path):
            return None
        future = self._wanted.get(path)
        if future is None:
            if self._is_away:
                raise AwayError
            if len(self._wanted) >= LOOKUPS_WAITING:
                self.counts.turned_away += 1
                raise AwayError
            future = self._want(path)
        self.counts.misses += 1
        try:
            return await asyncio.wait_for(asyncio.shield(future), LOOKUP_SECONDS)
        except TimeoutError:
            raise AwayError from None

    def grew(self, entry: Entry, by: int) -> None:
        """Count the bytes of a rendered variant towards the limit, and make room."""
        self.documents.grew(entry, by)

    async def indexable_page(self, number: int, rows: int) -> list[tuple[str, str]]:
        """Return ``(path, day of the last change)`` of the indexable pages, part ``number`` (from 1) of ``rows`` each.

        Raises :class:`AwayError` when the database cannot be asked.
        """
        # The start is found in the index alone; passing over rows would read every page before it.
        query = (
            "SELECT path, to_char(updated_at, 'YYYY-MM-DD') FROM links_publishedpage WHERE is_indexable AND path >= "
            "(SELECT path FROM links_publishedpage WHERE is_indexable ORDER BY path OFFSET %s LIMIT 1) "
            "ORDER BY path LIMIT %s"
        )
        return [(path, day) for path, day in await self._ask(query, ((number - 1) * rows, rows))]

    async def indexable_count(self) -> int:
        """Return how many pages are indexable; raises :class:`AwayError`."""
        rows = await self._ask("SELECT count(*) FROM links_publishedpage WHERE is_indexable", ())
        return int(rows[0][0])

    async def _ask(self, query: str, values: tuple[object, ...]) -> list[TupleRow]:
        async with self._lent() as connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall()

    # Reading on demand.

    def _want(self, path: str) -> asyncio.Future[Entry | None]:
        future = asyncio.get_running_loop().create_future()
        self._wanted[path] = future
        self._is_wanted.set()
        return future

    def _refresh(self, path: str, entry: Entry) -> None:
        entry.fresh_until = time.monotonic() + FRESH_SECONDS
        if path not in self._wanted and len(self._wanted) < LOOKUPS_WAITING:
            self._want(path)

    async def _read_wanted(self) -> None:
        """Read all wanted paths of a moment with one query, for as long as the connection holds."""
        async with await self._connect() as connection:
            if not self._visitors.has_shared_salt:  # before the first page: nothing is counted without a salt
                await self._read_salts(connection)
            self._is_away = False
            self._is_wanted.set()  # for those who waited when the connection before this one broke
            while True:
                await self._is_wanted.wait()
                self._is_wanted.clear()
                while self._wanted:
                    batch = list(self._wanted)[:_BATCH]
                    generation = self._generation
                    cursor = await connection.execute(
                        "SELECT path, seq, document FROM links_publishedpage WHERE path = ANY(%s)",
                        (batch,),
                        binary=True,
                        prepare=True,
                    )
                    rows = {path: (seq, document) for path, seq, document in await cursor.fetchall()}
                    self.counts.reads += 1
                    for path in batch:
                        self._found(path, rows.get(path), is_current=generation == self._generation)

    def _found(self, path: str, row: tuple[int, bytes] | None, *, is_current: bool) -> None:
        future = self._wanted.pop(path, None)
        entry = None if row is None else self.documents.take(path, *row)
        if row is None:
            self.documents.forget(path)
            # A page that was announced while this answer was on its way may exist by now.
            if is_current:
                self.documents.remember_missing(path)
        if path in self._changed:
            self._changed.discard(path)
            self._want_again(path)
        if future is None or future.done():
            return
        if row is not None and entry is None:  # it is there and cannot be read, which is not for the fan to be denied
            future.set_exception(AwayError())
            future.exception()  # a refresh has nobody who asks for it
        else:
            future.set_result(entry)

    def _want_again(self, path: str) -> None:
        if path not in self._wanted:
            self._want(path)

    # Learning of changes.

    async def _listen(self) -> None:
        """Listen for changes, poll for those that were missed, and keep the salts."""
        async with await self._connect() as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(pages.NOTIFY_CHANNEL)))
            await self._read_salts(connection)
            await self._poll(connection)
            self.is_connected = self.has_connected = True
            self._first_connection.set()
            last_salts = time.monotonic()
            while True:
                async for notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1_000):
                    self._change(notice.payload)
                await self._poll(connection)
                self._visitors.forget_past()
                if self._visitors.needs_salt() or time.monotonic() - last_salts > OVERLAP_SECONDS:
                    await self._read_salts(connection)
                    last_salts = time.monotonic()

    def _change(self, path: str) -> None:
        """Read a changed path again if it is known here; until then the old page is served."""
        self.counts.changes += 1
        self._generation += 1
        self.documents.forget_missing(path)
        if path in self._wanted:
            self._changed.add(path)
        elif self.documents.get(path) is not None:
            self._want(path)

    async def _poll(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        now = time.monotonic()
        if not self._marks:
            row = await (await connection.execute("SELECT coalesce(max(seq), 0) FROM links_publishedpage")).fetchone()
            highest = int(row[0]) if row else 0
            self._marks.append((now, highest))
            for path in self.documents.paths():  # what was read before anybody listened
                self._want_again(path)
            return
        since = highest = self._marks[0][1]
        for _, mark in self._marks:
            highest = max(highest, mark)
        query = "SELECT path, seq FROM links_publishedpage WHERE seq > %s ORDER BY seq LIMIT %s"
        while True:
            rows = await (await connection.execute(query, (since, _POLL_ROWS), binary=True)).fetchall()
            for path, seq in rows:
                entry = self.documents.get(path)
                if entry.seq != seq if entry is not None else self.documents.is_missing(path):
                    self._change(path)
                since = seq
            highest = max(highest, since)
            if len(rows) < _POLL_ROWS:
                break
        self._marks.append((now, highest))
        # The oldest mark is the last one that is older than the overlap.
        while len(self._marks) > 1 and self._marks[1][0] < now - OVERLAP_SECONDS:
            self._marks.pop(0)

    async def _read_salts(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        # The newest even when it is of a past day: from it the salt of today is made while the worker makes none.
        query = "SELECT day, salt FROM analytics_visitorsalt ORDER BY day DESC LIMIT 3"
        rows = await (await connection.execute(query)).fetchall()
        self._visitors.use({day.toordinal() - _EPOCH_DAY: bytes(salt) for day, salt in rows})
        self._visitors.forget_past()

    # The connections.

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[psycopg.AsyncConnection[TupleRow]]:
        """Lend a connection for one matter; raises :class:`AwayError` when there is none or it breaks."""
        try:
            async with await self._connect() as connection:
                yield connection
        except (psycopg.Error, OSError) as error:
            raise AwayError from error

    async def _connect(self) -> psycopg.AsyncConnection[TupleRow]:
        making = asyncio.ensure_future(
            psycopg.AsyncConnection[TupleRow].connect(
                self._database_url,
                autocommit=True,
                connect_timeout=5,
                application_name="backline-play",
                **_KEEPALIVES,
            )
        )
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            # Stopped while the database was answering: a connection that still comes is closed, not forgotten.
            await asyncio.wait({making}, timeout=_GOODBYE_SECONDS)
            if not making.done():
                making.cancel()
            elif not making.cancelled() and making.exception() is None:
                await making.result().close()
            raise

    async def _keep(self, work: Callable[[], Awaitable[None]], lost: Callable[[], None]) -> None:
        """Do ``work`` for ever; when its connection breaks, begin again: at once, then with pauses.

        A connection that breaks after some time says little: the database may have been restarted and be there by
        now. Whoever waits goes on waiting, and only when a new connection fails too, ``lost`` is called.
        """
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                await work()
            except (psycopg.Error, OSError) as error:
                self.counts.reconnects += 1
                if time.monotonic() - began > _STEADY_SECONDS:
                    attempt = 0
                if attempt == 0:
                    _log.warning("store.database_away", problem=type(error).__name__)
                else:
                    lost()
                    pause = _PAUSES[min(attempt, len(_PAUSES)) - 1]
                    await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 no secret
                attempt += 1

    def _lost_announcements(self) -> None:
        self.is_connected = False
        self._visitors.forget_past()

    def _lost_reading(self) -> None:
        self._is_away = True
        for future in self._wanted.values():
            if not future.done():
                future.set_exception(AwayError())
                future.exception()  # a refresh has nobody who asks for it
        self._wanted.clear()
