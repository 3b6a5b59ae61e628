"""Reads the spools that play processes write (``contract.spool``), and clears them away when they are shipped.

A spool is read while its owner writes. Nothing in here decides what is shipped: it hands rows over in order and
trims what it is told is safe in the lake.
"""

from __future__ import annotations

import base64
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import apsw
import msgspec

from backline.analytics.types import DropReason
from backline.contract.spool import LOCK_SUFFIX, SPOOL_SUFFIX

QUARANTINE = "quarantine"
QUARANTINE_SUFFIX = ".jsonl"
_BUSY_MILLISECONDS = 5_000
_TRIM_ROWS = 500
"""Rows deleted in one transaction: the owner's commits, and so fans, wait for it; it takes about a millisecond."""
_TRIM_PAUSE_SECONDS = 0.001
"""Between two of them: the lock is not fair, and whoever asks for it without a pause keeps it."""

_HEAD_BYTES = 100

Row = tuple[int, bytes]


class SpoolUnreadableError(Exception):
    """The spool cannot be read now: it is busy, or its disk is away. It stays where it is and is tried again."""


class SpoolDamagedError(SpoolUnreadableError):
    """The file is no spool, or nothing of it can be read any more; trying again will not help."""


_DAMAGE = (apsw.CorruptError, apsw.NotADBError)
"""What says that bytes are wrong. Anything else (busy, full, an error of the disk) may pass."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that cannot go into the lake: its place in the spool, why, and its bytes."""

    seq: int
    reason: DropReason
    event: bytes = b""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows of one spool. ``through`` is the last place that was looked at, readable or not."""

    rows: tuple[Row, ...]
    through: int
    unreadable: tuple[Quarantined, ...] = ()
    is_full: bool = False


def spool_ids(folder: Path) -> list[str]:
    """Return the ids of the spools in a folder, oldest name first; none when the folder is not there."""
    if not folder.is_dir():
        return []
    return sorted(path.name.removesuffix(SPOOL_SUFFIX) for path in folder.glob(f"*{SPOOL_SUFFIX}"))


@contextmanager
def held_if_dead(folder: Path, spool_id: str) -> Iterator[bool]:
    """Yield whether the spool's owner is dead; while the block runs nobody can become its owner."""
    lock = folder / f"{spool_id}{LOCK_SUFFIX}"
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield True
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


