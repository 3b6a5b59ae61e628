"""What people gave TikTok's stand-in leave to: codes and tokens of Login Kit and of API for Business.

Lifetimes are those of TikTok's own pages: Login Kit's access token a day, its refresh token 365 days from the consent
however often it is used; a Business token until it is revoked. TikTok says that a refresh may return another refresh
token and nothing of the old one, so here the old one lives until the new one, or its access token, is used.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from backline.sandbox.world import World

CODE_SECONDS = 600
ACCESS_SECONDS = 86_400
REFRESH_SECONDS = 31_536_000
_MOST_KEPT = 2_000


class RefusedError(Exception):
    """A code or token that is not good; ``error`` is OAuth's word for it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Code:
    """What a consent is exchanged for. ``challenge`` is empty where PKCE was not used, ``kind`` login or business."""

    kind: str
    person: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    expires_at: float


@dataclass(slots=True)
class Grant:
    """A consent that was exchanged. ``tokens`` are its access tokens with their ends, None for one that lives on."""

    kind: str
    person: str
    scopes: tuple[str, ...]
    refresh_until: float
    access: dict[str, float | None]
    refresh: list[str]


class Grants:
    """Every code and token, of both kinds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, Code] = {}
        self._grants: list[Grant] = []

    def clear(self) -> None:
        """Forget every code and token."""
        self._codes.clear()
        self._grants.clear()

    def new_code(
        self, kind: str, person: str, scopes: tuple[str, ...], *, redirect_uri: str, challenge: str = ""
    ) -> str:
        """Make a code, good once and for ten minutes."""
        code = secrets.token_urlsafe(48)
        self._codes[code] = Code(kind, person, scopes, redirect_uri, challenge, self._now() + CODE_SECONDS)
        if len(self._codes) > _MOST_KEPT:
            del self._codes[next(iter(self._codes))]
        return code

    def redeem(self, kind: str, word: str) -> Code:
        """Return what a code stands for and forget it. Raises :class:`RefusedError`."""
        code = self._codes.get(word)
        if code is None or code.kind != kind:
            raise RefusedError("invalid_grant", "Authorization code is invalid or has been used.")
        del self._codes[word]
        if code.expires_at <= self._now():
            raise RefusedError("invalid_grant", "Authorization code is expired.")
        return code

    def open(self, code: Code) -> Grant:
        """Make tokens for a code."""
        grant = Grant(code.kind, code.person, code.scopes, self._now() + REFRESH_SECONDS, {}, [])
        self._grants.append(grant)
        del self._grants[:-_MOST_KEPT]
        self._add_tokens(grant)
        return grant

    def renew(self, word: str) -> Grant:
        """Make new tokens for a refresh token of Login Kit. Raises :class:`RefusedError`."""
        grant = next((one for one in self._grants if word in one.refresh), None)
        if grant is None or grant.refresh_until <= self._now():
            raise RefusedError("invalid_grant", "Refresh token is invalid or expired.")
        if word == grant.refresh[-1]:
            grant.refresh = [word]
        else:
            del grant.refresh[-1]  # the answer with it was lost: it was never used
        self._add_tokens(grant)
        return grant

    def of_access(self, kind: str, word: str) -> Grant | None:
        """Return the grant whose access token this is, if it is good now."""
        for grant in self._grants:
            if grant.kind == kind and word in grant.access:
                end = grant.access[word]
                if end is not None and end <= self._now():
                    return None
                if word == next(reversed(grant.access)):
                    grant.refresh = grant.refresh[-1:]
                return grant
        return None

    def revoke(self, *, person: str, kind: str = "") -> int:
        """Take back what a person gave, of one kind or of both; returns how many grants there were."""
        before = len(self._grants)
        self._grants = [one for one in self._grants if one.person != person or kind not in ("", one.kind)]
        return before - len(self._grants)

    def seconds_left(self, grant: Grant) -> int:
        """Return for how long the grant can be renewed still."""
        return round(grant.refresh_until - self._now())

    def _add_tokens(self, grant: Grant) -> None:
        is_login = grant.kind == "login"
        prefix = "act." if is_login else ""
        grant.access[prefix + secrets.token_hex(24)] = self._now() + ACCESS_SECONDS if is_login else None
        if is_login:
            grant.refresh.append("rft." + secrets.token_hex(24))

    def _now(self) -> float:
        return self._world.clock.seconds()


def is_verifier_of(challenge: str, verifier: str) -> bool:
    """Tell whether a code verifier is the one of a challenge: TikTok takes the hash in hexadecimal."""
    return hmac.compare_digest(hashlib.sha256(verifier.encode()).hexdigest().encode(), challenge.encode())
