"""An index of what a service knows by the service's own numbers: albums and tracks never share one."""

from __future__ import annotations

from collections.abc import Callable

from backline.sandbox import presence
from backline.sandbox.catalogue import Artist, Release, Track
from backline.sandbox.presence import Knows
from backline.sandbox.world import World


class Numbers:
    """Finds releases and tracks by number; made anew when the catalogue changed."""

    def __init__(
        self,
        world: World,
        *,
        knows: Callable[[Release], Knows],
        of_release: Callable[[Release], int],
        of_track: Callable[[Track], int],
    ) -> None:
        self._world = world
        self._knows, self._of_release, self._of_track = knows, of_release, of_track
        self._index: dict[int, Release | Track] = {}
        self._made_of: object = None

    def find(self, number: int) -> Release | Track | None:
        """Return what has the number at the service, None where it knows nothing of the kind."""
        catalogue = self._world.catalogue
        state = (catalogue, catalogue.version)
        if self._made_of != state:
            self._index = {}
            for release in catalogue.releases.values():
                if self._knows(release) is not Knows.NOT:
                    self._index[self._of_release(release)] = release
                    self._index.update((self._of_track(track), track) for track in release.tracks)
            self._made_of = state
        return self._index.get(number)


class ArtistNumbers:
    """Finds artists by Apple's number; made anew when the catalogue changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._index: dict[int, Artist] = {}
        self._made_of: object = None

    def find(self, number: int) -> Artist | None:
        """Return the artist who has the number, if anybody."""
        catalogue = self._world.catalogue
        state = (catalogue, catalogue.version)
        if self._made_of != state:
            self._index = {presence.itunes_artist_id(artist): artist for artist in catalogue.artists.values()}
            self._made_of = state
        return self._index.get(number)
