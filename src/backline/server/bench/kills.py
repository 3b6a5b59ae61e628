"""``kill -9`` under load: nothing that was acknowledged is lost, nothing is counted twice.

Every click carries a number of its own. One that was answered is in the lake exactly once; one that got no answer
is there once or not at all; nothing else is there.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import duckdb

from backline.sandbox import invented
from backline.server.bench.house import House, house
from backline.server.bench.pages import first_click
from backline.server.bench.results import Bench, Result, at_most, told

Tell = Callable[[str], None]
ROUNDS = 20
FANS = 24
_BROWSER = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"
)


@dataclass(slots=True)
class Clicks:
    """What the fans did: the numbers of all clicks sent and of those answered."""

    sent: int = 0
    answered: set[int] = field(default_factory=set)


def kill_play(tell: Tell) -> Sequence[Result]:
    """Kill play 20 times while fans click and the worker ships."""
    seed = random.SystemRandom().randrange(1 << 32)
    rounds = random.Random(seed)  # noqa: S311
    with house() as here:
        _import_demo(here)
        here.start("play")
        click = first_click(here)
        clicks = Clicks()
        for number in range(ROUNDS):
            tell(f"  round {number + 1} of {ROUNDS}")
            _click_while(click, clicks, lambda: _kill_after(here, "play", rounds.uniform(0.3, 1.5)))
            here.start("play")
        return [*_verdict(here, clicks, "kill_play"), told("kill_play_seed", seed, "", f"{ROUNDS} rounds")]


def kill_worker(tell: Tell) -> Sequence[Result]:
    """Kill the worker 20 times while it imports 2,000 releases and ships what fans click."""
    seed = random.SystemRandom().randrange(1 << 32)
    rounds = random.Random(seed)  # noqa: S311
    with house() as here:
        _import_demo(here)
        here.start("play")
        click = first_click(here)
        clicks = Clicks()
        here.run("artist", "import", f"https://open.spotify.com/artist/{invented.BENCH_2000_ARTIST_ID}")
        for number in range(ROUNDS):
            tell(f"  round {number + 1} of {ROUNDS}")
            _click_while(click, clicks, lambda: _kill_after(here, "worker", rounds.uniform(1.0, 4.0)))
            here.start("worker", "--lost-after", "3")
        answer = here.json(
            "artist", "import", f"https://open.spotify.com/artist/{invented.BENCH_2000_ARTIST_ID}", "--wait"
        )
        verdict = _verdict(here, clicks, "kill_worker")
    return [
        *verdict,
        at_most(
            "kill_worker_releases_missing", abs(2000 - answer["published"]), "pages", 0, "2,000 were being imported"
        ),
        told("kill_worker_seed", seed, "", f"{ROUNDS} rounds"),
    ]


def _import_demo(here: House) -> None:
    here.start("sandbox")
    here.start("worker", "--lost-after", "3")
    here.run("artist", "import", f"https://open.spotify.com/artist/{invented.DEMO_ARTIST_ID}", "--wait")


def _kill_after(here: House, program: str, seconds: float) -> None:
    time.sleep(seconds)
    here.kill(program)


def _click_while(url: str, clicks: Clicks, act: Callable[[], None]) -> None:
    """Let the fans click while ``act`` runs in a thread, and a moment longer."""

    async def run() -> None:
        over = asyncio.Event()
        fans = [asyncio.create_task(_fan(url, clicks, over)) for _ in range(FANS)]
        await asyncio.to_thread(act)
        await asyncio.sleep(0.1)
        over.set()
        await asyncio.gather(*fans)

    asyncio.run(run())


async def _fan(url: str, clicks: Clicks, over: asyncio.Event) -> None:
    """Click on, one after the other, on a connection of one's own; a broken one is made anew."""
    parts = urlsplit(url)
    while not over.is_set():
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        try:
            while not over.is_set():
                clicks.sent += 1
                number = clicks.sent
                head = f"GET {parts.path}?utm_content=click-{number} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                writer.write(f"{head}User-Agent: {_BROWSER}\r\n\r\n".encode())
                answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
                if answer.startswith(b"HTTP/1.1 302"):
                    clicks.answered.add(number)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            writer.close()


def _verdict(here: House, clicks: Clicks, name: str) -> list[Result]:
    """Ship what is left and compare the lake with what the fans know."""
    here.stop("play")
    here.stop("worker")
    here.run("stats", "oleander-pike")  # ships what the spools still hold
    counted = _in_lake(here)
    lost = len(clicks.answered - counted.keys())
    twice = sum(count - 1 for count in counted.values())
    invented_events = len([number for number in counted if not 1 <= number <= clicks.sent])
    peer = f"{len(clicks.answered):,} acknowledged of {clicks.sent:,} sent"
    return [
        at_most(f"{name}_lost", lost, "acknowledged events", 0, peer),
        at_most(f"{name}_twice", twice, "events", 0, peer),
        at_most(f"{name}_never_sent", invented_events, "events", 0, peer),
    ]


def _in_lake(here: House) -> Counter[int]:
    """Return how often each click's number is in the lake's live files."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(here.database_url) as connection:
        rows = connection.execute("SELECT path FROM analytics_lakefile WHERE replaced_at IS NULL").fetchall()
    files = [str(here.home / "lake" / row[0]) for row in rows]
    if not files:
        return Counter()
    found = duckdb.execute(
        "SELECT utm_content FROM read_parquet(?) WHERE kind = 'service_click' AND utm_content LIKE 'click-%'", [files]
    ).fetchall()
    return Counter(int(value.removeprefix("click-")) for (value,) in found)


BENCHES = (
    Bench("kill_play", "kill -9 of play, 20 rounds under load", kill_play),
    Bench("kill_worker", "kill -9 of the worker, 20 rounds while it imports and ships", kill_worker),
)
