"""TikTok's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="tiktok",
    label="TikTok",
    home_url="https://business-api.tiktok.com/portal/docs",
    base_urls=(
        ("TIKTOK_AUTH_URL", "https://www.tiktok.com"),
        ("TIKTOK_OPEN_URL", "https://open.tiktokapis.com"),
        ("TIKTOK_PORTAL_URL", "https://business-api.tiktok.com"),
        ("TIKTOK_BUSINESS_URL", "https://business-api.tiktok.com"),
    ),
    capabilities=frozenset({Capability.CONNECTION}),
    settings=(
        Setting("TIKTOK_APP_ID", "The id of your app at TikTok API for Business, for advertiser accounts."),
        Setting("TIKTOK_APP_SECRET", "Its secret.", is_secret=True),
        Setting("TIKTOK_CLIENT_KEY", "The client key of your app with Login Kit, for identity only."),
        Setting("TIKTOK_CLIENT_SECRET", "Its secret.", is_secret=True),
    ),
    scopes=("user.info.basic", "user.info.profile"),
    limits="By app, for each second; beyond, code 40100 and no word on how long.",
)
