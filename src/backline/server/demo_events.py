"""Four weeks of invented visits for the demo artist, written into a spool like a play process does.

They make the dashboard of a first start worth looking at. Everything about them is invented; they go the
way that every visit goes, so that the numbers are the product's own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import apsw
import msgspec

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.catalog import selectors as catalog
from backline.contract import events, spool
from backline.contract.events import Event, EventKind
from backline.core import clock
from backline.core.errors import RetryLater
from backline.links import selectors as links
from backline.server import demo
from backline.settings import environment

DAYS = 28
VIEWS_A_DAY = 90
CLICKS_PER_VIEW = 0.56
SHARES_PER_VIEW = 0.03
BOTS_PER_VIEW = 0.08
_WAIT = timedelta(seconds=3)

_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0"
_BROWSERS = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_APPLE} Version/18.6 Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_CHROME} Mobile Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Version/18.6 Safari/605.1.15",
)
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.24.1 A",
)
_PLACES = ("DE", "US", "BR", "GB", "FR", "MX", "JP", "IN", "NL", "ES", "ID", "PL")
_FROM = ("", "", "l.instagram.com", "l.instagram.com", "youtube.com", "t.co", "google.com", "lm.facebook.com")
_CAMPAIGNS = ("", "", "", "bio", "story", "newsletter")


@dataclass(frozen=True, slots=True)
class _Page:
    link_id: UUID | None
    services: tuple[str, ...]
    weight: float


def write() -> None:
    """Write the visits, once; raises :class:`RetryLater` while the demo's pages are not there yet."""
    artist_id = demo.artist_of_demo()
    if artist_id is None:
        return
    access = accounts.system_access(artist_id=artist_id)
    progress = catalog.import_progress(access)
    if progress is None or progress.is_running:
        raise RetryLater("The demo artist's pages are not there yet.", after=_WAIT)
    pages = _pages(access)
    drawn = random.Random(artist_id.int)  # noqa: S311  # the same visits, should the job run twice
    visits = sorted(_visits(artist_id, pages, drawn, until=progress.started_at), key=lambda event: event.at_ms)
    _write_spool(environment.current().spool_folder, f"demo-{artist_id.hex}", visits)


def _pages(access: ArtistAccess) -> list[_Page]:
    """Return the hub and the public pages; newer ones are visited more."""
    pages = [_Page(None, (), 0.5)]
    rows = links.links_page(access, state="public", query="", after="", limit=50).rows
    for place, row in enumerate(rows, start=1):
        services = links.link_detail(access, link_id=row.id).services
        shown = tuple(service.service for service in services if service.url and not service.is_hidden)
        pages.append(_Page(row.id, shown, 1 / place))
    return pages


def _visits(artist_id: UUID, pages: list[_Page], drawn: random.Random, *, until: datetime) -> Iterator[Event]:
    weights = [page.weight for page in pages]
    for day in range(DAYS):
        growth = 0.6 + day / DAYS + drawn.uniform(-0.15, 0.15)
        for _ in range(int(VIEWS_A_DAY * growth)):
            at = until - timedelta(days=DAYS - day) + timedelta(seconds=drawn.uniform(0, 86_400))
            (page,) = drawn.choices(pages, weights)
            fan = _Fan(artist_id, page.link_id, drawn)
            yield fan.event("view", at)
            if page.services and drawn.random() < CLICKS_PER_VIEW:
                favourites = [1 / place for place in range(1, len(page.services) + 1)]
                (service,) = drawn.choices(page.services, favourites)
                yield fan.event("service_click", at + timedelta(seconds=drawn.uniform(1, 20)), service=service)
            if drawn.random() < SHARES_PER_VIEW:
                yield fan.event("share", at + timedelta(seconds=drawn.uniform(5, 40)))
            if drawn.random() < BOTS_PER_VIEW:
                yield _Fan(artist_id, page.link_id, drawn, browsers=_BOTS).event("view", at)


class _Fan:
    """One invented visitor of one page."""

    def __init__(
        self, artist_id: UUID, link_id: UUID | None, drawn: random.Random, *, browsers: tuple[str, ...] = _BROWSERS
    ) -> None:
        self._drawn = drawn
        self._like = Event(
            id="",
            at_ms=0,
            kind="view",
            artist_id=str(artist_id),
            link_id=str(link_id) if link_id else "",
            country=drawn.choices(_PLACES, [1 / place for place in range(1, len(_PLACES) + 1)])[0],
            referrer_host=drawn.choice(_FROM),
            utm_campaign=drawn.choice(_CAMPAIGNS),
            user_agent=drawn.choice(browsers),
            locale="en",
            visitor=f"{drawn.getrandbits(64):016x}",
        )

    def event(self, kind: EventKind, at: datetime, *, service: str = "") -> Event:
        """Return what this visitor did."""
        at_ms = int(min(at, clock.now()).timestamp() * 1_000)
        name = _uuid7(at_ms, self._drawn)
        return msgspec.structs.replace(self._like, id=name, at_ms=at_ms, kind=kind, service=service)


def _uuid7(at_ms: int, drawn: random.Random) -> str:
    """Return a UUIDv7 (RFC 9562) of that instant, in hex."""
    return f"{at_ms << 80 | 7 << 76 | drawn.getrandbits(12) << 64 | 2 << 62 | drawn.getrandbits(62):032x}"


def _write_spool(folder: Path, spool_id: str, visits: list[Event]) -> None:
    """Write a whole spool that nobody owns: the shipper takes it as that of a process which has ended.

    Its name is always the same, so a second writing is known to be shipped already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{spool_id}.part"
    part.unlink(missing_ok=True)
    database = apsw.Connection(str(part))
    with database:
        database.execute(spool.SCHEMA)
        database.executemany("INSERT INTO events (event) VALUES (?)", ((events.encode(visit),) for visit in visits))
    database.close()
    part.replace(folder / f"{spool_id}{spool.SPOOL_SUFFIX}")
