"""What the dashboard asks, over a hundred million events: how long each answer takes, and in how much memory."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backline.server.bench.house import House, house
from backline.server.bench.results import Bench, Result, at_most, told
from backline.server.commands import CommandError

Tell = Callable[[str], None]
EVENTS = 100_000_000
BAR_MS = 100
BYTES_PER_EVENT = 60
ARTISTS = {"big": 0.06, "middle": 0.000_86, "small": 0.000_004_3}
"""The artists that are asked about, and which share of all events is theirs."""


def questions(tell: Tell) -> Sequence[Result]:
    """Ask what the dashboard asks about a big, a middle and a small artist, over 7, 28 and 90 days.

    BACKLINE_BENCH_EVENTS makes the lake another size, BACKLINE_BENCH_LAKE names a folder that keeps it for the next
    time; otherwise it is made in the folder for temporary files and deleted.
    """
    events = int(os.environ.get("BACKLINE_BENCH_EVENTS", EVENTS))
    kept = os.environ.get("BACKLINE_BENCH_LAKE", "")
    folder = Path(kept).absolute() if kept else Path(tempfile.mkdtemp(prefix="backline-bench-lake-"))
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()) and shutil.disk_usage(folder).free < 2 * events * BYTES_PER_EVENT:
        raise CommandError(f"{folder} has no room for {events:,} events; BACKLINE_BENCH_LAKE may name another place.")
    try:
        with house() as here:
            (here.home / "lake").symlink_to(folder)
            tell(f"  a lake of {events:,} events in {folder}, {events * BYTES_PER_EVENT >> 20:,} MiB")
            made = _run(here, "make", str(events))
            tell("  asking")
            asked = _run(here, "ask")
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    return [*_figures(asked, events=made["events"]), *_of_lake(made, asked)]


def _figures(asked: dict[str, Any], *, events: int) -> list[Result]:
    warm, names = asked["warm"], dict.fromkeys(row["question"] for row in asked["warm"])
    found = [
        at_most(
            f"questions_{artist}_p95", _p95(rows), "ms", BAR_MS, f"about {share * events:,.0f} events; {_spread(rows)}"
        )
        for artist, share in ARTISTS.items()
        for rows in [[row for row in warm if row["artist"] == artist]]
    ]
    cold, together = asked["cold"], asked["together"]
    found.append(told("questions_cold_p95", _p95(cold), "ms", f"nothing in memory, new process; {_spread(cold)}"))
    found.append(told("questions_together_p95", _p95(together), "ms", f"4 people at once; {_spread(together)}"))
    for name in names:
        for artist in ARTISTS:
            rows = [row for row in warm if (row["question"], row["artist"]) == (name, artist)]
            found.append(told(f"{name}_{artist}_p95", _p95(rows), "ms", _spread(rows)))
    return found


def _of_lake(made: dict[str, Any], asked: dict[str, Any]) -> list[Result]:
    return [
        told("questions_memory", asked["memory_mib"], "MiB", "the most that the asking process ever held"),
        told("questions_memory_together", asked["memory_together_mib"], "MiB", "the same, with 4 people at once"),
        told("questions_lake", made["bytes"] / 2**20, "MiB", f"{made['events']:,} events in {made['files']} files"),
        told("questions_counted_ahead", made["bytes_ahead"] / 2**20, "MiB", "rollups beside them"),
        told("questions_lake_made", made["seconds"], "s", "to invent and write it, or to list it if it was kept"),
    ]


def _p95(rows: Sequence[dict[str, Any]]) -> float:
    times = [float(row["ms"]) for row in rows]
    return statistics.quantiles(times, n=100, method="inclusive")[94]


def _spread(rows: Sequence[dict[str, Any]]) -> str:
    times = sorted(float(row["ms"]) for row in rows)
    return f"p50 {statistics.median(times):.1f}, most {times[-1]:.1f}, of {len(times)}"


def _run(here: House, *words: str) -> dict[str, Any]:
    """Run a part of the measurement as a program of the installation, and return what it answers."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "backline.server.bench.asking", *words],
        env=here.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"`{words[0]}` failed in the measurement, see above.")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


BENCHES = (
    Bench(
        "questions",
        "what the dashboard asks, over 100 million events: a quarter of an hour, 6 GB",
        questions,
        is_long=True,
    ),
)
