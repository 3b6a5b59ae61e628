"""What the catalogue answers. What belongs to an artist takes the acting membership; the rest is for jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from backline.accounts.types import ArtistAccess
from backline.catalog.models import CatalogImport, ImportItem, LinkHealth, Playlist, Release, ServiceLink, Track
from backline.catalog.types import (
    RUNNING_IMPORTS,
    Confidence,
    Cover,
    Decision,
    Health,
    HealthDetails,
    ImportFailure,
    ImportProgress,
    ImportStatus,
    ItemStatus,
    PlaylistDetails,
    ReleaseDetails,
    ReleaseType,
    ReviewItem,
    ServiceLinkDetails,
    SourceRef,
    TrackDetails,
)
from backline.contract import services as known_services
from backline.core.errors import NotFoundError

ENOUGH_TO_ESTIMATE = 5


def import_progress(access: ArtistAccess) -> ImportProgress | None:
    """Return how the artist's newest import stands, or None when there never was one."""
    row = CatalogImport.objects.filter(artist_id=access.artist_id).order_by("-created_at", "-pk").first()
    return None if row is None else _progress(row)


def source_artist_of(*, artist_id: UUID) -> str:
    """Return whose releases, by the source's id, were imported for the artist last; empty for nobody's yet."""
    rows = CatalogImport.objects.filter(artist_id=artist_id).order_by("-created_at", "-pk")
    return rows.values_list("source_artist_id", flat=True).first() or ""


def import_progress_of(*, import_id: UUID) -> ImportProgress:
    """Return how an import stands, whoever asks: for the command line. Raises :class:`NotFoundError`."""
    row = CatalogImport.objects.filter(pk=import_id).first()
    if row is None:
        raise NotFoundError("There is no such import.")
    return _progress(row)


def import_failures(access: ArtistAccess, *, import_id: UUID) -> tuple[ImportFailure, ...]:
    """Return the releases that an import could not bring in, at most 200."""
    rows = (
        ImportItem.objects.filter(
            catalog_import_id=import_id, catalog_import__artist_id=access.artist_id, status=ItemStatus.FAILED
        )
        .order_by("pk")
        .values_list("release__title", "release__source_url", "message")[:200]
    )
    return tuple(ImportFailure(*row) for row in rows)


def review_list(access: ArtistAccess, *, limit: int = 500) -> tuple[ReviewItem, ...]:
    """Return the links that wait for a yes or no, newest release first."""
    rows = (
        ServiceLink.objects.filter(release__artist_id=access.artist_id, decision=Decision.WAITING)
        .select_related("release")
        .order_by("-release__released", "-release_id", "service", "territory")[:limit]
    )
    return tuple(
        ReviewItem(
            service_link_id=row.pk,
            release_id=row.release_id,
            release_title=row.release.title,
            release_type=ReleaseType(row.release.release_type),
            released=row.release.released,
            total_tracks=row.release.total_tracks,
            artist_names=tuple(row.release.artist_names),
            artwork_small_key=row.release.artwork_small_key,
            source_url=row.release.source_url,
            service=row.service,
            service_name=known_services.SERVICES[row.service].name,
            url=row.url,
            source=row.source,
            fetched_at=row.fetched_at,
        )
        for row in rows
    )


def waiting_count(access: ArtistAccess) -> int:
    """Return how many links wait for a yes or no."""
    return _waiting(access.artist_id)


def release_details(*, release_id: UUID) -> ReleaseDetails:
    """Return everything a page of the release needs. Raises :class:`NotFoundError`."""
    found = release_details_of([release_id])
    if release_id not in found:
        raise NotFoundError("This release is not in the catalogue.")
    return found[release_id]


def release_details_of(release_ids: Iterable[UUID]) -> dict[UUID, ReleaseDetails]:
    """Return the details of many releases, in four queries however many they are."""
    ids = list(release_ids)
    if not ids:
        return {}
    tracks: dict[UUID, list[Track]] = defaultdict(list)
    for track in Track.objects.filter(release_id__in=ids).order_by("disc", "number"):
        tracks[track.release_id].append(track)
    links: dict[UUID, list[ServiceLink]] = defaultdict(list)
    for link in ServiceLink.objects.filter(release_id__in=ids).order_by("service", "territory"):
        links[link.release_id].append(link)
    dead = dead_among(link.url for found in links.values() for link in found)
    rows = Release.objects.filter(pk__in=ids)
    return {row.pk: details_from(row, tracks=tracks[row.pk], links=links[row.pk], dead=dead) for row in rows}


def details_from(
    row: Release, *, tracks: Iterable[Track], links: Iterable[ServiceLink], dead: Collection[str] = frozenset()
) -> ReleaseDetails:
    """Return rows that are at hand as other rooms see them: for this room's services.

    ``dead`` holds the addresses among the links that do not answer any more.
    """
    return ReleaseDetails(
        id=row.pk,
        artist_id=row.artist_id,
        external_id=row.external_id,
        title=row.title,
        release_type=ReleaseType(row.release_type),
        released=row.released,
        total_tracks=row.total_tracks,
        upc=row.upc,
        label=row.label,
        source_url=row.source_url,
        artist_names=tuple(row.artist_names),
        language=row.language,
        cover=_cover(row),
        tracks=tuple(
            TrackDetails(
                external_id=track.external_id,
                title=track.title,
                disc=track.disc,
                number=track.number,
                duration_ms=track.duration_ms,
                isrc=track.isrc,
            )
            for track in sorted(tracks, key=lambda track: (track.disc, track.number))
        ),
        service_links=tuple(
            ServiceLinkDetails(
                id=link.pk,
                service=link.service,
                territory=link.territory,
                url=link.url,
                source=link.source,
                confidence=Confidence(link.confidence),
                decision=Decision(link.decision),
                fetched_at=link.fetched_at,
                is_dead=link.url in dead,
            )
            for link in sorted(links, key=lambda link: (link.service, link.territory))
        ),
        fetched_at=row.fetched_at,
    )