class SpoolReader:
    """One spool file, open. Use it in a ``with`` block, from one thread."""

    def __init__(self, folder: Path, spool_id: str) -> None:
        self.folder = folder
        self.id = spool_id
        self.path = folder / f"{spool_id}{SPOOL_SUFFIX}"
        try:
            self._database = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
            self._database.set_busy_timeout(_BUSY_MILLISECONDS)
            # The owner syncs what it promises. A trim may be lost in a power cut, it is simply done again; NORMAL
            # still syncs before a checkpoint overwrites the log, which the owner's promises depend on.
            self._database.execute("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0")
        except apsw.Error as error:
            kind = SpoolDamagedError if isinstance(error, _DAMAGE) else SpoolUnreadableError
            raise kind(f"Spool {spool_id} cannot be opened: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def read(self, *, after: int, rows: int, size_bytes: int) -> Batch:
        """Return the next rows after ``after``, in order: at most ``rows`` of them and about ``size_bytes``.

        Raises :class:`SpoolUnreadableError` when nothing at all can be read.
        """
        found: list[Row] = []
        size = 0
        try:
            cursor = self._database.execute(
                "SELECT seq, event FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (after, rows)
            )
            for seq, event in cursor:
                # A row's type is whatever the bytes say: a flipped bit can make text or a number of a blob.
                data = event if isinstance(event, bytes) else repr(event).encode()
                found.append((seq, data))
                size += len(data)
                if size >= size_bytes:
                    return Batch(tuple(found), seq, is_full=True)
        except _DAMAGE:
            return self._read_around_damage(after=after, rows=rows)
        except apsw.SQLError as error:
            if self._is_blank():
                return Batch((), after)
            raise SpoolDamagedError(f"Spool {self.id} holds no events: {error}") from error
        except apsw.Error as error:
            raise SpoolUnreadableError(f"Spool {self.id} cannot be read now: {error}") from error
        through = found[-1][0] if found else after
        return Batch(tuple(found), through, is_full=len(found) == rows)

    def read_again(self, *, after: int, through: int) -> Batch:
        """Return the rows after ``after`` up to and with ``through``, whatever came behind them since."""
        batch = self.read(after=after, rows=through - after, size_bytes=sys.maxsize)
        return Batch(
            tuple(row for row in batch.rows if row[0] <= through),
            through,
            tuple(row for row in batch.unreadable if row.seq <= through),
            is_full=True,
        )

    def _read_around_damage(self, *, after: int, rows: int) -> Batch:
        """Read row by row; a row on a damaged page is reported as unreadable instead of blocking those behind it."""
        last = self.last_seq()
        if last is None:
            raise SpoolDamagedError(f"Spool {self.id} is damaged and none of its rows can be found.")
        found: list[Row] = []
        lost: list[Quarantined] = []
        through = min(last, after + rows)
        for seq in range(after + 1, through + 1):
            try:
                row = self._database.execute("SELECT event FROM events WHERE seq = ?", (seq,)).fetchone()
            except _DAMAGE:
                lost.append(Quarantined(seq, DropReason.UNREADABLE))
                continue
            except apsw.Error as error:
                raise SpoolUnreadableError(f"Spool {self.id} cannot be read now: {error}") from error
            if row is not None:
                found.append((seq, row[0] if isinstance(row[0], bytes) else repr(row[0]).encode()))
        return Batch(tuple(found), through, tuple(lost), is_full=through < last)

    def _is_blank(self) -> bool:
        """Tell whether the owner has not made its table yet, or died before it did."""
        try:
            return self._database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        except apsw.Error:
            return False

    def last_seq(self) -> int | None:
        """Return the place of the last row ever written, or None when it cannot be told."""
        for question in ("SELECT seq FROM sqlite_sequence WHERE name = 'events'", "SELECT max(seq) FROM events"):
            try:
                row = self._database.execute(question).fetchone()
            except apsw.Error:
                continue
            if row is not None and isinstance(row[0], int):
                return row[0]
        return None

    def losses(self, *, after: int) -> tuple[int, int]:
        """Return how many events the process says it could not keep, behind the note ``after``, and the last note."""
        try:
            found = self._database.execute(
                "SELECT sum(events), max(seq) FROM losses WHERE seq > ?", (after,)
            ).fetchone()
        except apsw.Error:
            return 0, after  # busy, damaged, or a spool from before such notes
        return (found[0], found[1]) if found and found[1] is not None else (0, after)

    def trim(self, *, through: int) -> int:
        """Delete the rows up to and with ``through``, which must be safe in the lake; returns how many went."""
        gone = 0
        while True:
            try:
                self._database.execute(
                    "DELETE FROM events WHERE seq <= min(?, (SELECT min(seq) FROM events) + ?)",
                    (through, _TRIM_ROWS - 1),
                )
            except apsw.Error:
                return gone  # busy or damaged: the rows are safe in the lake, and the next round trims them
            changed = self._database.changes()
            if not changed:
                break
            gone += changed
            time.sleep(_TRIM_PAUSE_SECONDS)
        if gone:
            self._checkpoint()
        return gone

    def _checkpoint(self) -> None:
        """Move the log into the file in our time, so that the owner's commits seldom have to."""
        try:
            self._database.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error:
            return

    def waiting(self, *, after: int) -> int:
        """Return about how many rows wait after ``after``; raises :class:`SpoolUnreadableError`."""
        last = self.last_seq()
        if last is None and not self._is_blank():
            try:
                self._database.execute("SELECT count(*) FROM events").fetchone()
            except apsw.Error as error:
                raise SpoolUnreadableError(f"Spool {self.id} cannot be read: {error}") from error
        return max(0, (last or 0) - after)


def delete_if_finished(folder: Path, spool_id: str, *, shipped_through: int) -> bool:
    """Delete a spool whose owner is dead and whose every row is shipped; tells whether it did."""
    with held_if_dead(folder, spool_id) as is_dead:
        if not is_dead:
            return False
        with SpoolReader(folder, spool_id) as reader:
            last = reader.last_seq()
            if last is not None and last > shipped_through:
                return False
            if last is None and reader.waiting(after=0):
                return False
        # The lock goes last: a spool without its lock would look dead, which it is, but never the other way round.
        for suffix in (SPOOL_SUFFIX, f"{SPOOL_SUFFIX}-wal", f"{SPOOL_SUFFIX}-shm", LOCK_SUFFIX):
            (folder / f"{spool_id}{suffix}").unlink(missing_ok=True)
    return True


def restore_length(folder: Path, spool_id: str) -> bool:
    """Give the spool of a dead owner that was cut short the length that its head names; tells whether it was.

    No engine opens such a file. With zeros in place of what is gone the rows on its other pages can be read. The head:
    https://www.sqlite.org/fileformat2.html#the_database_header
    """
    path = folder / f"{spool_id}{SPOOL_SUFFIX}"
    with held_if_dead(folder, spool_id) as is_dead, path.open("r+b") as file:
        head = file.read(_HEAD_BYTES)
        if not is_dead or len(head) < _HEAD_BYTES or not head.startswith(b"SQLite format 3\0"):
            return False
        page_bytes = int.from_bytes(head[16:18], "big")
        page_bytes = 65_536 if page_bytes == 1 else page_bytes
        length = int.from_bytes(head[28:32], "big") * page_bytes
        size = file.seek(0, os.SEEK_END)
        if size >= length:
            return False
        file.truncate(size // page_bytes * page_bytes)  # half a page would be read as a whole one with fewer rows
        file.truncate(length)
    return True


def set_aside_file(folder: Path, spool_id: str) -> bool:
    """Move the spool of a dead owner that no engine can read into the quarantine, whole; tells whether it did."""
    with held_if_dead(folder, spool_id) as is_dead:
        if not is_dead:
            return False
        away = folder / QUARANTINE
        away.mkdir(exist_ok=True)
        for suffix in (f"{SPOOL_SUFFIX}-wal", f"{SPOOL_SUFFIX}-shm", SPOOL_SUFFIX):
            path = folder / f"{spool_id}{suffix}"
            if path.exists():
                path.rename(away / path.name)
        (folder / f"{spool_id}{LOCK_SUFFIX}").unlink(missing_ok=True)
    return True


class _Line(msgspec.Struct):
    seq: int
    reason: str
    event: str


_lines = msgspec.json.Decoder(_Line)


def quarantine(folder: Path, spool_id: str, rows: tuple[Quarantined, ...]) -> None:
    """Keep the bytes of rows that cannot be shipped, one JSON line each, on disk before it returns.

    A row that is in the file already, because a shipper died between this and its commit, is not written again.
    """
    away = folder / QUARANTINE
    away.mkdir(parents=True, exist_ok=True)
    path = away / f"{spool_id}{QUARANTINE_SUFFIX}"
    known = {row.seq for row in quarantined(folder, spool_id)}
    with path.open("ab") as file:
        if file.tell() and not _ends_with_newline(path):
            file.write(b"\n")  # a line that a crash cut short must not swallow the next one
        for row in rows:
            if row.seq not in known:
                text = base64.b64encode(row.event).decode()
                file.write(msgspec.json.encode(_Line(row.seq, row.reason.value, text)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    # The rows are trimmed from the spool next: the file's name has to outlive a power cut as well.
    for changed in (away, folder):
        handle = os.open(changed, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def quarantined(folder: Path, spool_id: str) -> list[Quarantined]:
    """Return the rows of a spool that were kept aside."""
    path = folder / QUARANTINE / f"{spool_id}{QUARANTINE_SUFFIX}"
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().splitlines():
        try:
            kept = _lines.decode(line)
        except msgspec.DecodeError:
            continue  # cut short by a crash; its row was written again
        found.append(Quarantined(kept.seq, DropReason(kept.reason), base64.b64decode(kept.event)))
    return found


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
