"""What the values of a dimension are called on a page and in a mail; values that are called alike become one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.conf.locale import LANG_INFO

from backline.analytics.countries import COUNTRIES
from backline.analytics.types import Dimension, ReferrerKind, ValueTotals
from backline.contract.services import SERVICES

_UNKNOWN = {
    Dimension.REFERRER_HOST: "Direct or unknown",
    Dimension.REFERRER_KIND: "Direct or unknown",
    Dimension.UTM_SOURCE: "Without a source",
    Dimension.UTM_MEDIUM: "Without a medium",
    Dimension.UTM_CAMPAIGN: "Without a campaign",
    Dimension.UTM_TERM: "Without a term",
    Dimension.UTM_CONTENT: "Without content",
}
"""What an empty value is called; "Not known" where it is not here."""

_DEVICES = {
    "phone": "Phone",
    "tablet": "Tablet",
    "desktop": "Computer",
    "tv": "Television",
    "console": "Games console",
}
_KINDS: Mapping[str, str] = {
    ReferrerKind.DIRECT: "Direct or unknown",
    ReferrerKind.SEARCH: "Search engines",
    ReferrerKind.SOCIAL: "Social networks",
    ReferrerKind.MESSENGER: "Messengers",
    ReferrerKind.MUSIC: "Music services",
    ReferrerKind.VIDEO: "Video",
    ReferrerKind.EMAIL: "E-mail",
    ReferrerKind.LINK_IN_BIO: "Link-in-bio pages",
    ReferrerKind.OTHER: "Other websites",
}
_PLACES = {
    "instagram.com": "Instagram",
    "tiktok.com": "TikTok",
    "music.youtube.com": "YouTube Music",
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "facebook.com": "Facebook",
    "fb.com": "Facebook",
    "fb.me": "Facebook",
    "messenger.com": "Messenger",
    "threads.net": "Threads",
    "threads.com": "Threads",
    "x.com": "X",
    "t.co": "X",
    "twitter.com": "X",
    "reddit.com": "Reddit",
    "whatsapp.com": "WhatsApp",
    "wa.me": "WhatsApp",
    "t.me": "Telegram",
    "telegram.org": "Telegram",
    "discord.com": "Discord",
    "snapchat.com": "Snapchat",
    "pinterest.com": "Pinterest",
    "bsky.app": "Bluesky",
    "mail.google.com": "Gmail",
    "bing.com": "Bing",
    "duckduckgo.com": "DuckDuckGo",
    "linktr.ee": "Linktree",
    "open.spotify.com": "Spotify",
    "music.apple.com": "Apple Music",
    "soundcloud.com": "SoundCloud",
    "bandcamp.com": "Bandcamp",
}
"""Hosts by what they are called; those below them too. Google is known by its name in every country."""

_LANGUAGES = {code: str(entry["name"]) for code, entry in LANG_INFO.items() if "name" in entry} | {
    "zh": "Chinese",
    "fil": "Filipino",
    "tl": "Filipino",
    "am": "Amharic",
    "iw": "Hebrew",
    "in": "Indonesian",
}
"""Languages as Django knows them, and those that it knows by another code or not at all."""


def label_of(dimension: Dimension, value: str) -> str:
    """Return what a value is called; one that has no better name is called what it is."""
    if not value:
        return _UNKNOWN.get(dimension, "Not known")
    return _NAMES[dimension](value) if dimension in _NAMES else value


def labelled(dimension: Dimension, found: Iterable[ValueTotals]) -> dict[str, ValueTotals]:
    """Return the metrics by what the values are called, those that are called alike together, in the order given."""
    by_label: dict[str, ValueTotals] = {}
    for one in found:
        label = label_of(dimension, one.value)
        before = by_label.get(label, ValueTotals(value=label))
        by_label[label] = ValueTotals(
            views=before.views + one.views,
            service_clicks=before.service_clicks + one.service_clicks,
            share_clicks=before.share_clicks + one.share_clicks,
            saves=before.saves + one.saves,
            video_plays=before.video_plays + one.video_plays,
            bots=before.bots + one.bots,
            value=label,
        )
    return by_label


def _locale(value: str) -> str:
    language, _, region = value.replace("_", "-").partition("-")
    name = _LANGUAGES.get(language.lower(), language)
    country = COUNTRIES.get(region[-2:].upper(), "") if region else ""
    return f"{name} ({country})" if country else name


def _place(host: str) -> str:
    words = host.lower().rstrip(".").split(".")
    for start in range(len(words)):
        found = _PLACES.get(".".join(words[start:]))
        if found is not None:
            return found
    return "Google" if "google" in words[-3:-1] else host


def _service(slug: str) -> str:
    return SERVICES[slug].name if slug in SERVICES else "Your own destination"


_NAMES: Mapping[Dimension, Callable[[str], str]] = {
    Dimension.COUNTRY: lambda code: COUNTRIES.get(code, code),
    Dimension.LOCALE: _locale,
    Dimension.SERVICE: _service,
    Dimension.DEVICE: lambda device: _DEVICES.get(device, device),
    Dimension.REFERRER_HOST: _place,
    Dimension.REFERRER_KIND: lambda kind: _KINDS.get(kind, kind),
}
