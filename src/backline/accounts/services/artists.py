"""Use cases of artists: create, rename, move to another address or organization, genres, picture, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from uuid import UUID

from django.db import connection, transaction

from backline.accounts import names, ports, selectors
from backline.accounts.models import Artist, ArtistSlug, Organization, User
from backline.accounts.services.organizations import first_organization, make_room
from backline.accounts.types import ArtistAccess, ArtistIdentity, GenresMode
from backline.core import audit, clock, jobs, slugs
from backline.core.audit import Actor
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.core.ids import new_id

MANUAL_GENRES_LIMIT = 10
GENRE_LENGTH = 50
_SLUG_ATTEMPTS = 10_000


def create_artist(
    *,
    user_id: UUID,
    name: str,
    organization_id: UUID | None = None,
    image_key: str = "",
    genres: Sequence[str] = (),
    origin: str = "web",
) -> ArtistIdentity:
    """Make an artist under a name that a person typed, and return it; the person is its creator.

    Without ``organization_id`` it goes where the person may edit and there is room; somebody who has no such
    organization gets one. Raises :class:`Rejected` (field ``name``, or ``organization`` when it is full),
    :class:`NotFoundError` and :class:`NotAllowedError` for an organization that is not theirs to edit.
    """
    return _create(
        user_id=user_id,
        name=names.clean_name(name),
        organization_id=organization_id,
        image_key=image_key,
        genres=genres,
        origin=origin,
    )


def create_artist_from_platform(
    *,
    user_id: UUID,
    name: str,
    organization_id: UUID | None = None,
    image_key: str = "",
    genres: Sequence[str] = (),
    origin: str = "web",
) -> ArtistIdentity:
    """Make an artist under the name that a music platform gives; otherwise as :func:`create_artist`.

    Characters that our rule for names does not allow are left out instead of refused.
    """
    return _create(
        user_id=user_id,
        name=names.name_from_platform(name),
        organization_id=organization_id,
        image_key=image_key,
        genres=genres,
        origin=origin,
    )


@transaction.atomic
def rename_artist(access: ArtistAccess, *, name: str) -> None:
    """Give the artist another display name; pages that show it are published again.

    It changes nothing on streaming platforms and leaves the address alone. Raises :class:`Rejected` (field ``name``).
    """
    access.must_edit()
    wanted = names.clean_name(name)
    artist = _locked(access.artist_id)
    if artist.name == wanted:
        return
    before, artist.name = artist.name, wanted
    _save(artist, "name")
    _record(access, artist, "artist.rename", {"from": before, "to": wanted})
    _republish(artist.pk)


@transaction.atomic
def change_artist_slug(access: ArtistAccess, *, slug: str) -> None:
    """Move the artist to another address. The old one leads to it for ever and is given to nobody else.

    Raises :class:`Rejected` (field ``slug``) when the address is malformed, reserved or somebody else's.
    """
    access.must_edit()
    wanted = names.clean_slug(slug)
    artist = _locked(access.artist_id)
    if artist.slug == wanted:
        return
    if not _take(wanted, artist.pk):
        problem = "This address is taken. Choose another one."
        raise Rejected(problem, field_errors={"slug": problem})
    before, artist.slug = artist.slug, wanted
    _save(artist, "slug")
    _record(access, artist, "artist.change_slug", {"from": before, "to": wanted})
    _republish(artist.pk)
    for holder in ports.ARTIST_HOLDERS:
        holder.move(artist_id=artist.pk, before=before, to=wanted)


@transaction.atomic
def set_artist_image(*, artist_id: UUID, image_key: str) -> None:
    """Set the picture found for the artist (a file in the media folder); for imports."""
    artist = _locked(artist_id)
    if artist.image_key == image_key:
        return
    artist.image_key = image_key
    _save(artist, "image_key")
    # Of all pages the hub alone shows the picture.
    jobs.enqueue("links.publish_hub", once=f"links.publish_hub:{artist_id}", priority=10, artist_id=str(artist_id))


@transaction.atomic
def set_automatic_genres(*, artist_id: UUID, genres: Sequence[str]) -> None:
    """Keep the genres that the connected music data gives; they are shown unless the artist picked their own."""
    artist = _locked(artist_id)
    artist.found_genres = _clean_genres(genres)
    if artist.genres_mode == GenresMode.AUTOMATIC:
        artist.genres = artist.found_genres
    _save(artist, "found_genres", "genres")


@transaction.atomic
def choose_genres(access: ArtistAccess, *, genres: Sequence[str]) -> None:
    """Show the artist's own genres and keep imports from changing them.

    Raises :class:`Rejected` (field ``genres``) for more than 10 or for one of more than 50 characters.
    """
    access.must_edit()
    wanted = _clean_genres(genres)
    problem = ""
    if len(wanted) > MANUAL_GENRES_LIMIT:
        problem = f"Choose at most {MANUAL_GENRES_LIMIT} genres; these are {len(wanted)}."
    elif any(len(genre.strip()) > GENRE_LENGTH for genre in genres):
        problem = f"A genre has at most {GENRE_LENGTH} characters."
    if problem:
        raise Rejected(problem, field_errors={"genres": problem})
    _show_genres(access, GenresMode.MANUAL, wanted)


@transaction.atomic
def follow_found_genres(access: ArtistAccess) -> None:
    """Show the genres of the connected music data again."""
    access.must_edit()
    _show_genres(access, GenresMode.AUTOMATIC, None)


@transaction.atomic
def move_artist(access: ArtistAccess, *, organization_id: UUID) -> None:
    """Move the artist into another organization, with everything it has; members of the old one lose access to it.

    The person has to be allowed to edit in both. Raises :class:`NotFoundError`, :class:`NotAllowedError`, and
    :class:`Rejected` (field ``organization``) when the artist is there already or the organization is full.
    """
    access.must_edit()
    here = selectors.organization_access(user_id=access.user_id, organization_id=access.organization_id)
    there = selectors.organization_access(user_id=access.user_id, organization_id=organization_id)
    here.must_edit()
    there.must_edit()
    target = make_room(organization_id)
    artist = _locked(access.artist_id)
    if artist.organization_id == organization_id:
        problem = "The artist is in this organization already."
        raise Rejected(problem, field_errors={"organization": problem})
    source = Organization.objects.get(pk=artist.organization_id)
    artist.organization = target
    _save(artist, "organization")
    detail = {"from": source.name, "to": target.name}
    for place in (source, target):
        _record(access, artist, "artist.move", detail, organization_id=place.pk)


@transaction.atomic
def delete_artist(access: ArtistAccess, *, confirmed_name: str) -> None:
    """Delete the artist and everything it has; its public pages say that they are gone. It cannot be undone.

    ``confirmed_name`` is the name as the person typed it. Raises :class:`Rejected` (field ``confirmed_name``) when it
    differs, and :class:`NotAllowedError` with the reason while something stands against it. Admins only.
    """
    access.must_manage_members()
    artist = _locked(access.artist_id)
    if confirmed_name.strip() != artist.name:
        problem = f"Type the artist's name, {artist.name}, exactly as it stands here. Nothing was deleted."
        raise Rejected(problem, field_errors={"confirmed_name": problem})
    refusals = selectors.delete_refusals(artist_id=artist.pk)
    if refusals:
        raise NotAllowedError(" ".join(refusals))
    artist_id = artist.pk
    for holder in ports.ARTIST_HOLDERS:
        holder.hold(artist_id=artist_id)
    _record(access, artist, "artist.delete", {"slug": artist.slug})
    artist.delete()
    for holder in ports.ARTIST_HOLDERS:
        holder.withdraw(artist_id=artist_id)


def hold_artist(*, artist_id: UUID) -> None:
    """Keep the artist from being deleted until the present transaction ends; many may do so at once.

    Call it before any other lock on the artist's things, as a deletion does: PostgreSQL looks at the artist again when
    a transaction ends that wrote a row of theirs more than once. Raises :class:`NotFoundError`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_artist WHERE id = %s FOR KEY SHARE", [artist_id])
        if cursor.fetchone() is None:
            raise NotFoundError("This artist does not exist any more.")


