"""The process's event log: SQLite, one transaction per group of events, on disk before anybody is told so.

The event loop owns the queue. A writer thread takes the whole queue at once, writes it in one transaction with
one fsync, and reports back; what arrived meanwhile is the next group. So the harder the load, the bigger
the groups.

What happens when the disk does not keep up, or it or the spool's own bound is full: at most ``QUEUE_EVENTS`` events
wait in memory, the last tenth of them clicks only; beyond that they are dropped and counted as lost, and the number is
written into the spool when there is room again. A click waits at most ``WAIT_SECONDS`` for its event, and not at all
once a write has failed, and is then led on to its destination: a fan never pays for our disk. Such an event is counted
as late; it stays in the queue and is still written when the disk returns.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import queue
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import apsw
import structlog

from backline.contract import spool as contract

QUEUE_EVENTS = 50_000
"""Events that may wait in memory, at roughly 500 bytes each."""
QUEUE_VIEWS = QUEUE_EVENTS * 9 // 10
"""From so many on only what somebody waits for is taken: clicks, shares and reports."""
WAIT_SECONDS = 2.0
"""How long a click or a beacon waits for its event to be on disk, at most; at least half of it."""
GROUP_SECONDS = 0.001
"""Groups begin at least so far apart: without company each event would cost a sync and two wakings."""
VIEW_DELAY_SECONDS = 0.02
"""How long a view may wait for company; a click never does."""
_BUSY_TRIES = 4_000
_BUSY_PAUSE_SECONDS = 0.00025
"""The shipper's trims hold the file for a millisecond; SQLite's own waiting would sleep up to a hundred."""
_RETRY_SECONDS = 0.5
_PAGE_BYTES = 8_192
_CHECKPOINT_PAGES = 2_000

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SpoolCounts:
    """What the spool has done so far. ``lost`` events are on no disk; ``late`` ones were not waited for."""

    written: int = 0
    groups: int = 0
    lost: int = 0
    late: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _Outcome:
    is_written: bool
    problem: str = ""


class Spool:
    """One spool file and its lock. ``open``, ``put``, ``write`` and ``close`` belong to one event loop."""

    def __init__(self, folder: Path, *, limit_bytes: int = 0) -> None:
        """Make a spool in a folder; with ``limit_bytes`` a bigger file counts as a full disk."""
        self.id = uuid4().hex
        self._limit_bytes = limit_bytes
        self._lost_told = 0
        self.counts = SpoolCounts()
        self._folder = folder
        self._pending: list[bytes] = []
        self._waiting: list[asyncio.Future[bool]] = []
        self._group: list[bytes] = []
        self._group_waiting: list[asyncio.Future[bool]] = []
        self._aged: list[asyncio.Future[bool]] = []
        self._is_sweeping = False
        self._is_scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._sent_at = 0.0
        self._is_closing = False
        self._problem = "not opened yet"
        self._jobs: queue.SimpleQueue[list[bytes] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock_file = -1
        self._connection: apsw.Connection | None = None

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._folder / f"{self.id}{contract.SPOOL_SUFFIX}"

    @property
    def problem(self) -> str:
        """What keeps events from the disk now, empty when nothing does."""
        return self._problem

    @property
    def queued(self) -> int:
        """How many events are in memory only."""
        return len(self._pending) + len(self._group)

    async def open(self) -> None:
        """Make the file and start the writer. A folder that cannot be written is tried again with every group."""
        self._loop = asyncio.get_running_loop()
        self._problem = await asyncio.to_thread(self._try_to_connect)
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def put(self, event: bytes) -> None:
        """Take an event that nobody waits for; it is on disk some milliseconds later."""
        if len(self._pending) >= QUEUE_VIEWS:
            self.counts.lost += 1
            return
        self._append(event)

    def _append(self, event: bytes) -> None:
        self._pending.append(event)
        if not self._is_scheduled:
            self._is_scheduled = True
            assert self._loop is not None  # noqa: S101
            self._timer = self._loop.call_later(VIEW_DELAY_SECONDS, self._send)

    async def write(self, event: bytes) -> bool:
        """Take an event and wait until it is on disk; returns False when that took too long, or cannot be now."""
        if len(self._pending) >= QUEUE_EVENTS or self._is_closing:
            self.counts.lost += 1
            return False
        assert self._loop is not None  # noqa: S101
        if self._problem:
            self.counts.late += 1
            self._append(event)
            return False
        waiter: asyncio.Future[bool] = self._loop.create_future()
        self._pending.append(event)
        self._waiting.append(waiter)
        if not self._is_sweeping:
            self._is_sweeping = True
            self._loop.call_later(WAIT_SECONDS / 2, self._sweep)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._is_scheduled = False
        if not self._is_scheduled:
            self._send_soon()
        return await waiter

    async def close(self) -> None:
        """Write what is left, close the file and give the lock back."""
        if self._thread is None:
            return
        self._is_closing = True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + WAIT_SECONDS
        while self.queued and loop.time() < deadline:
            if not self._is_scheduled:
                self._is_scheduled = True
                self._send()
            await asyncio.sleep(0.005)
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, WAIT_SECONDS + 2 * _RETRY_SECONDS)
        self.counts.lost += self.queued
        self._thread = None

    # On the event loop.

    def _send(self) -> None:
        """Hand the whole queue to the writer; does nothing while it is busy (``_done`` sends again)."""
        self._timer = None
        if self._group or not self._pending:
            # A scheduled flag that stays up while the writer works keeps ``put`` from setting timers.
            self._is_scheduled = bool(self._group)
            return
        self._group, self._pending = self._pending, []
        self._group_waiting, self._waiting = self._waiting, []
        assert self._loop is not None  # noqa: S101
        self._sent_at = self._loop.time()
        self._jobs.put(self._group)

    def _send_soon(self) -> None:
        """Send after the callbacks that are ready now, so that they join, but not too soon after the last group."""
        self._is_scheduled = True
        assert self._loop is not None  # noqa: S101
        wait = self._sent_at + GROUP_SECONDS - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self._send)
        else:
            self._loop.call_soon(self._send)

    def _done(self, outcome: _Outcome) -> None:
        if outcome.is_written:
            self.counts.written += len(self._group)
            self.counts.groups += 1
            for waiter in self._group_waiting:
                if not waiter.done():
                    waiter.set_result(True)
            self._group, self._group_waiting = [], []
        else:
            self.counts.failures += 1
            if outcome.problem != self._problem:
                _log.error("spool.write_failed", problem=outcome.problem, queued=self.queued)
        self._problem = outcome.problem
        if self._group:
            assert self._loop is not None  # noqa: S101
            self._loop.call_later(_RETRY_SECONDS, self._jobs.put, self._group)
        elif self._pending:
            self._send_soon()
        else:
            self._is_scheduled = False

    def _sweep(self) -> None:
        """Let go of those who have waited since the sweep before this one; one timer serves all waiters."""
        for waiter in self._aged:
            if not waiter.done():
                self.counts.late += 1
                waiter.set_result(False)
        self._aged = [waiter for waiter in (*self._group_waiting, *self._waiting) if not waiter.done()]
        self._is_sweeping = bool(self._aged)
        if self._is_sweeping:
            assert self._loop is not None  # noqa: S101
            self._loop.call_later(WAIT_SECONDS / 2, self._sweep)

    # On the writer thread.

    def _run(self) -> None:
        while (group := self._jobs.get()) is not None:
            outcome = self._write(group)
            try:
                assert self._loop is not None  # noqa: S101
                self._loop.call_soon_threadsafe(self._done, outcome)
            except RuntimeError:  # the loop was closed without `close`
                break
        if self._connection is not None:
            self._connection.close()
        if self._lock_file >= 0:
            os.close(self._lock_file)

    def _write(self, group: list[bytes]) -> _Outcome:
        if self._connection is None and (problem := self._try_to_connect()):
            return _Outcome(is_written=False, problem=problem)
        assert self._connection is not None  # noqa: S101
        try:
            # One statement, one transaction: the interpreter is let go once for the whole group and its fsync.
            self._connection.execute(
                "INSERT INTO events (event) SELECT value FROM carray(?)", (apsw.carray(tuple(group)),)
            )
            if (lost := self.counts.lost) > self._lost_told:
                self._connection.execute(
                    "INSERT INTO losses (at_ms, events) VALUES (?, ?)",
                    (time.time_ns() // 1_000_000, lost - self._lost_told),
                )
                self._lost_told = lost
        except (apsw.Error, OSError) as error:
            return _Outcome(is_written=False, problem=f"{type(error).__name__}: {error}")
        return _Outcome(is_written=True)

    def _try_to_connect(self) -> str:
        try:
            self._connect()
        except (apsw.Error, OSError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _connect(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        _sync(self._folder.parent)  # a new folder whose name is not on disk would take the events in it along
        if self._lock_file < 0:
            # The lock is had before the file exists, so that no shipper takes the file for an abandoned one.
            lock = os.open(self.path.with_suffix(contract.LOCK_SUFFIX), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._lock_file = lock
        connection = apsw.Connection(str(self.path))
        try:
            connection.set_busy_handler(_wait_a_moment)
            connection.execute(
                f"PRAGMA page_size = {_PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}; PRAGMA journal_size_limit = 67108864;"
            ).fetchall()  # statements behind one that returns a row run only when the rows are fetched
            if self._limit_bytes:
                connection.execute(f"PRAGMA max_page_count = {self._limit_bytes // _PAGE_BYTES}").fetchall()
            connection.execute(contract.SCHEMA)
        except BaseException:
            connection.close()
            raise
        self._connection = connection


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wait_a_moment(tries: int) -> bool:
    """Say to SQLite whether to try again for the lock on the file."""
    time.sleep(_BUSY_PAUSE_SECONDS)
    return tries < _BUSY_TRIES
