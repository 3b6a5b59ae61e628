"""What Meta remembers: who granted what, which codes and tokens are good, whose partner is whose.

Facts: ``docs/developers/outside-services.md``. A permission belongs to a person and an app, not to a token, so all
tokens of a person can do the same and die together.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from backline.integrations.meta.sandbox_fields import GraphError
from backline.integrations.meta.sandbox_people import PERMITTED_TASKS, AdAccount, Page, Person, people
from backline.sandbox.world import World

CODE_SECONDS = 600
SHORT_SECONDS = 5_400
LONG_SECONDS = 60 * 86_400
DATA_ACCESS_SECONDS = 90 * 86_400
_MOST_TOKENS = 2_000

EXPIRED, CHECKPOINT, PASSWORD, REMOVED, INVALID = 463, 459, 460, 458, 467
_DEATHS = {
    EXPIRED: "Error validating access token: Session has expired.",
    CHECKPOINT: "Error validating access token: The user is enrolled in a blocking, logged-in checkpoint.",
    PASSWORD: "Error validating access token: The session has been invalidated because the user changed their "
    "password or Facebook has changed the session for security reasons.",
    REMOVED: "Error validating access token: The user has not authorized application.",
    INVALID: "Error validating access token: The session is invalid because the user logged out.",
}


@dataclass(frozen=True, slots=True)
class Code:
    """What a person consented to, until it is exchanged. ``challenge`` is PKCE's, empty when none was sent."""

    person: str
    redirect_uri: str
    challenge: str
    expires: float


@dataclass(slots=True)
class Token:
    """An access token. ``person`` is empty for the app's own and for the operator's system user."""

    kind: Literal["user", "page", "system", "app"]
    person: str = ""
    page: str = ""
    issued: float = 0.0
    expires: float = 0.0
    death: int = 0


@dataclass(slots=True)
class Usage:
    """What the headers tell: percent of the quota, minutes until there is some again, the app's tier.

    ``account_percent`` is of what may be asked about the operator's ad account.
    """

    percent: int = 3
    account_percent: float = 1.5
    minutes: int = 0
    tier: str = "development_access"


@dataclass(slots=True)
class Everything:
    """What is lost when the stand-in forgets."""

    people: dict[str, Person] = field(default_factory=people)
    tokens: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    used_codes: set[str] = field(default_factory=set)
    partners: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pending: dict[str, tuple[str, ...]] = field(default_factory=dict)
    assigned: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    account_status: int = 1
    usage: Usage = field(default_factory=Usage)
    may_ask_partners: bool = True


