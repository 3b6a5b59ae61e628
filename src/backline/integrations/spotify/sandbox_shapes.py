"""The JSON objects of Spotify's Web API, made from the sandbox's catalogue."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from backline.sandbox import identifiers
from backline.sandbox.catalogue import Artist, Playlist, Release, Track
from backline.sandbox.world import World

_TRACKS_IN_ALBUM = 50
_MARKETS = (
    "AR",
    "AU",
    "BR",
    "CA",
    "DE",
    "ES",
    "FR",
    "GB",
    "ID",
    "IN",
    "IT",
    "JP",
    "MX",
    "NG",
    "NL",
    "PL",
    "SE",
    "TR",
    "US",
    "ZA",
)
_PRECISIONS = {4: "year", 7: "month", 10: "day"}
_COVERS = (640, 300, 64)
_PORTRAITS = (640, 320, 160)

Json = dict[str, Any]


def _api(world: World, path: str) -> str:
    return f"{world.base_url}/spotify/v1{path}"


def _is_extended(world: World) -> bool:
    return world.modes.spotify == "extended"


def images(world: World, picture_id: str, sizes: tuple[int, ...] = _COVERS) -> list[Json]:
    """Return the pictures of a thing, largest first."""
    return [
        {"url": f"{world.base_url}/spotify/covers/{picture_id}/{size}.jpg", "height": size, "width": size}
        for size in sizes
    ]


def page(
    world: World,
    path: str,
    items: list[Json],
    *,
    limit: int,
    offset: int,
    total: int,
    query: dict[str, str] | None = None,
) -> Json:
    """Return a page of a list, with the addresses of the pages before and after."""

    def at(place: int) -> str:
        return _api(world, f"{path}?{urlencode({**(query or {}), 'offset': place, 'limit': limit})}")

    has_next = limit > 0 and offset + limit < total
    return {
        "href": at(offset),
        "limit": limit,
        "next": at(offset + limit) if has_next else None,
        "offset": offset,
        "previous": at(max(0, offset - limit)) if offset > 0 and limit > 0 else None,
        "total": total,
        "items": items,
    }


def _reference(world: World, kind: str, thing_id: str) -> Json:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{thing_id}"},
        "href": _api(world, f"/{kind}s/{thing_id}"),
        "id": thing_id,
        "type": kind,
        "uri": f"spotify:{kind}:{thing_id}",
    }


def simple_artist(world: World, artist: Artist) -> Json:
    """Return SimplifiedArtistObject."""
    return {**_reference(world, "artist", artist.id), "name": artist.name}


def artist(world: World, artist: Artist) -> Json:
    """Return ArtistObject."""
    shape = {**simple_artist(world, artist), "images": images(world, artist.id, _PORTRAITS)}
    if _is_extended(world):
        followers = artist.popularity**3 + identifiers.number("followers", artist.id) % 5_000
        shape["followers"] = {"href": None, "total": followers}
        shape["genres"] = list(artist.genres)
        shape["popularity"] = artist.popularity
    return shape


def simple_album(world: World, release: Release) -> Json:
    """Return SimplifiedAlbumObject."""
    return {
        **_reference(world, "album", release.id),
        "album_type": release.spotify_type,
        "total_tracks": len(release.tracks),
        "available_markets": list(_MARKETS) if _is_extended(world) else [],
        "images": images(world, release.id),
        "name": release.title,
        "release_date": release.released,
        "release_date_precision": _PRECISIONS[len(release.released)],
        "artists": [simple_artist(world, release.artist)],
    }


def album(world: World, release: Release) -> Json:
    """Return AlbumObject with the first fifty tracks and the UPC."""
    is_extended = _is_extended(world)
    year = release.released[:4]
    return {
        **simple_album(world, release),
        "tracks": album_tracks(world, release, _TRACKS_IN_ALBUM, 0),
        "copyrights": [
            {"text": f"{year} {release.label}", "type": "C"},
            {"text": f"{year} {release.label}", "type": "P"},
        ],
        "external_ids": {"upc": release.upc},
        "genres": [],
        "label": release.label if is_extended else "",
        "popularity": max((track.popularity for track in release.tracks), default=0) if is_extended else 0,
    }


def album_tracks(world: World, release: Release, limit: int, offset: int) -> Json:
    """Return a page of SimplifiedTrackObject."""
    items = [simple_track(world, track) for track in release.tracks[offset : offset + limit]]
    return page(world, f"/albums/{release.id}/tracks", items, limit=limit, offset=offset, total=len(release.tracks))


def simple_track(world: World, track: Track) -> Json:
    """Return SimplifiedTrackObject."""
    shape = {
        **_reference(world, "track", track.id),
        "artists": [simple_artist(world, track.release.artist)],
        "disc_number": 1,
        "duration_ms": track.duration_ms,
        "explicit": track.is_explicit,
        "is_local": False,
        "name": track.title,
        "preview_url": None,
        "track_number": track.number,
    }
    if _is_extended(world):
        shape["available_markets"] = list(_MARKETS)
    return shape


def track(world: World, track: Track) -> Json:
    """Return TrackObject with the release that it stands on and the ISRC."""
    shape = {
        **simple_track(world, track),
        "album": simple_album(world, track.release),
        "external_ids": {"isrc": track.isrc},
    }
    if _is_extended(world):
        shape["popularity"] = track.popularity
    return shape


def playlist(world: World, playlist: Playlist) -> Json:
    """Return PlaylistObject without its items, which only its owner may read."""
    owner = playlist.owner_id
    shape = {
        **_reference(world, "playlist", playlist.id),
        "collaborative": False,
        "description": playlist.description,
        "images": images(world, playlist.id, (640,)),
        "name": playlist.name,
        "owner": {
            "display_name": playlist.owner_name,
            "external_urls": {"spotify": f"https://open.spotify.com/user/{owner}"},
            "href": _api(world, f"/users/{owner}"),
            "id": owner,
            "type": "user",
            "uri": f"spotify:user:{owner}",
        },
        "public": True,
        "snapshot_id": f"AAAA{identifiers.spotify_id('snapshot', playlist.id)}",
    }
    if _is_extended(world):
        shape["followers"] = {"href": None, "total": identifiers.number("followers", playlist.id) % 9_000}
        shape["tracks"] = page(
            world, f"/playlists/{playlist.id}/tracks", [], limit=0, offset=0, total=playlist.total_tracks
        )
    return shape
