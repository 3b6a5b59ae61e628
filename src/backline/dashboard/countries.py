"""The countries as which a page can be previewed: the largest markets and a few whose services differ most."""

from __future__ import annotations

COUNTRIES = (
    ("US", "United States"),
    ("GB", "United Kingdom"),
    ("DE", "Germany"),
    ("FR", "France"),
    ("SE", "Sweden"),
    ("ES", "Spain"),
    ("IT", "Italy"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("TR", "Türkiye"),
    ("BR", "Brazil"),
    ("MX", "Mexico"),
    ("AR", "Argentina"),
    ("CA", "Canada"),
    ("AU", "Australia"),
    ("JP", "Japan"),
    ("KR", "South Korea"),
    ("CN", "China"),
    ("TW", "Taiwan"),
    ("IN", "India"),
    ("ID", "Indonesia"),
    ("VN", "Vietnam"),
    ("EG", "Egypt"),
    ("SA", "Saudi Arabia"),
    ("NG", "Nigeria"),
    ("KE", "Kenya"),
    ("ZA", "South Africa"),
    ("RU", "Russia"),
)
"""ISO 3166-1 alpha-2 codes and names."""
