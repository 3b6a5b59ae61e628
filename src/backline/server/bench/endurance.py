"""Long loads: a release day, half an hour of ten thousand events a second, and a night at half of that.

Everything runs as in an installation: the worker ships while fans come. At the end every click that was answered has
to be in the store, and no more than were sent.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import apsw
import duckdb
import psycopg

from backline.sandbox import invented
from backline.server.bench import stream
from backline.server.bench.house import House, house
from backline.server.bench.load import SERVER_CORE
from backline.server.bench.pages import first_click
from backline.server.bench.results import Bench, Result, at_most, told
from backline.server.bench.stream import Stream, Window
from backline.server.commands import CommandError

Tell = Callable[[str], None]

CALM_RATE = 1_000.0
BURST_FACTOR = 10.0
RISE_SECONDS = 10.0
CALM_SECONDS = 20.0
BURST_SECONDS = 300.0
SUSTAINED_RATE = 10_000.0
SUSTAINED_SECONDS = 30 * 60.0
SOAK_RATE = SUSTAINED_RATE / 2
SOAK_SECONDS = 8 * 3600.0
_PAGES_PER_CLICK = 9
_DRAIN_SECONDS = 900.0


@dataclass(slots=True)
class _Watch:
    """What the programs used, looked at once per window: bytes of memory and open files by program."""

    here: House
    memory: dict[str, list[int]] = field(default_factory=dict)
    files: dict[str, list[int]] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Look once."""
        for program in ("play", "worker"):
            pids = self.here.processes(program)
            self.memory.setdefault(program, []).append(self.here.private_bytes(program))
            self.files.setdefault(program, []).append(sum(map(_open_files, pids)))
        self.waiting.append(_waiting(self.here))


@contextmanager
def _open() -> Iterator[tuple[House, str, str]]:
    """Give a house with a demo artist, play and the worker running, and the addresses of a page and a click."""
    with house(BACKLINE_TRUSTED_PROXIES="127.0.0.1") as here:
        here.start("sandbox")
        here.start("worker")
        here.run("artist", "import", f"https://open.spotify.com/artist/{invented.DEMO_ARTIST_ID}", "--wait")
        here.stop("sandbox")
        here.start("play", cores=[SERVER_CORE])
        click = first_click(here)
        yield here, click.partition("/go/")[0], click


def burst(tell: Tell) -> Sequence[Result]:
    """Let ten times the fans come within ten seconds, for five minutes, one in ten of them clicking."""

    def rate(seconds: float) -> float:
        risen = min(1.0, max(0.0, (seconds - CALM_SECONDS) / RISE_SECONDS))
        return CALM_RATE * (1 + (BURST_FACTOR - 1) * risen)

    with _open() as (here, page, click):
        paths = [urlsplit(page).path] * _PAGES_PER_CLICK + [urlsplit(click).path]
        watch = _Watch(here)
        seen = stream.run(
            page, paths, rate=rate, seconds=CALM_SECONDS + RISE_SECONDS + BURST_SECONDS, on_window=_telling(tell, watch)
        )
        drained = _drain(here, tell)
        stored = _stored(here)
        clicks = seen.answered(_PAGES_PER_CLICK)
        views = sum(seen.answered(path) for path in range(_PAGES_PER_CLICK))
        waits = seen.waits()
        peer = f"{seen.sent:,} requests, {CALM_RATE:,.0f}/s and then {CALM_RATE * BURST_FACTOR:,.0f}/s, open loop"
        return [
            at_most("burst_errors", seen.errors, "requests", 0, peer),
            at_most("burst_p99", round(waits.percentile_ms(0.99), 2), "ms", 25, f"p50 {waits.percentile_ms(0.5):.1f}"),
            told("burst_max", round(waits.highest * 1_000, 1), "ms"),
            *_kept("burst", clicks, stored.get("service_click", 0), seen.sent),
            at_most("burst_views_missing", max(0, views - stored.get("view", 0)), "views", 0, f"{views:,} pages"),
            at_most(
                "burst_drained",
                round(drained, 1),
                "s",
                2 * BURST_SECONDS,
                "from the last fan to the last event shipped",
            ),
            told("burst_backlog", max(watch.waiting), "events", "the most that waited in the spool"),
        ]


def sustained(tell: Tell) -> Sequence[Result]:
    """Send ten thousand clicks a second for half an hour, each event on disk before its answer, while they ship."""
    return _steady("sustained", tell, rate=SUSTAINED_RATE, seconds=SUSTAINED_SECONDS)


def soak(tell: Tell) -> Sequence[Result]:
    """Send half of that for eight hours, and see whether anything grows, slows down or fails."""
    return _steady("soak", tell, rate=SOAK_RATE, seconds=SOAK_SECONDS)


