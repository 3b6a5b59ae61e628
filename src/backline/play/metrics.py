"""What this process has done, as Prometheus reads it. Plain numbers: a counter with a lock costs more than a page."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from backline.play.spool import Spool
from backline.play.store import Store
from backline.play.visits import Visit


@dataclass(slots=True)
class Counts:
    """Requests by what became of them."""

    pages: int = 0
    beacons: int = 0
    unknown: int = 0
    away: int = 0


def may_read(visit: Visit) -> bool:
    """Tell whether a request comes from this machine itself and not through a proxy on it."""
    if any(name in visit.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via")):
        return False
    try:
        return ipaddress.ip_address(visit.peer).is_loopback
    except ValueError:
        return False


def text(counts: Counts, store: Store, spool: Spool) -> str:
    """Return the numbers of this process in the text format, version 0.0.4."""
    known = store.counts
    rows = (
        ("pages_total", "counter", "Pages served", counts.pages),
        ("beacons_total", "counter", "Reports of pages' scripts received", counts.beacons),
        ("unknown_paths_total", "counter", "Requests for paths that do not exist", counts.unknown),
        ("away_total", "counter", "Requests answered with 503 because the database was away", counts.away),
        ("store_documents", "gauge", "Documents in memory", len(store.documents)),
        ("store_bytes", "gauge", "Estimated memory of documents and rendered variants", store.documents.size),
        ("store_misses_total", "counter", "Requests for documents that were not in memory", known.misses),
        ("store_reads_total", "counter", "Queries for documents", known.reads),
        ("store_evicted_total", "counter", "Documents dropped to make room", store.documents.evicted),
        ("store_unreadable", "gauge", "Documents that could not be read", len(store.documents.unreadable)),
        ("store_changes_total", "counter", "Changes announced or found", known.changes),
        ("store_turned_away_total", "counter", "Look-ups refused because too many waited", known.turned_away),
        ("store_reconnects_total", "counter", "Broken database connections", known.reconnects),
        ("database_up", "gauge", "1 while changes are listened for", int(store.is_connected)),
        ("events_written_total", "counter", "Events on disk", spool.counts.written),
        ("event_groups_total", "counter", "Transactions of events", spool.counts.groups),
        ("events_lost_total", "counter", "Events dropped because the queue was full", spool.counts.lost),
        ("events_late_total", "counter", "Clicks answered before their event was on disk", spool.counts.late),
        ("events_queued", "gauge", "Events in memory only", spool.queued),
        ("spool_failures_total", "counter", "Failed writes", spool.counts.failures),
    )  # fmt: skip
    return "".join(
        f"# HELP backline_play_{name} {about}.\n# TYPE backline_play_{name} {kind}\nbackline_play_{name} {value}\n"
        for name, kind, about, value in rows
    )
