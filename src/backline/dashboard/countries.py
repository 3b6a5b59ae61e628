"""The countries as which a page can be previewed: the largest markets and a few whose services differ most."""

from __future__ import annotations

from backline.analytics.countries import COUNTRIES as ALL

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

NAMES = tuple(sorted(ALL.values()))
"""Every country, to choose one by its name."""


def code_of(typed: str) -> str:
    """Return the code of a country that was named or given by its code in any case, "" for what is none."""
    meant = typed.strip().casefold()
    return next((code for code, name in ALL.items() if meant in {code.casefold(), name.casefold()}), "")


def name_of(code: str) -> str:
    """Return the name of a country, the code itself for one that is not known."""
    return ALL.get(code, code)
