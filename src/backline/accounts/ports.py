"""What this room needs from the rooms above it, which it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from backline.core.registry import Registry


class ArtistHolder(Protocol):
    """A room that holds things of an artist. It has a word when the artist is deleted or moves to another address."""

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        """Have what is public at the address ``to`` as well, as the last step of the move's transaction."""

    def refusal(self, *, artist_id: UUID) -> str:
        """Say in one sentence why the artist cannot be deleted now and what to do first, or return ""."""

    def hold(self, *, artist_id: UUID) -> None:
        """Lock what is about to be deleted, in the room's own order of locks. The artist is locked already."""

    def withdraw(self, *, artist_id: UUID) -> None:
        """Take back what is public, as the last step of the deletion's transaction: the rows are gone already."""


ARTIST_HOLDERS: Registry[ArtistHolder] = Registry("holder of an artist's things")


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """What the address at a service is made of. ``code_challenge`` is S256 of the verifier (RFC 7636)."""

    state: str
    redirect_uri: str
    code_challenge: str
    nonce: str


@dataclass(frozen=True, slots=True)
class SignInAnswer:
    """What came back, with what was kept for it. ``issuer`` says who answers (RFC 9207), where a service says it."""

    code: str
    issuer: str
    redirect_uri: str
    code_verifier: str
    nonce: str


@dataclass(frozen=True, slots=True)
class SignInProfile:
    """Who somebody is at a service: ``id`` never changes there; ``email`` may be empty.

    ``is_email_verified`` only where the service answers for it that the address is theirs now.
    """

    id: str
    name: str
    email: str
    is_email_verified: bool


class SignInService(Protocol):
    """A service that says who somebody is. What it gives access with is forgotten at once."""

    label: str

    def authorization_url(self, request: SignInRequest) -> str:
        """Return the address that the browser is sent to."""

    def profile(self, answer: SignInAnswer) -> SignInProfile:
        """Return who signed in there.

        Raises :class:`~backline.core.errors.BacklineError` with a sentence for that person.
        """


SIGN_IN_SERVICES: Registry[SignInService] = Registry("service to sign in with")
