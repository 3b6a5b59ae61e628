"""Mistakes that the harness has to catch, or its green says nothing. A program plants one in itself before it starts.

Each is what somebody could really write; where the product has several locks on a door, the mistake leaves all open.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.checker import Wrong


@dataclass(frozen=True, slots=True)
class Mistake:
    """What goes wrong in which program, the scenario of :mod:`scenarios` that must go red, and what it must say."""

    program: str
    plant: Callable[[], None]
    scenario: str
    wrong: Wrong


# In play.


def _answer_before_write() -> None:
    from backline.play.spool import Spool

    async def write(self: Any, event: bytes) -> bool:
        self.put(event)
        return True

    Spool.write = write


def _no_sync() -> None:
    from backline.play.spool import Spool

    connect = Spool._connect

    def connect_without_sync(self: Any) -> None:
        connect(self)
        self._connection.execute("PRAGMA synchronous = OFF")

    Spool._connect = connect_without_sync


def _no_sync_of_the_spool_folder() -> None:
    from backline.play import spool

    spool._sync = lambda folder: None


def _lock_not_held() -> None:
    from backline.play.spool import Spool

    connect = Spool._connect

    def connect_without_lock(self: Any) -> None:
        connect(self)
        fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    Spool._connect = connect_without_lock


def _late_event_forgotten() -> None:
    from backline.play.spool import Spool

    write = Spool.write

    async def write_or_forget(self: Any, event: bytes) -> bool:
        is_written = await write(self, event)
        if not is_written:
            with contextlib.suppress(ValueError):
                self._pending.remove(event)
        return is_written

    Spool.write = write_or_forget


def _failed_write_taken_for_done() -> None:
    from backline.play import spool

    write = spool.Spool._write

    def write_hopefully(self: Any, group: list[bytes]) -> Any:
        write(self, group)
        return spool._Outcome(is_written=True)

    spool.Spool._write = write_hopefully


def _id_made_twice() -> None:
    from backline.play import visits

    made: list[Any] = []
    fresh = visits.uuid7

    def uuid7() -> Any:
        made.append(fresh() if len(made) % 50 else (made or [fresh()])[-1])
        return made[-1]

    visits.uuid7 = uuid7


def _salt_used_again() -> None:
    from backline.play.visitor import Visitors

    Visitors._salt_of = lambda self, day: b"the same salt on every day of all"


# In the shipper.


def _trim_before_record() -> None:
    from backline.analytics.shipping.spool import SpoolReader

    read = SpoolReader.read

    def read_and_trim(self: Any, **what: Any) -> Any:
        batch = read(self, **what)
        self.trim(through=batch.through)
        return batch

    SpoolReader.read = read_and_trim


def _no_deduplication() -> None:
    from backline.analytics.shipping.spool import SpoolReader

    read = SpoolReader.read
    SpoolReader.read = lambda self, *, after, **what: read(self, after=0, **what)


def _advanced_before_written() -> None:
    from django.db import connection

    from backline.analytics.parquet.store import LakeStore

    add = LakeStore.add

    def advance_and_add(self: Any, drafts: Any, *, origin: Any, **rest: Any) -> int:
        with connection.cursor() as cursor:
            move = "UPDATE analytics_spool SET shipped_through = %s WHERE id = %s"
            cursor.execute(move, [origin.last_seq, origin.spool_id])
            connection.connection.commit()
            cursor.execute(move, [origin.first_seq - 1, origin.spool_id])  # what the rest of the code expects
        return add(self, drafts, origin=origin, **rest)

    LakeStore.add = advance_and_add


def _no_fence() -> None:
    from django.db import connection

    from backline.analytics.parquet.store import LakeStore

    add = LakeStore.add
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS analytics_range_once")

    def add_without_lock(self: Any, drafts: Any, *, origin: Any, **rest: Any) -> int:
        connection.connection.commit()
        made = add(self, drafts, origin=origin, **rest)
        with connection.cursor() as cursor:
            back = "UPDATE analytics_spool SET shipped_through = %s WHERE id = %s"
            cursor.execute(back, [origin.first_seq - 1, origin.spool_id])
        return made

    LakeStore.add = add_without_lock


def _rename_before_sync() -> None:
    from backline.analytics.parquet import lake

    def leave(self: Any, kind: object, *_: object) -> None:
        self._temporary.rename(self._path)
        lake.sync_folder(self._path.parent)

    lake.writing.__exit__ = leave


def _no_sync_of_the_lake_folder() -> None:
    from backline.analytics.parquet import lake

    lake.sync_folder = lambda folder: None


def _quarantine_dropped() -> None:
    from backline.analytics.shipping import shipper

    shipper.quarantine = lambda *what: None


def _too_much_retired() -> None:
    from datetime import timedelta

    from backline.analytics.parquet.store import LakeStore

    delete = LakeStore.delete_before
    LakeStore.delete_before = lambda self, day: delete(self, day + timedelta(days=40))


MISTAKES: dict[str, Mistake] = {
    "answer before write": Mistake("play", _answer_before_write, "programs_are_killed", Wrong.LOST),
    "no sync": Mistake("play", _no_sync, "power_is_cut", Wrong.LOST),
    "no sync of the spool folder": Mistake("play", _no_sync_of_the_spool_folder, "power_is_cut", Wrong.LOST),
    "lock not held": Mistake("play", _lock_not_held, "shippers_meet", Wrong.LOST),
    "late event forgotten": Mistake("play", _late_event_forgotten, "disk_is_slow", Wrong.LOST),
    "failed write taken for done": Mistake("play", _failed_write_taken_for_done, "disk_is_full", Wrong.LOST),
    "id made twice": Mistake("play", _id_made_twice, "shippers_meet", Wrong.SAME_ID),
    "salt used again": Mistake("play", _salt_used_again, "clock_jumps", Wrong.LINKABLE),
    "trim before record": Mistake("shipper", _trim_before_record, "shipping_is_interrupted", Wrong.LOST),
    "no deduplication": Mistake("shipper", _no_deduplication, "shipping_is_interrupted", Wrong.DOUBLED),
    "advanced before written": Mistake("shipper", _advanced_before_written, "shipping_is_interrupted", Wrong.LOST),
    "no fence": Mistake("shipper", _no_fence, "zombie_wakes", Wrong.DOUBLED),
    "rename before sync": Mistake("shipper", _rename_before_sync, "power_is_cut", Wrong.LOST),
    "no sync of the lake folder": Mistake("shipper", _no_sync_of_the_lake_folder, "power_is_cut", Wrong.LOST),
    "quarantine dropped": Mistake("shipper", _quarantine_dropped, "spools_are_damaged", Wrong.LOST),
    "too much retired": Mistake("shipper", _too_much_retired, "old_events_are_retired", Wrong.LOST),
}
