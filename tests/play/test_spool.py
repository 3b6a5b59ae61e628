"""The event log: on disk before anybody is told so, whole after a kill, never in a fan's way."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import apsw
import pytest

from backline.play import spool as spool_module
from backline.play.spool import QUEUE_EVENTS, QUEUE_VIEWS, Spool


def _rows(path: Path) -> list[bytes]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [row[0] for row in connection.execute("SELECT event FROM events ORDER BY seq")]
    finally:
        connection.close()


def _with_spool(folder: Path, work: Callable[[Spool], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        spool = Spool(folder)
        await spool.open()
        try:
            return await work(spool)
        finally:
            await spool.close()

    return asyncio.run(run())


def test_events_are_written_in_order_and_in_groups(tmp_path: Path) -> None:
    async def work(spool: Spool) -> tuple[list[bool], int, Path]:
        for number in range(500):
            spool.put(b"view %d" % number)
        written = await asyncio.gather(*(spool.write(b"click %d" % number) for number in range(500)))
        return list(written), spool.counts.groups, spool.path

    written, groups, path = _with_spool(tmp_path, work)
    assert all(written)
    assert groups == 1
    assert _rows(path) == [b"view %d" % number for number in range(500)] + [
        b"click %d" % number for number in range(500)
    ]


def test_views_are_on_disk_without_anybody_waiting(tmp_path: Path) -> None:
    async def work(spool: Spool) -> list[bytes]:
        spool.put(b"view")
        await asyncio.sleep(0.3)
        return _rows(spool.path)

    assert _with_spool(tmp_path, work) == [b"view"]


def test_what_is_left_is_written_on_close(tmp_path: Path) -> None:
    async def work(spool: Spool) -> Path:
        for _ in range(10):
            spool.put(b"view")
        return spool.path

    assert _rows(_with_spool(tmp_path, work)) == [b"view"] * 10


def test_the_lock_is_held_while_the_process_lives_and_given_back_after(tmp_path: Path) -> None:
    def can_lock(path: Path) -> bool:
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    async def work(spool: Spool) -> tuple[bool, Path]:
        return can_lock(spool.path), spool.path

    locked, path = _with_spool(tmp_path, work)
    assert (locked, can_lock(path)) == (False, True)


def test_the_file_is_set_for_durability(tmp_path: Path) -> None:
    async def work(spool: Spool) -> tuple[str, int]:
        assert spool._connection is not None
        mode = spool._connection.pragma("journal_mode")
        return str(mode), int(str(spool._connection.pragma("synchronous")))

    assert _with_spool(tmp_path, work) == ("wal", 2)


def test_another_process_may_trim_while_events_arrive(tmp_path: Path) -> None:
    async def work(spool: Spool) -> tuple[int, list[bytes]]:
        for number in range(5):
            await spool.write(b"old %d" % number)
        with apsw.Connection(str(spool.path)) as other:
            other.execute("DELETE FROM events WHERE seq <= 5")
        other.close()
        await spool.write(b"new")
        seq = apsw.Connection(str(spool.path)).execute("SELECT max(seq) FROM events").get
        return int(str(seq)), _rows(spool.path)

    assert _with_spool(tmp_path, work) == (6, [b"new"])


def test_a_folder_that_cannot_be_written_costs_no_fan_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "WAIT_SECONDS", 0.2)
    folder = tmp_path / "file"
    folder.write_text("in the way")

    async def work(spool: Spool) -> tuple[bool, bool, int, list[bytes]]:
        first = await spool.write(b"click")
        had_problem = bool(spool.problem)
        folder.unlink()
        await spool.write(b"another")
        for _ in range(100):
            if not spool.queued:
                break
            await asyncio.sleep(0.02)
        return first, had_problem, spool.counts.late, _rows(spool.path)

    first, had_problem, late, rows = _with_spool(folder, work)
    assert (first, had_problem) == (False, True)
    assert late >= 1
    assert rows == [b"click", b"another"]


def test_a_full_queue_drops_views_first_and_says_so(tmp_path: Path) -> None:
    async def work(spool: Spool) -> tuple[int, bool, int]:
        for _ in range(QUEUE_VIEWS + 5):
            spool.put(b"v")
        after_views = spool.counts.lost
        clicks = [asyncio.create_task(spool.write(b"click")) for _ in range(QUEUE_EVENTS - QUEUE_VIEWS + 1)]
        await asyncio.sleep(0)
        return after_views, all(await asyncio.gather(*clicks[:-1])), spool.counts.lost

    assert _with_spool(tmp_path, work) == (5, True, 6)


@pytest.mark.faults
def test_nothing_that_was_acknowledged_is_lost_to_a_kill(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio, sys
        from pathlib import Path
        from backline.play.spool import Spool

        async def click(spool, number):
            await spool.write(b"%d" % number)
            sys.stdout.write(f"{{number}}\\n")
            sys.stdout.flush()

        async def main():
            spool = Spool(Path({str(tmp_path)!r}))
            await spool.open()
            for start in range(0, 10**9, 50):
                await asyncio.gather(*(click(spool, start + offset) for offset in range(50)))

        asyncio.run(main())
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(500)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    acknowledged += rest.splitlines()[:-1] if not rest.endswith("\n") else rest.splitlines()
    (file,) = tmp_path.glob("*.spool")
    rows = [row.decode() for row in _rows_writable(file)]
    assert set(acknowledged) <= set(rows)
    assert len(rows) == len(set(rows))


def _rows_writable(path: Path) -> list[bytes]:
    connection = apsw.Connection(str(path))  # a log left by a killed process is recovered by whoever may write
    try:
        return [row[0] for row in connection.execute("SELECT event FROM events ORDER BY seq")]
    finally:
        connection.close()


def test_a_spool_that_has_reached_its_bound_is_a_full_disk_that_says_later_what_it_could_not_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "QUEUE_EVENTS", 100)
    monkeypatch.setattr(spool_module, "QUEUE_VIEWS", 90)
    monkeypatch.setattr(spool_module, "_RETRY_SECONDS", 0.02)
    event = b"x" * 4_000

    async def run() -> tuple[Spool, list[bool], float]:
        spool = Spool(tmp_path, limit_bytes=1024 * 1024)
        await spool.open()
        try:
            while await spool.write(event):
                pass
            began = asyncio.get_running_loop().time()
            answers = [await spool.write(event) for _ in range(120)]  # no fan waits for a disk that is full
            took = asyncio.get_running_loop().time() - began
            for _ in range(30):
                spool.put(event)
            reader = apsw.Connection(str(spool.path))
            reader.set_busy_timeout(1_000)
            reader.execute("DELETE FROM events WHERE seq <= 150")  # as the shipper does
            reader.close()
            while spool.queued:  # noqa: ASYNC110  it ends
                await asyncio.sleep(0.01)
            assert await spool.write(event)
            return spool, answers, took
        finally:
            await spool.close()

    spool, answers, took = asyncio.run(run())
    assert not any(answers)
    assert took < 0.5
    assert spool.counts.lost > 30
    connection = apsw.Connection(str(spool.path), flags=apsw.SQLITE_OPEN_READONLY)
    noted = connection.execute("SELECT sum(events) FROM losses").fetchone()
    connection.close()
    assert noted == (spool.counts.lost,)
