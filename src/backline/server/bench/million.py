"""A million published pages: memory, first byte after the start, pages that are not in memory."""

from __future__ import annotations

import itertools
import random
import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg

from backline.contract import pages
from backline.server.bench.house import House, house
from backline.server.bench.load import SERVER_CORE, closed_loop, missing_tools
from backline.server.bench.results import Bench, Result, at_most, skipped, told
from backline.server.bench.stream import each_once
from backline.server.commands import CommandError

Tell = Callable[[str], None]
ARTISTS = 50_000
PAGES_EACH = 20
"""A hub and nineteen releases."""
ZIPF_SECONDS = 40
ZIPF_REQUESTS = 200_000
"""Different draws that the closed loop repeats: more would not fit into wrk."""
COLD_PAGES = 5_000
COLD_PER_SECOND = 500
TOKEN = "token-of-the-measurement"  # noqa: S105
SEED = 20_261_122
_SERVICES = ("spotify", "apple_music", "youtube_music", "deezer", "amazon_music", "tidal", "soundcloud", "bandcamp")
_PATH, _ARTIST, _TITLE, _ID = "path-to-replace", "artist-to-replace", "Title to replace", "id-to-replace"


def million_pages(tell: Tell) -> Sequence[Result]:
    """Publish 1,000,000 pages, send Zipf's traffic, and look at play's memory, its first byte and its cold pages."""
    missing = missing_tools("wrk", "taskset")
    if missing:
        return [skipped("million_pages", missing)]
    draws = random.Random(SEED)  # noqa: S311 the same traffic every time
    with house(BACKLINE_TRUSTED_PROXIES="127.0.0.1", BACKLINE_METRICS_TOKEN=TOKEN) as here:
        tell(f"  writing {ARTISTS * PAGES_EACH:,} pages")
        began = time.monotonic()
        _write_pages(here.database_url)
        written = time.monotonic() - began
        tell("  starting play")
        began = time.monotonic()
        here.start("play", cores=[SERVER_CORE])
        _get(here.url("play") + _path_of(draws.randrange(ARTISTS * PAGES_EACH)))
        first_byte = time.monotonic() - began
        before, _ = _memory(here)
        order = list(range(ARTISTS * PAGES_EACH))
        draws.shuffle(order)
        tell(f"  Zipf's traffic, closed loop, {ZIPF_SECONDS} s")
        asked = [_path_of(order[rank]) for rank in _zipf(draws, ZIPF_REQUESTS)]
        closed = closed_loop(here.url("play"), seconds=ZIPF_SECONDS, paths=asked)
        figures = _metrics(here)
        tell("  Zipf's traffic, open loop at a quarter of it")
        mixed = each_once(
            here.url("play"),
            [_path_of(order[rank]) for rank in _zipf(draws, int(closed.per_second * 2))],
            rate=closed.per_second / 4,
        )
        tell(f"  pages that are not in memory, {COLD_PER_SECOND} a second")
        # From the far end of the order, where hardly anybody was: what play knows by chance is a page or two.
        cold = [_path_of(page) for page in order[-COLD_PAGES:]]
        already = _metrics(here)["store_misses_total"]
        waiting = each_once(here.url("play"), cold, rate=COLD_PER_SECOND)
        missed = _metrics(here)["store_misses_total"] - already
        private, peak = _memory(here)
        tell("  the last part of the sitemap")
        began = time.monotonic()
        _get(f"{here.url('play')}/sitemaps/{ARTISTS * PAGES_EACH // 10_000}.xml")
        sitemap = time.monotonic() - began
    if failed := closed.errors + mixed.errors + waiting.errors:
        raise CommandError(f"{failed} requests for pages failed in the measurement.")
    hits = 1 - figures["store_misses_total"] / figures["pages_total"]
    return [
        told("million_pages_written", round(written, 1), "s", f"{ARTISTS * PAGES_EACH:,} rows by COPY"),
        at_most("million_first_byte", first_byte, "s", 2, "from the command to a page that nobody had asked for"),
        at_most(
            "million_memory_peak",
            round(peak),
            "MiB",
            400,
            f"private and shared, both processes; {before:.0f} MiB private at the start, {private:.0f} at the end",
        ),
        told("million_throughput", round(closed.per_second), "pages/s, one core", f"{closed.requests:,} answers"),
        told("million_hit_rate", round(hits, 3), "of pages", f"{figures['store_documents']:,.0f} in memory"),
        told("million_p50", mixed.p50_ms, "ms", f"Zipf, open loop at {mixed.per_second:,.0f}/s"),
        told("million_p99", mixed.p99_ms, "ms", f"Zipf, open loop at {mixed.per_second:,.0f}/s"),
        at_most(
            "cold_page_p99",
            waiting.p99_ms,
            "ms",
            50,
            f"open loop at {waiting.per_second:,.0f}/s, {missed:,.0f} of {COLD_PAGES:,} not in memory, "
            f"p50 {waiting.p50_ms:.1f} ms",
        ),
        told("million_sitemap", round(sitemap, 2), "s", "the last of its parts"),
    ]