def _create(
    *, user_id: UUID, name: str, organization_id: UUID | None, image_key: str, genres: Sequence[str], origin: str
) -> ArtistIdentity:
    with transaction.atomic():
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None:
            raise NotFoundError("This person has no account here.")
        actor = Actor(id=user.pk, name=selectors.display_name(user), origin=origin)
        if organization_id is None:
            organization = first_organization(user, name=name, actor=actor)
        else:
            selectors.organization_access(user_id=user_id, organization_id=organization_id).must_edit()
            organization = make_room(organization_id)
        artist_id = new_id()
        found = _clean_genres(genres)
        artist = Artist.objects.create(
            pk=artist_id,
            name=name,
            slug=_take_free_slug(name, artist_id),
            organization=organization,
            creator=user,
            image_key=image_key,
            genres=found,
            found_genres=found,
        )
        audit.record(
            "artist.create",
            actor=actor,
            object_type="artist",
            object_id=artist.pk,
            object_name=artist.name,
            artist_id=artist.pk,
            organization_id=organization.pk,
            detail={"slug": artist.slug},
        )
        return selectors.identity_of(artist)


def _take_free_slug(name: str, artist_id: UUID) -> str:
    """Take and return the first free slug for ``name``; concurrent callers get different ones."""
    base = slugs.slug_of(name, max_length=names.SLUG_LENGTH) or f"artist-{artist_id.hex[-6:]}"
    taken = set(ArtistSlug.objects.filter(slug__startswith=base[:50]).values_list("slug", flat=True))
    candidates = slugs.with_suffixes(base, max_length=names.SLUG_LENGTH)
    for slug in islice(candidates, _SLUG_ATTEMPTS):
        if slug not in taken and slug not in names.RESERVED_SLUGS and _take(slug, artist_id):
            return slug
    problem = f"There are too many artists called {name}. Add something that tells yours apart."
    raise Rejected(problem, field_errors={"name": problem})