def _steady(name: str, tell: Tell, *, rate: float, seconds: float) -> list[Result]:
    with _open() as (here, page, click):
        watch = _Watch(here)
        seen = stream.run(
            page,
            [urlsplit(click).path],
            rate=lambda _: rate,
            seconds=seconds,
            window_seconds=max(10.0, seconds / 200),
            on_window=_telling(tell, watch),
        )
        drained = _drain(here, tell)
        size = sum(file.stat().st_size for file in (here.home / "lake").rglob("*.parquet"))
        stored = _stored(here).get("service_click", 0)
    waits = seen.waits()
    clicks = seen.answered(0)
    peer = f"{seen.sent:,} clicks at {rate:,.0f}/s for {seconds / 60:,.0f} min, open loop"
    return [
        at_most(f"{name}_errors", seen.errors, "requests", 0, peer),
        told(f"{name}_rate", round(clicks / seconds), "events/s", "answered, each on disk before"),
        at_most(f"{name}_p99", round(waits.percentile_ms(0.99), 2), "ms", 25, f"p50 {waits.percentile_ms(0.5):.1f}"),
        told(f"{name}_max", round(waits.highest * 1_000, 1), "ms"),
        *_kept(name, clicks, stored, seen.sent),
        at_most(f"{name}_p99_drift", round(drift(_p99s(seen)), 1), "%", 20, "last quarter against the second, medians"),
        *(
            at_most(f"{name}_{program}_memory_growth", round(drift(taken), 1), "%", 5, _mebibytes(taken))
            for program, taken in watch.memory.items()
        ),
        *(
            at_most(
                f"{name}_{program}_files_growth",
                max(0.0, round(drift(taken), 1)),
                "%",
                5,
                f"{taken[-1]} open at the end",
            )
            for program, taken in watch.files.items()
        ),
        told(f"{name}_backlog", max(watch.waiting), "events", "the most that waited in the spool"),
        told(f"{name}_drained", round(drained, 1), "s", "from the last click to the last event shipped"),
        told(
            f"{name}_bytes_per_event",
            round(size / max(1, stored), 1),
            "bytes",
            "files of the lake, not compacted by day",
        ),
    ]


def _kept(name: str, acknowledged: int, stored: int, sent: int) -> list[Result]:
    return [
        at_most(
            f"{name}_lost", max(0, acknowledged - stored), "acknowledged events", 0, f"{acknowledged:,} acknowledged"
        ),
        at_most(f"{name}_invented", max(0, stored - sent), "events", 0, f"{stored:,} stored"),
    ]


def _telling(tell: Tell, watch: _Watch) -> Callable[[Window], None]:
    """Return what is done at the end of a window: look at the programs, and say how it goes now and then."""

    def done(window: Window) -> None:
        watch.look()
        if len(watch.waiting) % 6 == 1:
            tell(
                f"  {window.at_seconds / 60:6.1f} min: {window.waits.count:,} answered, {window.errors} errors, "
                f"p99 {window.waits.percentile_ms(0.99):.1f} ms, {watch.waiting[-1]:,} events wait"
            )

    return done


def _p99s(seen: Stream) -> list[float]:
    return [window.waits.percentile_ms(0.99) for window in seen.windows if window.waits.count]


def drift(values: Sequence[float]) -> float:
    """Return by how many per cent the median of the last quarter is above that of the second one.

    The first quarter is left out: caches fill, and the first compaction has not been.
    """
    quarter = len(values) // 4
    if quarter < 1:
        return 0.0
    before = statistics.median(values[quarter : 2 * quarter])
    return 100 * (statistics.median(values[-quarter:]) - before) / before if before else 0.0


def _mebibytes(taken: Sequence[int]) -> str:
    return f"{taken[len(taken) // 4] / 2**20:,.0f} MiB in the second quarter, {taken[-1] / 2**20:,.0f} at the end"


def _drain(here: House, tell: Tell) -> float:
    """Wait until every spool is empty; returns the seconds it took."""
    began = time.monotonic()
    while waiting := _waiting(here):
        if time.monotonic() - began > _DRAIN_SECONDS:
            raise CommandError(f"{waiting:,} events were still in the spools {_DRAIN_SECONDS:g} s after the last fan.")
        tell(f"  {waiting:,} events wait")
        time.sleep(1)
    return time.monotonic() - began


def _waiting(here: House) -> int:
    """Count what is in the spools by their places; what is shipped is trimmed."""
    total = 0
    for file in (here.home / "spool").glob("*.spool"):
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(2_000)
        first, last = next(connection.execute("SELECT min(seq), max(seq) FROM events"))
        connection.close()
        total += 0 if last is None else last - first + 1
    return total


def _stored(here: House) -> dict[str, int]:
    """Count the events that the lake holds, by kind."""
    with psycopg.connect(here.database_url) as connection:
        rows = connection.execute("SELECT path FROM analytics_lakefile WHERE replaced_at IS NULL").fetchall()
    files = [str(here.home / "lake" / path) for (path,) in rows]
    if not files:
        return {}
    return dict(
        duckdb.execute("SELECT kind, count(DISTINCT id) FROM read_parquet(?) GROUP BY kind", [files]).fetchall()
    )


def _open_files(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


BENCHES = (
    Bench("burst", "ten times the fans within ten seconds, for five minutes", burst, is_long=True),
    Bench("sustained", "10,000 clicks a second for half an hour, shipped meanwhile", sustained, is_long=True),
    Bench("soak", "5,000 clicks a second for eight hours: growth, drift, errors", soak, is_long=True),
)
