"""What a fault test happens on: a database of its own, programs that can be killed, fans who tap, and the verdict."""

from __future__ import annotations

import os
import random
import re
import shlex
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.db import connection
from tests.factories.analytics import SpoolWriter, make_event
from tests.faults.checker import Found, History, Outcome, Violation, Wrong, compare, keep_repro
from tests.faults.lossy_disk import LossyDisk
from tests.faults.parts import (
    PATH,
    PATIENCE_SECONDS,
    TAPS_PER_SECOND,
    Database,
    Load,
    Program,
    answers,
    free_port,
    wait_until,
)
from tests.faults.programs import Orders

from backline.analytics import engine, salts
from backline.analytics.models import LakeFile, Spool
from backline.analytics.parquet import manifest
from backline.analytics.parquet.engine import DuckDbEngine
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.shipping.spool import QUARANTINE, quarantined, spool_ids
from backline.analytics.types import DropReason, FiguresAwayError, Scope, Totals
from backline.contract import pages
from backline.contract.pages import PublishedPage, Service
from backline.core.ids import new_id
from backline.settings import environment
from backline.settings.environment import Environment

DESTINATION = "https://open.spotify.com/album/1234567890123456789012"
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Stage:
    """One run of one scenario. ``home`` may lie on a disk that forgets; logs lie in ``folder``."""

    def __init__(
        self, folder: Path, home: Path, database: Database, *, name: str, seed: int, planted: str = "",
        disk: LossyDisk | None = None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.home = home
        self.database = database
        self.disk = disk
        self.name, self.seed, self.planted = name, seed, planted
        self.chance = random.Random(seed)
        self.history = History()
        self.programs: list[Program] = []
        self.load: Load | None = None
        self.are_late_promised = False
        self.removed: set[str] = set()
        self.facts: dict[str, float] = {}
        self.port = free_port()
        self.settings: Environment = replace(environment.current(), home=home, database_url=database.url)
        self._number = 0
        home.mkdir(parents=True, exist_ok=True)
        with database.in_process():
            self.artist = publish_page()
            salts.ensure_salts()

    # Programs and fans.

    def program(self, kind: str, *, home: Path | None = None, port: int = 0, **orders: Any) -> Program:
        """Return a program, not started yet, with the planted mistake of this run in it."""
        self._number += 1
        port = port or self.port
        environ = {
            **os.environ,
            "DATABASE_URL": self.database.url,
            "BACKLINE_HOME": str(home or self.home),
            "BACKLINE_PLAY_PORT": str(port),
            "BACKLINE_PLAY_URL": f"http://127.0.0.1:{port}",
            **Orders(planted=self.planted, **orders).to_environ(),
        }
        environ.pop("PLAY_DATABASE_URL", None)
        made = Program(kind, environ, self.folder / f"{kind}-{self._number}.log")
        self.programs.append(made)
        return made

    def start(self, kind: str, **orders: Any) -> Program:
        """Start a program, and wait until it answers when it is play."""
        made = self.program(kind, **orders)
        made.start()
        if kind == "play":
            self.wait_for_play(port=orders.get("port", 0))
        return made

    def wait_for_play(self, *, port: int = 0) -> float:
        """Wait until play answers; returns the seconds that it took."""
        return wait_until(lambda: answers(port or self.port), "play to answer")

    def begin_load(self, *, taps_per_second: int = TAPS_PER_SECOND, port: int = 0) -> Load:
        """Let fans tap."""
        self._number += 1
        load = Load(port or self.port, f"run{self.seed}l{self._number}", self.history, taps_per_second)
        load.start()
        self.load = load
        return load

    def wait_for_answers(self, more: int = 50) -> float:
        """Wait until so many more taps were acknowledged; returns the seconds that it took."""
        enough = len(self.history.acknowledged) + more
        return wait_until(lambda: len(self.history.acknowledged) >= enough, "taps to be answered")

    def spool(self, number: int, *, at: datetime | None = None, writer: SpoolWriter | None = None) -> SpoolWriter:
        """Write events as a play process does, acknowledged when they are in the spool."""
        made = writer or SpoolWriter(self.settings.spool_folder)
        when = at or datetime.now(UTC)
        for begun in range(0, number, 500):
            names = []
            for _ in range(min(500, number - begun)):
                self._number += 1
                names.append(f"run{self.seed}s{self._number}.")
                self.history.invoke(names[-1])
            made.write(*(make_event(artist=self.artist, at=when, utm_content=name) for name in names))
            for name in names:
                self.history.end(name, Outcome.OK)
        return made

    def metric(self, name: str, *, port: int = 0) -> float:
        """Return a number that play tells the operator."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port or self.port}/metrics",
            headers={"Authorization": f"Bearer {self.settings.metrics_token}"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"backline_play_{name}"):
                    return float(line.rpartition(" ")[2])
        raise KeyError(name)

    def waiting(self) -> int:
        """Return how many rows the spools hold."""
        return sum(
            _rows(self.settings.spool_folder / f"{name}.spool") for name in spool_ids(self.settings.spool_folder)
        )

    def stop_all(self) -> None:
        """Stop the fans, then kill every program."""
        if self.load is not None:
            self.load.stop()
        for program in self.programs:
            program.kill()

    def lake_files(self) -> set[Path]:
        """Return the lake's files as they lie on the disk, listed or not."""
        return set(self.settings.lake_folder.rglob("*.parquet"))

    @property
    def spooled(self) -> int:
        """The number in the name of the event that was written last."""
        return self._number

    # The end.

    def verdict(self) -> tuple[Violation, ...]:
        """Stop everything, ship what the spools still hold, and compare; a failing run keeps what it was."""
        self.stop_all()
        extra: tuple[Violation, ...] = ()
        with self.database.in_process(), engine.using(DuckDbEngine(self.settings.lake_folder)):
            if problems := self._settle():
                extra = (Violation(Wrong.STUCK, f"the spools are not empty: {problems}"),)
            found = self._found()
        verdict = extra + compare(self.history, found, are_late_promised=self.are_late_promised, removed=self.removed)
        sys.stdout.write(
            f"{self.name.rpartition('::')[2]}: seed {self.seed}, {len(self.history.attempted):,} tried, "
            f"{len(self.history.acknowledged):,} acknowledged, {found.names.total():,} stored, "
            f"{sum(program.kills for program in self.programs)} kills, "
            f"{' '.join(f'{key} {value:g}' for key, value in self.facts.items())}\n"
        )
        if verdict and not self.planted:
            command = f"BACKLINE_FAULT_SEED={self.seed} .venv/bin/pytest {shlex.quote(self.name)}"
            folder = re.sub(r"\W+", "-", self.name.rpartition("::")[2]).strip("-")
            kept = keep_repro(
                Path(tempfile.gettempdir()) / "backline-faults" / f"{folder}-{self.seed}",
                history=self.history, verdict=verdict, command=command,
                logs=[program.log for program in self.programs],
            )  # fmt: skip
            sys.stdout.write(f"What this run was lies in {kept}\n")
        return verdict

    def _settle(self) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        problems: tuple[str, ...] = ()
        while spool_ids(self.settings.spool_folder):
            problems = ship_once(self.settings).problems
            if time.monotonic() > deadline:
                return " ".join(problems) or "no problem was reported"
        return ""

    def _found(self) -> Found:
        names: Counter[str] = Counter()
        ids: Counter[str] = Counter()
        days: dict[str, set[str]] = {}
        damaged = []
        for path in self._lake_files():
            try:
                table = pq.read_table(path, columns=["id", "utm_content", "visitor", "at"])
            except (OSError, ValueError) as error:
                damaged.append(f"{path.name}: {error}")
                continue
            names.update(table["utm_content"].to_pylist())
            ids.update(str(each) for each in table["id"].to_pylist())
            for visitor, at in zip(table["visitor"].to_pylist(), table["at"].to_pylist(), strict=True):
                if visitor:
                    days.setdefault(visitor, set()).add(at.date().isoformat())
        aside, unreadable, lines = self._set_aside()
        check = manifest.check(self.settings)
        rows = names.total()
        try:
            totals = engine.in_use().totals(Scope(self.artist, *EVER))
        except FiguresAwayError as error:  # a listed file is not there, or is none
            totals = Totals()
            damaged.append(repr(error.__cause__ or error))
        counters = {
            "rows in the list of files": (
                sum(LakeFile.objects.filter(replaced_at=None).values_list("rows", flat=True)),
                rows,
            ),
            "views, clicks and bots of the questions": (totals.views + totals.service_clicks + totals.bots, rows),
            "rows set aside": (sum(Spool.objects.values_list("quarantined", flat=True)), lines),
        }
        if not self.removed:
            counters["shipped events"] = (sum(Spool.objects.values_list("shipped_events", flat=True)), rows)
        return Found(
            names, ids, frozenset(aside), unreadable, counters,
            (*damaged, *(() if check.is_sound else (str(check),))),
            {who: frozenset(when) for who, when in days.items()},
        )  # fmt: skip

    def _lake_files(self) -> list[Path]:
        listed = LakeFile.objects.filter(replaced_at=None).values_list("path", flat=True)
        return [self.settings.lake_folder / path for path in listed]

    def _set_aside(self) -> tuple[set[str], int, int]:
        """Return the names in the quarantine, how many rows left nothing but their place, and how many lines it has."""
        folder = self.settings.spool_folder / QUARANTINE
        pattern = re.compile(rf"run{self.seed}\w+\.".encode())
        aside: set[str] = set()
        unreadable = lines = 0
        for path in folder.glob("*") if folder.is_dir() else ():
            if path.suffix != ".jsonl":
                aside |= {match.decode() for match in pattern.findall(path.read_bytes())}
                continue
            for row in quarantined(self.settings.spool_folder, path.stem):
                lines += 1
                unreadable += row.reason is DropReason.UNREADABLE
                aside |= {match.decode() for match in pattern.findall(row.event)}
        return aside, unreadable, lines


def _rows(path: Path) -> int:
    import apsw

    try:
        found = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        found.set_busy_timeout(1_000)
        return int(found.execute("SELECT count(*) FROM events").fetchone()[0])
    except apsw.Error:
        return 0


def publish_page() -> Any:
    """Write the page's row as the links room does, and return its artist's id."""
    artist, link = new_id(), new_id()
    page = PublishedPage(
        kind="release",
        path=PATH,
        version=1,
        artist_id=str(artist),
        link_id=str(link),
        artist_name="The Often Killed",
        artist_slug="killed",
        title="Often",
        canonical_url=f"http://127.0.0.1/{PATH}",
        services=(Service("spotify", DESTINATION),),
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM links_publishedpage WHERE path = %s", [PATH])
        cursor.execute(
            "INSERT INTO links_publishedpage "
            "(path, seq, kind, artist_id, link_id, version, is_indexable, document, updated_at) "
            "VALUES (%s, 1, 'release', %s, %s, 1, true, %s, now())",
            [PATH, artist, link, pages.encode(page)],
        )
    return artist
