"""An artist with a catalogue and people who look at it, for the tests of the dashboard. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.test import Client
from tests.factories.accounts import access_of, make_artist, make_member, make_user
from tests.factories.analytics import SpoolWriter, make_event
from tests.factories.stand_ins import ARTIST_URL, StandInLinks, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.accounts.models import User
from backline.accounts.types import ArtistAccess, ArtistIdentity, Role
from backline.analytics.shipping import shipper
from backline.catalog.types import FoundRelease
from backline.connections.services import connect_spotify
from backline.core import clock
from backline.links import selectors as links
from backline.settings.environment import Environment


@dataclass(frozen=True)
class Studio:
    """An artist, their manager, and the manager's browser."""

    artist: ArtistIdentity
    manager: User
    client: Client

    @property
    def access(self) -> ArtistAccess:
        """The manager's access."""
        return access_of(self.manager, self.artist)

    def url(self, path: str = "") -> str:
        """Return an address below the artist."""
        return f"/a/{self.artist.slug}/{path}"

    def page(self, path: str = "", **query: str) -> str:
        """Return a page's HTML; it has to be there."""
        answer = self.client.get(self.url(path), query)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def link_id(self, title: str) -> UUID:
        """Return the id of the link with this title."""
        return next(row.id for row in links.links_page(self.access, limit=100).rows if row.title == title)

    def client_of(self, role: Role) -> Client:
        """Return the browser of a new member with a role."""
        return signed_in(make_member(self.artist, role=role))


def signed_in(user: User) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def make_studio(name: str = "Halla Norden") -> Studio:
    """Make an artist without any link."""
    manager = make_user(name="Jo Lind")
    return Studio(make_artist(creator=manager, name=name), manager, signed_in(manager))


def fill(
    studio: Studio, drain_jobs: DrainJobs, releases: list[FoundRelease] | int = 3, *, deezer: StandInLinks | None = None
) -> Studio:
    """Connect the artist and import the releases (or that many ordinary ones)."""
    found = [found_release(number) for number in range(1, releases + 1)] if isinstance(releases, int) else releases
    with world(releases=found, deezer=deezer or StandInLinks()):
        connect_spotify(studio.access, url=ARTIST_URL)
        drain_jobs(hurry=True)
    return studio


def play_events(
    settings: Environment, studio: Studio, *kinds: str, link: UUID | None, at: datetime | None = None
) -> None:
    """Let fans do things on a page, by default a minute ago, and ship them into the lake."""
    at = at or clock.now() - timedelta(minutes=1)
    with SpoolWriter(settings.spool_folder) as spool:
        spool.write(*(make_event(artist=studio.artist.id, link=link, at=at, kind=kind) for kind in kinds))
    shipper.ship_once(settings)