def _zipf(draws: random.Random, count: int) -> Iterator[int]:
    """Draw ranks from 0 with a probability of one over rank: the inverse of that distribution's sum is N to the u."""
    total = ARTISTS * PAGES_EACH
    return (int(total ** draws.random()) - 1 for _ in range(count))


def _path_of(page: int) -> str:
    """Return the path of a page by its number; the first of an artist's is the hub."""
    artist, number = divmod(page, PAGES_EACH)
    return f"/artist-{artist:05}/release-{number:02}" if number else f"/artist-{artist:05}"


def _write_pages(database_url: str) -> None:
    """Fill the table as ``links`` would, in the order of its paths and without its transactions."""
    hub, releases = _templates()
    numbers = itertools.count(1)
    with psycopg.connect(database_url, autocommit=True) as connection:
        copying = (
            "COPY links_publishedpage (path, seq, kind, artist_id, link_id, version, is_indexable, document,"
            " updated_at) FROM STDIN"
        )
        with connection.cursor() as cursor, cursor.copy(copying) as copy:
            for artist in range(ARTISTS):
                lines = []
                artist_id = f"00000000-0000-4000-8000-{artist:012}"
                for number in range(PAGES_EACH):
                    path = _path_of(artist * PAGES_EACH + number)[1:]
                    link_id = f"00000000-0000-4000-9000-{artist:06}{number:06}" if number else r"\N"
                    document = (
                        (releases[(artist + number) % len(releases)] if number else hub)
                        .replace(_PATH, path)
                        .replace(_ARTIST, f"artist-{artist:05}")
                        .replace(_TITLE, f"Release {number} of {artist}")
                        .replace(_ID, link_id)
                    )
                    kind = "release" if number else "hub"
                    lines.append(
                        f"{path}\t{next(numbers)}\t{kind}\t{artist_id}\t{link_id}\t1\tt\t{document}\t2026-11-22\n"
                    )
                copy.write("".join(lines))
        connection.execute("SELECT setval('links_page_seq', %s)", (ARTISTS * PAGES_EACH,))
        connection.execute("VACUUM ANALYZE links_publishedpage")
        connection.execute("CHECKPOINT")


def _templates() -> tuple[str, list[str]]:
    """Return the document of a hub and of releases of one to fourteen songs, as ASCII without a backslash."""
    art = pages.Artwork(key="0123456789abcdef0123456789abcdef.jpg", width=640, height=640, small_key="small.jpg")
    hub = pages.PublishedPage(
        kind="hub", path=_PATH, version=1, artist_id=_ID, link_id="", artist_name=_ARTIST, artist_slug=_ARTIST,
        title=_ARTIST, canonical_url=f"http://127.0.0.1/{_PATH}", artwork=art,
        items=tuple(
            pages.HubItem(
                path=f"{_ARTIST}/release-{number:02}", title=f"Release {number}", release_type="single",
                released="2024-05-17", artwork=art, total_tracks=number,
            )
            for number in range(1, PAGES_EACH)
        ),
    )  # fmt: skip
    releases = [
        pages.PublishedPage(
            kind="release", path=_PATH, version=1, artist_id=_ID, link_id=_ID, artist_name=_ARTIST,
            artist_slug=_ARTIST, title=_TITLE, canonical_url=f"http://127.0.0.1/{_PATH}", release_type="album",
            released="2024-05-17", artwork=art, label="Packing Shed Records", upc="0123456789012",
            services=tuple(
                pages.Service(service=service, url=f"https://{service}.example/album/{_ID}") for service in _SERVICES
            ),
            tracks=tuple(
                pages.Track(number=number, title=f"Song number {number}", duration_ms=200_000 + number)
                for number in range(1, songs + 1)
            ),
            total_tracks=songs, genres=("indie folk", "dream pop"), updated_at="2026-11-22T10:00:00+00:00",
        )
        for songs in range(1, 15)
    ]  # fmt: skip
    return pages.encode(hub).decode(), [pages.encode(page).decode() for page in releases]


def _memory(here: House) -> tuple[float, float]:
    """Return what play's processes have to themselves, and the most they ever had with what they share, in MiB."""
    private = peak = 0
    for process in here.processes("play"):
        folder = Path(f"/proc/{process}")
        shares = (folder / "smaps_rollup").read_text(encoding="ascii")
        private += sum(map(int, re.findall(r"Private_\w+:\s+(\d+) kB", shares)))
        status = (folder / "status").read_text(encoding="ascii")
        peak += sum(map(int, re.findall(r"VmHWM:\s+(\d+) kB", status)))
    return private / 1024, peak / 1024


def _metrics(here: House) -> dict[str, float]:
    """Return play's figures by name, summed over their labels."""
    said = _get(f"{here.url('play')}/metrics", Authorization=f"Bearer {TOKEN}").decode()
    found: dict[str, float] = {}
    for line in said.splitlines():
        if line.startswith("backline_play_"):
            name, value = line.removeprefix("backline_play_").rsplit(" ", 1)
            name = name.partition("{")[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found


def _get(url: str, **headers: str) -> bytes:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return bytes(answer.read())


BENCHES = (Bench("million_pages", "1,000,000 published pages: memory, first byte, cold pages", million_pages),)
