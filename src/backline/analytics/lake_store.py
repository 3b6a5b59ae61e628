"""Keeps events in the lake's Parquet files on this machine. See :mod:`lake` for the files themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from backline.analytics import lake
from backline.analytics.lake import Origin
from backline.analytics.pipeline import Draft
from backline.analytics.types import Erasure, ManifestReport, RejudgeReport
from backline.settings.environment import Environment


class LakeStore:
    """An :class:`~backline.analytics.store.EventStore` of files that the manifest in PostgreSQL lists."""

    def __init__(self, settings: Environment) -> None:
        self._settings = settings

    def add(
        self,
        drafts: Sequence[Draft],
        *,
        origin: Origin,
        is_repeat: bool = False,  # noqa: ARG002 - files of a try before are listed by nobody
        on_written: Callable[[], None] = lambda: None,
    ) -> int:
        """Write a file per UTC day and list them within the present transaction."""
        written = []
        for day, found in lake.days_of(drafts).items():
            written.append(lake.write_day(self._settings.lake_folder, day, found, origin=origin))
            on_written()
        for file in written:
            lake.list_file(file, origin=origin)
        return len(written)

    def erase(self, what: Erasure) -> int:
        """Rewrite the files that hold what has to go."""
        raise NotImplementedError

    def delete_before(self, day: date) -> int:
        """Delete the files whose events are all older."""
        raise NotImplementedError

    def rejudge(self, *, since: datetime, until: datetime) -> RejudgeReport:
        """Rewrite the files in which a judgement changes."""
        raise NotImplementedError

    def check(self) -> ManifestReport:
        """Compare the list of files with the files."""
        return lake.manifest_check(self._settings)
