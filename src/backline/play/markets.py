# ruff: noqa: E501  (one country, one line)
"""Which services lead in which country, and where a service is not offered.

A table of judgement: the order says what a fan in that country is most likely to use, not what
is better. ``docs/markets.md`` is made from it (``python -m backline.play.markets``) and says what the rows
rest on; a test keeps the two together. State of knowledge: 2025.
"""

from __future__ import annotations

import sys

from backline.contract.services import SERVICES

_WEST = ("spotify", "apple-music", "youtube-music", "amazon-music", "deezer", "soundcloud", "tidal", "youtube")
_NORTH = ("spotify", "apple-music", "youtube-music", "tidal", "soundcloud", "youtube", "deezer")
_AMAZON = ("spotify", "amazon-music", "apple-music", "youtube-music", "deezer", "soundcloud", "tidal", "youtube")
_EAST = ("spotify", "youtube-music", "apple-music", "deezer", "tidal", "soundcloud", "youtube")
_LATIN = ("spotify", "youtube-music", "youtube", "apple-music", "amazon-music", "deezer", "claro-musica", "soundcloud")
_ARAB = ("anghami", "spotify", "youtube-music", "youtube", "apple-music", "deezer", "soundcloud")
_GULF = ("spotify", "anghami", "apple-music", "youtube-music", "youtube", "deezer", "soundcloud")
_MAGHREB = ("youtube", "youtube-music", "spotify", "deezer", "anghami", "apple-music", "soundcloud")
_AFRICA = ("boomplay", "audiomack", "spotify", "apple-music", "youtube-music", "youtube", "deezer", "mdundo")
_EAST_AFRICA = ("boomplay", "spotify", "youtube-music", "youtube", "mdundo", "audiomack", "apple-music", "deezer")
_FRENCH_AFRICA = ("boomplay", "youtube", "deezer", "audiomack", "spotify", "apple-music", "youtube-music")
_RUSSIAN = ("yandex-music", "vk-music", "zvuk", "mts-music", "youtube", "apple-music")
_NEIGHBOUR = ("yandex-music", "spotify", "apple-music", "vk-music", "youtube-music", "youtube", "soundcloud")
_SOUTH_ASIA = ("youtube", "youtube-music", "spotify", "apple-music", "soundcloud", "jiosaavn", "gaana")
_SOUTHEAST = ("spotify", "youtube-music", "youtube", "apple-music", "soundcloud", "deezer")
_CHINESE = ("spotify", "kkbox", "youtube-music", "apple-music", "youtube", "joox", "tidal", "soundcloud")

