"""Kills play and the shipper under load, again and again, and compares what fans were told with what was counted.

Three short rounds by default; ``BACKLINE_FAULT_ROUNDS=20`` for the long form. The seed is printed and can be given
with ``BACKLINE_FAULT_SEED``. An answer counts as an acknowledgement when it is complete and came within a second:
after that play leads a fan on without waiting for its disk, and says so in its counts.
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from django.db import connection
from psycopg import conninfo
from tests.factories.analytics import BROWSER, access_to

from backline.analytics import compaction, lake, manifest, questions, salts
from backline.analytics.duckdb_engine import DuckDbEngine
from backline.analytics.engine import using
from backline.analytics.spool import spool_ids
from backline.contract import pages
from backline.contract.pages import PublishedPage, Service
from backline.core.ids import new_id
from backline.settings import environment
from backline.settings.environment import Environment

ROUNDS = int(os.environ.get("BACKLINE_FAULT_ROUNDS", "3"))
SEED = int(os.environ.get("BACKLINE_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
CLIENTS = 6
CLICKS_PER_SECOND = 600
ROUND_SECONDS = 1.5
PATIENCE_SECONDS = 60.0
PATH = "killed/often"
DESTINATION = "https://open.spotify.com/album/1234567890123456789012"
EVER = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}

PLAY = "from backline.server.programs import serve_play; serve_play()"
SHIPPER = """
import threading
from backline.server import bootstrap
from backline.settings import environment
settings = bootstrap.join_database()
bootstrap.start_django()
from backline.analytics import shipper
shipper.run_forever(threading.Event(), settings, round_seconds=0)
"""


@dataclass
class Program:
    """A program of ours in a process group of its own, which is killed whole."""

    script: str
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", self.script], env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None
            self.kills += 1


@dataclass
class Load:
    """Fans who tap on one service, each tap with a name of its own, and a record of what each was told."""

    port: int
    run: str
    attempted: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._tap, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _tap(self, client: int) -> None:
        fan: http.client.HTTPConnection | None = None
        number = 0
        pause = CLIENTS / CLICKS_PER_SECOND
        while not self._stop.is_set():
            number += 1
            name = f"{self.run}-{client}-{number}"
            began = time.monotonic()
            try:
                fan = fan or http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                if fan.sock is None:
                    fan.connect()
                self.attempted.add(name)
                fan.request("GET", f"/{PATH}/go/spotify?utm_content={name}", headers={"User-Agent": BROWSER})
                answer = fan.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                if fan is not None:
                    fan.close()
                fan = None
                self._stop.wait(0.02)
                continue
            if answer.status == 302 and time.monotonic() - began < 1.0:
                self.acknowledged.add(name)
            elif answer.status not in (302, 503):
                self.wrong.append(f"{answer.status} for {name}")
            self._stop.wait(pause)
        if fan is not None:
            fan.close()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Environment]:
    changed = replace(environment.current(), home=tmp_path)
    with using(DuckDbEngine(changed.lake_folder)):
        yield changed


@pytest.mark.faults
@pytest.mark.timeout(120 + 20 * ROUNDS)
@pytest.mark.django_db(transaction=True)
def test_no_tap_that_was_answered_is_lost_or_counted_twice(settings: Environment) -> None:
    sys.stdout.write(f"seed {SEED}, {ROUNDS} rounds\n")
    chance = random.Random(SEED)
    artist = publish_page()
    salts.ensure_salts()
    port = free_port()
    environ = {
        **os.environ,
        "DATABASE_URL": conninfo.make_conninfo(
            os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"])
        ),
        "BACKLINE_HOME": str(settings.home),
        "BACKLINE_PLAY_PORT": str(port),
        "BACKLINE_PLAY_URL": f"http://127.0.0.1:{port}",
    }
    environ.pop("PLAY_DATABASE_URL", None)
    play = Program(PLAY, environ, settings.home / "play.log")
    shipper = Program(SHIPPER, environ, settings.home / "shipper.log")
    load = Load(port, f"run{SEED}")
    try:
        play.start()
        shipper.start()
        wait_until(lambda: answers(port), "play to answer", play.log)
        load.start()
        for _ in range(ROUNDS):
            before = len(load.acknowledged)
            wait_until(lambda enough=before + 50: len(load.acknowledged) >= enough, "taps to be answered", play.log)
            time.sleep(chance.uniform(0, ROUND_SECONDS))
            victims = chance.choice(([shipper], [play, shipper], [shipper, play]))
            for victim in victims:
                victim.kill()
                time.sleep(chance.uniform(0, 0.2))
            for victim in victims:
                victim.start()
        load.stop()
        play.kill()
        wait_until(lambda: not spool_ids(settings.spool_folder), "the spools to be shipped", shipper.log)
    finally:
        load.stop()
        play.kill()
        shipper.kill()

    stored = names_in_lake(settings, column="utm_content")
    ids = names_in_lake(settings, column="id")
    sys.stdout.write(
        f"{len(load.attempted)} taps, {len(load.acknowledged)} answered, {len(stored)} counted; "
        f"play killed {play.kills - 1} times, shipper {shipper.kills - 1} times"
    )
    assert load.wrong == []
    assert load.acknowledged - set(stored) == set(), "an answered tap is lost"
    assert set(stored) - load.attempted == set(), "a tap was counted that nobody made"
    assert [name for name, times in stored.items() if times > 1] == []
    assert [name for name, times in ids.items() if times > 1] == []
    assert questions.totals(access_to(artist), **EVER).service_clicks == len(stored)
    assert list((settings.spool_folder / "quarantine").glob("*")) == []
    compaction.tidy(settings)
    assert manifest.check(settings).is_sound
    assert names_in_lake(settings, column="utm_content") == stored


def publish_page() -> UUID:
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
        cursor.execute(
            "INSERT INTO links_publishedpage "
            "(path, seq, kind, artist_id, link_id, version, is_indexable, document, updated_at) "
            "VALUES (%s, 1, 'release', %s, %s, 1, true, %s, now())",
            [PATH, artist, link, pages.encode(page)],
        )
    return artist


def names_in_lake(settings: Environment, *, column: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in lake.lake_files(settings):
        found.update(str(value) for value in pq.read_table(path, columns=[column])[column].to_pylist())
    return found


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(holds: Callable[[], bool], what: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited in vain for {what}; the program said:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)
