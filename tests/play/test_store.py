"""What play knows, how it learns of changes, and what it does while PostgreSQL is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.factories.pages import hub, release
from tests.play.conftest import Running

from backline.contract.pages import NOTIFY_CHANNEL, Gone
from backline.play.store import AwayError, Store
from backline.play.visitor import Visitors
from backline.settings.environment import Environment

Publish = Callable[..., None]
TOKEN = {"authorization": "Bearer sandbox"}
pytestmark = pytest.mark.django_db


def _eventually(play: Running, path: str, expected: object, *, seconds: float = 4.0) -> object:
    async def wait() -> object:
        for _ in range(int(seconds / 0.02)):
            entry = await play.app.store.find(path)
            found = getattr(entry.document, "title", "gone") if entry else None
            if found == expected:
                break
            await asyncio.sleep(0.02)
        return found

    return play.run(wait())


def test_a_change_is_served_as_soon_as_it_is_announced(play: Running, publish: Publish) -> None:
    play.run(play.app.store.connected())
    publish(release(title="First"))
    assert _eventually(play, "ines-tallow/letters", "First") == "First"
    publish(release(title="Second", version=2))
    assert _eventually(play, "ines-tallow/letters", "Second") == "Second"
    publish(Gone(path="ines-tallow/letters", version=3))
    assert _eventually(play, "ines-tallow/letters", "gone") == "gone"


def test_a_page_that_was_missing_appears_when_it_is_announced(play: Running, publish: Publish) -> None:
    play.run(play.app.store.connected())
    assert play.fan.ask("/ines-tallow/letters").status == 404
    publish(release())
    assert _eventually(play, "ines-tallow/letters", "Letters from the Orchard") == "Letters from the Orchard"


def test_a_row_that_is_removed_disappears(play: Running, publish: Publish, rows: psycopg.Connection[Any]) -> None:
    play.run(play.app.store.connected())
    publish(release())
    assert play.fan.ask("/ines-tallow/letters").status == 200
    with rows.transaction():
        rows.execute("DELETE FROM links_publishedpage")
        rows.execute("SELECT pg_notify(%s, 'ines-tallow/letters')", (NOTIFY_CHANNEL,))
    assert _eventually(play, "ines-tallow/letters", None) is None


def test_a_change_that_was_not_announced_is_found_by_the_poll(play: Running, publish: Publish) -> None:
    play.run(play.app.store.connected())
    publish(release(title="First"))
    assert play.fan.ask("/ines-tallow/letters").status == 200
    assert play.fan.ask("/ines-tallow/other").status == 404
    publish(release(title="Second", version=2), release("ines-tallow/other", title="Other"), announce=False)
    play.run(play.app.store.poll())
    assert _eventually(play, "ines-tallow/letters", "Second", seconds=1) == "Second"
    assert _eventually(play, "ines-tallow/other", "Other", seconds=1) == "Other"


def test_memory_stays_within_its_limit(database_url: str, publish: Publish) -> None:
    publish(*(release(f"ines-tallow/letters-{number}") for number in range(60)))

    async def read_all() -> tuple[int, int, int]:
        store = Store(database_url, Visitors(), limit_bytes=60_000)
        store.start()
        try:
            for number in range(60):
                entry = await store.find(f"ines-tallow/letters-{number}")
                assert entry is not None
                store.grew(entry, 1_000)
            found = [await store.find(f"ines-tallow/letters-{number}") for number in range(60)]
            return store.documents.size, len(store.documents), sum(entry is not None for entry in found)
        finally:
            await store.stop()

    size, known, found = asyncio.run(read_all())
    assert size <= 60_000
    assert 1 < known < 60
    assert found == 60


def test_many_who_ask_for_the_same_cold_page_cost_one_query(database_url: str, publish: Publish) -> None:
    publish(release(), hub())

    async def read() -> tuple[int, set[str]]:
        store = Store(database_url, Visitors())
        store.start()
        try:
            await store.connected()
            entries = await asyncio.gather(*(store.find("ines-tallow/letters") for _ in range(50)))
            return store.counts.reads, {entry.path for entry in entries if entry}
        finally:
            await store.stop()

    assert asyncio.run(read()) == (1, {"ines-tallow/letters"})


@pytest.mark.parametrize("path", ["", "a\0b", "A", "a/b/c", "a b", "\u591c", "a/", "a" * 121])
def test_what_cannot_be_a_path_is_not_looked_up(database_url: str, path: str) -> None:
    async def read() -> tuple[object, int]:
        store = Store(database_url, Visitors())
        store.start()
        try:
            await store.connected()
            return await store.find(path), store.counts.reads
        finally:
            await store.stop()

    assert asyncio.run(read()) == (None, 0)


def test_a_document_that_cannot_be_read_is_not_denied_and_said_once(
    play: Running, rows: psycopg.Connection[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    rows.execute(
        "INSERT INTO links_publishedpage (path, seq, kind, artist_id, version, is_indexable, document, updated_at) "
        "VALUES ('ines-tallow/broken', nextval('links_page_seq'), 'page', gen_random_uuid(), 1, false, '{', now())"
    )
    assert [play.fan.ask("/ines-tallow/broken").status for _ in range(3)] == [503, 503, 503]
    said = capsys.readouterr()
    assert (said.out + said.err).count("store.document_unreadable") == 1
    assert 'backline_play_store_unreadable{process="0"} 1' in play.fan.ask("/metrics", headers=TOKEN).text


def test_a_fan_who_comes_first_after_a_restart_of_the_database_gets_the_page(
    play: Running, publish: Publish, rows: psycopg.Connection[Any]
) -> None:
    publish(release(), release("ines-tallow/cold"))
    play.run(play.app.store.connected())
    assert play.fan.ask("/ines-tallow/letters").status == 200
    rows.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'backline-play'")
    assert play.fan.ask("/ines-tallow/cold").status == 200


@pytest.fixture
def limited_role(rows: psycopg.Connection[Any]) -> Iterator[str]:
    rows.execute("CREATE ROLE play_away LOGIN PASSWORD 'away'")
    rows.execute("GRANT SELECT ON links_publishedpage, analytics_visitorsalt TO play_away")
    yield "play_away"
    rows.execute("ALTER ROLE play_away LOGIN")
    rows.execute("REVOKE ALL ON links_publishedpage, analytics_visitorsalt FROM play_away")
    rows.execute("DROP ROLE play_away")


def test_while_the_database_is_away_known_pages_are_served_and_unknown_ones_are_not_denied(
    make_play: Callable[[Environment], Running],
    settings: Environment,
    publish: Publish,
    limited_role: str,
    rows: psycopg.Connection[Any],
) -> None:
    address = psycopg.conninfo.make_conninfo(settings.database_url, user=limited_role, password="away")
    play = make_play(replace(settings, play_database_url=address))
    publish(release(), release("ines-tallow/cold"))
    fan = play.fan
    play.run(play.app.store.connected())
    assert fan.ask("/ines-tallow/letters").status == 200

    rows.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(limited_role)))
    rows.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (limited_role,))
    away = fan.ask("/ines-tallow/cold")
    assert (away.status, away.headers["retry-after"], away.headers["cache-control"]) == (503, "10", "no-store")
    assert fan.ask("/ines-tallow/letters").status == 200
    assert fan.ask("/ines-tallow/letters/go/spotify").status == 302
    assert fan.ask("/sitemap.xml").status == 503
    assert [event.kind for event in play.events()] == ["view", "view", "service_click"]
    assert fan.ask("/metrics", headers=TOKEN).text.count('backline_play_database_up{process="0"} 0') == 1

    rows.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(limited_role)))

    async def back() -> int:
        for _ in range(200):
            try:
                return int(await play.app.store.find("ines-tallow/cold") is not None)
            except AwayError:
                await asyncio.sleep(0.05)
        return -1

    assert play.run(back()) == 1
    assert fan.ask("/ines-tallow/cold").status == 200


def test_a_database_that_was_never_there_is_no_reason_to_deny_a_page(
    make_play: Callable[[Environment], Running], settings: Environment
) -> None:
    play = make_play(replace(settings, database_url="postgresql://nobody@127.0.0.1:9/none"))
    assert play.fan.ask("/ines-tallow/letters").status == 503
    assert play.fan.ask("/healthz").status == 200
    ready = play.fan.ask("/readyz")
    assert (ready.status, ready.text) == (503, "database: not reached yet\n")


def test_readiness_tells_nobody_where_files_lie(
    make_play: Callable[[Environment], Running], settings: Environment
) -> None:
    settings.spool_folder.write_text("a file where the folder should be")
    play = make_play(settings)
    play.run(play.app.store.connected())
    ready = play.fan.ask("/readyz")
    assert (ready.status, ready.text) == (503, "spool: it takes no events; the log says why\n")
