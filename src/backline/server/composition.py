"""Puts adapters into the ports of the domain: the only place that knows both."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass

from backline.accounts.ports import SIGN_IN_SERVICES, SignInService
from backline.billing import selectors as billing
from backline.catalog import ports
from backline.connections.ports import NotSetUp, Platform, plans, platforms
from backline.core.http import Outbound
from backline.integrations.apple_music.adapter import AppleMusicPlatform, CatalogArtists, LookupArtists
from backline.integrations.apple_music.client import AppleMusicClient
from backline.integrations.apple_music.lookup import LookupClient
from backline.integrations.apple_music.manifest import MANIFEST as APPLE_MUSIC
from backline.integrations.covers.adapter import CoverImages
from backline.integrations.covers.client import CoverClient
from backline.integrations.covers.manifest import MANIFEST as COVERS
from backline.integrations.deezer.adapter import DeezerLinks
from backline.integrations.deezer.client import DeezerClient
from backline.integrations.deezer.manifest import MANIFEST as DEEZER
from backline.integrations.fastly.adapter import FastlyCache
from backline.integrations.fastly.client import FastlyClient
from backline.integrations.fastly.manifest import MANIFEST as FASTLY
from backline.integrations.google.adapter import YoutubePlatform
from backline.integrations.google.manifest import MANIFEST as GOOGLE
from backline.integrations.google.sign_in import GoogleSignIn
from backline.integrations.itunes.adapter import ItunesLinks
from backline.integrations.itunes.client import ItunesClient
from backline.integrations.itunes.manifest import MANIFEST as ITUNES
from backline.integrations.manifest import Manifest
from backline.integrations.meta.adapter import MetaPlatform
from backline.integrations.meta.client import MetaClient
from backline.integrations.meta.manifest import MANIFEST as META
from backline.integrations.meta.sign_in import FacebookSignIn
from backline.integrations.musicbrainz.adapter import MusicbrainzLinks
from backline.integrations.musicbrainz.client import MusicbrainzClient
from backline.integrations.musicbrainz.manifest import MANIFEST as MUSICBRAINZ
from backline.integrations.odesli.adapter import OdesliLinks
from backline.integrations.odesli.client import OdesliClient
from backline.integrations.odesli.manifest import MANIFEST as ODESLI
from backline.integrations.outbound import outbound_of
from backline.integrations.purge.adapter import PurgedCaches
from backline.integrations.purge.manifest import MANIFEST as PURGE
from backline.integrations.resend.manifest import MANIFEST as RESEND
from backline.integrations.spotify.adapter import SpotifyCatalog
from backline.integrations.spotify.client import SpotifyClient
from backline.integrations.spotify.manifest import MANIFEST as SPOTIFY
from backline.integrations.spotify.platform import SpotifyPlatform
from backline.integrations.stores.adapter import StorePages
from backline.integrations.stores.client import StoresClient
from backline.integrations.stores.manifest import MANIFEST as STORES
from backline.integrations.tiktok.adapter import TiktokPlatform
from backline.integrations.tiktok.client import TiktokClient
from backline.integrations.tiktok.manifest import MANIFEST as TIKTOK
from backline.integrations.youtube_oembed.adapter import YoutubeFilms
from backline.integrations.youtube_oembed.client import YoutubeClient
from backline.integrations.youtube_oembed.manifest import MANIFEST as YOUTUBE_OEMBED
from backline.links.ports import EdgeCache, VideoSource, edge_caches, video_sources
from backline.settings import environment

MANIFESTS: tuple[Manifest, ...] = (
    SPOTIFY,
    DEEZER,
    ITUNES,
    MUSICBRAINZ,
    ODESLI,
    COVERS,
    STORES,
    RESEND,
    FASTLY,
    PURGE,
    APPLE_MUSIC,
    TIKTOK,
    GOOGLE,
    META,
    YOUTUBE_OEMBED,
)
"""Every integration, whether its settings are present or not."""

_lock = threading.Lock()


def wire(settings: environment.Environment | None = None) -> None:
    """Register every provider whose settings are present. Safe to call again, from any thread.

    A second call with the same settings registers the same adapters: they keep their connections and tokens.
    """
    with _lock:
        adapters = _adapters(settings or environment.current())
        for key, catalog_source in adapters.catalog_sources.items():
            ports.catalog_sources.register(key, catalog_source)
        for key, link_source in adapters.link_sources.items():
            ports.link_sources.register(key, link_source)
        for key, image_source in adapters.image_sources.items():
            ports.image_sources.register(key, image_source)
        ports.link_checkers.register(STORES.key, adapters.link_checker)
        for key, cache in adapters.edge_caches.items():
            edge_caches.register(key, cache)
        for key, video_source in adapters.video_sources.items():
            video_sources.register(key, video_source)
        for key, platform in adapters.platforms.items():
            platforms.register(key, platform)
        for key, service in adapters.sign_in_services.items():
            SIGN_IN_SERVICES.register(key, service)
        plans.register("billing", billing)  # the module is what the port asks for: it knows who has a plan


@dataclass(frozen=True, slots=True)
class _Adapters:
    catalog_sources: dict[str, ports.CatalogSource]
    link_sources: dict[str, ports.LinkSource]
    image_sources: dict[str, ports.ImageSource]
    link_checker: ports.LinkChecker
    edge_caches: dict[str, EdgeCache]
    video_sources: dict[str, VideoSource]
    platforms: dict[str, Platform]
    sign_in_services: dict[str, SignInService]


@functools.lru_cache(maxsize=1)
def _adapters(settings: environment.Environment) -> _Adapters:
    outbound = outbound_of(settings)
    return _Adapters(
        catalog_sources(settings, outbound),
        link_sources(settings, outbound),
        image_sources(outbound),
        StorePages(StoresClient(settings.stores, outbound)),
        caches(settings, outbound),
        film_sources(settings, outbound),
        connection_platforms(settings, outbound),
        sign_in_services(settings, outbound),
    )


def catalog_sources(settings: environment.Environment, outbound: Outbound) -> dict[str, ports.CatalogSource]:
    """Return the catalogue sources that the settings allow."""
    if not settings.spotify.client_id or not settings.spotify.client_secret:
        return {}
    return {SPOTIFY.key: SpotifyCatalog(_spotify(settings, outbound))}


def link_sources(settings: environment.Environment, outbound: Outbound) -> dict[str, ports.LinkSource]:
    """Return the link sources that the settings allow, in the order in which they are asked: codes before words."""
    sources: dict[str, ports.LinkSource] = {
        DEEZER.key: DeezerLinks(DeezerClient(settings.deezer, outbound)),
        ITUNES.key: ItunesLinks(ItunesClient(settings.itunes, outbound)),
        MUSICBRAINZ.key: MusicbrainzLinks(MusicbrainzClient(settings.musicbrainz, outbound)),
    }
    if settings.odesli.key:
        sources[ODESLI.key] = OdesliLinks(OdesliClient(settings.odesli, outbound))
    return sources


def image_sources(outbound: Outbound) -> dict[str, ports.ImageSource]:
    """Return the image sources."""
    return {COVERS.key: CoverImages(CoverClient(outbound))}


def caches(settings: environment.Environment, outbound: Outbound) -> dict[str, EdgeCache]:
    """Return the caches in front of play that the settings name."""
    found: dict[str, EdgeCache] = {}
    if settings.edge.fastly_service_id and settings.edge.fastly_key:
        found[FASTLY.key] = FastlyCache(FastlyClient(settings.edge, outbound))
    if settings.edge.purge_urls:
        found[PURGE.key] = PurgedCaches(settings.edge.purge_urls, outbound)
    return found


def film_sources(settings: environment.Environment, outbound: Outbound) -> dict[str, VideoSource]:
    """Return where films of releases are."""
    return {"youtube": YoutubeFilms(YoutubeClient(settings.films, outbound))}


def connection_platforms(settings: environment.Environment, outbound: Outbound) -> dict[str, Platform]:
    """Return the platforms in the order of the page (PC-03); one without its settings has no way to be connected."""
    apple, tiktok = settings.apple_music, settings.tiktok
    has_apple_key = apple.team_id and apple.key_id and apple.private_key
    artists = (
        CatalogArtists(AppleMusicClient(apple, outbound))
        if has_apple_key
        else LookupArtists(LookupClient(settings.itunes, outbound))
    )
    every: tuple[tuple[Platform, object], ...] = (
        (SpotifyPlatform(_spotify(settings, outbound)), settings.spotify.client_id and settings.spotify.client_secret),
        (
            MetaPlatform(settings.meta, MetaClient(settings.meta, outbound)),
            settings.meta.app_id and settings.meta.app_secret,
        ),
        (YoutubePlatform(settings.google, outbound), settings.google.client_id and settings.google.client_secret),
        (AppleMusicPlatform(artists), True),
        (TiktokPlatform(tiktok, TiktokClient(tiktok, outbound)), tiktok.has_business or tiktok.has_login),
    )
    return {
        platform.facts.key: platform if has_settings else NotSetUp(platform.facts) for platform, has_settings in every
    }


def sign_in_services(settings: environment.Environment, outbound: Outbound) -> dict[str, SignInService]:
    """Return the services that people can sign in with, in the order of their buttons."""
    found: dict[str, SignInService] = {}
    if settings.google.client_id and settings.google.client_secret:
        found["google"] = GoogleSignIn(settings.google, outbound)
    if settings.meta.app_id and settings.meta.app_secret:
        found["facebook"] = FacebookSignIn(settings.meta, MetaClient(settings.meta, outbound))
    return found


@functools.lru_cache(maxsize=1)
def _spotify(settings: environment.Environment, outbound: Outbound) -> SpotifyClient:
    """Return the one client of Spotify: it keeps a token."""
    return SpotifyClient(settings.spotify, outbound)