def dead_among(urls: Iterable[str]) -> frozenset[str]:
    """Return the addresses that said twice that they are gone."""
    asked = set(urls)
    if not asked:
        return frozenset()
    return frozenset(LinkHealth.objects.filter(url__in=asked, status=Health.DEAD).values_list("url", flat=True))


def health_of(urls: Iterable[str]) -> dict[str, HealthDetails]:
    """Return how addresses answered; one that was never asked is absent."""
    asked = set(urls)
    rows = LinkHealth.objects.filter(url__in=asked) if asked else ()
    return {
        row.url: HealthDetails(
            status=Health(row.status),
            answer=row.answer,
            checked_at=row.checked_at,
            answered_at=row.answered_at,
            suspected_at=row.suspected_at,
            dead_at=row.dead_at,
        )
        for row in rows
    }


def health_counts() -> dict[Health, int]:
    """Return how many addresses of the house are suspected and dead: for the operator."""
    rows = LinkHealth.objects.exclude(status=Health.ALIVE).values_list("status").annotate(Count("pk"))
    return {Health.SUSPECTED: 0, Health.DEAD: 0} | {Health(status): count for status, count in rows}


def playlist_details_of(playlist_ids: Iterable[UUID]) -> dict[UUID, PlaylistDetails]:
    """Return the details of many playlists, in one query."""
    ids = list(playlist_ids)
    rows = Playlist.objects.filter(pk__in=ids) if ids else ()
    return {
        row.pk: PlaylistDetails(
            id=row.pk,
            artist_id=row.artist_id,
            external_id=row.external_id,
            title=row.title,
            owner_name=row.owner_name,
            source_url=row.source_url,
            total_tracks=row.total_tracks,
            language=row.language,
            cover=_cover(row),
        )
        for row in rows
    }


def known_release(*, artist_id: UUID, ref: SourceRef) -> UUID | None:
    """Return the artist's own release that an album, a track, a UPC or an ISRC names, if it is known already."""
    matches = {
        "album": Q(external_id=ref.value),
        "track": Q(tracks__external_id=ref.value),
        "upc": Q(upc=ref.value),
        "isrc": Q(tracks__isrc=ref.value),
    }
    rows = Release.objects.filter(matches[ref.kind], artist_id=artist_id)
    # A recording is on its single and on the album: the one that came out first is the one people mean.
    return rows.order_by("released", "pk").values_list("pk", flat=True).first()


def known_playlist(*, artist_id: UUID, external_id: str) -> UUID | None:
    """Return the artist's playlist with this id at the source, if it was added before."""
    rows = Playlist.objects.filter(artist_id=artist_id, external_id=external_id)
    return rows.values_list("pk", flat=True).first()


def _progress(row: CatalogImport) -> ImportProgress:
    counts = row.items.aggregate(
        listed=Count("pk"),
        done=Count("pk", filter=Q(status=ItemStatus.DONE)),
        failed=Count("pk", filter=Q(status=ItemStatus.FAILED)),
        brought_in=Count("pk", filter=Q(status=ItemStatus.DONE, finished_at__isnull=False)),
        last_at=Max("finished_at"),
    )
    is_running = row.status in RUNNING_IMPORTS
    current = None
    if is_running:
        pending = row.items.filter(status=ItemStatus.PENDING).order_by("pk")
        current = pending.values_list("release__title", flat=True).first()
    left = max(row.listed_total or 0, counts["listed"]) - counts["done"] - counts["failed"]
    seconds_left = None
    if is_running and row.status != ImportStatus.PAUSED and counts["brought_in"] >= ENOUGH_TO_ESTIMATE:
        took = max(counts["last_at"] - row.created_at, timedelta())
        seconds_left = round(took.total_seconds() / counts["brought_in"] * max(left, 0))
    return ImportProgress(
        id=row.pk,
        status=ImportStatus(row.status),
        listed=counts["listed"],
        # The source counts what it lists twice; once everything is listed, our own count is the right one.
        total=counts["listed"] if row.is_listed else row.listed_total,
        done=counts["done"],
        failed=counts["failed"],
        current_title=current or "",
        message=row.message,
        retry_at=row.retry_at if is_running else None,
        waiting_links=_waiting(row.artist_id),
        seconds_left=seconds_left,
        started_at=row.created_at,
        finished_at=row.finished_at,
    )


def _waiting(artist_id: UUID) -> int:
    return ServiceLink.objects.filter(release__artist_id=artist_id, decision=Decision.WAITING).count()


def _cover(row: Release | Playlist) -> Cover:
    return Cover(
        key=row.artwork_key,
        small_key=row.artwork_small_key,
        width=row.artwork_width,
        height=row.artwork_height,
        palette=tuple(row.artwork_palette),
    )
