"""Whether two releases that share no code are the same: by title, artist and length. Pure.

Services write one release in different ways: with and without guests, with a suffix that says "Single",
with curly quotes. Versions (remix, live, deluxe) are told apart by their words and by the length of the
tracks, so those words stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from backline.catalog.types import ReleaseKey

TOLERANCE_MS = 3_000
"""How far the lengths of one track may differ between services (docs/developers/outside-services.md)."""

_GUESTS = re.compile(
    r"\s*[(\[]\s*(?:feat\.?|ft\.?|featuring|with)\s[^)\]]*[)\]]|\s+(?:feat\.|ft\.|featuring)\s.*$", re.IGNORECASE
)
_SUFFIX = re.compile(r"\s+-\s+(?:single|ep|album)\s*$", re.IGNORECASE)
_BETWEEN_ARTISTS = re.compile(
    r"\s*(?:,|;|/|&|\+|\band\b|\bx\b|\bfeat\.?|\bft\.?|\bfeaturing\b|\bwith\b)\s*", re.IGNORECASE
)
_LATIN_MARKS = re.compile("[\u0300-\u036f]")
_NO_WORD = re.compile(r"[^\w]+")


def normal_text(text: str) -> str:
    """Return text with case, accents and punctuation evened out; text of nothing but signs keeps them."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = unicodedata.normalize("NFC", _LATIN_MARKS.sub("", folded)).replace("&", " and ")
    words = _NO_WORD.sub(" ", plain).strip()
    return words or plain.strip()


def normal_title(title: str) -> str:
    """Return a title without guests and without the suffix that tells its kind."""
    return normal_text(_GUESTS.sub("", _SUFFIX.sub("", title)) or title)


def same_title(one: str, other: str) -> bool:
    """Tell whether two titles name the same release."""
    return normal_title(one) == normal_title(other)


def same_artist(one: str, other: str) -> bool:
    """Tell whether two credits name the same artists, or the same first one, however they are joined."""
    if normal_text(one) == normal_text(other):
        return True
    ones, others = _artists(one), _artists(other)
    return bool(ones) and bool(others) and (set(ones) == set(others) or ones[0] == others[0])


def same_length(release: ReleaseKey, track_ms: Sequence[int]) -> bool:
    """Tell whether the tracks are as many and as long, each within three seconds.

    ``track_ms`` are the candidate's tracks in order, in milliseconds. Where we know only the sum of our
    own, the sums may differ by three seconds per track.
    """
    if not track_ms or len(track_ms) != release.total_tracks:
        return False
    if len(release.track_ms) == len(track_ms):
        return all(abs(mine - theirs) <= TOLERANCE_MS for mine, theirs in zip(release.track_ms, track_ms, strict=True))
    return release.total_ms > 0 and abs(release.total_ms - sum(track_ms)) <= TOLERANCE_MS * len(track_ms)


def _artists(credit: str) -> list[str]:
    return [name for part in _BETWEEN_ARTISTS.split(credit) if (name := normal_text(part))]
