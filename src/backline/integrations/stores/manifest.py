"""The manifest of the stores' pages."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="stores",
    label="Pages of the stores",
    home_url="https://www.rfc-editor.org/rfc/rfc9110#name-status-codes",
    base_urls=(("STORES_URL", ""),),
    capabilities=frozenset({Capability.HEALTH}),
    settings=(
        Setting("STORES_REQUESTS_PER_SECOND", "How often one host is asked at most while links are checked."),
        Setting("STORES_URL", "Where to ask in the hosts' place; empty asks the hosts themselves."),
    ),
    limits="Any https host that a page leads to; HEAD, or GET of at most 2 MB; Retry-After is kept.",
)
