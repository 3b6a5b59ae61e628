"""What a page says about itself to machines: schema.org in JSON-LD (SL-21)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import msgspec

from backline.contract.pages import PublishedPage

TRACKS_NAMED = 50
"""Tracks and releases named in the structured data; the rest is only counted."""

_RELEASE_TYPES = {"single": "SingleRelease", "ep": "EPRelease", "album": "AlbumRelease", "compilation": "AlbumRelease"}
# Inside a script element only the parser's own characters can do harm; JSON lets us write them as escapes.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def data_of(page: PublishedPage, picture: str) -> str:
    """Return the JSON-LD of a page, safe inside a ``script`` element. ``picture`` is absolute or empty."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.canonical_url))
    artist: dict[str, object] = {
        "@type": "MusicGroup",
        "name": page.artist_name,
        "url": f"{origin}/{quote(page.artist_slug)}",
    }
    about = _hub(page, artist, origin) if page.kind == "hub" else _release(page, artist)
    data: dict[str, object] = {
        "@context": "https://schema.org",
        **about,
        "image": picture,
        "genre": list(page.genres),
        "description": page.description,
    }
    known = {name: value for name, value in data.items() if value}
    return msgspec.json.encode(known).decode().translate(_ESCAPES)


def _hub(page: PublishedPage, artist: dict[str, object], origin: str) -> dict[str, object]:
    releases = [item for item in page.items if item.release_type != "playlist"]
    albums = [
        {"@type": "MusicAlbum", "name": item.title, "url": f"{origin}/{quote(item.path)}"}
        | ({"datePublished": item.released} if item.released else {})
        for item in releases[:TRACKS_NAMED]
    ]
    return {**artist, "album": albums}


def _release(page: PublishedPage, artist: dict[str, object]) -> dict[str, object]:
    data: dict[str, object] = {"@type": "MusicPlaylist", "creator": artist}
    if page.kind == "release":
        data = {
            "@type": "MusicAlbum",
            "byArtist": artist,
            "albumReleaseType": _RELEASE_TYPES.get(page.release_type),
            "albumProductionType": "CompilationAlbum" if page.release_type == "compilation" else None,
            "datePublished": page.released,
        }
    tracks = [
        {"@type": "MusicRecording", "name": track.title}
        | ({"duration": _duration(track.duration_ms)} if track.duration_ms else {})
        for track in page.tracks[:TRACKS_NAMED]
    ]
    return {
        **data,
        "name": page.title,
        "url": page.canonical_url,
        "numTracks": max(page.total_tracks, len(page.tracks)),
        "track": tracks,
        "sameAs": [service.url for service in page.services if service.url],
    }


def _duration(milliseconds: int) -> str:
    """Return an ISO 8601 duration, rounded to the second."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"PT{minutes}M{seconds}S"
