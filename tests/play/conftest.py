"""Play in this process: the application on a loop of its own, rows in the real database, a fan who asks."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import apsw
import brotli
import psycopg
import pytest
from tests.factories.pages import ARTIST_ID, ORIGIN, hub, playlist, release, services, tracks

from backline.contract import events, pages
from backline.play.app import Play, make_app
from backline.settings import environment
from backline.settings.environment import Environment

T = TypeVar("T")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


KEY = "0123456789abcdef0123456789abcdef"
"""The name of a picture that a served play has."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes
    cookies: tuple[str, ...] = ()
    """Every ``Set-Cookie``, as it was sent."""

    @property
    def text(self) -> str:
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers.get("content-encoding", ""), bytes)
        return bytes(unpack(self.content)).decode()


@dataclass
class Fan:
    """Asks the application; every header may be given by name, ``peer`` is the other end of the line."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    app: Play
    headers: dict[str, str] = field(default_factory=lambda: {"user-agent": PHONE, "host": "127.0.0.1:8150"})
    peer: str = "203.0.113.9"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        query: str = "",
        peer: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        path, _, in_path = path.partition("?")
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": (query or in_path).encode(),
            "client": (self.peer if peer is None else peer, 40_000),
            "headers": [(name.encode(), text.encode()) for name, text in (self.headers | (headers or {})).items()],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        self.run(self.app(scope, receive, send))
        start, *parts = sent
        found = {name.decode(): text.decode() for name, text in start["headers"]}
        cookies = tuple(text.decode() for name, text in start["headers"] if name == b"set-cookie")
        return Answer(start["status"], found, b"".join(part["body"] for part in parts), cookies)


class Running:
    """An application that was started, with what it wrote down."""

    def __init__(self, settings: Environment) -> None:
        self.settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.app = make_app(settings)
        self.run(self.app.start())
        self.fan = Fan(self.run, self.app)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def settle(self) -> None:
        """Wait until every event taken so far is on disk and every page that was asked for is read."""

        async def wait() -> None:
            for _ in range(400):
                if not self.app.spool.queued and not self.app.store.waiting:
                    return
                await asyncio.sleep(0.005)
            raise AssertionError("play did not settle")

        self.run(wait())

    def events(self) -> list[events.Event]:
        """Return everything in the spool, first to last."""
        self.settle()
        with contextlib.closing(apsw.Connection(str(self.app.spool.path), flags=apsw.SQLITE_OPEN_READONLY)) as file:
            return [events.decode(row[0]) for row in file.execute("SELECT event FROM events ORDER BY seq")]

    def close(self) -> None:
        if self._thread.is_alive():
            self.run(self.app.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            self._loop.close()


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    from django.db import connection

    known = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        dbname=known["NAME"],
        user=known["USER"],
        host=known["HOST"],
        port=known["PORT"] or None,
        password=known["PASSWORD"] or None,
    )


@pytest.fixture
def rows(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection
        connection.execute("DELETE FROM links_publishedpage")
        connection.execute("DELETE FROM analytics_visitorsalt")


@pytest.fixture
def publish(rows: psycopg.Connection[Any]) -> Callable[..., None]:
    """Write documents as ``links`` does: the row and its announcement in one transaction."""

    def write(*documents: pages.Document, announce: bool = True) -> None:
        with rows.transaction():
            for document in documents:
                page = document if isinstance(document, pages.PublishedPage) else None
                rows.execute(
                    "INSERT INTO links_publishedpage "
                    "(path, seq, kind, artist_id, link_id, version, is_indexable, document, updated_at) "
                    "VALUES (%s, nextval('links_page_seq'), %s, %s, %s, %s, %s, %s, '2026-11-22T10:00:00Z') "
                    "ON CONFLICT (path) DO UPDATE SET seq = EXCLUDED.seq, kind = EXCLUDED.kind, "
                    "version = EXCLUDED.version, is_indexable = EXCLUDED.is_indexable, document = EXCLUDED.document",
                    (
                        document.path,
                        page.kind if page else type(document).__name__.lower().removesuffix("ed"),
                        ARTIST_ID,
                        (page.link_id or None) if page else None,
                        document.version,
                        bool(page and page.is_indexable),
                        pages.encode(document),
                    ),
                )
                if announce:
                    rows.execute("SELECT pg_notify(%s, %s)", (pages.NOTIFY_CHANNEL, document.path))

    return write


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Environment:
    return replace(
        environment.current(),
        home=tmp_path,
        database_url=database_url,
        play_database_url="",
        play_url=ORIGIN,
        play_port=8150,
        trusted_proxies=("10.0.0.0/8",),
        country_header="cf-ipcountry",
        mode="production",
        contact_email="privacy@backline.example",
    )


@pytest.fixture
def make_play() -> Iterator[Callable[[Environment], Running]]:
    started: list[Running] = []

    def make(settings: Environment) -> Running:
        started.append(Running(settings))
        return started[-1]

    yield make
    for running in started:
        running.close()


@pytest.fixture
def play(make_play: Callable[[Environment], Running], settings: Environment) -> Running:
    return make_play(settings)


@pytest.fixture
def fan(play: Running) -> Fan:
    return play.fan


def from_country(country: str) -> dict[str, Any]:
    """Return the arguments of a request that comes through our proxy from a country."""
    return {"peer": "10.0.0.1", "headers": {"cf-ipcountry": country, "x-forwarded-for": "203.0.113.9"}}


class Served:
    def __init__(self, process: subprocess.Popen[bytes], port: int, home: Path) -> None:
        self.process = process
        self.port = port
        self.home = home

    def ask(
        self, path: str, *, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            response = connection.getresponse()
            return response.status, {name.lower(): text for name, text in response.getheaders()}, response.read()
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            with contextlib.suppress(OSError):
                line.sendall(request)
            parts = []
            with contextlib.suppress(OSError):
                while part := line.recv(65_536):
                    parts.append(part)
            return b"".join(parts)

    def events(self) -> list[str]:
        found: list[str] = []
        for file in sorted((self.home / "spool").glob("*.spool")):
            with contextlib.closing(apsw.Connection(str(file))) as connection:
                found += [
                    events.decode(row[0]).kind for row in connection.execute("SELECT event FROM events ORDER BY seq")
                ]
        return found

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@pytest.fixture
def served(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, publish: Callable[..., None]
) -> Iterator[Served]:
    """Run play as a program; a test may give settings of its own (``indirect``)."""
    publish(
        release(services=services(), tracks=tracks(12), total_tracks=12, description="Written in a packing shed."),
        release("ines-tallow/rasail", title="رسائل من البستان", language="ar", artwork=None),
        release("ines-tallow/long", title="The Weight of Small Boats " * 20),
        playlist(),
        hub(releases=30, description="Songs for small rooms."),
    )
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / f"{KEY}.png").write_bytes(b"picture")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "contact").write_text("fans@backline.example")
    environ = os.environ | {
        "BACKLINE_CONTACT_EMAIL_FILE": str(tmp_path / "contact"),
        "BACKLINE_HOME": str(tmp_path),
        "BACKLINE_PLAY_PORT": str(port),
        "DATABASE_URL": database_url,
        "PLAY_DATABASE_URL": database_url,
        **getattr(request, "param", {}),
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "backline.server", "play"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                # The first process listens before the others serve, so a connection says nothing yet.
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).close()
                break
            except OSError:
                assert process.poll() is None, "play ended"
                assert time.monotonic() - began < 20, "play does not answer"
                time.sleep(0.02)
        yield Served(process, port, tmp_path)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
