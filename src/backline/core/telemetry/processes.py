"""The processes of this machine: each has a place among those of its program, and a file that says how it is.

Several processes of play answer on one port, so a question about figures reaches any one of them; through these files
it can answer for all. Prometheus' own multi-process mode keeps every counter in a shared file, which costs on each
request and cannot hold what is only known when asked; here a request costs nothing, and what the file says of a sibling
is at most five seconds old.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec
import psutil

from backline.core.telemetry.exposition import Family, Snapshot, family, text_of

WRITE_SECONDS = 5.0
DEAD_AFTER_SECONDS = 20.0
"""A process whose file is older than this no longer runs, or stands still."""
_MOST_PLACES = 1_024

_decoder = msgspec.json.Decoder(Snapshot)


def folder_of(home: Path) -> Path:
    """Return where the processes of a state folder write their files."""
    return home / "processes"


class Process:
    """One process among those of its ``program``. ``collect`` returns its own figures; any thread may call it.

    ``look_up`` returns what concerns the whole house and is asked for anew with every question.
    """

    def __init__(
        self,
        program: str,
        home: Path,
        collect: Callable[[], list[Family]],
        look_up: Callable[[], list[Family]] = list,
    ) -> None:
        self.program = program
        self.place = -1
        self._folder = folder_of(home)
        self._collect = collect
        self._look_up = look_up
        self._started_at = psutil.Process().create_time()
        self._version = version("backline")
        self._lock = -1
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write the file, in a thread. A folder that cannot be written is tried again each time."""
        self._thread = threading.Thread(target=self._write_forever, name="figures", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take the file away and give up the place."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(WRITE_SECONDS)
        if self._lock >= 0:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def snapshot(self) -> Snapshot:
        """Return how this process is now."""
        return Snapshot(
            program=self.program,
            place=max(0, self.place),
            pid=os.getpid(),
            version=self._version,
            started_at=self._started_at,
            at=time.time(),
            families=[*self._about_the_process(), *self._collect()],
        )

    def exposition(self) -> bytes:
        """Return the figures of all processes of this program on this machine, this one's as they are now."""
        mine = self.snapshot()
        mine.families += self._look_up()
        return text_of([mine, *(one for one in living(self._folder, self.program) if one.place != self.place)])

    def _about_the_process(self) -> list[Family]:
        me = psutil.Process()
        with me.oneshot():
            times, memory, files = me.cpu_times(), me.memory_info(), me.num_fds()
        python = ".".join(str(part) for part in sys.version_info[:3])
        about = {"program": self.program, "version": self._version, "python": python}
        return [
            family("backline_build_info", "gauge", "Which Backline this is; always 1.", (about, 1)),
            family(
                "backline_process_start_time_seconds", "gauge", "When the process began, in seconds since 1970.",
                ({}, self._started_at),
            ),
            family(
                "backline_process_cpu_seconds_total", "counter", "Processor time used.", ({}, times.user + times.system)
            ),
            family("backline_process_memory_bytes", "gauge", "Memory held, in bytes.", ({}, memory.rss)),
            family("backline_process_open_files", "gauge", "Open files and connections.", ({}, files)),
        ]  # fmt: skip

    @property
    def _path(self) -> Path:
        return self._folder / f"{self.program}-{self.place}.json"

    def _write_forever(self) -> None:
        while True:
            with contextlib.suppress(OSError):  # the disk is full or away; what is asked of us directly still works
                self._write()
            if self._stop.wait(WRITE_SECONDS):
                return

    def _write(self) -> None:
        if self._lock < 0:
            self._take_place()
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.snapshot()))
        fresh.replace(self._path)

    def _take_place(self) -> None:
        """Take the lowest place that no living process holds, so that labels do not grow with every restart."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for place in range(_MOST_PLACES):
            lock = os.open(self._folder / f"{self.program}-{place}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self.place, self._lock = place, lock
            return


def living(folder: Path, program: str = "*") -> list[Snapshot]:
    """Return what the living processes of this machine last said, of one program or of all."""
    found = []
    oldest = time.time() - DEAD_AFTER_SECONDS
    for path in sorted(folder.glob(f"{program}-*.json")):
        with contextlib.suppress(OSError, msgspec.DecodeError):
            snapshot = _decoder.decode(path.read_bytes())
            if snapshot.at > oldest:
                found.append(snapshot)
    return found
