"""Builds the document that fans are served. Pure: the dashboard's preview calls the same functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, cast

import msgspec

from backline.accounts.types import ArtistIdentity
from backline.catalog.types import Cover, Decision, PlaylistDetails, ReleaseDetails
from backline.contract import pages
from backline.contract import services as known
from backline.links.slugging import TRACK_SEGMENT
from backline.links.types import EditFacts, LinkFacts, LinkSettings, SubLinkFacts, VideoFacts

FoundUrls = dict[str, dict[str, str]]
"""Service slug to territory ("" for everywhere) to URL."""


def path_of(artist_slug: str, slug: str) -> str:
    """Return a link's path, without a leading slash (SL-10)."""
    return f"{artist_slug}/{slug}"


def found_urls(details: ReleaseDetails | PlaylistDetails, *, with_dead: bool = False) -> FoundUrls:
    """Return what the sources found and nobody refused; a playlist is on Spotify for certain (SL-32).

    What leads nowhere any more is left out, unless it is asked for ``with_dead``.
    """
    if isinstance(details, PlaylistDetails):
        return {"spotify": {"": details.source_url}} if known.belongs(details.source_url, "spotify") else {}
    found: FoundUrls = defaultdict(dict)
    for link in details.service_links:
        if link.decision is Decision.ACCEPTED and (with_dead or not link.is_dead):
            found[link.service][link.territory] = link.url
    return dict(found)


def services_of(found: FoundUrls, edits: Iterable[EditFacts]) -> tuple[pages.Service, ...]:
    """Return the destinations of a page in the default order. The artist's edits win over what was found (SL-25)."""
    by_service: dict[str, dict[str, EditFacts]] = defaultdict(dict)
    for edit in edits:
        by_service[edit.service][edit.territory] = edit
    slugs = sorted(found.keys() | by_service.keys(), key=default_rank)
    services = (_service(slug, found.get(slug, {}), by_service.get(slug, {})) for slug in slugs)
    return tuple(service for service in services if service is not None)


def document_of(
    link: LinkFacts,
    *,
    artist: ArtistIdentity,
    details: ReleaseDetails | PlaylistDetails,
    edits: Iterable[EditFacts],
    settings: LinkSettings,
    play_url: str,
) -> pages.PublishedPage:
    """Return the page of a link as fans get it. ``play_url`` is the public host's address without a trailing slash."""
    path = path_of(artist.slug, link.slug)
    is_release = isinstance(details, ReleaseDetails)
    return pages.PublishedPage(
        kind=cast("Literal['release', 'playlist']", link.kind.value),
        path=path,
        version=link.version,
        artist_id=str(artist.id),
        link_id=str(link.id),
        artist_name=artist.name,
        artist_slug=artist.slug,
        title=link.title,
        canonical_url=f"{play_url}/{path}",
        release_type=cast("pages.ReleaseType", link.release_type if is_release else "playlist"),
        released=link.released,
        description=link.description,
        language=link.language,
        artwork=_artwork(link.cover),
        services=services_of(found_urls(details), edits),
        order="fixed" if link.service_order else cast("pages.OrderMode", settings.order_mode.value),
        fixed_order=link.service_order or settings.fixed_order,
        tracks=_tracks(details) if isinstance(details, ReleaseDetails) else (),
        total_tracks=link.total_tracks,
        genres=artist.genres,
        label=details.label if isinstance(details, ReleaseDetails) else "",
        upc=details.upc if isinstance(details, ReleaseDetails) else "",
        theme=cast("pages.ThemeId", link.theme or settings.default_theme.value),
        accent=link.accent or settings.accent,
        palette=link.cover.palette,
        video=_video(link.video),
        sub_links=_sub_links(link.sub_links),
        card_key=link.card_key,
        pixels=_pixels(settings),
        is_indexable=link.is_public,
        updated_at=link.updated_at.isoformat(timespec="seconds"),
    )


