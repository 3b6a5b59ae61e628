"""How this machine's spools stand, for the operator. Questions about events are in :mod:`questions`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from django.db.models import Count, Max, Q, Sum

from backline.analytics.models import LakeFile, Spool, VisitorSalt
from backline.analytics.shipping.spool import SpoolReader, SpoolUnreadableError, held_if_dead, spool_ids
from backline.analytics.types import LakeSize, SpoolStatus
from backline.contract import events
from backline.contract.spool import SPOOL_SUFFIX
from backline.core import clock
from backline.settings.environment import Environment


def spool_statuses(settings: Environment) -> tuple[SpoolStatus, ...]:
    """Return every spool of this machine: how much waits in it, and whether its play process lives."""
    folder = settings.spool_folder
    ids = spool_ids(folder)
    known = {row.pk: row for row in Spool.objects.filter(pk__in=ids)}
    return tuple(_status(settings, spool_id, known.get(spool_id) or Spool(id=spool_id)) for spool_id in ids)


def _status(settings: Environment, spool_id: str, row: Spool) -> SpoolStatus:
    folder = settings.spool_folder
    problem, waiting, oldest = "", 0, None
    try:
        with SpoolReader(folder, spool_id) as reader:
            waiting = reader.waiting(after=row.shipped_through)
            oldest = _oldest_at(reader, after=row.shipped_through) if waiting else None
    except SpoolUnreadableError as error:
        problem = str(error)
    with held_if_dead(folder, spool_id) as is_dead:
        is_owner_alive = not is_dead
    return SpoolStatus(
        id=spool_id,
        node=row.node,
        shipped_through=row.shipped_through,
        waiting=waiting,
        size_bytes=sum(path.stat().st_size for path in folder.glob(f"{spool_id}{SPOOL_SUFFIX}*")),
        is_owner_alive=is_owner_alive,
        quarantined=row.quarantined,
        lost=row.lost,
        last_shipped_at=row.last_shipped_at,
        problem=problem,
        oldest_waiting_at=oldest,
    )


def _oldest_at(reader: SpoolReader, *, after: int) -> datetime | None:
    """Return when the first event that waits happened; None when it cannot be read."""
    for _, event in reader.read(after=after, rows=1, size_bytes=1).rows:
        try:
            return datetime.fromtimestamp(events.decode(event).at_ms / 1000, UTC)
        except (msgspec.DecodeError, ValueError, OverflowError, OSError):
            return None
    return None


def lost_events() -> int:
    """Return how many events play processes have ever said that they could not keep, on any machine."""
    return int(Spool.objects.aggregate(lost=Sum("lost", default=0))["lost"])


def lake_size() -> LakeSize:
    """Return how big the event lake is. Reads the list only; whether the files are there is ``manifest_check``'s."""
    found = LakeFile.objects.aggregate(
        files=Count("id", filter=Q(replaced_at=None)),
        rows=Sum("rows", filter=Q(replaced_at=None), default=0),
        size_bytes=Sum("size_bytes", filter=Q(replaced_at=None), default=0),
        last_compacted_at=Max("created_at", filter=Q(spool_id="")),
    )
    return LakeSize(**found)


def days_without_salt() -> int:
    """Return of how many of today and tomorrow (UTC) the salt is missing: visitors of such a day are not told apart."""
    today = clock.now().date()
    return 2 - VisitorSalt.objects.filter(day__in=(today, today + timedelta(days=1))).count()
