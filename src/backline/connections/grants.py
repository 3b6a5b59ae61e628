"""The tokens of a connection: kept sealed, handed out fresh, given back. Nothing else opens them.

``fresh_tokens`` holds the grant's row while it asks for new tokens, so of many workers one asks and the others get
what it was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from psycopg.errors import LockNotAvailable

from backline.connections.models import Connection, Consent, Grant
from backline.connections.ports import ConsentPlatform
from backline.connections.types import Account, GrantLostError, Purpose, Tokens
from backline.core import clock, vault
from backline.core.crypto import Place
from backline.core.errors import NotFoundError, RetryLater
from backline.core.ids import new_id
from backline.core.vault import Owner, SealBrokenError, VaultClosedError

USED_OF_LIFE = 0.8
"""An access token is renewed after this part of its life."""

WAIT_SECONDS = 30
"""How long to wait for somebody who asks the platform for new tokens: a little longer than one question may take."""


def keep(connection: Connection, *, purpose: str, tokens: Tokens) -> None:
    """Keep what a consent gave, in place of whatever was given before. Within a transaction."""
    end(connection)
    _add(connection, purpose=purpose, tokens=tokens)


def keep_to_give_back(connection: Connection, *, purpose: str, tokens: Tokens) -> None:
    """Keep what a consent gave that somebody took back meanwhile, only until the platform has it back."""
    _add(connection, purpose=purpose, tokens=tokens, ended_at=clock.now())


def _add(connection: Connection, *, purpose: str, tokens: Tokens, ended_at: datetime | None = None) -> None:
    grant = Grant(id=new_id(), connection=connection, purpose=purpose, obtained_at=clock.now(), ended_at=ended_at)
    grant.account_id = tokens.account.external_id if tokens.account else ""
    _write(grant, tokens)
    grant.save(force_insert=True)


def note_account(connection: Connection, account: Account) -> None:
    """Note whose the present grant is, where the platform had not said it with the tokens."""
    unknown = Grant.objects.filter(connection=connection, purpose=connection.purpose, ended_at=None, account_id="")
    unknown.update(account_id=account.external_id)


def is_held(connection: Connection) -> bool:
    """Tell whether there is a grant for what the connection is for."""
    return Grant.objects.filter(connection=connection, purpose=connection.purpose, ended_at=None).exists()


def fresh_tokens(platform: ConsentPlatform, *, connection_id: UUID, purpose: str) -> Tokens:
    """Return tokens that are good now, renewed where 80 % of their life is over.

    Raises ``NotFoundError`` when there is no grant, :class:`GrantLostError` when the platform takes it no more,
    ``RetryLater`` when it cannot answer and the old token has ended, or when somebody else has been asking it for too
    long, and ``VaultClosedError``.
    """
    with transaction.atomic(), _waiting():
        rows = Grant.objects.select_for_update(of=("self",)).select_related("connection")
        held = rows.filter(connection_id=connection_id, purpose=purpose, ended_at=None)
        grant = held.first() or held.first()  # what was waited for may have been replaced: then look once more
        if grant is None:
            raise NotFoundError("There is no access to this platform. Connect it again.")
        tokens = _read(grant)
        now = clock.now()
        if grant.renew_at is None or now < grant.renew_at:
            return tokens
        try:
            renewed = _renew(platform, grant, tokens)
        except RetryLater as error:
            if tokens.access_expires_at is not None and now < tokens.access_expires_at:
                return tokens  # it is good for a while yet
            unanswered = error
        else:
            _write(grant, renewed)
            grant.obtained_at = now
            grant.save(force_update=True)
            return _read(grant)  # with what the answer left out because it is as before
    raise unanswered  # not before the transaction ended: what was noted of the platform's quota has to stay


@contextmanager
def _waiting() -> Iterator[None]:
    """Bound how long this transaction waits for a row that somebody else holds."""
    with database.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_SECONDS * 1_000:.0f}ms'")
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise RetryLater("The platform is being asked already and has not answered yet. Try again soon.") from None
        raise


def _renew(platform: ConsentPlatform, grant: Grant, tokens: Tokens) -> Tokens:
    """Ask for new tokens; where the refresh token is refused, with the one before it.

    A platform that rotates may have handed out a token whose answer we never got, or have lost what it handed out:
    then the one before is still good there.
    """
    purpose = Purpose(grant.purpose)
    try:
        renewed = platform.refresh(tokens, purpose=purpose)
        before = tokens.refresh
    except GrantLostError:
        before = _open(grant, "previous_refresh")
        if not before:
            raise
        renewed = platform.refresh(replace(tokens, refresh=before), purpose=purpose)
    if not renewed.refresh:
        return replace(renewed, refresh=before, refresh_expires_at=tokens.refresh_expires_at)
    if renewed.refresh != before:
        grant.previous_refresh = _seal(grant, "previous_refresh", before) if before else None
    return renewed


def end(connection: Connection) -> None:
    """Stop using what was given; it waits to be given back."""
    Grant.objects.filter(connection=connection, ended_at=None).update(ended_at=clock.now())


def discard(connection: Connection) -> None:
    """Delete every token of the connection at once: the platform has ended them already (PP-72)."""
    Grant.objects.filter(connection=connection).delete()


def give_back(platform: ConsentPlatform, *, connection_id: UUID) -> None:
    """Give ended grants back to the platform and delete them. Raises ``RetryLater``; then they wait on.

    What can no longer be opened is deleted; while only its key is away, it waits too.
    Many platforms keep one grant per person and app: giving it back would take it from the person's other artists too,
    and from whoever has just consented again. So it is only given back when nobody else here holds one of the same
    person; its tokens are deleted either way. It waits while the person of the connection's new grant is not known yet.
    """
    waits = False
    for grant in Grant.objects.filter(connection_id=connection_id).exclude(ended_at=None).select_related("connection"):
        with transaction.atomic():
            mine = Grant.objects.select_for_update(of=("self",)).filter(pk=grant.pk).first()
            if mine is None:
                continue
            if _may_be_shared(grant):
                waits = True
                continue
            if not _is_shared(grant):
                try:
                    with suppress(GrantLostError, SealBrokenError):  # then there is nothing left to give back
                        platform.revoke(_read(grant), purpose=Purpose(grant.purpose))
                except VaultClosedError as closed:
                    raise RetryLater(closed.message) from None
            mine.delete()
    if waits:
        raise RetryLater("Whose the new access is has to be known before the old one is given back.")


def _may_be_shared(grant: Grant) -> bool:
    """Tell whether the same connection has a grant of somebody who is not known yet."""
    return bool(grant.account_id) and _living(grant).filter(connection=grant.connection, account_id="").exists()


def _living(grant: Grant) -> QuerySet[Grant]:
    return Grant.objects.filter(ended_at=None, connection__provider=grant.connection.provider)


def _is_shared(grant: Grant) -> bool:
    """Tell whether a living grant may be of the same person; of somebody unknown, one of the same connection may."""
    others = _living(grant)
    if grant.account_id:
        return others.filter(account_id=grant.account_id).exists()
    return others.filter(connection=grant.connection).exists()


def seal_for_consent(consent: Consent, column: str, value: str) -> bytes:
    """Return a verifier or a code, sealed for its consent."""
    return vault.seal(_owner(consent.connection), Place("connections_consent", str(consent.pk), column), value)


def open_for_exchange(consent: Consent) -> tuple[str, str]:
    """Return the code and the verifier of a consent that came back. Raises ``VaultClosedError``."""
    owner = _owner(consent.connection)
    opened = [
        vault.open_value(owner, Place("connections_consent", str(consent.pk), column), bytes(record))
        for column, record in (("code", consent.code or b""), ("verifier", consent.verifier))
    ]
    return opened[0], opened[1]


def _write(grant: Grant, tokens: Tokens) -> None:
    now = clock.now()
    grant.access = _seal(grant, "access", tokens.access)
    grant.refresh = _seal(grant, "refresh", tokens.refresh) if tokens.refresh else None
    grant.scopes = sorted(tokens.scopes) or grant.scopes
    grant.access_expires_at = tokens.access_expires_at
    grant.refresh_expires_at = tokens.refresh_expires_at
    grant.renew_at = renewal_of(tokens.access_expires_at, obtained_at=now)


def renewal_of(expires_at: datetime | None, *, obtained_at: datetime) -> datetime | None:
    """Return when an access token is to be renewed: after 80 % of its life, never for one that does not end."""
    return None if expires_at is None else obtained_at + (expires_at - obtained_at) * USED_OF_LIFE


def _read(grant: Grant) -> Tokens:
    account = Account(grant.account_id, grant.connection.account_name) if grant.account_id else None
    return Tokens(
        access=_open(grant, "access"),
        refresh=_open(grant, "refresh"),
        access_expires_at=grant.access_expires_at,
        refresh_expires_at=grant.refresh_expires_at,
        scopes=frozenset(grant.scopes),
        account=account,
    )


def _seal(grant: Grant, column: str, value: str) -> bytes:
    return vault.seal(_owner(grant.connection), Place("connections_grant", str(grant.pk), column), value)


def _open(grant: Grant, column: str) -> str:
    record = getattr(grant, column)
    if not record:
        return ""
    return vault.open_value(_owner(grant.connection), Place("connections_grant", str(grant.pk), column), bytes(record))


def _owner(connection: Connection) -> Owner:
    return Owner("artist", connection.artist_id)
