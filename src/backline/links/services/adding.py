"""Adding by pasting: whatever a person has at hand becomes the right link."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.catalog import selectors as releases
from backline.catalog import services as catalog
from backline.catalog.types import FoundRelease, SourceRef
from backline.connections import selectors as connections
from backline.connections import services as connecting
from backline.core import audit, jobs
from backline.core.errors import NotFoundError, Rejected
from backline.links.models import SmartLink
from backline.links.services.publishing import hub_changed, make_link
from backline.links.types import AddOutcome


def add(access: ArtistAccess, *, text: str) -> AddOutcome:
    """Make or find the link of what was pasted.

    An artist's address connects the artist and imports the catalogue; an album, a track (SL-05), a UPC or an ISRC
    leads to its release's link; a playlist gets a link of its own (SL-04). The same again leads to the same link.
    Raises :class:`Rejected` (field ``url``), ``NotAllowedError``, ``RetryLater`` and ``NeedsAction``.
    """
    access.must_edit()
    ref = catalog.understand(text=text)
    match ref.kind:
        case "artist":
            return _import(access, text)
        case "playlist":
            return _add_playlist(access, ref)
        case "user":
            raise _refused("This is a listener's profile. Paste an artist, album, track or playlist from Spotify.")
        case _:
            return _add_release(access, ref)


def _import(access: ArtistAccess, text: str) -> AddOutcome:
    connection = connecting.connect_spotify(access, url=text)  # which starts the import
    progress = releases.import_progress(access)
    return AddOutcome(kind="import_started", title=connection.name, import_id=None if progress is None else progress.id)


def _add_release(access: ArtistAccess, ref: SourceRef) -> AddOutcome:
    known = releases.known_release(artist_id=access.artist_id, ref=ref)
    existing = SmartLink.objects.filter(release_id=known).first() if known is not None else None
    if existing is not None:
        return AddOutcome(kind="existing", title=existing.title, link_id=existing.pk)
    connection = connections.spotify_connection(access)
    if connection is None:
        raise _refused(
            "Connect the artist first: paste the address of the artist's page on Spotify. "
            "Then we know that this release is theirs."
        )
    found = catalog.fetch_release(ref=ref)
    if connection.external_id not in found.artist_ids:
        raise _refused(
            f"“{_short(found.title)}” is by {_names(found)}, not by {connection.name}. "
            "Paste a release of this artist, or create another artist for it."
        )
    with transaction.atomic():
        release_id = catalog.keep_release(artist_id=access.artist_id, found=found)
        link_id, is_new = make_link(releases.release_details(release_id=release_id))
        catalog.mark_resolved(release_id=release_id)
        if is_new:
            _record(access, link_id, found.title)
            jobs.enqueue("links.complete_release", priority=10, release_id=str(release_id))
            hub_changed(access.artist_id)
    return _outcome(link_id, is_new=is_new)


def _add_playlist(access: ArtistAccess, ref: SourceRef) -> AddOutcome:
    known = releases.known_playlist(artist_id=access.artist_id, external_id=ref.value)
    existing = SmartLink.objects.filter(playlist_id=known).first() if known is not None else None
    if existing is not None:
        return AddOutcome(kind="existing", title=existing.title, link_id=existing.pk)
    found = catalog.fetch_playlist(external_id=ref.value)
    with transaction.atomic():
        playlist_id = catalog.keep_playlist(artist_id=access.artist_id, found=found)
        details = releases.playlist_details_of([playlist_id])[playlist_id]
        link_id, is_new = make_link(details)
        if is_new:
            _record(access, link_id, found.title)
            jobs.enqueue("links.complete_playlist", priority=10, playlist_id=str(playlist_id))
            hub_changed(access.artist_id)
    return _outcome(link_id, is_new=is_new)


def _outcome(link_id: UUID, *, is_new: bool) -> AddOutcome:
    row = SmartLink.objects.filter(pk=link_id).first()
    if row is None:
        raise NotFoundError("The artist was deleted while this was being added.")
    return AddOutcome(kind="created" if is_new else "existing", title=row.title, link_id=link_id)


def _record(access: ArtistAccess, link_id: UUID, title: str) -> None:
    audit.record(
        "link.add",
        actor=actor_of(access),
        object_type="smart_link",
        object_id=link_id,
        object_name=title,
        artist_id=access.artist_id,
    )


def _names(found: FoundRelease) -> str:
    return _short(", ".join(found.artist_names)) or "somebody else"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79].rstrip() + "…"


def _refused(message: str) -> Rejected:
    return Rejected(message, field_errors={"url": message})
