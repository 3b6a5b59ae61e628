"""Reads a release from its source, finds its services and keeps both; nothing twice, whoever is killed when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.catalog import affiliates, resolver, rules
from backline.catalog.merging import KnownLink, Merge, SourceLinks, merge
from backline.catalog.models import Release, ServiceLink, SourceAnswer, Track
from backline.catalog.selectors import dead_among, details_from, release_details_of
from backline.catalog.services import covers, pausing
from backline.catalog.services.asking import catalog_source
from backline.catalog.types import (
    Confidence,
    Cover,
    Decision,
    FoundImage,
    FoundRelease,
    FoundTrack,
    ReleaseDetails,
    ReleaseKey,
)
from backline.core import clock
from backline.core.errors import NotFoundError, Rejected
from backline.core.ids import new_id

STALE_AFTER = timedelta(days=7)
COVER_AGAIN_AFTER = timedelta(minutes=5)
ASK_AGAIN_AFTER = timedelta(seconds=1)
"""No release is asked for more often than this, however short a rest a source wants."""
TITLE_LENGTH = 1000
NAME_LENGTH = 300
URL_LENGTH = 500


def is_stale(fetched_at: datetime | None) -> bool:
    """Tell whether what we know of a release has to be read again (platforms: Spotify content is kept fresh)."""
    return fetched_at is None or clock.now() - fetched_at > STALE_AFTER


def keep_release(*, artist_id: UUID, found: FoundRelease) -> UUID:
    """Keep a release that was fetched by itself, with its tracks and its own address, and return its id."""
    with transaction.atomic():
        artists.hold_artist(artist_id=artist_id)
        fresh = Release(id=new_id(), artist_id=artist_id, external_id=found.external_id)
        describe(fresh, found)
        Release.objects.bulk_create([fresh], ignore_conflicts=True)
        row = Release.objects.select_for_update(no_key=True).get(artist_id=artist_id, external_id=found.external_id)
        is_new = row.fetched_at is None
        describe(row, found)
        row.fetched_at = clock.now()
        own = resolver.own_link(found.url)
        _keep(row, found=found, answered=[own], cover=None, retry_after=timedelta(), is_new=is_new)
        return row.pk


def read_release(*, release_id: UUID, is_quick_only: bool, must_fetch: bool = False) -> ReleaseDetails:
    """Bring a release up to date: from its source when it is stale, from the link sources that have no fresh answer.

    Sources that cannot answer are asked later (``enrich_after``). Raises ``RetryLater`` and ``NeedsAction`` when the
    catalogue source itself cannot answer, and :class:`Rejected` when it has no such release and never gave it to us.
    """
    before = Release.objects.filter(pk=release_id).first()
    if before is None:
        raise NotFoundError("This release is not in the catalogue any more.")
    found: FoundRelease | None = None
    if must_fetch or is_stale(before.fetched_at):
        try:
            found = catalog_source().release(before.external_id)
        except Rejected:
            if before.fetched_at is None:
                raise
            # Gone at the source, but its page was public: it stays until the artist takes it down.
        pausing.wake_paused()
    known = None if before.fetched_at is None else release_details_of([release_id])[release_id]
    past = {} if known is None else _past_answers(release_id)
    key = _key(before, found=found, known=known)
    answers = resolver.ask(key, past=past, is_quick_only=is_quick_only)
    moved = None if known is None else _found_again(before, key)
    images = found.images if found is not None else _images_of(before)
    has_cover = bool(before.artwork_key) and (found is None or _best_url(found.images) == before.artwork_url)
    cover = _kept_cover(before) if has_cover else covers.fetch(images)
    if cover is None:
        retry_after: timedelta | None = COVER_AGAIN_AFTER
    else:
        retry_after = answers.retry_after if answers.unanswered else None
    with transaction.atomic():
        artists.hold_artist(artist_id=before.artist_id)
        row = Release.objects.select_for_update(no_key=True).get(pk=release_id)
        is_new = row.fetched_at is None
        if found is not None:
            describe(row, found)
        if found is not None or must_fetch or is_stale(row.fetched_at):
            row.fetched_at = clock.now()
        own = [resolver.own_link(row.source_url)] if moved is None else moved
        tracks, links = _keep(
            row,
            found=found,
            answered=[*own, *answers.answered],
            cover=cover,
            retry_after=retry_after,
            is_new=is_new,
        )
    if is_new:  # nothing was there before, so what was just written is all there is
        return details_from(row, tracks=tracks, links=links)
    return release_details_of([release_id])[release_id]


def _found_again(row: Release, key: ReleaseKey) -> list[SourceLinks] | None:
    """Return where the catalogue has the release now, by its codes; None while its own address answers.

    Nothing where the catalogue does not know it by them: then it was not asked, and keeps what it said before.
    """
    if not dead_among(link.url for link in resolver.own_link(row.source_url).links):
        return None
    try:
        if key.upc:
            return [resolver.own_link(catalog_source().release_by_upc(key.upc).url)]
        if len(key.isrcs) == key.total_tracks == 1:  # a recording is on singles and albums, so only a single is meant
            return [resolver.own_link(catalog_source().release_by_isrc(key.isrcs[0]).url)]
    except Rejected:
        pass
    return []


def _kept_cover(before: Release) -> Cover:
    """Return nothing new of a cover that is kept, but for the colours of one that was kept without."""
    if before.artwork_palette:
        return Cover()
    kept = Cover(before.artwork_key, before.artwork_small_key, before.artwork_width, before.artwork_height)
    return covers.coloured(kept)


def describe(row: Release, found: FoundRelease) -> None:
    """Copy onto an unsaved or locked row what the source says of the release itself."""
    row.title = rules.clean_text(found.title, limit=TITLE_LENGTH) or "Untitled"
    row.released = rules.iso_date(found.released)
    row.total_tracks = max(found.total_tracks, len(found.tracks))
    row.source_url = found.url[:URL_LENGTH]
    row.artist_names = [rules.clean_text(name, limit=NAME_LENGTH) for name in found.artist_names]
    row.language = rules.guess_language(row.title, *row.artist_names)
    row.release_type = rules.release_type(
        group=found.group, total_tracks=row.total_tracks, total_ms=_total_ms(found.tracks)
    )
    row.upc = rules.normal_upc(found.upc) or row.upc
    row.label = rules.clean_text(found.label, limit=NAME_LENGTH) or row.label


def _keep(
    row: Release,
    *,
    found: FoundRelease | None,
    answered: Sequence[SourceLinks],
    cover: Cover | None,
    retry_after: timedelta | None,
    is_new: bool,
) -> tuple[list[Track], list[ServiceLink]]:
    """Write a locked release, its tracks, links and answers; return the tracks and links that were written.

    ``retry_after`` says when to ask for what is missing, None when nothing is; ``is_new`` spares reading what cannot
    be there yet.
    """
    now = clock.now()
    if cover is not None and cover.key:
        row.artwork_key, row.artwork_small_key = cover.key, cover.small_key
        row.artwork_width, row.artwork_height = cover.width, cover.height
        row.artwork_palette = list(cover.palette)
        row.artwork_url = _best_url(found.images) if found is not None else row.artwork_url
    elif found is not None and not row.artwork_key:
        row.artwork_url = _best_url(found.images)
    if retry_after is not None and not is_new:
        retry_after = max(retry_after, ASK_AGAIN_AFTER)
    row.enrich_after = None if retry_after is None else now + retry_after
    row.save()
    tracks = _keep_tracks(row, found.tracks, is_new=is_new) if found is not None and found.tracks else []
    known = [] if is_new else _known_links(row)
    dead = dead_among([*(link.url for link in known), *(link.url for answer in answered for link in answer.links)])
    merged = merge(known=known, answers=answered, order=resolver.source_order(), dead=dead)
    links = _apply(row, merged, now)
    _keep_answers(row, answered, now)
    return tracks, links


def _keep_tracks(row: Release, tracks: Sequence[FoundTrack], *, is_new: bool) -> list[Track]:
    wanted: dict[tuple[int, int], Track] = {}
    for track in tracks:
        number = max(track.number, 1)
        while (track.disc, number) in wanted:  # a source that numbers two tracks alike does not cost us one of them
            number += 1
        wanted[track.disc, number] = Track(
            id=new_id(),
            release=row,
            external_id=track.external_id,
            title=rules.clean_text(track.title, limit=TITLE_LENGTH) or "Untitled",
            disc=track.disc,
            number=number,
            duration_ms=max(track.duration_ms, 0),
            isrc=rules.normal_isrc(track.isrc),
            is_explicit=track.is_explicit,
        )
    if not is_new:
        stored = [_facts(track) for track in Track.objects.filter(release=row)]
        if sorted(stored) == sorted(_facts(track) for track in wanted.values()):
            return []
        Track.objects.filter(release=row).delete()
    return Track.objects.bulk_create(wanted.values())


def _facts(track: Track) -> tuple[int, int, str, str, int, str, bool]:
    return (
        track.disc,
        track.number,
        track.external_id,
        track.title,
        track.duration_ms,
        track.isrc,
        track.is_explicit,
    )


def _known_links(row: Release) -> list[KnownLink]:
    """Return the stored links, each freed of what was still kept when it was found."""
    links = list(ServiceLink.objects.filter(release=row))
    for link in links:
        clean = affiliates.clean_found(link.url, link.service)
        if clean != link.url:
            link.url = clean
            ServiceLink.objects.filter(pk=link.pk).update(url=clean)
    return [
        KnownLink(
            id=link.pk,
            service=link.service,
            territory=link.territory,
            url=link.url,
            source=link.source,
            confidence=Confidence(link.confidence),
            decision=Decision(link.decision),
            is_decided=link.decided_by is not None,
        )
        for link in links
    ]


def _apply(row: Release, merged: Merge, now: datetime) -> list[ServiceLink]:
    if merged.gone:
        ServiceLink.objects.filter(pk__in=merged.gone).delete()
    if merged.seen_again:
        ServiceLink.objects.filter(pk__in=merged.seen_again).update(fetched_at=now)
    if not merged.chosen:
        return []
    return ServiceLink.objects.bulk_create(
        [
            ServiceLink(
                id=new_id(),
                release=row,
                service=link.service,
                territory=link.territory,
                url=link.url,
                source=link.source,
                confidence=link.confidence,
                decision=link.decision,
                decided_by=None,
                fetched_at=now,
            )
            for link in merged.chosen
        ],
        update_conflicts=True,
        unique_fields=["release", "service", "territory"],
        update_fields=["url", "source", "confidence", "decision", "decided_by", "fetched_at"],
    )


def _past_answers(release_id: UUID) -> dict[str, resolver.PastAnswer]:
    return {
        answer.source: resolver.PastAnswer(answer.is_hit, answer.asked_at)
        for answer in SourceAnswer.objects.filter(release_id=release_id)
    }


def _keep_answers(row: Release, answered: Iterable[SourceLinks], now: datetime) -> None:
    rows = [
        SourceAnswer(
            id=new_id(),
            release=row,
            source=answer.source,
            is_hit=bool(answer.links),
            dropped=answer.dropped,
            asked_at=now,
        )
        for answer in answered
        if answer.source != resolver.CATALOGUE
    ]
    SourceAnswer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["release", "source"],
        update_fields=["is_hit", "dropped", "asked_at"],
    )


def _key(row: Release, *, found: FoundRelease | None, known: ReleaseDetails | None) -> ReleaseKey:
    """Return what link sources are asked for; a fresh fetch beats what is stored."""
    if found is not None:
        tracks = found.tracks
        return ReleaseKey(
            upc=rules.normal_upc(found.upc),
            isrcs=tuple(filter(None, (rules.normal_isrc(track.isrc) for track in tracks))),
            title=rules.clean_text(found.title, limit=TITLE_LENGTH),
            artist_name=found.artist_names[0] if found.artist_names else "",
            total_tracks=found.total_tracks,
            total_ms=_total_ms(tracks) or 0,
            spotify_id=found.external_id,
            track_titles=tuple(track.title for track in tracks),
            track_ms=tuple(track.duration_ms for track in tracks),
        )
    stored = known.tracks if known is not None else ()
    return ReleaseKey(
        upc=row.upc,
        isrcs=tuple(track.isrc for track in stored if track.isrc),
        title=row.title,
        artist_name=row.artist_names[0] if row.artist_names else "",
        total_tracks=row.total_tracks,
        total_ms=sum(track.duration_ms for track in stored),
        spotify_id=row.external_id,
        track_titles=tuple(track.title for track in stored),
        track_ms=tuple(track.duration_ms for track in stored),
    )


def _total_ms(tracks: Sequence[FoundTrack]) -> int | None:
    """Return the length of all tracks, None while one is unknown."""
    if not tracks or any(track.duration_ms <= 0 for track in tracks):
        return None
    return sum(track.duration_ms for track in tracks)


def _best_url(images: Sequence[FoundImage]) -> str:
    best = covers.choose(images, pixels=covers.LARGE_PIXELS)
    return best.url if best is not None and len(best.url) <= TITLE_LENGTH else ""


def _images_of(row: Release) -> tuple[FoundImage, ...]:
    return (FoundImage(url=row.artwork_url),) if row.artwork_url else ()