def hub_of(
    artist: ArtistIdentity, links: Sequence[LinkFacts], *, version: int, settings: LinkSettings, play_url: str
) -> pages.PublishedPage:
    """Return an artist's hub with ``links`` in the order given (SL-13). An empty hub is open but not indexable."""
    newest = max((link.updated_at for link in links), default=None)
    return pages.PublishedPage(
        kind="hub",
        path=artist.slug,
        version=version,
        artist_id=str(artist.id),
        link_id="",
        artist_name=artist.name,
        artist_slug=artist.slug,
        title=artist.name,
        canonical_url=f"{play_url}/{artist.slug}",
        artwork=pages.Artwork(key=artist.image_key, width=0, height=0) if artist.image_key else None,
        genres=artist.genres,
        theme=cast("pages.ThemeId", settings.default_theme.value),
        accent=settings.accent,
        palette=links[0].cover.palette if links else (),
        description=settings.bio,
        sub_links=_sub_links(settings.sub_links),
        pixels=_pixels(settings),
        items=tuple(
            pages.HubItem(
                path=path_of(artist.slug, link.slug),
                title=link.title,
                release_type=cast("pages.ReleaseType", link.release_type or "playlist"),
                released=link.released,
                artwork=_artwork(link.cover),
                language=link.language,
                total_tracks=link.total_tracks,
            )
            for link in links
        ),
        is_indexable=bool(links),
        updated_at=newest.isoformat(timespec="seconds") if newest is not None else "",
    )


def moved(page: pages.PublishedPage, *, before: str, to: str) -> pages.PublishedPage:
    """Return an artist's page as it is after the artist moved from the address ``before`` to ``to``."""

    def at(path: str) -> str:
        return to + path.removeprefix(before)

    home = page.canonical_url.removesuffix(page.path)
    return msgspec.structs.replace(
        page,
        path=at(page.path),
        artist_slug=to,
        canonical_url=home + at(page.path),
        items=tuple(msgspec.structs.replace(item, path=at(item.path)) for item in page.items),
    )


def track_paths(artist_slug: str, details: ReleaseDetails | PlaylistDetails) -> tuple[str, ...]:
    """Return the paths of a release's tracks, which lead to the release's page (SL-05)."""
    if isinstance(details, PlaylistDetails):
        return ()
    ids = dict.fromkeys(track.external_id for track in details.tracks if track.external_id)
    return tuple(f"{artist_slug}/{TRACK_SEGMENT}/{external_id}" for external_id in ids)


def _service(slug: str, found: dict[str, str], edits: dict[str, EditFacts]) -> pages.Service | None:
    everywhere = edits.get("")
    if everywhere is not None and everywhere.is_hidden:
        return None
    url = (everywhere.url if everywhere is not None else "") or found.get("", "")
    territories = {territory: address for territory, address in found.items() if territory}
    for territory, edit in edits.items():
        if not territory:
            continue
        if edit.is_hidden:
            territories[territory] = ""
        elif edit.url:
            territories[territory] = edit.url
    if not url and not any(territories.values()):
        return None
    return pages.Service(service=slug, url=url, territories=dict(sorted(territories.items())))


def default_rank(slug: str) -> tuple[int, int, str]:
    """Return what sorts services into the default order; the artist's own destinations come last, by number."""
    order = tuple(known.SERVICES)
    if slug in known.SERVICES:
        return (0, order.index(slug), slug)
    number = slug.removeprefix(known.OTHER_PREFIX)
    return (1, int(number) if number.isdigit() else 0, slug)


def _tracks(details: ReleaseDetails) -> tuple[pages.Track, ...]:
    return tuple(
        pages.Track(number=track.number, title=track.title, duration_ms=track.duration_ms, disc=track.disc)
        for track in details.tracks
    )


def _video(video: VideoFacts | None) -> pages.Video | None:
    return None if video is None else pages.Video(id=video.id, title=video.title, poster=_artwork(video.poster))


def _sub_links(links: Iterable[SubLinkFacts]) -> tuple[pages.SubLink, ...]:
    return tuple(
        pages.SubLink(kind=cast("pages.SubLinkKind", link.kind), url=link.url, label=link.label) for link in links
    )


def _pixels(settings: LinkSettings) -> pages.Pixels:
    return pages.Pixels(meta=settings.meta_pixel_id, tiktok=settings.tiktok_pixel_id, google_ads=settings.google_ads_id)


def _artwork(cover: Cover) -> pages.Artwork | None:
    if not cover.key:
        return None
    return pages.Artwork(key=cover.key, width=cover.width, height=cover.height, small_key=cover.small_key)
