"""What connections need from outside: platforms that a person consents to, platforms known by an address, billing.

Every method of a platform raises only ``RetryLater`` (it cannot answer now), ``NeedsAction`` (a person has to do
something; :class:`GrantLostError` when the grant is dead, :class:`CodeRefusedError` when a code is not taken) or
``Rejected`` (our input). No message holds a token or a code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol
from uuid import UUID

from backline.connections.types import (
    Choice,
    ConsentAnswer,
    ConsentRequest,
    FoundArtist,
    Inspection,
    PlatformFacts,
    Purpose,
    Tokens,
)
from backline.core.registry import Registry


class ConsentPlatform(Protocol):
    """A platform that a person gives access to on its own pages (OAuth 2.0, authorization code)."""

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""

    def authorization_url(self, request: ConsentRequest) -> str:
        """Return where the person's browser is sent. Asks nobody."""

    def exchange(self, answer: ConsentAnswer) -> Tokens:
        """Turn the code of a consent into tokens that live as long as the platform allows."""

    def refresh(self, tokens: Tokens, *, purpose: Purpose) -> Tokens:
        """Return new tokens. ``refresh`` is empty where the platform keeps the old one."""

    def revoke(self, tokens: Tokens, *, purpose: Purpose) -> None:
        """Give the grant back. A grant that is dead already is no error."""

    def choices(self, tokens: Tokens, *, purpose: Purpose) -> tuple[Choice, ...]:
        """Return what can be chosen, with what cannot and why."""

    def inspect(self, tokens: Tokens, *, purpose: Purpose, chosen: Choice | None) -> Inspection:
        """Say how the connection stands at the platform now."""

    def act(self, key: str, tokens: Tokens, *, chosen: Choice) -> None:
        """Do what the action ``key`` of a check offers. To do it twice changes nothing."""


class AddressPlatform(Protocol):
    """A platform where an artist is known by a public address; nobody signs in."""

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""

    def understand(self, text: str) -> str:
        """Return the id of the artist that an address or URI names. Asks nobody.

        Raises ``Rejected`` (field ``url``) that says what was pasted instead.
        """

    def find(self, external_id: str) -> FoundArtist:
        """Return the artist with their latest release; raises ``Rejected`` (field ``url``) when there is none."""

    def search(self, text: str) -> tuple[FoundArtist, ...]:
        """Return artists by name, the likeliest first; empty where the platform cannot search."""


class NotSetUp:
    """A platform that this installation has no settings for: on the page, and with nothing to do (PC-03)."""

    def __init__(self, facts: PlatformFacts) -> None:
        self._facts = replace(facts, connects_by="nothing", purposes=())

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""
        return self._facts


Platform = ConsentPlatform | AddressPlatform | NotSetUp

platforms: Registry[Platform] = Registry("platform")
"""The platforms that can be connected here, in the order of the page."""


class Plans(Protocol):
    """Whether an artist has a managed-advertising plan (PC-51)."""

    def has_plan(self, *, artist_id: UUID) -> bool:
        """Tell it; raises ``RetryLater`` when that cannot be known now."""


plans: Registry[Plans] = Registry("source of plans")
"""Under ``billing``: who knows the plans."""
