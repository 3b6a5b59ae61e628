"""What can be done with links: one function per use case."""

from backline.links.selectors import preview_document
from backline.links.services.adding import add
from backline.links.services.cards import forget_cards
from backline.links.services.drawing import draw_cards
from backline.links.services.editing import (
    change_slug,
    edit_service,
    hide_service,
    reset_service,
    set_text,
    show_service,
)
from backline.links.services.health import check_due, check_link, check_now, check_pages, keep_address
from backline.links.services.hub import set_bio
from backline.links.services.looks import set_default_look, set_look
from backline.links.services.making import (
    complete_playlist,
    complete_release,
    enrich_due,
    enrich_releases,
    make_release_link,
    refresh_release,
    republish_release,
)
from backline.links.services.moving_in import take_over
from backline.links.services.ordering import set_order, set_service_order
from backline.links.services.pixels import set_pixels
from backline.links.services.publishing import publish_hub
from backline.links.services.purging import purge_pages
from backline.links.services.reports import forget_reports, report_page, settle_report, take_down_reported
from backline.links.services.rerendering import (
    hold_links,
    open_at,
    publish_again,
    republish_artist,
    withdraw_artist,
)
from backline.links.services.statuses import (
    approve_claim,
    publish,
    reject_claim,
    resolve_takedown,
    settle_claims,
    take_down,
    unpublish,
)
from backline.links.services.sub_links import set_hub_links, set_sub_links
from backline.links.services.videos import complete_video, set_video

__all__ = [
    "add",
    "approve_claim",
    "change_slug",
    "check_due",
    "check_link",
    "check_now",
    "check_pages",
    "complete_playlist",
    "complete_release",
    "complete_video",
    "draw_cards",
    "edit_service",
    "enrich_due",
    "enrich_releases",
    "forget_cards",
    "forget_reports",
    "hide_service",
    "hold_links",
    "keep_address",
    "make_release_link",
    "open_at",
    "preview_document",
    "publish",
    "publish_again",
    "publish_hub",
    "purge_pages",
    "refresh_release",
    "reject_claim",
    "report_page",
    "republish_artist",
    "republish_release",
    "reset_service",
    "resolve_takedown",
    "set_bio",
    "set_default_look",
    "set_hub_links",
    "set_look",
    "set_order",
    "set_pixels",
    "set_service_order",
    "set_sub_links",
    "set_text",
    "set_video",
    "settle_claims",
    "settle_report",
    "show_service",
    "take_down",
    "take_down_reported",
    "take_over",
    "unpublish",
    "withdraw_artist",
]
