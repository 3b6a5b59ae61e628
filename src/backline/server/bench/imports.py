"""Whole catalogues against the sandbox: listed, resolved on every source, published."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from backline.sandbox import invented
from backline.server.bench.house import house
from backline.server.bench.results import Bench, Result, at_most, skipped, told

Tell = Callable[[str], None]
MANY_ARTISTS = 200


def import_500(tell: Tell) -> Sequence[Result]:
    """Import an artist of 500 releases; the time is from the command to the last page being public."""
    with house() as here:
        here.start("sandbox")
        here.start("worker")
        tell("  importing")
        began = time.monotonic()
        url = f"https://open.spotify.com/artist/{invented.BENCH_500_ARTIST_ID}"
        answer = here.json("artist", "import", url, "--wait")
        seconds = time.monotonic() - began
    return [
        at_most("import_500", seconds, "s", 60, f"{answer['releases']} releases listed, {answer['failed']} failed"),
        at_most("import_500_not_public", 500 - answer["published"], "pages", 0, f"{answer['published']} published"),
    ]


def import_200_artists(tell: Tell) -> Sequence[Result]:
    """Import 200 artists of the catalogue that BACKLINE_SANDBOX_CATALOG names, in one go."""
    catalogue = os.environ.get("BACKLINE_SANDBOX_CATALOG", "")
    if not catalogue:
        return [skipped("import_200_artists", "BACKLINE_SANDBOX_CATALOG is not set")]
    artists = _artists(Path(catalogue))
    settings = {"BACKLINE_SANDBOX_CATALOG": catalogue, "BACKLINE_ARTISTS_PER_ORGANIZATION": "100000"}
    with house(**settings) as here:
        here.start("sandbox")
        here.start("worker")
        tell(f"  importing {len(artists)} artists")
        began = time.monotonic()
        urls = [f"https://open.spotify.com/artist/{artist}" for artist in artists]
        answers = here.json("artist", "import", *urls, "--wait")
        seconds = time.monotonic() - began
    releases = sum(answer["releases"] for answer in answers)
    published = sum(answer["published"] for answer in answers)
    failed = sum(answer["failed"] for answer in answers)
    return [
        told("import_200_artists", seconds, "s", f"{len(answers)} artists, {releases} releases"),
        told("import_200_artists_rate", releases / seconds, "releases/s", "listed, resolved and published"),
        at_most("import_200_artists_failed", failed, "releases", 0, f"{published} published"),
    ]


def _artists(catalogue: Path) -> list[str]:
    """Return the ids of 200 artists: those with most releases, and as many spread over the long tail."""
    releases: dict[str, set[str]] = {}
    with catalogue.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            releases.setdefault(row["artist_id"], set()).add(row["album_id"])
    ranked = sorted(releases, key=lambda artist: (-len(releases[artist]), artist))
    half = MANY_ARTISTS // 2
    tail = ranked[half:]
    return (ranked[:half] + tail[:: max(1, len(tail) // half)])[:MANY_ARTISTS]


BENCHES = (
    Bench("import_500", "500 releases imported, resolved and published against the sandbox", import_500),
    Bench("import_200_artists", "200 artists of a real-sized catalogue in one go", import_200_artists),
)
