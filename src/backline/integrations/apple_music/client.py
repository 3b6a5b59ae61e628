"""Apple Music's catalogue API. Calls, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TypeVar

import jwt
import msgspec

from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, Rejected
from backline.core.http import Answer, Outbound, Service
from backline.settings.services import AppleMusicSettings

T = TypeVar("T")

TOKEN_LIFE = timedelta(days=180)
"""How long a developer token is good for; Apple takes at most 15,777,000 seconds, some 182 days."""

_USED_OF_LIFE = 0.8
"""A token is signed anew after this part of its life, so that none expires on the way."""

_MOST_HITS = 10

_KEY_HELP = "Check APPLE_MUSIC_TEAM_ID, APPLE_MUSIC_KEY_ID and APPLE_MUSIC_PRIVATE_KEY in the settings."


class Artwork(msgspec.Struct, frozen=True):
    """A picture; ``{w}`` and ``{h}`` in its address stand for a size in pixels."""

    url: str


class AlbumAttributes(msgspec.Struct, frozen=True, rename="camel"):
    """An album; ``release_date`` is a year, a month or a day in ISO 8601."""

    name: str
    release_date: str = ""


class Album(msgspec.Struct, frozen=True):
    """``albums``."""

    attributes: AlbumAttributes | None = None


class AlbumView(msgspec.Struct, frozen=True):
    """A view that holds albums."""

    data: tuple[Album, ...] = ()


class ArtistViews(msgspec.Struct, frozen=True, rename="kebab"):
    """The views that were asked for."""

    latest_release: AlbumView | None = None


class ArtistAttributes(msgspec.Struct, frozen=True):
    """An artist."""

    name: str
    url: str
    artwork: Artwork | None = None


class Artist(msgspec.Struct, frozen=True):
    """``artists``."""

    id: str
    attributes: ArtistAttributes
    views: ArtistViews | None = None


class Artists(msgspec.Struct, frozen=True):
    """A list of artists."""

    data: tuple[Artist, ...]


class Results(msgspec.Struct, frozen=True):
    """What a search found; a type without hits is left out."""

    artists: Artists | None = None


class Found(msgspec.Struct, frozen=True):
    """``GET /catalog/{storefront}/search``."""

    results: Results


class UnknownHereError(Rejected):
    """The storefront does not have it."""


class AppleMusicClient:
    """Thread-safe; signs one developer token per process."""

    def __init__(self, settings: AppleMusicSettings, outbound: Outbound) -> None:
        self._settings = settings
        self._service = Service(name="Apple Music", base_url=settings.url, outbound=outbound, explain=_explain)
        self._lock = threading.Lock()
        self._token = ""
        self._token_until: datetime | None = None

    def artist(self, artist_id: str, *, storefront: str) -> Artist:
        """``GET /catalog/{storefront}/artists/{id}`` with the latest release; raises :class:`UnknownHereError`."""
        found = self._get(
            "/catalog/{storefront}/artists/{id}",
            Artists,
            values={"storefront": storefront, "id": artist_id},
            query={"views": "latest-release"},
        )
        if not found.data:
            raise UnknownHereError("Apple Music does not know this artist.")
        return found.data[0]

    def artists_named(self, text: str, *, storefront: str) -> tuple[Artist, ...]:
        """``GET /catalog/{storefront}/search?types=artists``: at most ten, the likeliest first."""
        found = self._get(
            "/catalog/{storefront}/search",
            Found,
            values={"storefront": storefront},
            query={"term": text, "types": "artists", "limit": _MOST_HITS},
        )
        return found.results.artists.data if found.results.artists else ()

    def _get(self, path: str, shape: type[T], *, values: dict[str, str], query: dict[str, str | int]) -> T:
        headers = {"authorization": f"Bearer {self._developer_token()}"}
        return self._service.get(path, shape, values=values, query=query, headers=headers)

    def _developer_token(self) -> str:
        """Return the developer token (a JWT signed with ES256), signed once for all threads."""
        with self._lock:
            now = clock.now()
            if self._token_until is None or now >= self._token_until:
                claims = {"iss": self._settings.team_id, "iat": now, "exp": now + TOKEN_LIFE}
                try:
                    self._token = jwt.encode(
                        claims, self._settings.private_key, algorithm="ES256", headers={"kid": self._settings.key_id}
                    )
                except (ValueError, TypeError, jwt.PyJWTError):
                    raise NeedsAction(f"The MusicKit key cannot be read. {_KEY_HELP}") from None
                self._token_until = now + TOKEN_LIFE * _USED_OF_LIFE
            return self._token


def _explain(answer: Answer) -> BacklineError | None:
    if answer.status in (401, 403):
        return NeedsAction(f"Apple Music does not accept our access. {_KEY_HELP}")
    if answer.status in (400, 404):
        return UnknownHereError("Apple Music does not know this.")
    return None
