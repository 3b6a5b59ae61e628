"""Lists of pages that an artist had at another service: a CSV, or one of its pages saved from the browser. Pure.

None of these services documents a format. What is taken for granted is in ``docs/artists/leaving.md``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from backline.contract.services import service_of
from backline.core.errors import Rejected
from backline.links.destinations import is_at

HOSTS: dict[str, tuple[str, ...]] = {
    "linkfire": ("linkfire.com", "lnk.to"),
    "feature-fm": ("feature.fm", "ffm.to"),
    "toneden": ("toneden.io", "fanlink.to", "fanlink.tv"),
    "linktree": ("linktr.ee", "linktree.com"),
}
"""The services that lists may come from, and their own hosts, to which no page of ours leads."""

LARGEST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 5_000
MOST_URLS = 60
_TITLES = {"title", "name", "link name", "link title", "release", "release title"}
_ADDRESSES = {"slug", "url", "link", "link url", "short link", "short url", "smart link", "page", "page url"}
_UPCS, _ISRCS = {"upc", "ean", "upc/ean", "barcode"}, {"isrc"}
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class OldPage:
    """One page as it was elsewhere; ``codes`` are UPCs before ISRCs, as they were written."""

    title: str = ""
    slug: str = ""
    codes: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


def read(data: bytes, source: str = "") -> tuple[OldPage, ...]:
    """Return the pages that a file lists; ``source`` is a key of ``HOSTS``, or empty when nobody said.

    Raises :class:`Rejected` for a file that is too large, no text, or neither a table nor a page.
    """
    if len(data) > LARGEST_BYTES:
        raise Rejected("The file is larger than 10 MB. Split it; nothing was changed.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("The file is no text in UTF-8. Save it as CSV (UTF-8); nothing was changed.") from None
    own = HOSTS[source] if source else tuple(host for hosts in HOSTS.values() for host in hosts)
    return (_saved(text, own),) if text.lstrip()[:1] == "<" else _table(text, own)


def _table(text: str, own: tuple[str, ...]) -> tuple[OldPage, ...]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Rejected(f"The file cannot be read as CSV ({error}); nothing was changed.") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if not (_ADDRESSES | _UPCS | _ISRCS) & set(names):
        raise Rejected(
            "The first line of the CSV has to name its columns, among them url, slug, upc or isrc; nothing was changed."
        )
    filled = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    if len(filled) > MOST_ROWS:
        raise Rejected(f"The file has more than {MOST_ROWS:,} rows. Split it; nothing was changed.")
    return tuple(_row(list(zip(names, row, strict=False)), own) for row in filled)


def _row(cells: list[tuple[str, str]], own: tuple[str, ...]) -> OldPage:
    def first(names: set[str]) -> str:
        return next((cell.strip() for name, cell in cells if name in names and cell.strip()), "")

    others = (cell.strip() for name, cell in cells if name not in _ADDRESSES)
    codes = (first(_UPCS), first(_ISRCS))
    return OldPage(
        title=first(_TITLES),
        slug=_slug_of(first(_ADDRESSES)),
        codes=tuple(code for code in codes if code),
        urls=_destinations(others, own),
    )


class _Saved(HTMLParser):
    """What a saved page says: its address, its title, where it leads, and the data that it carries as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.leads: list[str] = []
        self.data: list[str] = []
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what an element says."""
        known = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.leads.append(known.get("href", ""))
        elif tag == "link" and known.get("rel") == "canonical":
            self.said["address"] = known.get("href", "")
        elif tag == "meta" and known.get("property") in ("og:title", "og:url"):
            self.said.setdefault(known["property"], known.get("content", ""))
        self._is_data = tag == "script" and "json" in known.get("type", "")

    def handle_data(self, data: str) -> None:
        """Take the content of a script that holds data."""
        if self._is_data:
            self.data.append(data)
            self._is_data = False


def _saved(text: str, own: tuple[str, ...]) -> OldPage:
    page = _Saved()
    page.feed(text)
    upcs, isrcs, carried = [], [], []
    for data in page.data:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            continue
        for name, value in _strings(found):
            if name.lower() == "upc":
                upcs.append(value)
            elif name.lower() == "isrc":
                isrcs.append(value)
            elif value.startswith("https://") and _service(value):  # of all that data, what is a service for certain
                carried.append(value)
    return OldPage(
        title=page.said.get("og:title", "").strip(),
        slug=_slug_of(page.said.get("address") or page.said.get("og:url", "")),
        codes=tuple(dict.fromkeys([*upcs, *isrcs]))[:MOST_URLS],
        urls=_destinations((lead.strip() for lead in (*page.leads, *carried)), own),
    )


def _strings(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Return every string in data, with the name it has there."""
    match value:
        case str():
            yield name, value
        case dict() if depth < _DEEPEST:
            for key, one in value.items():
                yield from _strings(one, key, depth + 1)
        case list() if depth < _DEEPEST:
            for one in value:
                yield from _strings(one, name, depth + 1)


def _destinations(texts: Iterator[str], own: tuple[str, ...]) -> tuple[str, ...]:
    found = (text for text in texts if text.startswith(("https://", "http://")) and _host(text))
    found = (text for text in found if not is_at(_host(text), own))
    return tuple(dict.fromkeys(found))[:MOST_URLS]


def _slug_of(address: str) -> str:
    """Return the last part of an old address, which is what people remember of it."""
    try:
        path = urlsplit(address if "://" in address else f"https://there/{address}").path
    except ValueError:
        return ""
    return path.rstrip("/").rpartition("/")[2]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _service(url: str) -> str | None:
    return service_of(f"https://{_host(url)}/")
