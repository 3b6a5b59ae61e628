"""Google: consent (OAuth), channels (YouTube Data API) and data links (Google Ads API)."""
