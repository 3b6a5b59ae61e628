"""The streaming services and shops that a page can lead to.

Slugs are the platform keys of the Odesli format, written with hyphens, because every
source can be mapped onto them. ``hosts`` are the registrable hosts (and their subdomains)
that a URL filed under the service may have; anything else is refused.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

Action = Literal["play", "listen", "buy"]


class ServiceInfo(msgspec.Struct, frozen=True):
    """What the product knows of one service: its slug, its name as its owner writes it, its hosts."""

    slug: str
    name: str
    hosts: tuple[str, ...]
    action: Action = "listen"


_ALL = (
    ServiceInfo("spotify", "Spotify", ("open.spotify.com", "spotify.link"), "play"),
    ServiceInfo("apple-music", "Apple Music", ("music.apple.com", "geo.music.apple.com"), "play"),
    ServiceInfo("youtube-music", "YouTube Music", ("music.youtube.com",), "play"),
    ServiceInfo("youtube", "YouTube", ("youtube.com", "youtu.be"), "play"),
    ServiceInfo(
        "amazon-music",
        "Amazon Music",
        tuple(
            f"music.amazon.{tld}"
            for tld in ("com", "co.uk", "de", "fr", "it", "es", "co.jp", "in", "ca", "com.au", "com.br", "com.mx")
        ),
        "listen",
    ),
    ServiceInfo("deezer", "Deezer", ("deezer.com", "deezer.page.link", "link.deezer.com")),
    ServiceInfo("tidal", "TIDAL", ("tidal.com",)),
    ServiceInfo("soundcloud", "SoundCloud", ("soundcloud.com", "snd.sc")),
    ServiceInfo("bandcamp", "Bandcamp", ("bandcamp.com",), "buy"),
    ServiceInfo("itunes", "iTunes Store", ("itunes.apple.com", "geo.itunes.apple.com"), "buy"),
    ServiceInfo(
        "amazon-store",
        "Amazon",
        tuple(
            f"amazon.{tld}"
            for tld in ("com", "co.uk", "de", "fr", "it", "es", "co.jp", "in", "ca", "com.au", "com.br", "com.mx")
        ),
        "buy",
    ),
    ServiceInfo("qobuz", "Qobuz", ("qobuz.com",), "buy"),
    ServiceInfo("pandora", "Pandora", ("pandora.com", "pandora.app.link")),
    ServiceInfo("napster", "Napster", ("napster.com",)),
    ServiceInfo("audiomack", "Audiomack", ("audiomack.com",)),
    ServiceInfo("audius", "Audius", ("audius.co",)),
    ServiceInfo("anghami", "Anghami", ("anghami.com",)),
    ServiceInfo("boomplay", "Boomplay", ("boomplay.com", "boomplaymusic.com")),
    ServiceInfo("jiosaavn", "JioSaavn", ("jiosaavn.com", "saavn.com")),
    ServiceInfo("gaana", "Gaana", ("gaana.com",)),
    ServiceInfo("wynk", "Wynk Music", ("wynk.in",)),
    ServiceInfo("kkbox", "KKBOX", ("kkbox.com",)),
    ServiceInfo("line-music", "LINE MUSIC", ("music.line.me", "lin.ee")),
    ServiceInfo("awa", "AWA", ("awa.fm", "s.awa.fm")),
    ServiceInfo("recochoku", "RecoChoku", ("recochoku.jp",), "buy"),
    ServiceInfo("melon", "Melon", ("melon.com",)),
    ServiceInfo("genie", "Genie", ("genie.co.kr",)),
    ServiceInfo("bugs", "Bugs!", ("bugs.co.kr",)),
    ServiceInfo("flo", "FLO", ("music-flo.com",)),
    ServiceInfo("netease", "NetEase Cloud Music", ("music.163.com", "163cn.tv")),
    ServiceInfo("qq-music", "QQ Music", ("y.qq.com",)),
    ServiceInfo("kugou", "KuGou", ("kugou.com",)),
    ServiceInfo("joox", "JOOX", ("joox.com",)),
    ServiceInfo("zing-mp3", "Zing MP3", ("zingmp3.vn", "mp3.zing.vn")),
    ServiceInfo("nhaccuatui", "NhacCuaTui", ("nhaccuatui.com",)),
    ServiceInfo("langit-musik", "Langit Musik", ("langitmusik.co.id",)),
    ServiceInfo(
        "yandex-music",
        "Yandex Music",
        ("music.yandex.ru", "music.yandex.com", "music.yandex.by", "music.yandex.kz", "music.yandex.uz"),
    ),
    ServiceInfo("vk-music", "VK Music", ("vk.com", "vk.ru", "music.vk.com", "boom.ru")),
    ServiceInfo("zvuk", "Zvuk", ("zvuk.com", "sber-zvuk.com")),
    ServiceInfo("mts-music", "MTS Music", ("music.mts.ru",)),
    ServiceInfo("fizy", "fizy", ("fizy.com",)),
    ServiceInfo("muud", "Muud", ("muud.com.tr",)),
    ServiceInfo("claro-musica", "Claro música", ("claromusica.com",)),
    ServiceInfo("mdundo", "Mdundo", ("mdundo.com",)),
    ServiceInfo("beatport", "Beatport", ("beatport.com",), "buy"),
    ServiceInfo("traxsource", "Traxsource", ("traxsource.com",), "buy"),
    ServiceInfo("iheart", "iHeart", ("iheart.com",)),
)  # fmt: skip

SERVICES: dict[str, ServiceInfo] = {info.slug: info for info in _ALL}
"""Every known service by slug, in the order used where nothing is known of the visitor's country."""

OTHER_PREFIX = "other-"
"""An artist's own destination that is no known service is filed under ``other-1``, ``other-2``..."""

MOST_OTHERS = 99
_OTHER = re.compile(OTHER_PREFIX + "[1-9][0-9]?")


def is_service(slug: str) -> bool:
    """Tell whether a slug can name a destination on a page: a known service, or ``other-1`` to ``other-99``."""
    return slug in SERVICES or _OTHER.fullmatch(slug) is not None


def service_of(url: str) -> str | None:
    """Return the slug of the service whose host the URL has, or None."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    best: tuple[int, str] | None = None
    for info in _ALL:
        for known in info.hosts:
            if (host == known or host.endswith("." + known)) and (best is None or len(known) > best[0]):
                best = (len(known), info.slug)
    return best[1] if best else None


def belongs(url: str, slug: str) -> bool:
    """Tell whether an https URL may be filed under the service ``slug``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password or port not in (None, 443):
        return False
    if slug.startswith(OTHER_PREFIX):
        return service_of(url) is None
    return service_of(url) == slug
