"""What happens at the services without the product asking: releases appear, change and go, artists go."""

from __future__ import annotations

from typing import get_args

from backline.sandbox import invented
from backline.sandbox.catalogue import Artist, Release, TrueType
from backline.sandbox.world import World

MOST_TRACKS = 100
LONGEST_TITLE = 500
_TYPES: dict[str, TrueType] = {name: name for name in get_args(TrueType)}


def appear(
    world: World, *, artist_id: str, title: str, true_type: str = "single", tracks: int = 1, released: str = ""
) -> Release:
    """Let an artist publish a release today, or on ``released``. Raises ``ValueError`` for what makes no sense."""
    artist = _artist(world, artist_id)
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise ValueError(f"title must have from 1 to {LONGEST_TITLE} characters.")
    if true_type not in _TYPES:
        raise ValueError(f"type must be one of {', '.join(_TYPES)}.")
    if not 1 <= tracks <= MOST_TRACKS:
        raise ValueError(f"tracks must be from 1 to {MOST_TRACKS}.")
    day = released or world.clock.now().date().isoformat()
    titles = [title] if tracks == 1 else [f"{title}, Part {part}" for part in range(1, tracks + 1)]
    release = invented.make_release(artist, title, _TYPES[true_type], day, titles)
    if release.id in world.catalogue.releases:
        raise ValueError("The artist has that release already.")
    world.catalogue.add_release(release)
    world.is_catalogue_changed = True
    return release


def take_down(world: World, *, release_id: str) -> Release:
    """Let a release be gone. Raises ``ValueError`` when there is no such release."""
    release = _release(world, release_id)
    world.catalogue.take_down(release)
    world.is_catalogue_changed = True
    return release


def remove_artist(world: World, *, artist_id: str) -> Artist:
    """Let an artist be gone from every service. Raises ``ValueError`` when there is no such artist."""
    artist = _artist(world, artist_id)
    world.catalogue.remove(artist)
    world.is_catalogue_changed = True
    return artist


def rename(world: World, *, release_id: str, title: str) -> Release:
    """Give a release another title. Raises ``ValueError`` when there is no such release or no title."""
    release = _release(world, release_id)
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise ValueError(f"title must have from 1 to {LONGEST_TITLE} characters.")
    world.catalogue.rename(release, title)
    world.is_catalogue_changed = True
    return release


def _artist(world: World, artist_id: str) -> Artist:
    artist = world.catalogue.artists.get(artist_id)
    if artist is None:
        raise ValueError("There is no artist with that id.")
    return artist


def _release(world: World, release_id: str) -> Release:
    release = world.catalogue.releases.get(release_id)
    if release is None:
        raise ValueError("There is no release with that id.")
    return release
