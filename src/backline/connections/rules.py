"""The rules of connections: pure functions."""

from __future__ import annotations

from backline.catalog.types import RefKind, SourceRef
from backline.connections.types import ClaimBasis
from backline.core.errors import Rejected

ACCEPTED = "the address of the artist's own page on Spotify: open.spotify.com/artist/…"

_NAMED: dict[RefKind, str] = {
    "artist": "an artist",
    "album": "an album or single",
    "track": "a track",
    "playlist": "a playlist",
    "user": "a listener's profile",
    "upc": "a UPC, the code of a release",
    "isrc": "an ISRC, the code of a recording",
}


def artist_id_of(ref: SourceRef) -> str:
    """Return the Spotify artist's id, or raise :class:`Rejected` (field ``url``) naming what was pasted (PC-10)."""
    if ref.kind == "artist":
        return ref.value
    message = f"This is {_NAMED[ref.kind]}. Paste {ACCEPTED}"
    raise Rejected(message, field_errors={"url": message})


def claim_basis(*, is_held_elsewhere: bool, popularity: int | None, review_from: int | None) -> ClaimBasis:
    """Return what a new connection says about the claim to its pages (R5, verification hold).

    ``popularity`` is Spotify's, 0 to 100, None where Spotify does not tell (development mode); from ``review_from`` on
    an operator looks first, None for never.
    """
    if is_held_elsewhere:
        return ClaimBasis.CONTESTED
    if review_from is not None and popularity is not None and popularity >= review_from:
        return ClaimBasis.PROMINENT
    return ClaimBasis.CLEAR
