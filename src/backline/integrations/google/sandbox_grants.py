"""What people gave Google's stand-in leave to: codes, tokens, and until when they are good.

Sources: docs/developers/outside-services.md, section Google.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from backline.integrations.google.sandbox_people import OPERATOR
from backline.sandbox.world import World

ACCESS_SECONDS = 3_599
CODE_SECONDS = 600
TESTING_SECONDS = 7 * 86_400
UNUSED_SECONDS = 182 * 86_400
MOST_LIVE_TOKENS = 100
"""Refresh tokens per person and client; one more makes the oldest stop working without a word."""
_MOST_KEPT = 5_000


class RefusedError(Exception):
    """The token endpoint refuses (RFC 6749, 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


@dataclass(slots=True)
class Code:
    """What a consent is exchanged for; ``challenge`` is empty where PKCE was not used."""

    person: str
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    method: str
    nonce: str
    has_refresh: bool
    expires_at: float


@dataclass(slots=True)
class Token:
    """An access or refresh token. ``expires_at`` is None for one that lives on."""

    person: str
    scopes: frozenset[str]
    is_refresh: bool
    expires_at: float | None
    used_at: float


@dataclass(frozen=True, slots=True)
class Issued:
    """What the token endpoint hands over."""

    access: str
    refresh: str
    person: str
    scopes: frozenset[str]
    nonce: str = ""


class Grants:
    """Every code and token. ``is_testing`` is the publishing status in which refresh tokens die after seven days."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_testing = False
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Token] = {}
        self._granted: dict[str, frozenset[str]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything but the operator's token, which comes from the settings."""
        self.is_testing = False
        self._codes.clear()
        self._tokens.clear()
        self._granted.clear()
        operator = self._world.settings.google.ads_refresh_token
        if operator:
            scopes = frozenset({"https://www.googleapis.com/auth/adwords"})
            self._tokens[operator] = Token(OPERATOR, scopes, is_refresh=True, expires_at=None, used_at=self._now())

    def granted(self, person: str) -> frozenset[str]:
        """Return the scopes that a person has given the app so far."""
        return self._granted.get(person, frozenset())

    def new_code(
        self, *, person: str, scopes: frozenset[str], redirect_uri: str, challenge: str, method: str, nonce: str,
        is_offline: bool, is_prompted: bool,
    ) -> str:  # fmt: skip
        """Make a code, good once and for ten minutes. A refresh token comes with a first or a prompted consent."""
        has_refresh = is_offline and (is_prompted or not self.granted(person) >= scopes)
        self._granted[person] = self.granted(person) | scopes
        code = "4/0A" + secrets.token_urlsafe(48)
        expires_at = self._now() + CODE_SECONDS
        self._codes[code] = Code(person, scopes, redirect_uri, challenge, method, nonce, has_refresh, expires_at)
        if len(self._codes) > _MOST_KEPT:
            del self._codes[next(iter(self._codes))]
        return code

    def redeem(self, code: str, *, redirect_uri: str, verifier: str) -> Issued:
        """Turn a code into tokens. Raises :class:`RefusedError`; a code that was tried wrongly is used up too."""
        found = self._codes.pop(code, None)
        if found is None or found.expires_at <= self._now():
            raise RefusedError("invalid_grant", "Bad Request" if code.startswith("4/") else "Malformed auth code.")
        if redirect_uri != found.redirect_uri:
            raise RefusedError("redirect_uri_mismatch", "Bad Request")
        if found.challenge:
            if not verifier:
                raise RefusedError("invalid_grant", "Missing code verifier.")
            made = verifier if found.method == "plain" else _s256(verifier)
            if not hmac.compare_digest(made.encode(), found.challenge.encode()):
                raise RefusedError("invalid_grant", "Invalid code verifier.")
        refresh = self._new_refresh(found) if found.has_refresh else ""
        return Issued(self._new_access(found.person, found.scopes), refresh, found.person, found.scopes, found.nonce)

    def refresh(self, refresh: str) -> Issued:
        """Make a new access token. The refresh token stays as it is. Raises :class:`RefusedError`."""
        token = self._live(refresh)
        if token is None or not token.is_refresh:
            raise RefusedError("invalid_grant", "Token has been expired or revoked.")
        token.used_at = self._now()
        return Issued(self._new_access(token.person, token.scopes), "", token.person, token.scopes)

    def revoke(self, text: str) -> bool:
        """Give a grant back: every token of that person dies with it. False when there is no such token."""
        token = self._live(text)
        if token is not None:
            self.revoke_person(token.person)
        return token is not None

    def revoke_person(self, person: str) -> None:
        """Let a person remove the app from their account."""
        self._granted.pop(person, None)
        self._tokens = {text: token for text, token in self._tokens.items() if token.person != person}
        self._codes = {text: code for text, code in self._codes.items() if code.person != person}

    def bearer(self, authorization: str) -> Token | None:
        """Return the access token of an ``Authorization`` header, or None."""
        scheme, _, text = authorization.partition(" ")
        token = self._live(text) if scheme.lower() == "bearer" else None
        return token if token is not None and not token.is_refresh else None

    def _new_access(self, person: str, scopes: frozenset[str]) -> str:
        now = self._now()
        text = "ya29." + secrets.token_urlsafe(96)
        self._tokens[text] = Token(person, scopes, is_refresh=False, expires_at=now + ACCESS_SECONDS, used_at=now)
        if len(self._tokens) > _MOST_KEPT:
            del self._tokens[next(text for text, token in self._tokens.items() if not token.is_refresh)]
        return text

    def _new_refresh(self, code: Code) -> str:
        now = self._now()
        theirs = [text for text, token in self._tokens.items() if token.is_refresh and token.person == code.person]
        for oldest in theirs[: max(0, len(theirs) + 1 - MOST_LIVE_TOKENS)]:
            del self._tokens[oldest]
        text = "1//0" + secrets.token_urlsafe(64)
        expires_at = now + TESTING_SECONDS if self.is_testing else None
        self._tokens[text] = Token(code.person, code.scopes, is_refresh=True, expires_at=expires_at, used_at=now)
        return text

    def _live(self, text: str) -> Token | None:
        token = self._tokens.get(text)
        now = self._now()
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        return None if token.is_refresh and token.used_at + UNUSED_SECONDS <= now else token

    def _now(self) -> float:
        return self._world.clock.seconds()


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
