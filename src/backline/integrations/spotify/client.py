"""Spotify's Web API in app mode. Calls, typed in and out; no rules.

Facts: ``docs/developers/outside-services.md``. Batch gets are gone since development mode, so an album
costs one request. The quota is the operator's account's, so when it is used up every worker stays away.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from backline.connections import quotas
from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, Rejected, RetryLater
from backline.core.http import Answer, Outbound, Service, basic_auth, in_words
from backline.integrations.spotify import shapes
from backline.settings.environment import SpotifySettings

T = TypeVar("T")

_Query = dict[str, str | int]

ALBUMS_PER_PAGE = 10
"""The most that ``/artists/{id}/albums`` gives (specification of 2026-05-31)."""

TRACKS_PER_PAGE = 50

_USED_OF_LIFE = 0.8
"""A token is replaced after this part of its life, so that none expires on the way."""

_QUOTA_AFTER = timedelta(hours=1)
"""How long to stay away when the quota is used up and Spotify does not say for how long."""

_PLAYLIST_FIELDS = "id,name,description,owner(id,display_name),images,items(total),tracks(total)"


_QUOTA_OF = "spotify"


class _TokenRefusedError(NeedsAction):
    """The Web API did not take our access token."""


class _QuotaUsedUpError(RetryLater):
    """The quota of the operator's account is used up."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"Spotify's quota for this app is used up. We will go on {in_words(after)}.", after=after)
        self.until = clock.now() + after


