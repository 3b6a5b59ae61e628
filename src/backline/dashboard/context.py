"""What every page of the dashboard knows: who is signed in, which artist it is about, where one can go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess, ArtistSummary, Role
from backline.dashboard.signed_in import user_id_of
from backline.settings import environment

LAST_ARTIST = "last_artist"
"""The session remembers whose dashboard was open, for pages that are about no artist."""


@dataclass(frozen=True, slots=True)
class Room:
    """One entry of the navigation. ``key`` is what a page names as its ``room``."""

    key: str
    label: str
    short_label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Wing:
    """A group of rooms, with a label or without."""

    label: str
    rooms: tuple[Room, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame around a page."""

    artists: tuple[ArtistSummary, ...]
    artist: ArtistSummary | None
    wings: tuple[Wing, ...]

    @property
    def tabs(self) -> tuple[Room, ...]:
        """The rooms of the bottom bar on phones: the most used ones; the drawer has them all."""
        return tuple(room for wing in self.wings for room in wing.rooms)[:3]


def remember(request: HttpRequest, slug: str) -> None:
    """Keep which artist is open, writing the session only when it changes."""
    if request.session.get(LAST_ARTIST) != slug:
        request.session[LAST_ARTIST] = slug


def current_artist(request: HttpRequest, artists: tuple[ArtistSummary, ...]) -> ArtistSummary | None:
    """Return the artist of the page, else the last one that was open, else the first."""
    access: ArtistAccess | None = getattr(request, "access", None)
    if access is not None:
        for artist in artists:
            if artist.id == access.artist_id:
                return artist
        return _visited(access)
    slug = request.session.get(LAST_ARTIST)
    return next((artist for artist in artists if artist.slug == slug), artists[0] if artists else None)


def _visited(access: ArtistAccess) -> ArtistSummary:
    """Return an artist that an operator looks at without being a member."""
    artist = accounts.artist_identity(artist_id=access.artist_id)
    return ArtistSummary(
        id=artist.id,
        name=artist.name,
        slug=artist.slug,
        image_key=artist.image_key,
        organization_id=artist.organization_id,
        organization_name="",
        role=Role(access.role),
    )


def _wings(artist: ArtistSummary) -> tuple[Wing, ...]:
    overview = reverse("dashboard:overview", args=[artist.slug])
    links = reverse("dashboard:links", args=[artist.slug])
    audience = reverse("dashboard:audience", args=[artist.slug])
    connections = reverse("dashboard:connections", args=[artist.slug])
    billing = reverse("dashboard:billing", args=[artist.slug])
    settings = reverse("account:artist", args=[artist.slug])
    organization = reverse("account:organization", args=[artist.organization_id])
    organization_room = Room("organization", "Organization", "Organization", "people", organization)
    return (
        Wing(
            "",
            (
                Room("overview", "Overview", "Overview", "overview", overview),
                Room("links", "Smart Links", "Links", "link", links),
            ),
        ),
        Wing("Marketing", (Room("audience", "Audience", "Audience", "audience", audience),)),
        Wing(
            "Account",
            (
                Room("connections", "Platform Connections", "Connections", "plug", connections),
                Room("billing", "Billing", "Billing", "card", billing),
            ),
        ),
        Wing(
            "Settings",
            (
                Room("artist", "Artist", "Artist", "person", settings),
                *((organization_room,) if artist.is_in_organization else ()),
            ),
        ),
    )


def _shell(request: HttpRequest) -> Shell:
    artists = accounts.artists_of(user_id=user_id_of(request))
    artist = current_artist(request, artists)
    return Shell(artists=artists, artist=artist, wings=_wings(artist) if artist else ())


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame of the page; nothing is asked of the database until a template uses it."""
    settings = environment.current()
    context: dict[str, Any] = {
        "is_sandbox": not settings.is_production,
        "sandbox_url": settings.sandbox_url,
        "play_url": settings.play_url,
        "play_host": settings.play_url.split("://", 1)[1],
        "access": getattr(request, "access", None),
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["shell"] = SimpleLazyObject(lambda: _shell(request))
    return context