MARKETS: dict[str, tuple[str, ...]] = {
    # North America
    "US": ("spotify", "apple-music", "youtube-music", "amazon-music", "pandora", "tidal", "soundcloud", "iheart", "youtube"),
    "CA": ("spotify", "apple-music", "youtube-music", "amazon-music", "tidal", "soundcloud", "deezer", "youtube"),
    "MX": ("spotify", "youtube-music", "amazon-music", "apple-music", "youtube", "claro-musica", "deezer", "soundcloud"),
    # Western Europe
    "GB": ("spotify", "apple-music", "amazon-music", "youtube-music", "tidal", "soundcloud", "deezer", "youtube"),
    "IE": _WEST, "DE": _AMAZON, "AT": _AMAZON, "CH": _WEST, "BE": _WEST, "LU": _WEST, "LI": _WEST, "MT": _WEST, "CY": _WEST,
    "FR": ("spotify", "deezer", "apple-music", "youtube-music", "amazon-music", "qobuz", "soundcloud", "youtube"),
    "NL": ("spotify", "apple-music", "youtube-music", "deezer", "soundcloud", "tidal", "amazon-music", "youtube"),
    "IT": ("spotify", "amazon-music", "youtube-music", "apple-music", "deezer", "tidal", "soundcloud", "youtube"),
    "ES": ("spotify", "youtube-music", "amazon-music", "apple-music", "deezer", "tidal", "soundcloud", "youtube"),
    "PT": ("spotify", "youtube-music", "apple-music", "amazon-music", "deezer", "tidal", "soundcloud", "youtube"),
    # Nordic countries
    "SE": _NORTH, "DK": _NORTH, "FI": _NORTH, "IS": _NORTH,
    "NO": ("spotify", "tidal", "apple-music", "youtube-music", "soundcloud", "youtube", "deezer"),
    # Central and eastern Europe
    "PL": ("spotify", "youtube-music", "tidal", "apple-music", "deezer", "amazon-music", "soundcloud", "youtube"),
    "CZ": _EAST, "SK": _EAST, "HU": _EAST, "RO": _EAST, "BG": _EAST, "GR": _EAST, "HR": _EAST, "SI": _EAST, "RS": _EAST,
    "BA": _EAST, "MK": _EAST, "ME": _EAST, "AL": _EAST, "XK": _EAST, "EE": _EAST, "LV": _EAST, "LT": _EAST, "MD": _EAST,
    "UA": ("youtube-music", "spotify", "apple-music", "youtube", "deezer", "soundcloud"),
    # Russia and the markets its services reach
    "RU": _RUSSIAN, "BY": ("yandex-music", "vk-music", "spotify", "apple-music", "youtube-music", "zvuk", "youtube"),
    "KZ": _NEIGHBOUR, "UZ": _NEIGHBOUR, "KG": _NEIGHBOUR, "TJ": _NEIGHBOUR, "AM": _NEIGHBOUR, "AZ": _NEIGHBOUR,
    "GE": ("spotify", "youtube-music", "apple-music", "yandex-music", "youtube", "deezer", "soundcloud"),
    # Turkey, Israel, the Arab countries
    "TR": ("spotify", "fizy", "youtube-music", "apple-music", "muud", "youtube", "deezer", "soundcloud"),
    "IL": ("spotify", "apple-music", "youtube-music", "youtube", "deezer", "soundcloud", "tidal"),
    "SA": _GULF, "AE": _GULF, "KW": _GULF, "QA": _GULF, "BH": _GULF, "OM": _GULF,
    "EG": _ARAB, "LB": _ARAB, "JO": _ARAB, "IQ": _ARAB, "PS": _ARAB, "LY": _ARAB,
    "YE": ("anghami", "youtube", "youtube-music", "apple-music", "soundcloud"), "SY": ("anghami", "youtube"),
    "SD": ("youtube", "anghami", "youtube-music", "boomplay", "soundcloud"),
    "MA": _MAGHREB, "DZ": _MAGHREB, "TN": _MAGHREB,
    # Africa south of the Sahara
    "NG": ("audiomack", "boomplay", "spotify", "apple-music", "youtube-music", "youtube", "deezer", "mdundo"),
    "GH": ("audiomack", "boomplay", "apple-music", "spotify", "youtube-music", "youtube", "deezer"),
    "ZA": ("spotify", "apple-music", "youtube-music", "youtube", "deezer", "boomplay", "audiomack", "tidal"),
    "KE": _EAST_AFRICA, "TZ": _EAST_AFRICA, "UG": _EAST_AFRICA, "RW": _EAST_AFRICA,
    "ET": _AFRICA, "ZM": _AFRICA, "ZW": _AFRICA, "MZ": _AFRICA, "AO": _AFRICA, "MW": _AFRICA, "BW": _AFRICA, "NA": _AFRICA,
    "SL": _AFRICA, "LR": _AFRICA, "GM": _AFRICA,
    "CI": _FRENCH_AFRICA, "SN": _FRENCH_AFRICA, "CM": _FRENCH_AFRICA, "CD": _FRENCH_AFRICA, "ML": _FRENCH_AFRICA,
    "BJ": _FRENCH_AFRICA, "TG": _FRENCH_AFRICA, "BF": _FRENCH_AFRICA, "GN": _FRENCH_AFRICA, "GA": _FRENCH_AFRICA,
    # South Asia
    "IN": ("spotify", "jiosaavn", "youtube-music", "gaana", "apple-music", "amazon-music", "youtube", "soundcloud"),
    "PK": _SOUTH_ASIA, "BD": _SOUTH_ASIA, "LK": _SOUTH_ASIA, "NP": _SOUTH_ASIA,
    # East Asia
    "JP": (
        "apple-music", "spotify", "amazon-music", "line-music", "youtube-music", "awa", "recochoku", "youtube", "kkbox",
        "deezer",
    ),
    "KR": ("melon", "youtube-music", "genie", "flo", "bugs", "spotify", "apple-music", "youtube", "soundcloud"),
    "CN": ("qq-music", "netease", "kugou", "apple-music"),
    "TW": ("kkbox", "spotify", "youtube-music", "apple-music", "line-music", "youtube", "soundcloud", "tidal"),
    "HK": ("spotify", "joox", "kkbox", "apple-music", "youtube-music", "youtube", "tidal", "soundcloud"),
    "MO": _CHINESE,
    # South-east Asia
    "SG": ("spotify", "apple-music", "youtube-music", "youtube", "kkbox", "tidal", "soundcloud", "deezer"),
    "MY": ("spotify", "youtube-music", "joox", "apple-music", "youtube", "kkbox", "soundcloud", "tidal"),
    "TH": ("joox", "spotify", "youtube-music", "youtube", "apple-music", "soundcloud", "tidal"),
    "ID": ("spotify", "youtube-music", "joox", "langit-musik", "youtube", "apple-music", "soundcloud", "deezer"),
    "VN": ("zing-mp3", "nhaccuatui", "spotify", "youtube-music", "youtube", "apple-music", "soundcloud"),
    "MM": ("joox", "youtube", "youtube-music", "apple-music", "soundcloud"),
    "PH": ("spotify", "youtube-music", "youtube", "apple-music", "deezer", "soundcloud", "tidal"),
    "KH": _SOUTHEAST, "LA": _SOUTHEAST,
    # Oceania
    "AU": ("spotify", "apple-music", "youtube-music", "amazon-music", "tidal", "soundcloud", "deezer", "iheart", "youtube"),
    "NZ": ("spotify", "apple-music", "youtube-music", "amazon-music", "tidal", "soundcloud", "deezer", "iheart", "youtube"),
    # Latin America and the Caribbean
    "BR": ("spotify", "youtube-music", "deezer", "amazon-music", "apple-music", "youtube", "claro-musica", "tidal", "soundcloud"),
    "AR": _LATIN, "CL": _LATIN, "CO": _LATIN, "PE": _LATIN, "UY": _LATIN, "EC": _LATIN, "BO": _LATIN, "PY": _LATIN,
    "VE": ("youtube", "spotify", "youtube-music", "apple-music", "amazon-music", "deezer", "soundcloud"), "CR": _LATIN, "PA": _LATIN, "GT": _LATIN, "HN": _LATIN, "SV": _LATIN, "NI": _LATIN, "DO": _LATIN,
    "PR": ("spotify", "apple-music", "youtube-music", "amazon-music", "pandora", "tidal", "soundcloud", "youtube"),
    "JM": ("youtube", "spotify", "apple-music", "audiomack", "youtube-music", "tidal", "soundcloud"),
    "TT": ("youtube", "spotify", "apple-music", "youtube-music", "audiomack", "tidal", "soundcloud"),
}  # fmt: skip
"""The leaders of each country (ISO 3166-1 alpha-2, and ``XK``), the most used first."""


