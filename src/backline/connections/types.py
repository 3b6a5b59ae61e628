"""Neutral shapes of connections and what they say about an artist's claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models


class Provider(models.TextChoices):
    """The outside platforms that an artist can be connected to."""

    SPOTIFY = "spotify", "Spotify"


class ClaimBasis(models.TextChoices):
    """What the connection says about the artist's right to the pages of that catalogue (R5)."""

    CLEAR = "clear", "Nobody else claims it"
    CONTESTED = "contested", "Another organization has it too"
    PROMINENT = "prominent", "Too well known to be believed unseen"
    CONFIRMED = "confirmed", "Confirmed by an operator"
    REFUSED = "refused", "Refused by an operator"


CLAIMS_TO_REVIEW = frozenset({ClaimBasis.CONTESTED, ClaimBasis.PROMINENT})
"""Bases on which pages wait for an operator before they are public."""


@dataclass(frozen=True, slots=True)
class SpotifyConnection:
    """An artist's connection to Spotify. ``external_id`` is Spotify's id of the artist, ``url`` the canonical one."""

    artist_id: UUID
    external_id: str
    name: str
    url: str
    connected_at: datetime
    claim_basis: ClaimBasis
