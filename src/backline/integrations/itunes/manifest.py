"""The iTunes Search API's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="itunes",
    label="iTunes Search API",
    home_url="https://performance-partners.apple.com/search-api",
    base_urls=(("ITUNES_URL", "https://itunes.apple.com"),),
    capabilities=frozenset({Capability.LINKS}),
    settings=(Setting("ITUNES_REQUESTS_PER_SECOND", "How often it is asked; Apple allows about 20 in a minute."),),
    limits="About 20 requests in a minute; beyond, 403.",
)
