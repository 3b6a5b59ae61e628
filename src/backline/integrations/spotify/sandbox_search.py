"""Spotify's search: words, and the filters upc, isrc, artist, album, track and year."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from backline.integrations.spotify import sandbox_shapes
from backline.sandbox.catalogue import Artist, Playlist, Release, Track, fold, words_of
from backline.sandbox.world import World

TYPES = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")
MOST_RESULTS = 1000
_FILTER = re.compile(r'\b(upc|isrc|artist|album|track|year):(?:"([^"]*)"|(\S+))')


def search(world: World, query: str, types: list[str], *, limit: int, offset: int) -> dict[str, Any]:
    """Return one page for each type that was asked."""
    filters = {match[1]: match[2] or match[3] or "" for match in _FILTER.finditer(query)}
    words = _FILTER.sub(" ", query).strip()
    releases = _releases(world, filters, words)
    found: dict[str, Any] = {}
    for kind in types:
        things = _things(world, kind, filters, words, releases)[:MOST_RESULTS]
        items = [_shape(world, thing) for thing in things[offset : offset + limit]]
        asked = {"query": query, "type": kind}
        found[kind + "s"] = sandbox_shapes.page(
            world, "/search", items, limit=limit, offset=offset, total=len(things), query=asked
        )
    return found


def _things(
    world: World, kind: str, filters: dict[str, str], words: str, releases: list[Release]
) -> list[Artist] | list[Release] | list[Track] | list[Playlist]:
    finders: dict[str, Callable[[], list[Artist] | list[Release] | list[Track] | list[Playlist]]] = {
        "album": lambda: releases,
        "track": lambda: _tracks(world, filters, words, releases),
        "artist": lambda: world.catalogue.search_artists(f"{filters.get('artist', '')} {words}"),
        "playlist": lambda: [
            playlist for playlist in world.catalogue.playlists.values() if words and fold(words) in fold(playlist.name)
        ],
    }
    return finders[kind]() if kind in finders else []


def _releases(world: World, filters: dict[str, str], words: str) -> list[Release]:
    if "upc" in filters:
        release = world.catalogue.by_upc(filters["upc"])
        return [release] if release else []
    if "isrc" in filters:
        return []
    named = " ".join((filters.get("artist", ""), filters.get("album", ""), filters.get("track", ""), words))
    year = filters.get("year", "")
    return [release for release in world.catalogue.search(named) if release.released.startswith(year)]


def _tracks(world: World, filters: dict[str, str], words: str, releases: list[Release]) -> list[Track]:
    if "isrc" in filters:
        return world.catalogue.by_isrc(filters["isrc"])
    if "upc" in filters:
        return []
    wanted = words_of(f"{filters.get('track', '')} {words}")
    return [
        track
        for release in releases
        for track in release.tracks
        if wanted <= words_of(f"{track.title} {release.artist.name} {release.title}")
    ]


def _shape(world: World, thing: Artist | Release | Track | Playlist) -> dict[str, Any]:
    if isinstance(thing, Artist):
        return sandbox_shapes.artist(world, thing)
    if isinstance(thing, Release):
        return sandbox_shapes.simple_album(world, thing)
    if isinstance(thing, Track):
        return sandbox_shapes.track(world, thing)
    return sandbox_shapes.playlist(world, thing)
