"""Spotify's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="spotify",
    label="Spotify",
    home_url="https://developer.spotify.com/documentation/web-api",
    base_urls=(
        ("SPOTIFY_ACCOUNTS_URL", "https://accounts.spotify.com"),
        ("SPOTIFY_API_URL", "https://api.spotify.com/v1"),
    ),
    capabilities=frozenset({Capability.CATALOG}),
    settings=(
        Setting("SPOTIFY_CLIENT_ID", "The client id of your app on developer.spotify.com.", is_required=True),
        Setting("SPOTIFY_CLIENT_SECRET", "The secret of the same app.", is_required=True, is_secret=True),
    ),
    limits="A rolling window of 30 seconds, and a quota per developer account; Retry-After may be hours.",
)
