"""The way to a platform and back (OAuth 2.0, authorization code): what binds a callback to who began it.

The ``state`` names one :class:`~backline.connections.models.Consent` and carries a keyed digest over it, the browser
session, the person, the artist, the platform and the end of its ten minutes (RFC 6749 section 10.12). The row makes it
good for one callback. PKCE (RFC 7636) ties the code to the verifier that never left here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from backline.connections import grants
from backline.connections.models import Connection, Consent
from backline.connections.ports import ConsentPlatform
from backline.connections.types import ConsentRequest, Purpose
from backline.core import clock
from backline.core.errors import BacklineError
from backline.core.ids import new_id
from backline.settings import environment

LIFE = timedelta(minutes=10)
"""How long the way there and back may take (PP-52)."""

EXCHANGE_LIFE = timedelta(minutes=10)
"""How long a code can still be worth an exchange after it came back."""

_VERSION = b"backline consent v1"
_ID_BYTES = 16
_MAC_BYTES = 32
MOST_CODE_CHARACTERS = 4_096


class ConsentRefusedError(BacklineError):
    """A callback that does not belong to a consent that was begun here, by this person, in this browser."""


def binding_of(session_secret: str) -> str:
    """Return what a consent keeps of the browser session's secret."""
    return hashlib.sha256(f"consent binding {session_secret}".encode()).hexdigest()


def redirect_uri(provider: str) -> str:
    """Return the one address to which ``provider`` sends people back."""
    return f"{environment.current().web_url}/connections/{provider}/callback/"


def begin(
    connection: Connection, platform: ConsentPlatform, *, purpose: Purpose, user_id: UUID, session_secret: str
) -> str:
    """Write a consent and return the address at the platform. Ends what was begun before."""
    now = clock.now()
    Consent.objects.filter(connection=connection, ended_at=None).update(ended_at=now, code=None)
    verifier = secrets.token_urlsafe(48)
    consent = Consent(
        id=new_id(),
        connection=connection,
        purpose=purpose,
        user_id=user_id,
        binding=binding_of(session_secret),
        nonce=secrets.token_urlsafe(24),
        started_at=now,
        expires_at=now + LIFE,
    )
    consent.verifier = grants.seal_for_consent(consent, "verifier", verifier)
    consent.save(force_insert=True)
    request = ConsentRequest(
        purpose=purpose,
        state=state_of(consent),
        redirect_uri=redirect_uri(connection.provider),
        code_challenge=challenge_of(verifier),
        nonce=consent.nonce,
    )
    return platform.authorization_url(request)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return _text(hashlib.sha256(verifier.encode()).digest())


def state_of(consent: Consent) -> str:
    """Return the ``state`` of a consent."""
    return _text(consent.pk.bytes + _mac(consent, consent.connection.provider))


def take(*, state: str, provider: str, user_id: UUID, session_secret: str) -> Consent:
    """Use up the consent that ``state`` names and return it; of two callbacks at once one is refused.

    Raises :class:`ConsentRefusedError` for a state that is altered, over, used, of another browser session, person or
    platform. What it says is the same for all that could be an attack.
    """
    consent = _named(state)
    if consent is None:
        raise _refused()
    given = _bytes(state)[_ID_BYTES:]
    is_theirs = hmac.compare_digest(given, _mac(consent, provider)) and consent.user_id == user_id
    if not is_theirs or not hmac.compare_digest(consent.binding, binding_of(session_secret)):
        raise _refused()
    now = clock.now()
    if consent.used_at is not None or consent.ended_at is not None:
        raise ConsentRefusedError(
            "This sign-in was answered already, or another one was begun after it. The page shows how it stands."
        )
    if consent.expires_at <= now:
        raise ConsentRefusedError("This took longer than ten minutes, so the sign-in has ended. Connect again.")
    with transaction.atomic():
        if not Consent.objects.filter(pk=consent.pk, used_at=None, ended_at=None).update(used_at=now):
            raise ConsentRefusedError("This sign-in was answered already. The page shows how it stands.")
    consent.used_at = now
    return consent