def _take(slug: str, artist_id: UUID) -> bool:
    """Put the slug under the artist's name; False when it is somebody else's.

    The insert waits for another transaction that is taking the same slug, so two never both have it.
    """
    ArtistSlug.objects.bulk_create([ArtistSlug(slug=slug, artist_id=artist_id)], ignore_conflicts=True)
    return ArtistSlug.objects.filter(slug=slug, artist_id=artist_id).exists()


def _clean_genres(genres: Sequence[str]) -> list[str]:
    """Return the genres trimmed, in order, each once whatever its case."""
    once: dict[str, str] = {}
    for genre in genres:
        word = " ".join(genre.split())[:GENRE_LENGTH].strip()
        if word:
            once.setdefault(word.casefold(), word)
    return list(once.values())


def _show_genres(access: ArtistAccess, mode: GenresMode, wanted: list[str] | None) -> None:
    artist = _locked(access.artist_id)
    shown = artist.found_genres if wanted is None else wanted
    if (artist.genres_mode, artist.genres) == (mode, shown):
        return
    before = artist.genres
    artist.genres_mode, artist.genres = mode, shown
    _save(artist, "genres_mode", "genres")
    _record(access, artist, "artist.set_genres", {"from": before, "to": shown, "mode": mode.label})
    _republish(artist.pk)


def _locked(artist_id: UUID) -> Artist:
    artist = Artist.objects.select_for_update().filter(pk=artist_id).first()
    if artist is None:
        raise NotFoundError("This artist does not exist any more.")
    return artist


def _save(artist: Artist, *fields: str) -> None:
    artist.updated_at = clock.now()
    artist.save(update_fields=[*fields, "updated_at"])


def _republish(artist_id: UUID) -> None:
    jobs.enqueue("links.republish_artist", artist_id=str(artist_id), once=f"republish {artist_id}")


def _record(
    access: ArtistAccess,
    artist: Artist,
    action: str,
    detail: Mapping[str, object],
    *,
    organization_id: UUID | None = None,
) -> None:
    audit.record(
        action,
        actor=selectors.actor_of(access),
        object_type="artist",
        object_id=artist.pk,
        object_name=artist.name,
        artist_id=artist.pk,
        organization_id=organization_id or artist.organization_id,
        detail=detail,
    )
