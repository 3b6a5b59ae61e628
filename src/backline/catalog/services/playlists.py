"""Playlists that an artist adds by hand. Only their public face is read: the items need the owner's own sign-in."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.catalog import rules
from backline.catalog.models import Playlist
from backline.catalog.services import covers
from backline.catalog.types import FoundImage, FoundPlaylist
from backline.core import clock
from backline.core.ids import new_id

TITLE_LENGTH = 1000
NAME_LENGTH = 300
URL_LENGTH = 500


@transaction.atomic
def keep_playlist(*, artist_id: UUID, found: FoundPlaylist) -> UUID:
    """Keep what the source says of a playlist and return its id; a known one is brought up to date."""
    artists.hold_artist(artist_id=artist_id)
    fresh = Playlist(id=new_id(), artist_id=artist_id, external_id=found.external_id)
    _describe(fresh, found)
    Playlist.objects.bulk_create([fresh], ignore_conflicts=True)
    row = Playlist.objects.select_for_update().get(artist_id=artist_id, external_id=found.external_id)
    _describe(row, found)
    row.save()
    return row.pk


def fetch_playlist_cover(*, playlist_id: UUID) -> bool:
    """Fetch a playlist's cover where it has none yet; tell whether there is a new one."""
    row = Playlist.objects.filter(pk=playlist_id, artwork_key="").exclude(artwork_url="").first()
    cover = covers.fetch([FoundImage(url=row.artwork_url)]) if row is not None else None
    if row is None or cover is None or not cover.key:
        return False
    Playlist.objects.filter(pk=row.pk).update(
        artwork_key=cover.key,
        artwork_small_key=cover.small_key,
        artwork_width=cover.width,
        artwork_height=cover.height,
        artwork_palette=list(cover.palette),
    )
    return True


def _describe(row: Playlist, found: FoundPlaylist) -> None:
    best = covers.choose(found.images, pixels=covers.LARGE_PIXELS)
    row.title = rules.clean_text(found.title, limit=TITLE_LENGTH) or "Untitled playlist"
    row.owner_name = rules.clean_text(found.owner_name, limit=NAME_LENGTH)
    row.source_url = found.url[:URL_LENGTH]
    row.total_tracks = max(found.total_tracks, 0)
    row.language = rules.guess_language(row.title)
    row.artwork_url = best.url if best is not None and len(best.url) <= TITLE_LENGTH else ""
    row.fetched_at = clock.now()
