"""Which services know a release, and under which addresses.

Decided once and for all by the release's UPC, so that every stand-in tells the same story and links differ from
release to release. Every address is on the service's real host.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from backline.sandbox import identifiers
from backline.sandbox.catalogue import Artist, Release, Track


class Knows(StrEnum):
    """How a service knows a release."""

    BY_UPC = "upc"
    BY_ISRC = "isrc"  # filed under another UPC, its recordings under the same ISRCs
    BY_NAME = "name"  # filed under other codes: only a search finds it
    NEAR_MISS = "near miss"  # a search finds something of the same name that has another length
    NOT = "not"


@dataclass(frozen=True, slots=True)
class _Shares:
    """The parts of all releases, adding up: below ``upc`` by UPC, below ``isrc`` by ISRC, and so on."""

    upc: float
    isrc: float
    name: float
    near_miss: float


_DEEZER = _Shares(0.74, 0.80, 0.90, 0.95)
_ITUNES = _Shares(0.80, 0.84, 0.90, 0.94)
_MUSICBRAINZ_SHARE = 0.55
_ODESLI_SHARE = 0.92

# The share of releases that are on each service. Those of the second group are in MusicBrainz's relations only:
# Odesli's format has no word for them.
_SERVICE_SHARES = {
    "tidal": 0.82,
    "youtube": 0.9,
    "youtube-music": 0.9,
    "amazon-music": 0.85,
    "amazon-store": 0.55,
    "soundcloud": 0.6,
    "bandcamp": 0.4,
    "pandora": 0.5,
    "napster": 0.35,
    "audiomack": 0.45,
    "audius": 0.12,
    "anghami": 0.6,
    "boomplay": 0.5,
    "yandex-music": 0.4,
    "qobuz": 0.5,
    "beatport": 0.15,
    "jiosaavn": 0.35,
    "line-music": 0.3,
    "kkbox": 0.3,
    "melon": 0.25,
    "bugs": 0.2,
    "genie": 0.2,
    "netease": 0.3,
    "qq-music": 0.3,
}

EXTRA_NEAR_MISS_SECONDS = 31
_STORES = ("us", "gb", "de", "fr", "jp", "br", "ca", "au", "mx", "in")


def deezer_knows(release: Release) -> Knows:
    """Tell how Deezer knows a release."""
    return _knows("deezer", _DEEZER, release)


def itunes_knows(release: Release) -> Knows:
    """Tell how Apple's shop knows a release."""
    return _knows("itunes", _ITUNES, release)


def is_in_musicbrainz(release: Release) -> bool:
    """Tell whether MusicBrainz has the release, with its barcode."""
    return identifiers.share("musicbrainz", release.upc) < _MUSICBRAINZ_SHARE


def is_in_odesli(release: Release) -> bool:
    """Tell whether Odesli resolves the release."""
    return identifiers.share("odesli", release.upc) < _ODESLI_SHARE


def is_sold_in(release: Release, store: str) -> bool:
    """Tell whether Apple sells it in a country (two small letters): one release in twenty is sold in a few only."""
    if identifiers.share("stores", release.upc) >= 0.05:
        return True
    return store in _STORES[: 2 + identifiers.number("stores", release.upc) % 5]


def deezer_id(release: Release) -> int:
    """Return the album's number at Deezer."""
    return identifiers.small(9, "deezer album", release.id)


def deezer_track_id(track: Track) -> int:
    """Return the track's number at Deezer."""
    return identifiers.small(10, "deezer track", track.id)


def deezer_artist_id(artist: Artist) -> int:
    """Return the artist's number at Deezer."""
    return identifiers.small(8, "deezer artist", artist.id)


def itunes_id(release: Release) -> int:
    """Return the collection's number in Apple's shop."""
    return identifiers.small(10, "itunes collection", release.id)


def itunes_track_id(track: Track) -> int:
    """Return the song's number in Apple's shop."""
    return identifiers.small(10, "itunes track", track.id)


def itunes_artist_id(artist: Artist) -> int:
    """Return the artist's number in Apple's shop."""
    return identifiers.small(10, "itunes artist", artist.id)


