"""How this machine's spools stand, for the operator. Questions about events are in :mod:`questions`."""

from __future__ import annotations

from backline.analytics.models import Spool
from backline.analytics.spool import SpoolReader, SpoolUnreadableError, held_if_dead, spool_ids
from backline.analytics.types import SpoolStatus
from backline.contract.spool import SPOOL_SUFFIX
from backline.settings.environment import Environment


def spool_statuses(settings: Environment) -> tuple[SpoolStatus, ...]:
    """Return every spool of this machine: how much waits in it, and whether its play process lives."""
    folder = settings.spool_folder
    ids = spool_ids(folder)
    known = {row.pk: row for row in Spool.objects.filter(pk__in=ids)}
    return tuple(_status(settings, spool_id, known.get(spool_id) or Spool(id=spool_id)) for spool_id in ids)


def _status(settings: Environment, spool_id: str, row: Spool) -> SpoolStatus:
    folder = settings.spool_folder
    problem, waiting = "", 0
    try:
        with SpoolReader(folder, spool_id) as reader:
            waiting = reader.waiting(after=row.shipped_through)
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
        last_shipped_at=row.last_shipped_at,
        problem=problem,
    )
