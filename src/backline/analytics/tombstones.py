"""What was erased and must stay so: it goes again from whatever a spool, a copy or a backup brings back.

A tombstone is a row in PostgreSQL and a line in ``erased.jsonl`` in the state folder, so that a restore of an older
database does not bring erased people back. It names artists, links and daily visitor hashes as they are, which lead
back to nobody, and click ids as SHA-256 digests.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from backline.analytics.judging.pipeline import Draft
from backline.analytics.models import LakeFile, Tombstone
from backline.analytics.parquet import lake
from backline.analytics.parquet.replacing import nobody_adding
from backline.analytics.types import Erasure
from backline.contract.events import Event
from backline.settings.environment import Environment

FILE = "erased.jsonl"
COLUMNS = ("artist_id", "link_id", "visitor", "click_ids")
"""What of a row decides whether a tombstone names it."""


class _Line(msgspec.Struct):
    id: UUID
    artist_id: UUID | None
    link_id: UUID | None
    visitors: list[str]
    click_digests: list[str]


_lines = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class _Named:
    """What is erased of an artist, of a link or of everybody: all of it, or some visitors and click ids."""

    is_all: bool = False
    visitors: set[str] = field(default_factory=set)
    clicks: set[str] = field(default_factory=set)

    def has(self, event: Event) -> bool:
        return (
            self.is_all
            or event.visitor in self.visitors
            or (bool(self.clicks) and any(_digest(value) in self.clicks for value in event.click_ids.values()))
        )


class Erased:
    """Tombstones, ready to be asked about many events."""

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        self._stones = tuple(tombstones)
        # By artist and link, empty for any, so that many tombstones are as quickly asked as few.
        self._named: dict[tuple[str, str], _Named] = {}
        for stone in self._stones:
            named = self._named.setdefault((str(stone.artist_id or ""), str(stone.link_id or "")), _Named())
            named.is_all |= not (stone.visitors or stone.click_digests)
            named.visitors.update(stone.visitors)
            named.clicks.update(stone.click_digests)

    def __bool__(self) -> bool:
        """Tell whether there is any tombstone."""
        return bool(self._stones)

    def without(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return the drafts that no tombstone names."""
        return [draft for draft in drafts if not self._names(draft)]

    def _names(self, draft: Draft) -> bool:
        artist, link = draft.artist_id, draft.link_id
        return any(
            (named := self._named.get(place)) is not None and named.has(draft.event)
            for place in ((artist, ""), ("", link), (artist, link), ("", ""))
        )

    def mask(self, rows: pa.Table) -> pa.ChunkedArray:
        """Return which rows of the lake a tombstone names."""
        artists = [artist for (artist, link), named in self._named.items() if named.is_all and not link]
        links = [link for (artist, link), named in self._named.items() if named.is_all and not artist]
        found = pc.or_(_among(rows["artist_id"], artists), _among(rows["link_id"], links))
        for (artist, link), named in self._named.items():
            if named.is_all and not (artist and link):
                continue  # found already
            conditions = []
            if artist:
                conditions.append(pc.equal(rows["artist_id"], artist))
            if link:
                conditions.append(pc.equal(rows["link_id"], link))
            if not named.is_all:
                clicks = _clicks_named(rows["click_ids"], named.clicks)
                conditions.append(pc.or_(_among(rows["visitor"], named.visitors), _among(rows["click_ids"], clicks)))
            found = pc.or_(found, functools.reduce(pc.and_, conditions))
        return found

    def files(self) -> list[LakeFile]:
        """Return the listed files that can hold what the tombstones name."""
        live = LakeFile.objects.filter(replaced_at=None).order_by("day", "id")
        artists = [str(stone.artist_id) for stone in self._stones if stone.artist_id is not None]
        if len(artists) < len(self._stones):
            return list(live)
        return [file for file in live if any(file.min_artist <= artist <= file.max_artist for artist in artists)]


def _among(column: pa.ChunkedArray, values: Collection[str]) -> pa.ChunkedArray:
    return pc.is_in(column, pa.array(sorted(values), pa.string()))


def _clicks_named(column: pa.ChunkedArray, digests: Collection[str]) -> list[str]:
    """Return the values of the column, JSON objects, in which a click id has one of the digests."""
    if not digests:
        return []
    return [
        text
        for text in pc.unique(column).to_pylist()
        if text and any(_digest(value) in digests for value in msgspec.json.decode(text).values())
    ]


def _digest(click_id: str) -> str:
    return hashlib.sha256(click_id.encode()).hexdigest()


def record(settings: Environment, what: Erasure) -> Erased:
    """Write a tombstone down: from now on nothing that it names is added. Call it in no transaction.

    When it returns, every file that was being added is listed, so that what is listed can be searched.
    """
    stone = Tombstone(
        artist_id=what.artist_id,
        link_id=what.link_id,
        visitors=sorted(what.visitors),
        click_digests=sorted(_digest(click_id) for click_id in what.click_ids),
    )
    _write_line(settings.home / FILE, stone)
    with transaction.atomic(durable=True):
        nobody_adding()
        stone.save(force_insert=True)
    return Erased([stone])


def present() -> Erased:
    """Return every tombstone there is."""
    return Erased(Tombstone.objects.order_by("id"))


def take_back(settings: Environment) -> int:
    """Bring back tombstones that only the file knows, as after the restore of an older database; returns how many."""
    file = settings.home / FILE
    if not file.is_file():
        return 0
    known = set(Tombstone.objects.values_list("id", flat=True))
    found: dict[UUID, Tombstone] = {}
    for text in file.read_bytes().splitlines():
        try:
            line = _lines.decode(text)
        except msgspec.DecodeError:
            continue  # cut short by a crash, before the erasure was promised
        if line.id not in known:
            found[line.id] = Tombstone(**msgspec.structs.asdict(line))
    Tombstone.objects.bulk_create(found.values())
    return len(found)


def _write_line(file: Path, stone: Tombstone) -> None:
    line = _Line(stone.id, stone.artist_id, stone.link_id, stone.visitors, stone.click_digests)
    lake.make_folder(file.parent)
    is_new = not file.exists()
    # A newline before it too: a line that a crash cut short must not swallow this one.
    with file.open("ab") as out:
        file.chmod(0o600)
        out.write(b"\n" + msgspec.json.encode(line) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    if is_new:
        lake.sync_folder(file.parent)
