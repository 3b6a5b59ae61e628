"""What can be done with a catalogue: one function per use case."""

from backline.catalog.services.asking import fetch_artist, fetch_playlist, fetch_release, understand
from backline.catalog.services.enriching import (
    enrich_later,
    enrich_never,
    enrich_soon,
    releases_to_enrich,
    time_to_enrich,
)
from backline.catalog.services.health import check_addresses, forget_unused
from backline.catalog.services.imports import (
    ItemWork,
    begin_item,
    cancel_import,
    fail_import,
    fail_item,
    finish_item,
    list_releases,
    mark_resolved,
    nudge_imports,
    postpone_item,
    start_import,
)
from backline.catalog.services.pausing import resume_import, wake_paused
from backline.catalog.services.playlists import fetch_playlist_cover, keep_playlist
from backline.catalog.services.profile import keep_picture, recent_release
from backline.catalog.services.releases import keep_release, read_release
from backline.catalog.services.review import decide_link
from backline.catalog.services.upkeep import refresh_stale

__all__ = [
    "ItemWork",
    "begin_item",
    "cancel_import",
    "check_addresses",
    "decide_link",
    "enrich_later",
    "enrich_never",
    "enrich_soon",
    "fail_import",
    "fail_item",
    "fetch_artist",
    "fetch_playlist",
    "fetch_playlist_cover",
    "fetch_release",
    "finish_item",
    "forget_unused",
    "keep_picture",
    "keep_playlist",
    "keep_release",
    "list_releases",
    "mark_resolved",
    "nudge_imports",
    "postpone_item",
    "read_release",
    "recent_release",
    "refresh_stale",
    "releases_to_enrich",
    "resume_import",
    "start_import",
    "time_to_enrich",
    "understand",
    "wake_paused",
]
