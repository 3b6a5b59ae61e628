"""What Meta sends us: the signed request of its callbacks. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

LONGEST = 8_192


class _Payload(msgspec.Struct, frozen=True):
    algorithm: str
    user_id: str
    issued_at: int = 0


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """Whom a callback is about, by their id at our app, and when Meta wrote it (aware, UTC)."""

    user_id: str
    issued_at: datetime


def verify_signed_request(raw: str, *, secret: str) -> SignedRequest | None:
    """Return what the form field ``signed_request`` of a callback says, or None unless Meta signed it.

    ``raw`` is ``signature.payload``, both base64url; the signature is HMAC-SHA256 of the payload as it came
    ("Data Deletion Request Callback"). Without a secret nothing is believed.
    """
    signature, dot, payload = raw.partition(".") if len(raw) <= LONGEST else ("", "", "")
    if not dot or not secret:
        return None
    try:
        digest = hmac.new(secret.encode(), payload.encode("ascii"), hashlib.sha256).digest()
        wanted = base64.urlsafe_b64encode(digest).rstrip(b"=")
        if not hmac.compare_digest(signature.encode("ascii"), wanted):
            return None
        said = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Payload)
        issued_at = datetime.fromtimestamp(said.issued_at, UTC)
    except (ValueError, OverflowError, OSError, msgspec.DecodeError):
        return None
    if said.algorithm.upper() != "HMAC-SHA256" or not said.user_id:
        return None
    return SignedRequest(said.user_id, issued_at)
