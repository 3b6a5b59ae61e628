"""What a person does between the consent and the working connection: choose, act, try again."""

from __future__ import annotations

from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.connections import consents, grants
from backline.connections.models import Connection
from backline.connections.services import addressing, checking, consenting, ending, linking
from backline.connections.services.moving import check_soon, consent_platform, held, move, tell
from backline.connections.state import GRANTED, State
from backline.connections.types import Choice, GrantLostError, Purpose
from backline.core.errors import NotFoundError, Rejected


def choices(access: ArtistAccess, *, provider: str) -> tuple[Choice, ...]:
    """Return what can be chosen now, asked at the platform.

    Raises ``NotAllowedError``, ``NotFoundError``, ``RetryLater`` and ``NeedsAction``; a grant that turns out to be lost
    is written down as such.
    """
    access.must_edit()
    platform = consent_platform(provider)
    row = Connection.objects.filter(artist_id=access.artist_id, provider=provider).first()
    if row is None or row.state not in GRANTED:
        raise NotFoundError("Connect first; then there is something to choose from.")
    try:
        tokens = grants.fresh_tokens(platform, connection_id=row.pk, purpose=row.purpose)
        return platform.choices(tokens, purpose=Purpose(row.purpose))
    except GrantLostError as error:
        ending.lose(connection_id=row.pk, why=error.message, reason=error.reason)
        raise


def choose(access: ArtistAccess, *, provider: str, external_id: str) -> None:
    """Choose a Page, channel or advertiser; the platform is asked for it again. Then the connection is looked at.

    Raises like :func:`choices`, and ``Rejected`` (field ``choice``) for one that is not there or cannot be used.
    """
    found = {choice.external_id: choice for choice in choices(access, provider=provider)}
    chosen = found.get(external_id)
    if chosen is None:
        message = "This one is not there any more. Choose another one."
        raise Rejected(message, field_errors={"choice": message})
    if chosen.why_not:
        raise Rejected(chosen.why_not, field_errors={"choice": chosen.why_not})
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        if row.state not in GRANTED:
            raise NotFoundError("The connection ended meanwhile. Connect again.")
        changes = {
            "external_id": chosen.external_id,
            "display_name": chosen.name[:300],
            "url": chosen.url,
            "image_url": chosen.image_url[:1000],
            "extra": dict(chosen.extra),
        }
        move(row, State.EXCHANGING, reason="something was chosen", actor=actor, **changes)
        tell("choose", row, actor=actor)
    checking.check(connection_id=row.pk)


def act(access: ArtistAccess, *, provider: str, key: str) -> None:
    """Do what the action ``key`` of an unmet check offers, then look at the connection.

    Raises ``NotAllowedError``, ``NotFoundError`` (not offered now), ``RetryLater`` and ``NeedsAction``.
    """
    access.must_edit()
    row = Connection.objects.filter(artist_id=access.artist_id, provider=provider).first()
    offered = {action["key"] for check in (row.checks if row else ()) for action in check["actions"]}
    if row is None or row.state not in GRANTED or key not in offered:
        raise NotFoundError("This is not to be done now. The page shows what is next.")
    if key == linking.CONFIRM.key:
        linking.confirm_by_artist(access, provider=provider)
        return
    platform = consent_platform(provider)
    chosen = checking.choice_of(row)
    if chosen is None:
        raise NotFoundError("Choose first.")
    tokens = grants.fresh_tokens(platform, connection_id=row.pk, purpose=row.purpose)
    platform.act(key, tokens, chosen=chosen)
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        tell("act", row, actor=actor, what=key.replace("_", " "))
    checking.check(connection_id=row.pk)


def try_again(access: ArtistAccess, *, provider: str) -> Purpose | None:
    """Repeat the step that failed and keep what was done before it (PC-34).

    Returns None where that was possible, else what the person has to sign in at the platform again for.
    Raises ``NotAllowedError`` and ``NotFoundError`` (nothing failed).
    """
    access.must_edit()
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        if row.state not in (State.FAILED, State.UNKNOWN):
            raise NotFoundError("Nothing failed that could be repeated. The page shows how it stands.")
        tell("try_again", row, actor=actor, step=row.failed_step)
        if row.failed_step == addressing.STEP:
            addressing.look_up_again(row, actor=actor)
            return None
        if row.failed_step == "exchange" and consenting.exchange_again(row, actor=actor):
            return None
        if row.failed_step in ("consent", "exchange") or not _can_be_checked(row):
            return consents.wanted(row)
        linking.ask_again(row, actor=actor)
        move(row, State.EXCHANGING, reason="tried again", actor=actor, problem="", failed_step="")
        check_soon(row)
    return None


def _can_be_checked(row: Connection) -> bool:
    return grants.is_held(row) or bool(row.external_id and not row.account_id)
