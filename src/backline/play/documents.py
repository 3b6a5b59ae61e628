"""The documents in memory and what was rendered from them, bounded in bytes."""

from __future__ import annotations

import random
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import msgspec
import structlog

from backline.contract import pages
from backline.play.pixels import companies
from backline.play.replies import Reply

FRESH_SECONDS = 600.0
"""A document is read again after this long, in case an announcement and the poll both missed a change."""
MISSING_SECONDS = 60.0
"""How long a path that does not exist is remembered as such."""
MISSING_PATHS = 50_000
_OVERHEAD_BYTES = 1_500

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Entry:
    """One document and what has been rendered from it.

    ``replies`` holds one answer per variant and encoding; ``by_visit`` finds it by country, language, encoding and how
    the fan stands to the page's pixels. ``page`` is the document when it is an open page.
    """

    path: str
    document: pages.Document
    page: pages.PublishedPage | None
    seq: int
    size: int
    fresh_until: float
    has_pixels: bool = False
    is_used: bool = False
    by_visit: dict[tuple[str, str, str, str], Reply] = field(default_factory=dict)
    replies: dict[object, Reply] = field(default_factory=dict)


class Documents:
    """Entries by path, and the paths that are known to hold nothing."""

    def __init__(self, limit_bytes: int) -> None:
        self.size = 0
        self.evicted = 0
        self.unreadable: set[tuple[str, int]] = set()
        self._limit = limit_bytes
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._missing: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, path: str) -> Entry | None:
        """Return the entry of a path."""
        return self._entries.get(path)

    def paths(self) -> list[str]:
        """Return every path that has an entry."""
        return list(self._entries)

    def is_missing(self, path: str) -> bool:
        """Tell whether a path was lately found to hold nothing."""
        until = self._missing.get(path)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._missing[path]
        return False

    def take(self, path: str, seq: int, data: bytes) -> Entry | None:
        """Keep a row and return its entry.

        A document that cannot be read is said in the log, once, and changes nothing: what was there before is
        returned, None where there was nothing.
        """
        present = self._entries.get(path)
        if present is not None and present.seq == seq:
            present.fresh_until = time.monotonic() + FRESH_SECONDS
            return present
        try:
            document = pages.decode(bytes(data))
        except msgspec.DecodeError as error:
            if (path, seq) not in self.unreadable and len(self.unreadable) < MISSING_PATHS:
                self.unreadable.add((path, seq))
                _log.error("store.document_unreadable", path=path, problem=str(error))
            return present
        self.forget(path)
        self._missing.pop(path, None)
        spread = random.uniform(0.8, 1.2)  # noqa: S311 a burst of reads shall not repeat itself ten minutes later
        entry = Entry(
            path=path,
            document=document,
            page=document if isinstance(document, pages.PublishedPage) else None,
            has_pixels=isinstance(document, pages.PublishedPage) and bool(companies(document.pixels)),
            seq=seq,
            # A decoded document takes a few times the room of its JSON.
            size=_OVERHEAD_BYTES + 4 * len(data) + sys.getsizeof(path),
            fresh_until=time.monotonic() + FRESH_SECONDS * spread,
        )
        self._entries[path] = entry
        self.size += entry.size
        self._make_room()
        return entry

    def grew(self, entry: Entry, by: int) -> None:
        """Count bytes that were rendered from an entry, and make room."""
        if self._entries.get(entry.path) is entry:  # it may have been replaced while it was rendered
            entry.size += by
            self.size += by
            self._make_room()

    def forget(self, path: str) -> None:
        """Drop what is known of a path, if anything is."""
        entry = self._entries.pop(path, None)
        if entry is not None:
            self.size -= entry.size

    def remember_missing(self, path: str) -> None:
        """Keep in mind for a while that a path holds nothing."""
        self._missing[path] = time.monotonic() + MISSING_SECONDS
        if len(self._missing) > MISSING_PATHS:
            self._missing.popitem(last=False)

    def forget_missing(self, path: str) -> None:
        """Let a path be looked up again."""
        self._missing.pop(path, None)

    def _make_room(self) -> None:
        """Drop what was not used since it was last looked at.

        A second chance is nearly an LRU, and costs a hit nothing but a flag.
        """
        while self.size > self._limit and len(self._entries) > 1:
            path, entry = next(iter(self._entries.items()))
            if entry.is_used:
                entry.is_used = False
                self._entries.move_to_end(path)
            else:
                self.forget(path)
                self.evicted += 1
