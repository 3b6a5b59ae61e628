"""What a person is asked to allow at Meta, for which purpose, in whose words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from backline.connections.types import Purpose

IDENTITY = ("public_profile", "pages_show_list")
"""The least that tells which Page is theirs."""

ADVERTISING = (
    *IDENTITY, "pages_read_engagement", "pages_manage_ads", "instagram_basic", "business_management", "ads_management",
)  # fmt: skip
"""What ads for a Page need. ``ads_management`` includes reading, and nobody's e-mail address is used, so that
``ads_read`` and ``email`` are not asked for."""

_WORDS = {
    "public_profile": "see your name",
    "pages_show_list": "see which Pages you have",
    "pages_read_engagement": "read your Pages",
    "pages_manage_ads": "manage ads for your Pages",
    "instagram_basic": "see the Instagram accounts of your Pages",
    "business_management": "manage your business assets",
    "ads_management": "manage your ads",
}


def may(task: str, tasks: Iterable[str]) -> bool:
    """Tell whether ``tasks`` include ``task``; Pages of the new kind have other words for the same."""
    return not frozenset(tasks).isdisjoint({task, f"PROFILE_PLUS_{task}", "PROFILE_PLUS_FULL_CONTROL"})


def asked_for(purpose: Purpose) -> tuple[str, ...]:
    """Return the permissions of a purpose, in the order in which people are told of them."""
    return ADVERTISING if purpose is Purpose.ADVERTISING else IDENTITY


def missing(purpose: Purpose, granted: Iterable[str]) -> tuple[str, ...]:
    """Return what is missing, in words: ``see which Pages you have``."""
    held = frozenset(granted)
    return tuple(_WORDS[name] for name in asked_for(purpose) if name not in held)