class Meta:
    """The memory, and what depends on the clock and on the app's secret."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = world.settings.meta
        self.now = Everything()

    def clear(self) -> None:
        """Forget everything that happened."""
        self.now = Everything()

    def page(self, page_id: str) -> tuple[Person, Page] | None:
        """Return a Page with the person who has it, or None."""
        for person in self.now.people.values():
            for page in person.pages:
                if page.id == page_id:
                    return person, page
        return None

    def operators_account(self) -> AdAccount:
        """Return the ad account that the operator's business pays with."""
        status = self.now.account_status
        return AdAccount(self.app.ad_account_id, "Backline campaigns", status, disable_reason=1 if status == 2 else 0)

    def grant(self, person: Person, code: Code, *, granted: set[str], declined: set[str]) -> str:
        """Note what a person allowed and return the code for it."""
        person.granted |= granted
        person.declined = (person.declined | declined) - granted
        word = "AQ" + secrets.token_urlsafe(90)
        self.now.codes[word] = code
        return word

    def redeem(self, word: str, *, redirect_uri: str, verifier: str) -> str:
        """Exchange a code for a short-lived token. Raises :class:`GraphError` as Meta refuses codes."""
        if word in self.now.used_codes:
            raise GraphError(100, "This authorization code has been used.", subcode=36009)
        code = self.now.codes.get(word)
        if code is None:
            raise GraphError(100, "Invalid verification code format.")
        if code.redirect_uri != redirect_uri:
            raise GraphError(
                100,
                "Error validating verification code. Please make sure your redirect_uri is identical to the one you "
                "used in the OAuth dialog request",
                subcode=36008,
            )
        if code.expires <= self.world.clock.seconds():
            raise GraphError(100, "This authorization code has expired.", subcode=36007)
        if code.challenge != (_s256(verifier) if verifier else ""):
            raise GraphError(100, "Invalid code verifier. Code verifier must match the code challenge.")
        del self.now.codes[word]
        self.now.used_codes.add(word)
        return self.issue(Token("user", code.person), SHORT_SECONDS)

    def issue(self, token: Token, seconds: float) -> str:
        """Return a new token that lives for ``seconds``; 0 is for ever."""
        now = self.world.clock.seconds()
        token.issued, token.expires = now, now + seconds if seconds else 0.0
        if len(self.now.tokens) >= _MOST_TOKENS:
            del self.now.tokens[next(iter(self.now.tokens))]
        word = "EAA" + secrets.token_hex(80)
        self.now.tokens[word] = token
        return word

    def page_token(self, person: Person, page: Page) -> str:
        """Return the token of a person for a Page: the same as long as it is good."""
        for word, token in self.now.tokens.items():
            if (token.person, token.page, token.death) == (person.id, page.id, 0):
                return word
        return self.issue(Token("page", person.id, page.id), 0)

    def read(self, word: str) -> Token:
        """Return what a token stands for, good or not. Raises :class:`GraphError` for one that is none of ours."""
        if not self.app.app_secret:
            raise GraphError(190, "Invalid OAuth access token.")
        if _same(word, f"{self.app.app_id}|{self.app.app_secret}"):
            return Token("app")
        if self.app.system_user_token and _same(word, self.app.system_user_token):
            return Token("system")
        token = self.now.tokens.get(word)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if not token.death and token.expires and token.expires <= self.world.clock.seconds():
            token.death = EXPIRED
        return token

    def check(self, word: str, proof: str) -> Token:
        """Return a token that is good now. The app demands proof that a call comes from a server of its own."""
        token = self.read(word)
        if token.death:
            raise GraphError(190, _DEATHS[token.death], subcode=token.death)
        if token.kind != "app":
            if not proof:
                message = "API calls from the server require an appsecret_proof argument"
                raise GraphError(100, message, kind="GraphMethodException")
            wanted = hmac.new(self.app.app_secret.encode(), word.encode(), hashlib.sha256).hexdigest()
            if not _same(proof, wanted):
                message = "Invalid appsecret_proof provided in the API argument"
                raise GraphError(100, message, kind="GraphMethodException")
        return token

    def kill(self, person: str, death: int) -> int:
        """End every token of a person for a reason (a subcode); returns how many that were."""
        hit = [token for token in self.now.tokens.values() if token.person == person and not token.death]
        for token in hit:
            token.death = death
        return len(hit)

    def remove_app(self, person: Person) -> None:
        """Do what happens when a person removes the app, at Facebook or through ``DELETE /me/permissions``."""
        person.granted.clear()
        person.declined.clear()
        self.kill(person.id, REMOVED)

    def remove_page(self, page_id: str) -> None:
        """Delete a Page, with its partnership."""
        for person in self.now.people.values():
            person.pages = [page for page in person.pages if page.id != page_id]
        self.now.partners.pop(page_id, None)
        self.now.pending.pop(page_id, None)

    def signed_request(self, person: str) -> str:
        """Return the signed word of Meta's callbacks about a person."""
        payload = {"algorithm": "HMAC-SHA256", "issued_at": int(self.world.clock.seconds()), "user_id": person}
        encoded = _base64(json.dumps(payload).encode())
        signature = hmac.new(self.app.app_secret.encode(), encoded.encode(), hashlib.sha256).digest()
        return f"{_base64(signature)}.{encoded}"

    def is_secret(self, word: str) -> bool:
        """Tell whether ``word`` is the app's secret."""
        return bool(self.app.app_secret) and _same(word, self.app.app_secret)


def tasks_of(text: object, name: str) -> tuple[str, ...]:
    """Read a list of tasks as forms, JSON bodies and the official SDK send it. Raises :class:`GraphError`."""
    given = text
    if isinstance(text, str):
        try:
            given = json.loads(text.replace("'", '"'))
        except ValueError:
            given = text.split(",")
    if not isinstance(given, list) or not given:
        raise GraphError(100, f"(#100) The parameter {name} is required")
    for place, task in enumerate(given):
        if task not in PERMITTED_TASKS:
            known = ", ".join(PERMITTED_TASKS)
            raise GraphError(100, f"(#100) Param {name}[{place}] must be one of {{{known}}} - got {str(task)[:40]!r}.")
    return tuple(dict.fromkeys(given))


def required(params: Mapping[str, object], name: str) -> str:
    """Return a parameter. Raises :class:`GraphError` when it is missing."""
    value = params.get(name)
    if value in (None, ""):
        raise GraphError(100, f"(#100) The parameter {name} is required")
    return str(value)


def _s256(verifier: str) -> str:
    return _base64(hashlib.sha256(verifier.encode()).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
