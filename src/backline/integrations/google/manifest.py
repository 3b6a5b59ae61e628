"""Google's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="google",
    label="Google",
    home_url="https://developers.google.com/youtube/v3",
    base_urls=(
        ("GOOGLE_AUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth"),
        ("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
        ("GOOGLE_REVOKE_URL", "https://oauth2.googleapis.com/revoke"),
        ("GOOGLE_CERTS_URL", "https://www.googleapis.com/oauth2/v3/certs"),
        ("YOUTUBE_API_URL", "https://youtube.googleapis.com"),
        ("YOUTUBE_STUDIO_URL", "https://studio.youtube.com"),
        ("GOOGLE_ADS_URL", "https://googleads.googleapis.com"),
    ),
    capabilities=frozenset({Capability.CONNECTION}),
    settings=(
        Setting("GOOGLE_CLIENT_ID", "The client id of your web app at Google.", is_required=True),
        Setting("GOOGLE_CLIENT_SECRET", "The secret of the same app.", is_required=True, is_secret=True),
        Setting("GOOGLE_ADS_REFRESH_TOKEN", "Access to your Google Ads account, to see links.", is_secret=True),
        Setting("GOOGLE_ADS_CUSTOMER_ID", "The Google Ads account that shows the ads."),
        Setting("GOOGLE_ADS_LOGIN_CUSTOMER_ID", "The manager account that reaches it, where there is one."),
        Setting("GOOGLE_ADS_DEVELOPER_TOKEN", "Not asked for any more; sent where it is set.", is_secret=True),
    ),
    scopes=("openid", "https://www.googleapis.com/auth/youtube.readonly"),
    limits="YouTube: 10,000 units a day. Google Ads: 2,880 to 15,000 operations a day, by access level.",
)
