"""Pictures of what is connected or could be: kept in our media folder, so that no platform sees who looks at them."""

from __future__ import annotations

from backline.catalog.ports import image_sources
from backline.core import media
from backline.core.errors import BacklineError


def keep_picture(*, url: str) -> str:
    """Fetch a picture and return its key in the media folder, empty where there is none to be had now."""
    if "covers" not in image_sources:
        return ""
    try:
        return media.store_image(image_sources.get("covers").fetch(url))
    except BacklineError:
        return ""  # a face is a help, not a condition
