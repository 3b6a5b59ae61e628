"""Keeps events in the lake's Parquet files on this machine. See :mod:`lake` for the files themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc

from backline.analytics import tombstones
from backline.analytics.judging.pipeline import Draft
from backline.analytics.models import LakeFile, Span
from backline.analytics.parquet import lake, manifest, merging, rejudging
from backline.analytics.parquet.lake import Origin
from backline.analytics.parquet.merging import Place
from backline.analytics.parquet.replacing import OnStep, adding, alone, delete_replaced, go_on, replace
from backline.analytics.shipping import copies
from backline.analytics.tombstones import Erased
from backline.analytics.types import Erasure, ManifestReport, RejudgeReport
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)


class LakeStore:
    """An :class:`~backline.analytics.store.EventStore` of files that the manifest in PostgreSQL lists."""

    def __init__(self, settings: Environment) -> None:
        self._settings = settings

    def add(
        self,
        drafts: Sequence[Draft],
        *,
        origin: Origin,
        is_repeat: bool = False,  # noqa: ARG002 - files of an attempt that did not come to its end are not listed
        on_written: Callable[[], None] = lambda: None,
    ) -> int:
        """Write a file per UTC day and list them within the present transaction. What was erased stays out."""
        adding()
        written = []
        for day, found in lake.days_of(tombstones.present().without(drafts)).items():
            written.append(lake.write_day(self._settings.lake_folder, day, found, origin=origin))
            on_written()
        for file in written:
            lake.list_file(file, origin=origin)
        return len(written)

    def erase(self, what: Erasure, *, on_step: OnStep = go_on) -> int:
        """Rewrite the files that hold what has to go, and delete the old ones at once.

        What it names stays out for good, whatever brings it back. Repeated after a crash it does what is left. Waits
        for a backup or a merge that is running; call it in no transaction.
        """
        return self._erase(tombstones.record(self._settings, what), on_step=on_step)

    def erase_again(self) -> int:
        """Erase whatever was ever erased and has come back, as after a restore; returns how many events went."""
        tombstones.take_back(self._settings)
        return self._erase(tombstones.present())

    def _erase(self, erased: Erased, *, on_step: OnStep = go_on) -> int:
        gone = 0
        unread: list[str] = []

        def stay(rows: pa.Table) -> pa.Table:
            return rows.filter(pc.invert(erased.mask(rows)))

        with alone():
            copies.erase(self._settings, erased)
            # What was replaced lately may hold it too; no grace is given.
            delete_replaced(self._settings, at_once=True)
            for file in erased.files() if erased else ():
                try:
                    portions = merging.in_order([self._settings.lake_folder / file.path])
                    named = sum(pc.sum(erased.mask(rows)).as_py() or 0 for rows in portions)
                    if named:
                        place = Place(file.day, Span(file.span))
                        replace(self._settings, [file], place, change=stay, at_once=True, on_step=on_step)
                        gone += named
                except (OSError, pa.ArrowException, lake.LakeDamagedError) as error:
                    unread.append(f"{file.path}: {' '.join(str(error).split())}")
        log.info("Erased %d events.", gone)
        if unread:
            raise lake.LakeDamagedError(
                f"{gone} events were erased; these files could not be searched, and need `backline lake repair` and"
                f" then the same again: {'; '.join(unread)}"
            )
        return gone

    def delete_before(self, day: date) -> int:
        """Delete the files whose events are all older; a file that reaches over the edge stays until it is whole."""
        edge = datetime.combine(day, time(), tzinfo=UTC)
        with alone():
            old = LakeFile.objects.filter(replaced_at=None, max_at__lt=edge)
            files = list(old)
            LakeFile.objects.filter(pk__in=[file.pk for file in files]).update(replaced_at=clock.now())
        gone = sum(file.rows for file in files)
        if files:
            log.info("Deleted %d files of %d events from before %s: kept long enough.", len(files), gone, day)
        return gone

    def rejudge(self, *, since: datetime, until: datetime) -> RejudgeReport:
        """Rewrite the files in which a judgement changes."""
        return rejudging.rejudge(self._settings, since=since, until=until)

    def check(self) -> ManifestReport:
        """Compare the list of files with the files."""
        return manifest.check(self._settings)
