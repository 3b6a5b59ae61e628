"""Meta's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting
from backline.integrations.meta.permissions import ADVERTISING

MANIFEST = Manifest(
    key="meta",
    label="Meta",
    home_url="https://developers.facebook.com/docs/marketing-api",
    base_urls=(
        ("META_DIALOG_URL", "https://www.facebook.com"),
        ("META_GRAPH_URL", "https://graph.facebook.com"),
        ("META_BUSINESS_URL", "https://business.facebook.com"),
    ),
    capabilities=frozenset({Capability.CONNECTION}),
    settings=(
        Setting("META_APP_ID", "The id of your app on developers.facebook.com.", is_required=True),
        Setting("META_APP_SECRET", "The secret of the same app.", is_required=True, is_secret=True),
        Setting("META_CONFIG_ID", "A configuration of Facebook Login for Business, for advertising."),
        Setting("META_IDENTITY_CONFIG_ID", "The same, for those who only show who they are."),
        Setting("META_BUSINESS_ID", "Your business, which becomes the partner of artists' Pages."),
        Setting("META_AD_ACCOUNT_ID", "The ad account that pays for campaigns."),
        Setting("META_SYSTEM_USER_TOKEN", "The token of a system user of that business.", is_secret=True),
    ),
    scopes=ADVERTISING,
    limits="A share of an hourly quota per app and per business, told in headers; from 80 % on we leave it alone.",
)
