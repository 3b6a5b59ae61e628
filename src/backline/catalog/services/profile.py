"""The face of an artist at the source, for a person who asks whether it is the right one.

Only the picture is kept.
"""

from __future__ import annotations

from backline.catalog import ports
from backline.catalog.services import covers
from backline.catalog.services.asking import catalog_source
from backline.catalog.types import FoundArtist, FoundRelease
from backline.core import media
from backline.core.errors import BacklineError


def keep_picture(artist: FoundArtist) -> str:
    """Fetch an artist's picture and return its key in the media folder, empty where there is none to be had now."""
    if artist.image is None or covers.COVERS not in ports.image_sources:
        return ""
    try:
        return media.store_image(ports.image_sources.get(covers.COVERS).fetch(artist.image.url))
    except BacklineError:
        return ""  # a face is a help, not a condition


def recent_release(*, external_id: str) -> FoundRelease | None:
    """Return the newest release of the source's first page, None where there is none.

    A source lists albums before singles, so of a catalogue of many pages it may not be the newest of all.
    Raises ``RetryLater`` and ``NeedsAction``.
    """
    releases = catalog_source().releases(external_id, offset=0).releases
    return max(releases, key=lambda release: release.released, default=None)