def slug(words: str, fallback: str) -> str:
    """Return words as they stand in an address: small ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or fallback.lower()


def spotify_url(release: Release) -> str:
    """Return its page on Spotify."""
    return f"https://open.spotify.com/album/{release.id}"


def deezer_url(release: Release) -> str:
    """Return its page on Deezer."""
    return f"https://www.deezer.com/album/{deezer_id(release)}"


def apple_url(release: Release, store: str = "us") -> str:
    """Return its page on Apple Music."""
    return f"https://music.apple.com/{store}/album/{slug(release.title, '_')}/{itunes_id(release)}"


def apple_artist_url(artist: Artist, store: str = "us") -> str:
    """Return the artist's page on Apple Music."""
    return f"https://music.apple.com/{store}/artist/{slug(artist.name, '_')}/{itunes_artist_id(artist)}"


def service_urls(release: Release) -> dict[str, str]:
    """Return the addresses on every service that is on nobody's own API here, by service."""
    title = slug(release.title, release.id)
    artist = slug(release.artist.name, release.artist.id).replace("-", "")
    asin = "B0" + identifiers.letters(8, "amazon", release.id)
    youtube_list = "OLAK5uy_" + identifiers.text(_YOUTUBE, 33, "youtube", release.id)

    def number(service: str, digits: int) -> int:
        return identifiers.small(digits, service, release.id)

    everywhere = {
        "tidal": f"https://listen.tidal.com/album/{number('tidal', 9)}",
        "youtube": f"https://www.youtube.com/playlist?list={youtube_list}",
        "youtube-music": f"https://music.youtube.com/playlist?list={youtube_list}",
        "amazon-music": f"https://music.amazon.com/albums/{asin}",
        "amazon-store": f"https://amazon.com/dp/{asin}",
        "soundcloud": f"https://soundcloud.com/{artist}/sets/{title}",
        "bandcamp": f"https://{artist}.bandcamp.com/album/{title}",
        "pandora": f"https://www.pandora.com/AL:{number('pandora', 7)}",
        "napster": f"https://play.napster.com/album/alb.{number('napster', 9)}",
        "audiomack": f"https://audiomack.com/{artist}/album/{title}",
        "audius": f"https://audius.co/{artist}/album/{title}-{number('audius', 6)}",
        "anghami": f"https://play.anghami.com/album/{number('anghami', 10)}",
        "boomplay": f"https://www.boomplay.com/albums/{number('boomplay', 8)}",
        "yandex-music": f"https://music.yandex.ru/album/{number('yandex', 8)}",
        "qobuz": f"https://www.qobuz.com/us-en/album/{title}/{identifiers.letters(13, 'qobuz', release.id).lower()}",
        "beatport": f"https://www.beatport.com/release/{title}/{number('beatport', 7)}",
        "jiosaavn": f"https://www.jiosaavn.com/album/{title}/{identifiers.letters(11, 'saavn', release.id)}_",
        "line-music": f"https://music.line.me/webapp/album/mb{number('line', 16)}",
        "kkbox": f"https://www.kkbox.com/tw/en/album/{identifiers.spotify_id('kkbox', release.id)[:18]}",
        "melon": f"https://www.melon.com/album/detail.htm?albumId={number('melon', 8)}",
        "bugs": f"https://music.bugs.co.kr/album/{number('bugs', 8)}",
        "genie": f"https://www.genie.co.kr/detail/albumInfo?axnm={number('genie', 8)}",
        "netease": f"https://music.163.com/album?id={number('netease', 9)}",
        "qq-music": f"https://y.qq.com/n/ryqq/albumDetail/{identifiers.letters(14, 'qq', release.id)}",
    }
    return {
        service: url
        for service, url in everywhere.items()
        if identifiers.share(service, release.upc) < _SERVICE_SHARES[service]
    }


def near_miss_seconds(release: Release) -> int:
    """Return how much longer, in seconds, each track of a near miss is than the right one."""
    return EXTRA_NEAR_MISS_SECONDS + identifiers.number("near miss", release.upc) % 60


_YOUTUBE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _knows(service: str, shares: _Shares, release: Release) -> Knows:
    drawn = identifiers.share(service, "knows", release.upc)
    if drawn < shares.upc:
        return Knows.BY_UPC
    if drawn < shares.isrc:
        return Knows.BY_ISRC
    if drawn < shares.name:
        return Knows.BY_NAME
    return Knows.NEAR_MISS if drawn < shares.near_miss else Knows.NOT
