"""What every integration says about itself, as data: read by set-up checks, docs and the interface."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """What an integration does for the product."""

    CATALOG = "catalog"
    """Lists an artist's releases."""
    LINKS = "links"
    """Finds a release on other services."""
    IMAGES = "images"
    """Fetches covers."""
    VIDEOS = "videos"
    """Knows films of releases."""
    HEALTH = "health"
    """Tells whether a link still leads somewhere."""
    MAIL = "mail"
    """Sends mail."""
    CONNECTION = "connection"
    """Is connected to by artists."""
    CACHE = "cache"
    """Keeps pages near fans."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that the integration reads. ``is_required`` tells whether it does not exist without it."""

    name: str
    purpose: str
    is_required: bool = False
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """An outside service: who it is, where it is in production, what it is for.

    ``base_urls`` maps the setting that holds an address to its production value. ``scopes`` are asked
    for in OAuth; empty where no person signs in. ``home_url`` is where people read about the service.
    """

    key: str
    label: str
    home_url: str
    base_urls: tuple[tuple[str, str], ...]
    capabilities: frozenset[Capability]
    settings: tuple[Setting, ...] = ()
    scopes: tuple[str, ...] = ()
    limits: str = ""
