"""The programs behind ``backline bench questions``: make and list the lake, and ask like the dashboard.

``python -m backline.server.bench.asking`` in the environment of a measurement's installation; each answers in JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backline.accounts.types import SYSTEM_USER_ID, ArtistAccess, Role, Source
from backline.server import bootstrap

ZONE = "Asia/Kathmandu"
"""Five hours and three quarters ahead of UTC: no day of it begins with one of UTC, nor with an hour."""
LAST_DAY = date(2026, 11, 22)
ROUNDS = 5
TOGETHER = 4
"""People who ask at the same time, of one process."""
LINKS_ON_A_PAGE = 25
ARTISTS = {"big": 1, "middle": 100, "small": 20_000}
"""The artists asked about, by their place: of 100 million events they have 6,000,000, 86,000 and 430."""
PERIODS = (7, 28, 90)
_LISTED = "listed.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about one artist and period, ready to be put."""

    name: str
    artist: str
    days: int
    put: Callable[[], object]


def make(events: int) -> None:
    """Make the lake in the installation's lake folder unless it is there, and list its files in the manifest."""
    from backline.analytics.parquet import lake, rollups  # noqa: PLC0415
    from backline.analytics.parquet.lake import Origin, WrittenFile  # noqa: PLC0415
    from backline.server.bench import invented_lake  # noqa: PLC0415
    from backline.settings import environment  # noqa: PLC0415

    folder = environment.current().lake_folder
    kept = folder / _LISTED
    began = time.monotonic()
    if not kept.exists():
        plan = invented_lake.Plan(events, LAST_DAY)
        written = invented_lake.make(folder, plan, tell=_tell)
        kept.write_bytes(msgspec.json.encode(written))
    files = msgspec.json.decode(kept.read_bytes(), type=list[WrittenFile])
    for file in files:
        lake.list_file(file, origin=Origin())
    ahead = [rollups.path_of(folder / file.path) for file in files]
    _answer(
        seconds=time.monotonic() - began,
        files=len(files),
        events=sum(file.rows for file in files),
        bytes=sum(file.size_bytes for file in files),
        bytes_ahead=sum(path.stat().st_size for path in ahead if path.exists()),
    )


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def ask() -> None:
    """Put every question: each once with nothing in memory, then in rounds, then by several people at once."""
    from backline.core import clock  # noqa: PLC0415

    with clock.frozen(_now()):
        questions = list(_questions())
        cold = [_of(asked, _alone(asked)) for asked in questions]
        answers: list[dict[str, object]] = []
        order = random.Random(LAST_DAY.toordinal())  # noqa: S311
        for asked in questions:
            asked.put()  # the first time, the process learns of the files
        for _ in range(ROUNDS):
            order.shuffle(questions)
            answers += [_of(asked, _timed(asked.put)) for asked in questions]
        alone_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        together = _at_once(questions)
    _answer(
        cold=cold,
        warm=answers,
        together=together,
        memory_mib=alone_kib / 1024,
        memory_together_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _questions() -> Iterator[Asked]:
    """Yield what the pages of the dashboard ask, for each artist and period."""
    from backline.analytics import questions  # noqa: PLC0415
    from backline.analytics.breakdowns import MOST  # noqa: PLC0415
    from backline.analytics.types import Dimension  # noqa: PLC0415
    from backline.server.bench import invented_lake  # noqa: PLC0415

    now = _now().astimezone(ZoneInfo(ZONE))
    for artist, rank in ARTISTS.items():
        access = _access(invented_lake.artist_id(rank))
        links = [invented_lake.link_id(rank, number + 1) for number in range(LINKS_ON_A_PAGE)]
        for days in PERIODS:
            until = datetime.combine(now.date() + timedelta(days=1), time_of_day.min, tzinfo=now.tzinfo)
            since = until - timedelta(days=days)
            length = timedelta(days=days)
            by_value = partial(questions.by_dimension, access, since=since, until=until)
            puts: dict[str, Callable[[], object]] = {
                "series": partial(questions.series, access, since=since, until=until, timezone=ZONE),
                "totals_before": partial(questions.totals, access, since=since - length, until=now - length),
                "by_link": partial(questions.by_link, access, since=since, until=until),
                "series_of_link": partial(
                    questions.series, access, since=since, until=until, timezone=ZONE, link_id=links[0]
                ),
                "series_of_links": partial(
                    questions.by_link_series, access, since=since, until=until, timezone=ZONE, link_ids=links
                ),
                "by_country": partial(by_value, dimension=Dimension.COUNTRY),
                "by_referrer": partial(by_value, dimension=Dimension.REFERRER_HOST),
                "by_all_dimensions": partial(
                    questions.by_dimensions, access, since=since, until=until, dimensions=tuple(Dimension), limit=MOST
                ),
                "by_all_dimensions_of_link": partial(
                    questions.by_dimensions,
                    access,
                    since=since,
                    until=until,
                    dimensions=tuple(Dimension),
                    limit=MOST,
                    link_id=links[0],
                ),
                "by_hour": partial(questions.by_hour, access, since=since, until=until, timezone=ZONE),
                "by_hour_of_link": partial(
                    questions.by_hour, access, since=since, until=until, timezone=ZONE, link_id=links[0]
                ),
                "bot_reasons": partial(questions.bot_reasons, access, since=since, until=until),
                "last_event": partial(questions.last_event_at, access),
            }
            for name, put in puts.items():
                yield Asked(name, artist, days, put)


def _access(artist_id: UUID) -> ArtistAccess:
    return ArtistAccess(
        user_id=SYSTEM_USER_ID,
        user_name="Backline",
        artist_id=artist_id,
        organization_id=artist_id,
        role=Role.ADMIN,
        source=Source.SUPER_ADMIN,
    )


def _now() -> datetime:
    return datetime.combine(LAST_DAY, time_of_day(14, 3, 17), tzinfo=UTC)


def _timed(put: Callable[[], object]) -> float:
    began = time.perf_counter()
    put()
    return (time.perf_counter() - began) * 1000


def _alone(asked: Asked) -> float:
    """Put a question in a process that has asked nothing yet, with no byte of the lake in the file cache; ms."""
    from django.db import connections  # noqa: PLC0415

    from backline.settings import environment  # noqa: PLC0415

    connections.close_all()
    _forget(environment.current().lake_folder)
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()

    def put() -> None:
        theirs.send(_timed(asked.put))

    process = fork.Process(target=put)
    process.start()
    took = float(ours.recv())
    process.join()
    return took


def _forget(folder: Path) -> None:
    """Take the lake's files out of the system's file cache."""
    for path in folder.glob("*/*"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def _at_once(questions: list[Asked]) -> list[dict[str, object]]:
    """Put every question from each of several threads, each in an order of its own."""
    from django.db import connections  # noqa: PLC0415

    answers: list[dict[str, object]] = []

    def person(number: int) -> None:
        mine = list(questions)
        random.Random(number).shuffle(mine)  # noqa: S311
        answers.extend([_of(asked, _timed(asked.put)) for asked in mine])
        connections.close_all()

    people = [threading.Thread(target=person, args=(number,)) for number in range(TOGETHER)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return answers


def _of(asked: Asked, took: float) -> dict[str, object]:
    return {"question": asked.name, "artist": asked.artist, "days": asked.days, "ms": round(took, 3)}


def _answer(**words: object) -> None:
    json.dump(words, sys.stdout)


def main() -> None:
    """Do what the first word says: ``make`` a lake of so many events (the second word), or ``ask``."""
    bootstrap.start_django()
    if sys.argv[1] == "make":
        make(int(sys.argv[2]))
    else:
        ask()


if __name__ == "__main__":
    main()