def _countries(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLARO = _countries("AR BO BR CL CO CR DO EC GT HN MX NI PA PE PY SV UY")
_ARAB_WORLD = _countries("AE BH DJ DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SO SY TN YE")

ONLY_IN: dict[str, frozenset[str]] = {
    "pandora": _countries("US PR"),
    "iheart": _countries("US CA AU NZ MX"),
    "wynk": _countries(""),
    "line-music": _countries("JP TW"),
    "awa": _countries("JP"),
    "recochoku": _countries("JP"),
    "melon": _countries("KR"),
    "genie": _countries("KR"),
    "bugs": _countries("KR"),
    "flo": _countries("KR"),
    "netease": _countries("CN"),
    "qq-music": _countries("CN"),
    "kugou": _countries("CN"),
    "kkbox": _countries("TW HK MO JP SG MY"),
    "joox": _countries("HK MO MY TH ID MM"),
    "zing-mp3": _countries("VN"),
    "nhaccuatui": _countries("VN"),
    "langit-musik": _countries("ID"),
    "yandex-music": _countries("RU BY KZ UZ KG TJ TM AM AZ GE MD IL"),
    "vk-music": _countries("RU BY KZ UZ KG TJ TM AM AZ MD"),
    "zvuk": _countries("RU BY"),
    "mts-music": _countries("RU BY"),
    "fizy": _countries("TR"),
    "muud": _countries("TR"),
    "claro-musica": _CLARO,
    "anghami": _ARAB_WORLD | _countries("US CA GB FR DE SE TR CY AU"),
}
"""A service that is offered in these countries only. ``wynk`` has closed, so nowhere."""

NOT_IN: dict[str, frozenset[str]] = {
    "spotify": _countries("CN RU CU IR KP SY AF MM SD SS YE ER SO CF TM"),
    "apple-music": _countries("CU IR KP SY SD"),
    "youtube-music": _countries("CN CU IR KP SY TM RU"),
    "youtube": _countries("CN KP IR TM"),
    "amazon-music": _countries("CN RU CU IR KP SY KR TR BY"),
    "amazon-store": _countries("CN RU CU IR KP SY BY"),
    "deezer": _countries("CN RU BY CU IR KP SY KR TW HK MO IN"),
    "tidal": _countries("CN RU BY CU IR KP SY IN JP KR TR UA VN"),
    "soundcloud": _countries("CN RU IR KP CU SY"),
    "qobuz": _countries("CN RU IN KR TR VN TH ID MY PH KP IR CU SY"),
    "napster": _countries("CN RU IN KR KP IR CU SY"),
    "bandcamp": _countries("CN KP IR"),
    "audiomack": _countries("CN KP"),
    "boomplay": _countries("CN KP"),
}
"""A service that is offered widely but not in these countries, or cannot be reached there."""

UNCERTAIN: dict[str, str] = {
    "apple-music": "Russia: subscriptions are paused, pages open; kept in the list there.",
    "youtube-music": "Russia: paid plans suspended and the site slowed down; treated as not offered.",
    "soundcloud": "Russia: blocked since 2022; China: unreachable for most. Treated as not offered.",
    "deezer": "India, Korea, Taiwan and Hong Kong: withdrawn or never fully offered; treated as not offered.",
    "tidal": "The list of about sixty countries changes; only the large markets without it are named.",
    "joox": "South Africa left in 2022, Myanmar may have followed.",
    "line-music": "Taiwan is served under the same name by a sister service.",
    "yandex-music": "Armenia, Azerbaijan, Georgia, Moldova and Israel come and go with licences.",
    "vk-music": "Outside Russia, Belarus and Kazakhstan the catalogue may be smaller.",
    "zvuk": "Belarus is said to be served.",
    "anghami": "Reaches the diaspora in Europe, North America and Australia; the exact list is not published.",
    "napster": "Ownership and catalogue changed several times since 2022.",
    "claro-musica": "Follows the operator's own countries; Brazil counts although plans differ.",
    "wynk": "Closed in 2024; a link that still exists is hidden or last.",
}
"""What is not certain, service by service, said so that an operator can judge."""


def is_offered(service: str, country: str) -> bool:
    """Tell whether a service can be used in a country; where nothing is known the answer is yes."""
    only = ONLY_IN.get(service)
    if only is not None:
        return country in only
    return country not in NOT_IN.get(service, frozenset())


def as_markdown() -> str:
    """Return the page ``docs/markets.md``."""

    def name(service: str) -> str:
        return SERVICES[service].name

    lines = [
        "# Services by market",
        "",
        "The order in which a page shows its services to a fan (SL-23), made from `src/backline/play/markets.py` by",
        "`python -m backline.play.markets > docs/markets.md`. Do not edit this page by hand.",
        "",
        "## How an order is made",
        "",
        "1. Services without a destination for the fan's country are left out: the page's own data say so per territory.",
        "2. The leaders of the country come first, in the order below; the page's other services follow in its default order.",
        "3. A service that is not offered in the country is hidden when at least three others remain, and stands last otherwise.",
        "   An artist's own URL for that very country says that it is offered there.",
        "4. An unknown country gets the page's default order; so does a country that is not listed, with rule 3.",
        "5. An artist who chose one fixed order gets exactly that, for every fan; rule 3 does not apply.",
        "",
        "## What the table rests on",
        "",
        "- Where a service is offered: the availability pages and help centres that the services themselves publish (Spotify, Apple, Google,",
        "  Amazon, Deezer, TIDAL, Qobuz, Pandora, iHeartMedia, Anghami, Boomplay, JioSaavn, KKBOX, JOOX, LINE, Yandex, VK, Claro).",
        "- Which services lead: yearly reports of the record industry's bodies (IFPI, RIAA, BPI, SNEP, BVMI, RIAJ, KMCA), and what",
        "  services and their owners report to investors. Where no figure is public the order is our judgement.",
        "- As known in 2025, compiled from general knowledge of those publications, not row by row from a fresh reading. A market moves faster than a table: corrections are welcome,",
        "  one line in the file and this page made anew.",
        "",
        f"## Leaders in {len(MARKETS)} countries",
        "",
        "| Country | Order |",
        "|---|---|",
    ]
    lines += [f"| {country} | {', '.join(map(name, leaders))} |" for country, leaders in sorted(MARKETS.items())]
    lines += ["", "## Offered only in", "", "| Service | Countries |", "|---|---|"]
    lines += [f"| {name(slug)} | {' '.join(sorted(where)) or 'nowhere any more'} |" for slug, where in ONLY_IN.items()]
    lines += ["", "## Not offered in", "", "| Service | Countries |", "|---|---|"]
    lines += [f"| {name(slug)} | {' '.join(sorted(where))} |" for slug, where in NOT_IN.items()]
    lines += ["", "## Not certain", "", "| Service | What is not certain |", "|---|---|"]
    lines += [f"| {name(slug)} | {text} |" for slug, text in UNCERTAIN.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
