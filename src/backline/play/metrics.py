"""What this process has done. Plain numbers while it works; they become Prometheus' figures when somebody looks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter_ns

from backline.core.telemetry.exposition import Family, Sample, family
from backline.play.spool import QUEUE_EVENTS, Spool
from backline.play.store import Store

ROUTES = ("page", "click", "beacon", "file", "own")
_UNIT_BITS = 16
_BUCKETS = 17
"""Times are kept by powers of two: bucket n is below 65.536 µs times 2^n, the last but one below 4.3 s."""
_TICK_SECONDS = 1.0
_TICKS_KEPT = 10


class Answers:
    """The answers of one route: how many of each status class, and how long they took."""

    __slots__ = ("buckets", "nanoseconds", "statuses")

    def __init__(self) -> None:
        self.statuses = [0] * 6
        self.buckets = [0] * 64
        self.nanoseconds = 0


def _routes() -> dict[str, Answers]:
    return {route: Answers() for route in ROUTES}


@dataclass(slots=True)
class Counts:
    """Requests by what became of them."""

    pages: int = 0
    beacons: int = 0
    unknown: int = 0
    away: int = 0
    routes: dict[str, Answers] = field(default_factory=_routes)

    def answered(self, route: str, status: int, began: int) -> None:
        """Count an answer; ``began`` is what ``perf_counter_ns`` said when the request came in."""
        took = perf_counter_ns() - began
        answers = self.routes[route]
        answers.statuses[status // 100] += 1
        answers.buckets[(took >> _UNIT_BITS).bit_length()] += 1
        answers.nanoseconds += took


def route_of(path: str) -> str:
    """Return the route of a path that is no page in memory."""
    if path == "/e":
        return "beacon"
    if "/go/" in path or "/out/" in path or path.endswith("/video"):
        return "click"
    if path in ("/healthz", "/readyz", "/metrics"):
        return "own"
    return "file" if "." in path.rpartition("/")[2] or path.startswith("/art/") else "page"


class Lag:
    """How late the event loop is: what a request waits before anybody looks at it."""

    def __init__(self) -> None:
        self._recent = [0.0] * _TICKS_KEPT
        self._place = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        """The longest delay of the last ten seconds."""
        return max(self._recent)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look, once a second."""
        self._timer = loop.call_later(_TICK_SECONDS, self._tick, loop, loop.time() + _TICK_SECONDS)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._place = (self._place + 1) % _TICKS_KEPT
        self._recent[self._place] = max(0.0, loop.time() - due)
        self.watch(loop)


def figures(counts: Counts, store: Store, spool: Spool, lag: Lag) -> list[Family]:
    """Return the numbers of this process; any thread may ask."""
    known, documents, kept = store.counts, store.documents, spool.counts
    return [
        Family(
            "backline_play_requests",
            "counter",
            "Answers by route and status class.",
            [
                Sample("backline_play_requests_total", {"route": route, "status": f"{kind}xx"}, count)
                for route, answers in counts.routes.items()
                for kind, count in enumerate(answers.statuses)
                if count
            ],
        ),
        Family(
            "backline_play_duration_seconds",
            "histogram",
            "How long an answer took to make; a click's includes its event's way to the disk.",
            [sample for route, answers in counts.routes.items() for sample in _histogram(route, answers)],
        ),
        family("backline_play_loop_lag_seconds", "gauge", "Longest wait for the loop in 10 s.", ({}, lag.seconds)),
        family("backline_play_pages_total", "counter", "Pages served.", ({}, counts.pages)),
        family("backline_play_beacons_total", "counter", "Reports of pages' scripts received.", ({}, counts.beacons)),
        family("backline_play_unknown_paths_total", "counter", "Requests for paths not known.", ({}, counts.unknown)),
        family("backline_play_away_total", "counter", "Answers 503 while the database was away.", ({}, counts.away)),
        family("backline_play_store_documents", "gauge", "Documents in memory.", ({}, len(documents))),
        family("backline_play_store_bytes", "gauge", "Estimated memory of pages.", ({}, documents.size)),
        family("backline_play_store_misses_total", "counter", "Documents not in memory.", ({}, known.misses)),
        family("backline_play_store_reads_total", "counter", "Queries for documents.", ({}, known.reads)),
        family("backline_play_store_evicted_total", "counter", "Documents dropped for room.", ({}, documents.evicted)),
        family("backline_play_store_unreadable", "gauge", "Documents not to be read.", ({}, len(documents.unreadable))),
        family("backline_play_store_changes_total", "counter", "Changes announced or found.", ({}, known.changes)),
        family("backline_play_store_turned_away_total", "counter", "Look-ups refused.", ({}, known.turned_away)),
        family("backline_play_store_reconnects_total", "counter", "Database lines lost.", ({}, known.reconnects)),
        family("backline_play_database_up", "gauge", "1 while changes are heard of.", ({}, int(store.is_connected))),
        family("backline_play_events_written_total", "counter", "Events on disk.", ({}, kept.written)),
        family("backline_play_event_groups_total", "counter", "Transactions of events.", ({}, kept.groups)),
        family("backline_play_events_lost_total", "counter", "Events dropped, on no disk.", ({}, kept.lost)),
        family("backline_play_events_late_total", "counter", "Clicks that did not wait longer.", ({}, kept.late)),
        family("backline_play_events_queued", "gauge", "Events in memory only.", ({}, spool.queued)),
        family("backline_play_events_queue_limit", "gauge", "Most events kept in memory.", ({}, QUEUE_EVENTS)),
        family("backline_play_spool_failures_total", "counter", "Failed writes of events.", ({}, kept.failures)),
    ]


def _histogram(route: str, answers: Answers) -> list[Sample]:
    name, labels = "backline_play_duration_seconds", {"route": route}
    if not sum(answers.statuses):
        return []
    samples = []
    below = 0
    for place in range(_BUCKETS):
        below += answers.buckets[place]
        bound = (1 << (_UNIT_BITS + place)) / 1e9
        samples.append(Sample(f"{name}_bucket", labels | {"le": f"{bound:.9g}"}, below))
    total = sum(answers.buckets)
    return [
        *samples,
        Sample(f"{name}_bucket", labels | {"le": "+Inf"}, total),
        Sample(f"{name}_sum", labels, answers.nanoseconds / 1e9),
        Sample(f"{name}_count", labels, total),
    ]
