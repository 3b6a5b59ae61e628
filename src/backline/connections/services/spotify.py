"""What can be done with connections: one function per use case."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts import services as artists
from backline.accounts.types import ArtistAccess
from backline.catalog import selectors as catalog_selectors
from backline.catalog import services as catalog
from backline.catalog.ports import image_sources
from backline.catalog.types import FoundArtist
from backline.connections import rules
from backline.connections.models import Connection
from backline.connections.selectors import artist_of_person, holding_organizations, spotify_connection_of
from backline.connections.services.moving import held, move, tell
from backline.connections.state import State
from backline.connections.types import CLAIMS_TO_REVIEW, ClaimBasis, Provider, SpotifyConnection
from backline.core import audit, clock, jobs, media
from backline.core.audit import Actor
from backline.core.errors import NotFoundError, Rejected
from backline.settings import environment

NAME_LENGTH = 300
CHECKED_EVERY = timedelta(days=1)


def connect_spotify(access: ArtistAccess, *, url: str) -> SpotifyConnection:
    """Connect the artist to the Spotify artist at ``url`` and start the import of the catalogue.

    Only an artist's address or URI is taken (PC-10). Connecting the same one again starts the import again.
    Raises :class:`Rejected` (field ``url``), ``NotAllowedError``, ``RetryLater`` and ``NeedsAction``.
    """
    access.must_edit()
    external_id = spotify_artist_id(url=url)
    before = spotify_connection_of(artist_id=access.artist_id)
    if before is not None and before.external_id != external_id:
        raise _of_somebody_else(f"This artist is connected to {before.name} on Spotify already.")
    if catalog_selectors.source_artist_of(artist_id=access.artist_id) not in ("", external_id):
        raise _of_somebody_else("The releases here are of another artist on Spotify.")
    found = catalog.fetch_artist(external_id=external_id)
    with transaction.atomic():
        _connect(access, found, origin="web")
    connected = spotify_connection_of(artist_id=access.artist_id)
    if connected is None:
        raise NotFoundError("The connection was removed while it was being made. Connect again.")
    return connected


def _of_somebody_else(what: str) -> Rejected:
    message = f"{what} To promote somebody else, create another artist for them."
    return Rejected(message, field_errors={"url": message})


def spotify_artist_id(*, url: str) -> str:
    """Return the id of the Spotify artist whose address or URI was pasted. Asks nobody.

    Raises :class:`Rejected` (field ``url``) for anything else, naming what was pasted (PC-10), and ``NeedsAction``.
    """
    return rules.artist_id_of(catalog.understand(text=url, accepts=rules.ACCEPTED))


def artist_from_spotify(
    *, user_id: UUID, url: str, name: str = "", image_key: str = "", origin: str = "web"
) -> ArtistAccess:
    """Return the person's artist that is connected to the Spotify artist at ``url``, and start its import.

    Where there is none that they may edit, it is made and connected first: under ``name``, which is Spotify's unless
    one is given, with the picture ``image_key``. Two such calls at once make one artist and one import.
    Raises :class:`Rejected` (fields ``url``, ``name``, ``organization``), ``RetryLater`` and ``NeedsAction``.
    """
    found = catalog.fetch_artist(external_id=spotify_artist_id(url=url))
    with transaction.atomic():
        _one_by_one(f"artist of {user_id}: spotify:{found.external_id}")
        access = artist_of_person(user_id=user_id, spotify_artist_id=found.external_id)
        if access is None:
            make = artists.create_artist if name else artists.create_artist_from_platform
            made = make(
                user_id=user_id, name=name or found.name, image_key=image_key, genres=found.genres, origin=origin
            )
            access = accounts.artist_access_by_id(user_id=user_id, artist_id=made.id)
        _connect(access, found, origin=origin)
    return access


def fetch_picture(*, artist_id: UUID, url: str) -> None:
    """Fetch the artist's picture and show it. Raises ``RetryLater``; a picture that is none is left out."""
    if "covers" not in image_sources:
        return
    try:
        key = media.store_image(image_sources.get("covers").fetch(url))
    except Rejected:
        return
    artists.set_artist_image(artist_id=artist_id, image_key=key)


