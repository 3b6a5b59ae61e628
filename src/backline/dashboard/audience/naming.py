"""What an artist's pages are called, for the room of figures (:mod:`backline.analytics.ports`)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from backline.accounts import selectors as accounts
from backline.analytics.ports import PageName
from backline.links import selectors as links


def page_names(artist_id: UUID) -> Mapping[str, PageName]:
    """Return the artist's pages by link id as text; the hub stands under ``""``."""
    access = accounts.system_access(artist_id=artist_id)
    rows = links.links_by_id(access, link_ids=links.link_ids(access))
    hub = PageName("Hub", links.artist_link_settings(access).hub_url)
    return {"": hub, **{str(link): PageName(row.title, row.public_url) for link, row in rows.items()}}
