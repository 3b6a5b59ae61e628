"""``backline stats``: what fans did on one artist's pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistIdentity
from backline.analytics import questions
from backline.analytics.shipping import shipper
from backline.analytics.types import Totals
from backline.core import clock
from backline.server.commands import CommandError, say
from backline.settings import environment

EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Line:
    key: str
    label: str
    value: int | float | None

    @property
    def shown(self) -> str:
        if self.value is None:
            return "-"
        return f"{self.value:.1%}" if isinstance(self.value, float) else f"{self.value:,}"


def run(settings: environment.Environment, *, artist: str, days: int | None, as_json: bool) -> int:
    """Print the totals of the artist (slug or id), ever or of the last ``days`` days."""
    if days is not None and days < 1:
        raise CommandError("--days must be 1 or more.")
    identity = find_artist(artist)
    shipper.ship_once(settings)  # what fans did this second counts too, also when no worker runs
    until = clock.now() + timedelta(days=1)
    since = EVER if days is None else clock.now() - timedelta(days=days)
    found = _lines(questions.totals(accounts.system_access(artist_id=identity.id), since=since, until=until))
    if as_json:
        say(json.dumps({"artist": identity.slug} | {line.key: line.value for line in found}))
        return 0
    say(f"{identity.name} ({identity.slug}), {'ever' if days is None else f'last {days} days'}")
    for line in found:
        say(f"  {line.label:<22}{line.shown:>12}")
    return 0


def find_artist(slug_or_id: str) -> ArtistIdentity:
    """Return the artist; raises :class:`backline.core.errors.NotFoundError`."""
    try:
        artist_id = UUID(slug_or_id)
    except ValueError:
        return accounts.artist_identity_by_slug(slug=slug_or_id)
    return accounts.artist_identity(artist_id=artist_id)


def _lines(totals: Totals) -> tuple[_Line, ...]:
    return (
        _Line("views", "Views", totals.views),
        _Line("service_clicks", "Music service clicks", totals.service_clicks),
        _Line("share_clicks", "Share clicks", totals.share_clicks),
        _Line("saves", "Save events", totals.saves),
        _Line("video_plays", "Video plays", totals.video_plays),
        _Line("service_click_rate", "Service click rate", totals.service_click_rate),
        _Line("bots", "Bots set aside", totals.bots),
    )