def settle_claim(*, artist_id: UUID, is_confirmed: bool, actor: Actor) -> None:
    """Record an operator's word on an artist's claim to a Spotify catalogue; its pages follow in a job.

    Raises :class:`NotFoundError` where the artist is not connected.
    """
    basis = ClaimBasis.CONFIRMED if is_confirmed else ClaimBasis.REFUSED
    with transaction.atomic():
        rows = Connection.objects.filter(artist_id=artist_id, provider=Provider.SPOTIFY)
        row = rows.select_for_update().first()
        if row is None:
            raise NotFoundError("This artist is not connected to Spotify.")
        if row.claim_basis == basis:
            return
        rows.update(claim_basis=basis)
        audit.record(
            "connection.confirm_claim" if is_confirmed else "connection.refuse_claim",
            actor=actor,
            object_type="connection",
            object_id=row.pk,
            object_name=row.display_name,
            artist_id=artist_id,
            detail={"from": row.claim_basis, "to": basis},
        )
        jobs.enqueue(
            "links.settle_claims",
            artist_id=str(artist_id),
            actor_id=None if actor.id is None else str(actor.id),
            actor_name=actor.name,
        )


def must_be_reviewed(basis: ClaimBasis) -> bool:
    """Tell whether pages of such a claim wait for an operator."""
    return basis in CLAIMS_TO_REVIEW


def _connect(access: ArtistAccess, found: FoundArtist, *, origin: str) -> None:
    """Write the connection and start what follows from it, within the caller's transaction."""
    actor = accounts.actor_of(access, origin)
    _keep(access, found, actor)
    if found.genres:
        artists.set_automatic_genres(artist_id=access.artist_id, genres=found.genres)
    if found.image is not None:
        jobs.enqueue("connections.fetch_picture", artist_id=str(access.artist_id), url=found.image.url)
    catalog.start_import(artist_id=access.artist_id, source_artist_id=found.external_id, actor=actor)


def _one_by_one(what: str) -> None:
    """Let everybody who does the same thing wait here until the one before has committed."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def _keep(access: ArtistAccess, found: FoundArtist, actor: Actor) -> None:
    """Write the connection. Two organizations that connect the same Spotify artist at once come here one by one."""
    _one_by_one(f"spotify:{found.external_id}")
    holders = holding_organizations(spotify_artist_id=found.external_id)
    basis = rules.claim_basis(
        is_held_elsewhere=bool(holders - {access.organization_id}),
        popularity=found.popularity,
        review_from=environment.current().review_from_popularity,
    )
    row = held(artist_id=access.artist_id, provider=Provider.SPOTIFY)
    if row.external_id and row.external_id != found.external_id:
        message = f"This artist has just been connected to {row.display_name} by somebody else."
        raise Rejected(message, field_errors={"url": message})
    is_new = not row.external_id
    was_live = row.state == State.CONNECTED
    now = clock.now()
    changes: dict[str, object] = {
        "external_id": found.external_id,
        "display_name": found.name[:NAME_LENGTH],
        "url": found.url,
        "image_url": "" if found.image is None else found.image.url[:1000],
        "address": found.external_id,
        "found": None,
        "problem": "",
        "failed_step": "",
        "last_checked_at": now,
        "last_answered_at": now,
        "next_check_at": now + CHECKED_EVERY,
    }
    if not was_live:
        changes |= {"connected_by": access.user_id, "connected_at": row.connected_at or now}
    if is_new:
        changes |= {"claim_basis": basis}
    if row.state in (State.NOT_CONNECTED, State.DISCONNECTED):
        move(row, State.LOOKING_UP, reason="somebody gave an address", actor=actor)
    move(row, State.CONNECTED, reason="the person said yes", actor=actor, **changes)
    if not was_live:
        tell("connect", row, actor=actor, external_id=found.external_id, claim=basis)
