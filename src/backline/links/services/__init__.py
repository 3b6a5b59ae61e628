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
    set_description,
    show_service,
)
from backline.links.services.health import check_due, check_link, check_now, check_pages, keep_address
from backline.links.services.making import (
    complete_playlist,
    complete_release,
    enrich_due,
    enrich_releases,
    make_release_link,
    refresh_release,
    republish_release,
)
from backline.links.services.ordering import set_order
from backline.links.services.publishing import publish_hub
from backline.links.services.purging import purge_pages
from backline.links.services.rerendering import hold_links, open_at, republish_artist, withdraw_artist
from backline.links.services.statuses import (
    approve_claim,
    publish,
    reject_claim,
    resolve_takedown,
    settle_claims,
    take_down,
    unpublish,
)

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
    "draw_cards",
    "edit_service",
    "enrich_due",
    "enrich_releases",
    "forget_cards",
    "hide_service",
    "hold_links",
    "keep_address",
    "make_release_link",
    "open_at",
    "preview_document",
    "publish",
    "publish_hub",
    "purge_pages",
    "refresh_release",
    "reject_claim",
    "republish_artist",
    "republish_release",
    "reset_service",
    "resolve_takedown",
    "set_description",
    "set_order",
    "settle_claims",
    "show_service",
    "take_down",
    "unpublish",
    "withdraw_artist",
]
