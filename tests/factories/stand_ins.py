"""Stand-ins for the outside world of the catalogue: a source of releases, sources of links, covers. All invented."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from PIL import Image

from backline.catalog import ports, resting
from backline.catalog.types import (
    Confidence,
    FoundArtist,
    FoundImage,
    FoundLink,
    FoundPlaylist,
    FoundRelease,
    FoundTrack,
    ReleaseKey,
    ReleasePage,
    SourceRef,
)
from backline.core.errors import BacklineError, Rejected, RetryLater

ARTIST_ID = "0ArtistHallaNorden0000"
ARTIST_URL = f"https://open.spotify.com/artist/{ARTIST_ID}"


def found_release(number: int = 1, **values: object) -> FoundRelease:
    """Return a release of one track; ``values`` replace its fields."""
    external_id = str(values.pop("external_id", f"0Album{number:016d}"))
    release = FoundRelease(
        external_id=external_id,
        title=f"Harbour Night {number}",
        group="single",
        released=f"2024-05-{number % 28 + 1:02d}",
        total_tracks=1,
        url=f"https://open.spotify.com/album/{external_id}",
        artist_names=("Halla Norden",),
        artist_ids=(ARTIST_ID,),
        images=(
            FoundImage(f"https://covers.example/{external_id}/640", 640, 640),
            FoundImage(f"https://covers.example/{external_id}/300", 300, 300),
        ),
        upc=f"{940000000000 + number}",
        label="Night Ferry Records",
        tracks=found_tracks(1, prefix=f"0Track{number:08d}"),
    )
    return replace(release, **values)


def found_tracks(count: int, *, prefix: str = "0Track00000001", minutes: float = 3) -> tuple[FoundTrack, ...]:
    """Return tracks of equal length."""
    return tuple(
        FoundTrack(
            external_id=f"{prefix}{number:08d}",
            title=f"Part {number}",
            number=number,
            disc=1,
            duration_ms=round(minutes * 60_000),
            isrc=f"ZZBLN24{int(prefix[-8:]) % 1000:03d}{number:02d}",
        )
        for number in range(1, count + 1)
    )


@dataclass
class StandInCatalog:
    """A catalogue source. ``trouble`` is asked before every call and may raise; ``calls`` lists what was asked."""

    releases_: list[FoundRelease] = field(default_factory=list)
    artist_: FoundArtist | None = field(
        default_factory=lambda: FoundArtist(
            external_id=ARTIST_ID,
            name="Halla Norden",
            url=ARTIST_URL,
            image=FoundImage("https://covers.example/halla/640", 640, 640),
            genres=("art pop",),
        )
    )
    playlists: dict[str, FoundPlaylist] = field(default_factory=dict)
    trouble: Callable[[str, str], None] = lambda verb, what: None
    page_size: int = 10
    calls: list[tuple[str, str]] = field(default_factory=list)

    def _ask(self, verb: str, what: str) -> None:
        self.calls.append((verb, what))
        self.trouble(verb, what)

    def understand(self, text: str) -> SourceRef | None:
        match = re.fullmatch(
            r"(?:https://open\.spotify\.com/(?:intl-\w+/)?|spotify:)(artist|album|track|playlist|user)[/:](\w+)(?:\?.*)?",
            text,
        )
        return SourceRef(match[1], match[2]) if match else None  # type: ignore[arg-type]

    def artist(self, external_id: str) -> FoundArtist:
        self._ask("artist", external_id)
        if self.artist_ is None:
            raise Rejected("Spotify has no such artist.")
        return replace(self.artist_, external_id=external_id)

    def releases(self, artist_id: str, *, offset: int) -> ReleasePage:
        self._ask("releases", str(offset))
        page = self.releases_[offset : offset + self.page_size]
        after = offset + self.page_size
        listed = tuple(replace(release, upc="", label="", tracks=()) for release in page)
        return ReleasePage(listed, len(self.releases_), after if after < len(self.releases_) else None)

    def release(self, external_id: str) -> FoundRelease:
        self._ask("release", external_id)
        return self._find(lambda release: release.external_id == external_id)

    def release_of_track(self, track_id: str) -> FoundRelease:
        self._ask("track", track_id)
        return self._find(lambda release: any(track.external_id == track_id for track in release.tracks))

    def release_by_upc(self, upc: str) -> FoundRelease:
        self._ask("upc", upc)
        return self._find(lambda release: release.upc == upc)

    def release_by_isrc(self, isrc: str) -> FoundRelease:
        self._ask("isrc", isrc)
        return self._find(lambda release: any(track.isrc == isrc for track in release.tracks))

    def playlist(self, external_id: str) -> FoundPlaylist:
        self._ask("playlist", external_id)
        if external_id not in self.playlists:
            raise Rejected("Spotify has no such playlist.")
        return self.playlists[external_id]

    def _find(self, is_it: Callable[[FoundRelease], bool]) -> FoundRelease:
        found = next((release for release in self.releases_ if is_it(release)), None)
        if found is None:
            raise Rejected("Spotify has no such release.")
        return found


@dataclass
class StandInLinks:
    """A link source that finds every release on Deezer by its UPC, unless told otherwise."""

    key: str = "deezer"
    is_quick: bool = True
    answer: Callable[[ReleaseKey], tuple[FoundLink, ...]] = lambda release: (
        FoundLink("deezer", f"https://www.deezer.com/album/{release.upc}", Confidence.EXACT),
    )
    asked: list[ReleaseKey] = field(default_factory=list)

    def find(self, release: ReleaseKey) -> tuple[FoundLink, ...]:
        self.asked.append(release)
        return self.answer(release)


@dataclass
class StandInCovers:
    """An image source that paints a picture per address."""

    trouble: BacklineError | None = None
    fetched: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if self.trouble is not None:
            raise self.trouble
        shade = sum(url.encode()) % 256
        file = io.BytesIO()
        Image.new("RGB", (8, 8), (shade, 255 - shade, len(url))).save(file, "PNG")
        return file.getvalue()


@dataclass
class World:
    """Everything outside, as a test wants it."""

    catalog: StandInCatalog
    deezer: StandInLinks
    covers: StandInCovers


@contextmanager
def world(*, releases: list[FoundRelease] | None = None, **sources: StandInLinks) -> Iterator[World]:
    """Hold the ports with stand-ins; without ``sources`` there is one that knows everything on Deezer."""
    catalog, covers = StandInCatalog(releases_=releases or []), StandInCovers()
    deezer = StandInLinks()
    wake_all()
    with ExitStack() as stack:
        stack.enter_context(ports.catalog_sources.holding(spotify=catalog))
        stack.enter_context(ports.link_sources.holding(**(sources or {"deezer": deezer})))
        stack.enter_context(ports.image_sources.holding(covers=covers))
        yield World(catalog, deezer, covers)
    wake_all()


def wake_all() -> None:
    """Have every service asked again, whatever failed before."""
    resting._until.clear()


def away(after: timedelta | None = None) -> RetryLater:
    """Return what a service raises that cannot answer now."""
    return RetryLater("Spotify cannot answer now.", after=after)
