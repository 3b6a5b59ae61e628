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
    artist = {"@type": "MusicGroup", "name": page.artist_name, "url": f"{origin}/{quote(page.artist_slug)}"}
    data: dict[str, object] = {"@context": "https://schema.org"}
    if page.kind == "hub":
        data |= artist
        data["album"] = [
            {"@type": "MusicAlbum", "name": item.title, "url": f"{origin}/{quote(item.path)}"}
            | ({"datePublished": item.released} if item.released else {})
            for item in page.items
            if item.release_type != "playlist"
        ][:TRACKS_NAMED]
    else:
        data |= {"name": page.title, "url": page.canonical_url}
        if page.kind == "playlist":
            data |= {"@type": "MusicPlaylist", "creator": artist}
        else:
            data |= {"@type": "MusicAlbum", "byArtist": artist}
            if page.release_type in _RELEASE_TYPES:
                data["albumReleaseType"] = _RELEASE_TYPES[page.release_type]
            if page.release_type == "compilation":
                data["albumProductionType"] = "CompilationAlbum"
            if page.released:
                data["datePublished"] = page.released
        if total := max(page.total_tracks, len(page.tracks)):
            data["numTracks"] = total
        if page.tracks:
            data["track"] = [
                {"@type": "MusicRecording", "name": track.title}
                | ({"duration": _duration(track.duration_ms)} if track.duration_ms else {})
                for track in page.tracks[:TRACKS_NAMED]
            ]
        if links := [service.url for service in page.services if service.url]:
            data["sameAs"] = links
    if picture:
        data["image"] = picture
    if page.genres:
        data["genre"] = list(page.genres)
    if page.description:
        data["description"] = page.description
    return msgspec.json.encode(data).decode().translate(_ESCAPES)


def _duration(milliseconds: int) -> str:
    """Return an ISO 8601 duration, rounded to the second."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"PT{minutes}M{seconds}S"