def keep_code(consent: Consent, code: str) -> None:
    """Keep the code, sealed, for the job that exchanges it.

    Raises :class:`ConsentRefusedError` when the consent was ended since it was taken, by a reset in another tab say.
    """
    consent.code = grants.seal_for_consent(consent, "code", code)
    if not Consent.objects.filter(pk=consent.pk, ended_at=None).update(code=consent.code):
        raise ConsentRefusedError("This sign-in was ended before its answer came back. The page shows how it stands.")


def hold_for_exchange(consent_id: UUID) -> Consent | None:
    """Return the consent whose code is to be exchanged, or None when that is over.

    Within the caller's transaction nobody else gets here: a job that was taken for dead may live still, and a code is
    good once. Its row is not held, so that whoever takes the consent back need not wait.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"consent:{consent_id}"])
    return Consent.objects.select_related("connection").filter(pk=consent_id, ended_at=None).exclude(code=None).first()


def is_open(consent: Consent) -> bool:
    """Tell whether nobody has ended the consent meanwhile."""
    return Consent.objects.filter(pk=consent.pk, ended_at=None).exists()


def drop(consent: Consent) -> None:
    """End a consent that nothing came of: nobody said yes."""
    Consent.objects.filter(pk=consent.pk).update(ended_at=clock.now(), used_at=None, code=None)


def can_wait(consent: Consent, after: timedelta | None) -> bool:
    """Tell whether its code may still be good when the platform takes questions again."""
    return after is not None and consent.used_at is not None and clock.now() + after < consent.used_at + EXCHANGE_LIFE


def finish(consent: Consent) -> None:
    """Forget the code: the consent is over, and its row goes within a day."""
    Consent.objects.filter(pk=consent.pk).update(ended_at=clock.now(), code=None)


def last_of(connection: Connection) -> Consent | None:
    """Return the consent whose code may still be exchanged, or None."""
    fresh = Consent.objects.filter(connection=connection, ended_at=None, used_at__gte=clock.now() - EXCHANGE_LIFE)
    return fresh.exclude(code=None).order_by("-used_at").first()


def wanted(connection: Connection) -> Purpose:
    """Return what somebody last said yes to there, or what the connection is for where that is long ago."""
    last = Consent.objects.filter(connection=connection, used_at__isnull=False).order_by("-started_at").first()
    return Purpose(last.purpose if last is not None else connection.purpose)


def abandoned(*, before: datetime) -> list[Consent]:
    """Return consents that nobody came back from, or whose answer was not kept because the process died over it."""
    rows = Consent.objects.filter(code=None, ended_at=None, expires_at__lte=before)
    return list(rows.select_related("connection").order_by("expires_at")[:500])


def delete_old(*, before: datetime) -> int:
    """Delete consents that began before ``before``; returns how many."""
    return Consent.objects.filter(started_at__lt=before).delete()[0]


def _named(state: str) -> Consent | None:
    raw = _bytes(state)
    if len(raw) != _ID_BYTES + _MAC_BYTES:
        return None
    return Consent.objects.select_related("connection").filter(pk=UUID(bytes=raw[:_ID_BYTES])).first()


def _mac(consent: Consent, provider: str) -> bytes:
    """Return the keyed digest over everything that a callback must agree with; each part stands with its length."""
    parts = (
        _VERSION,
        consent.pk.bytes,
        consent.connection.artist_id.bytes,
        consent.user_id.bytes,
        provider.encode(),
        consent.binding.encode(),
        consent.expires_at.isoformat().encode(),
    )
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    key = hashlib.sha256(b"backline consent key" + environment.current().secret_key.encode()).digest()
    return hmac.new(key, message, hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if len(text) > 128 or not text.isascii():
        return b""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return raw if _text(raw) == text else b""


def _refused() -> ConsentRefusedError:
    return ConsentRefusedError(
        "This answer does not belong to a sign-in that was begun in this browser by you. Nothing was changed. "
        "Connect again from Platform Connections."
    )
