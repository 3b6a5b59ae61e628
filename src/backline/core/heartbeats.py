"""Which processes live, on which machine: written by programs that have the database, read by the operator's page."""

from __future__ import annotations

import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from backline.core import clock
from backline.core.models import Heartbeat
from backline.core.telemetry.exposition import Family
from backline.core.telemetry.processes import folder_of, living

FORGET_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ProcessSeen:
    """A process of some machine as it was when it was last heard of."""

    node: str
    program: str
    place: int
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    figures: tuple[Family, ...]


def report_processes(home: Path, *, shown: Collection[str]) -> int:
    """Write down every process that lives on this machine, with its figures named in ``shown``; returns how many."""
    rows = [
        Heartbeat(
            node=socket.gethostname(),
            program=process.program,
            place=process.place,
            pid=process.pid,
            version=process.version,
            started_at=datetime.fromtimestamp(process.started_at, UTC),
            seen_at=datetime.fromtimestamp(process.at, UTC),
            figures=msgspec.to_builtins([family for family in process.families if family.name in shown]),
        )
        for process in living(folder_of(home))
    ]
    Heartbeat.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["node", "program", "place"],
        update_fields=["pid", "version", "started_at", "seen_at", "figures"],
    )
    return len(rows)


def processes_seen() -> tuple[ProcessSeen, ...]:
    """Return every process that was heard of within a week, by program, machine and place."""
    return tuple(
        ProcessSeen(
            node=row.node,
            program=row.program,
            place=row.place,
            pid=row.pid,
            version=row.version,
            started_at=row.started_at,
            seen_at=row.seen_at,
            figures=tuple(msgspec.convert(row.figures, list[Family])),
        )
        for row in Heartbeat.objects.filter(seen_at__gt=clock.now() - FORGET_AFTER).order_by("program", "node", "place")
    )


def forget_old_processes() -> int:
    """Delete the processes that were not heard of for a week; returns how many."""
    gone, _ = Heartbeat.objects.filter(seen_at__lte=clock.now() - FORGET_AFTER).delete()
    return gone
