"""What a pasted text means, and single questions to the catalogue source. Nothing here writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from backline.catalog import ports, rules
from backline.catalog.types import FoundArtist, FoundPlaylist, FoundRelease, SourceRef
from backline.core.errors import NeedsAction, Rejected
from backline.core.registry import NotRegisteredError

SOURCE = "spotify"
LONGEST_TEXT = 2000

ACCEPTED = "a Spotify artist, album, track or playlist URL, a UPC or an ISRC."
_SHORT_HOSTS = frozenset({"spotify.link", "spoti.fi", "link.tospotify.com", "spotify.app.link"})


def catalog_source() -> ports.CatalogSource:
    """Return the source of catalogues; raises :class:`NeedsAction` where none is configured."""
    try:
        return ports.catalog_sources.get(SOURCE)
    except NotRegisteredError:
        raise NeedsAction(
            "Spotify is not set up on this server. Ask the operator to set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET."
        ) from None


def understand(*, text: str, accepts: str = ACCEPTED) -> SourceRef:
    """Return what a person pasted: a thing on Spotify, a UPC or an ISRC. Asks nobody.

    Raises :class:`Rejected` with the field ``url``, which tells the person to paste what ``accepts`` names.
    """
    pasted = text.strip()
    if not pasted:
        raise _refused(f"Paste {accepts}")
    if len(pasted) > LONGEST_TEXT:
        raise _refused(f"This is too long to be an address. Paste {accepts}")
    ref = catalog_source().understand(pasted)
    if ref is not None:
        return ref
    host = _host_of(pasted)
    if host in _SHORT_HOSTS:
        raise _refused(
            "This is a short link, which does not say where it leads. Open it in a browser, copy the full "
            "open.spotify.com address from there, and paste that."
        )
    if host:
        is_spotify = host == "open.spotify.com" or host.endswith(".spotify.com")
        found = "This Spotify address leads to something else" if is_spotify else f"{host} is not Spotify"
        raise _refused(f"{found}. Paste {accepts}")
    if upc := rules.normal_upc(pasted):
        return SourceRef("upc", upc)
    if isrc := rules.normal_isrc(pasted):
        return SourceRef("isrc", isrc)
    code = rules.clean_text(re.sub(r"[\s-]", "", pasted), limit=60)
    match rules.looks_like_code(pasted):
        case "upc":
            raise _refused(f"“{code}” is no UPC: one has 12 digits (13 as an EAN); this has {len(code)}. Compare it.")
        case "isrc":
            raise _refused(
                f"“{code}” is no ISRC: one has 12 characters, such as US-S1Z-99-00001 (two letters, three letters or "
                f"digits, seven digits); this has {len(code)}. Compare it with the one you were given."
            )
    raise _refused(f"“{rules.clean_text(pasted, limit=60)}” is no address or code that we know. Paste {accepts}")


def fetch_artist(*, external_id: str) -> FoundArtist:
    """Return the artist as Spotify has it.

    Raises :class:`Rejected` (field ``url``) when there is none, ``RetryLater`` and ``NeedsAction``.
    """
    with _about_the_url():
        return catalog_source().artist(external_id)


def fetch_release(*, ref: SourceRef) -> FoundRelease:
    """Return the release that an album, a track, a UPC or an ISRC names. Raises like :func:`fetch_artist`."""
    source = catalog_source()
    if ref.kind == "upc" and not rules.has_right_check_digit(ref.value):
        raise _refused(
            f"The last digit of the UPC {ref.value} does not fit the others, so at least one digit is wrong. "
            "Compare it with the one you were given."
        )
    asks = {
        "album": source.release,
        "track": source.release_of_track,
        "upc": source.release_by_upc,
        "isrc": source.release_by_isrc,
    }
    with _about_the_url():
        return asks[ref.kind](ref.value)


def fetch_playlist(*, external_id: str) -> FoundPlaylist:
    """Return a playlist's public face. Raises like :func:`fetch_artist`."""
    with _about_the_url():
        return catalog_source().playlist(external_id)


@contextmanager
def _about_the_url() -> Iterator[None]:
    """Put a refusal of the source at the field that the person filled in."""
    try:
        yield
    except Rejected as error:
        raise _refused(error.message) from error


def _refused(message: str) -> Rejected:
    return Rejected(message, field_errors={"url": message})


def _host_of(text: str) -> str:
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
    return host if "." in host and " " not in host else ""