class SpotifyClient:
    """Thread-safe; keeps one access token per process."""

    def __init__(self, settings: SpotifySettings, outbound: Outbound) -> None:
        self._authorization = basic_auth(settings.client_id, settings.client_secret)
        self._accounts = Service(
            name="Spotify", base_url=settings.accounts_url, outbound=outbound, explain=_explain_token
        )
        self._api = Service(name="Spotify", base_url=settings.api_url, outbound=outbound, explain=_explain)
        self._lock = threading.Lock()
        self._token = ""
        self._token_until: datetime | None = None

    def artist(self, artist_id: str) -> shapes.Artist:
        """``GET /artists/{id}``."""
        return self._get("/artists/{id}", shapes.Artist, values={"id": artist_id})

    def albums_of(self, artist_id: str, *, offset: int) -> shapes.AlbumPage:
        """``GET /artists/{id}/albums``: the artist's own, a page of ten."""
        query: _Query = {"include_groups": "album,single,compilation", "limit": ALBUMS_PER_PAGE, "offset": offset}
        return self._get("/artists/{id}/albums", shapes.AlbumPage, values={"id": artist_id}, query=query)

    def newest_of(self, artist_id: str, *, group: str) -> shapes.Album | None:
        """``GET /artists/{id}/albums``: the newest of the artist's own in a group; each group comes newest first."""
        query: _Query = {"include_groups": group, "limit": 1}
        page = self._get("/artists/{id}/albums", shapes.AlbumPage, values={"id": artist_id}, query=query)
        return page.items[0] if page.items else None

    def artists_named(self, text: str) -> tuple[shapes.Artist, ...]:
        """``GET /search?type=artist``: at most ten, the likeliest first."""
        query: _Query = {"q": text, "type": "artist", "limit": ALBUMS_PER_PAGE}
        found = self._get("/search", shapes.ArtistSearch, query=query).artists.items
        return tuple(artist for artist in found if artist is not None)

    def album(self, album_id: str) -> shapes.Album:
        """``GET /albums/{id}``: with UPC and the first fifty tracks."""
        return self._get("/albums/{id}", shapes.Album, values={"id": album_id})

    def tracks_of(self, album_id: str, *, offset: int) -> shapes.TrackPage:
        """``GET /albums/{id}/tracks``: a page of fifty."""
        query: _Query = {"limit": TRACKS_PER_PAGE, "offset": offset}
        return self._get("/albums/{id}/tracks", shapes.TrackPage, values={"id": album_id}, query=query)

    def track(self, track_id: str) -> shapes.Track:
        """``GET /tracks/{id}``: with ISRC and release."""
        return self._get("/tracks/{id}", shapes.Track, values={"id": track_id})

    def albums_with_upc(self, upc: str) -> tuple[str, ...]:
        """``GET /search?q=upc:``: the ids of albums."""
        query: _Query = {"q": f"upc:{upc}", "type": "album", "limit": ALBUMS_PER_PAGE}
        found = self._get("/search", shapes.AlbumSearch, query=query).albums.items
        return tuple(album.id for album in found if album is not None)

    def tracks_with_isrc(self, isrc: str) -> tuple[shapes.Track, ...]:
        """``GET /search?q=isrc:``: tracks."""
        query: _Query = {"q": f"isrc:{isrc}", "type": "track", "limit": ALBUMS_PER_PAGE}
        found = self._get("/search", shapes.TrackSearch, query=query).tracks.items
        return tuple(track for track in found if track is not None)

    def playlist(self, playlist_id: str) -> shapes.Playlist:
        """``GET /playlists/{id}``: its public face, without items."""
        query: _Query = {"fields": _PLAYLIST_FIELDS}
        return self._get("/playlists/{id}", shapes.Playlist, values={"id": playlist_id}, query=query)

    def _get(
        self,
        path: str,
        shape: type[T],
        *,
        values: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> T:
        rest = quotas.rest_of(_QUOTA_OF)
        if rest is not None:
            raise _QuotaUsedUpError(rest)
        token = self._fresh_token()
        try:
            try:
                return self._api.get(path, shape, values=values, query=query, headers=_bearer(token))
            except _TokenRefusedError:
                token = self._fresh_token(instead_of=token)
            return self._api.get(path, shape, values=values, query=query, headers=_bearer(token))
        except _QuotaUsedUpError as error:
            quotas.note_usage(provider=_QUOTA_OF, resting_until=error.until)
            raise

    def _fresh_token(self, *, instead_of: str = "") -> str:
        """Return the app's token, fetched once for all threads; ``instead_of`` names one that was refused."""
        token, until = self._token, self._token_until
        if token and token != instead_of and until is not None and clock.now() < until:
            return token
        with self._lock:
            if self._token and self._token != instead_of and self._token_until and clock.now() < self._token_until:
                return self._token
            asked_at = clock.now()
            fetched = self._accounts.post_form(
                "/api/token",
                {"grant_type": "client_credentials"},
                shapes.Token,
                headers={"authorization": self._authorization},
                is_repeatable=True,
            )
            self._token_until = asked_at + timedelta(seconds=fetched.expires_in * _USED_OF_LIFE)
            self._token = fetched.access_token
            return self._token


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _explain(answer: Answer) -> BacklineError | None:
    """Say what the Web API's refusals mean."""
    if answer.status == 401:
        return _TokenRefusedError("Spotify does not accept our access. Check SPOTIFY_CLIENT_ID and its secret.")
    if answer.status == 403:
        return NeedsAction("Spotify does not let this app read its catalogue. The app's owner needs Spotify Premium.")
    if answer.status in (400, 404):
        message = "Spotify does not know this. Check the address, or copy it again from Spotify's share menu."
        return Rejected(message, field_errors={"url": message})
    if answer.status == 429:
        problem = answer.decode_or_none(shapes.ProblemBody)
        if problem is not None and problem.error.reason == "QUOTA_EXCEEDED":
            return _QuotaUsedUpError(max(answer.retry_after or _QUOTA_AFTER, timedelta(minutes=1)))
    return None


def _explain_token(answer: Answer) -> BacklineError | None:
    """Say what the accounts service's refusals mean (RFC 6749, 5.2)."""
    if answer.status in (400, 401, 403):
        problem = answer.decode_or_none(shapes.TokenProblem)
        reason = f" ({problem.error})" if problem is not None and problem.error in _TOKEN_ERRORS else ""
        return NeedsAction(
            f"Spotify refuses our app{reason}. Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the settings."
        )
    return None


_TOKEN_ERRORS = frozenset(
    {"invalid_client", "invalid_grant", "invalid_request", "unauthorized_client", "unsupported_grant_type"}
)
