"""What links answer."""

from backline.links.selectors.destinations import unlisted_hosts
from backline.links.selectors.detail import link_detail, preview_document
from backline.links.selectors.health import dead_addresses
from backline.links.selectors.lists import (
    artist_link_settings,
    link_counts,
    link_ids,
    link_row,
    links_by_id,
    links_page,
    render_progress,
)
from backline.links.selectors.reports import open_reports

__all__ = [
    "artist_link_settings",
    "dead_addresses",
    "link_counts",
    "link_detail",
    "link_ids",
    "link_row",
    "links_by_id",
    "links_page",
    "open_reports",
    "preview_document",
    "render_progress",
    "unlisted_hosts",
]
