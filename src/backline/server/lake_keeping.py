"""What ``backline lake`` does and says. Django must be up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from backline.analytics import personal_data, store
from backline.analytics.parquet import compaction, manifest, repair
from backline.analytics.parquet.lake import LakeDamagedError
from backline.analytics.shipping import copies
from backline.analytics.types import BotReason, Erasure, Loss, ManifestReport
from backline.server.commands import CommandError, say
from backline.settings.environment import Environment

_FAULTS = (
    ("missing", "Missing"),
    ("wrong_size", "Of another size than was written"),
    ("wrong_rows", "With another number of events than was written"),
    ("unreadable", "Not readable"),
    ("altered", "Not byte for byte what was written"),
)
_SHOWN = 20


class Keeper:
    """One command's work on the lake; every method says what it did and returns the exit code."""

    def __init__(self, settings: Environment, *, as_json: bool) -> None:
        self._settings = settings
        self._as_json = as_json

    def verify(self, *, is_deep: bool) -> int:
        """Compare the files with their list. 1 when an event is missing, damaged or doubled."""
        with _readable():
            if self._settings.events_url:
                report = store.in_use(self._settings).check()
            else:
                report = manifest.check(self._settings, is_deep=is_deep)
        left = compaction.problems(self._settings)
        if not self._answered({**asdict(report), "is_sound": report.is_sound, "problems": left}):
            for line in (*_described(report, self._settings), *left):
                say(line)
        return 0 if report.is_sound else 1

    def repair(self) -> int:
        """Mend what can be mended. 1 when events are lost."""
        self._demand_files()
        with _readable():
            report = repair.repair(self._settings)
        if not self._answered({**asdict(report), "still_missing": report.still_missing}):
            for loss in report.losses:
                say(_told(loss))
            say(f"{report.relisted:,} events of files that nothing listed count again.")
            if report.losses:
                say(f"{report.restored:,} events came back from spool copies; {report.still_missing:,} are missing.")
            if report.kept:
                say(f"Left to the worker, which ships their events again: {len(report.kept)} files.")
            if report.still_missing:
                say("A backup may hold them: put its copy of the files into the lake folder, then repair once more.")
        return 1 if report.still_missing else 0

    def rebuild(self, folder: Path) -> int:
        """Add what the lake lacks from spool copies. 1 when a copy cannot be read."""
        self._demand_files()
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        with _readable():
            report = copies.rebuild(self._settings, folder)
        if not self._answered(asdict(report)):
            say(f"{report.copies:,} spool copies, {report.events:,} events: {report.added:,} were lacking and are in.")
            for name in report.unreadable:
                say(f"{name} is damaged and was left out.")
        return 1 if report.unreadable else 0

    def erase(
        self,
        *,
        artist_id: UUID | None,
        link_id: UUID | None,
        visitors: frozenset[str],
        click_ids: frozenset[str],
        is_sure: bool,
    ) -> int:
        """Erase events for good."""
        try:
            what = Erasure(artist_id=artist_id, link_id=link_id, visitors=visitors, click_ids=click_ids)
        except ValueError:
            raise CommandError("Say what goes: --artist, --link, --visitor or --click-id.") from None
        if not is_sure:
            raise CommandError("This erases events for good, also from what is still to come. Say --yes to do it.")
        with _readable():
            gone = personal_data.erase_events(what, settings=self._settings)
        if not self._answered({"erased": gone}):
            say(f"{gone:,} events were erased. What comes back from a spool or a backup is erased again.")
        return 0

    def rejudge(self, *, since: datetime, until: datetime) -> int:
        """Judge the events of a stretch again."""
        with _readable():
            report = store.in_use(self._settings).rejudge(since=since, until=until)
        changes = [(before, after, number) for (before, after), number in sorted(report.by_reason.items())]
        if not self._answered({"rows": report.rows, "changed": report.changed, "changes": changes}):
            say(f"{report.rows:,} events were judged again; {report.changed:,} verdicts changed.")
            for before, after, number in changes:
                say(f"  {number:>12,}  {_label(before)} -> {_label(after)}")
        return 0

    def _answered(self, answer: Mapping[str, Any]) -> bool:
        if self._as_json:
            say(json.dumps(answer, default=str, indent=2))
        return self._as_json

    def _demand_files(self) -> None:
        if self._settings.events_url:
            raise CommandError("Events are not kept in files here (EVENTS_URL): ask the database that keeps them.")


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what a disk or a damaged file says into a sentence."""
    try:
        yield
    except (OSError, pa.ArrowException, duckdb.Error, LakeDamagedError) as error:
        raise CommandError(" ".join(str(error).split())) from error


def _described(report: ManifestReport, settings: Environment) -> Iterator[str]:
    size = f"{report.size_bytes / (1 << 20):,.1f} MiB"
    oldest = "" if report.oldest_at is None else f", the oldest of {report.oldest_at:%Y-%m-%d}"
    yield f"{report.files:,} files, {report.rows:,} events, {size}{oldest}."
    days = settings.events_kept_days
    yield f"Events are kept for {days} days, then deleted in whole files." if days else "Events are kept for ever."
    for name, words in _FAULTS:
        paths = getattr(report, name)
        if paths:
            yield f"{words}: {len(paths)}"
            yield from (f"  {path}" for path in paths[:_SHOWN])
    if report.doubled:
        yield f"Events that are in the lake more than once: {report.doubled:,}"
    if report.unlisted:
        yield f"Not listed, so their events are not counted: {len(report.unlisted)}"
        yield from (f"  {path}" for path in report.unlisted[:_SHOWN])
        yield "  The hourly cleaning deletes those whose events are elsewhere; `backline lake repair` lists the others."
    if report.is_sound:
        yield "Every listed file is there and whole." if report.is_deep else "Every listed file is there, of its size."
    else:
        yield "`backline lake repair` mends what can be mended."


def _told(loss: Loss) -> str:
    where = ", ".join(f"{spool} {first:,} to {last:,}" for spool, first, last in loss.ranges[:3])
    more = f" and {len(loss.ranges) - 3} more" if len(loss.ranges) > 3 else ""
    return f"{loss.path} was damaged ({loss.fault.value}): {loss.rows:,} of its events are missing, of {where}{more}."


def _label(reason: str) -> str:
    return BotReason(reason).label if reason else "a person"
