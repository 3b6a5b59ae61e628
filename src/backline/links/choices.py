"""What an artist chooses for a page, read from what was typed: colours, films, ways on.

Every function returns what is kept, or raises :class:`Rejected` with a sentence for the field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

from PIL import ImageColor

from backline.catalog.rules import clean_text
from backline.contract import services as known
from backline.contract.pages import SUB_LINK_KINDS
from backline.core import urls
from backline.core.errors import Rejected
from backline.links.destinations import (
    PROFILE_HOSTS,
    SHOP_HOSTS,
    TICKET_HOSTS,
    is_at,
    must_be_listed,
    must_not_deceive,
)
from backline.links.types import SubLinkFacts, Theme

MOST_SUB_LINKS = 12
LONGEST_LABEL = 60
_LONGEST_COLOUR = 40
_BARE_HEX = re.compile(r"(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")

SUB_LINK_NAMES: dict[str, str] = {
    "merch": "Merch",
    "tickets": "Tickets",
    "website": "Website",
    "newsletter": "Newsletter",
    "instagram": "Instagram",
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "facebook": "Facebook",
    "x": "X",
    "threads": "Threads",
    "bluesky": "Bluesky",
    "discord": "Discord",
    "other": "Other",
}

_HOSTS_BY_KIND = PROFILE_HOSTS | {"tickets": TICKET_HOSTS, "merch": SHOP_HOSTS}
_NO_HOST = "This names no website that fans can be sent to. Paste the address as your browser shows it."
_PORT = re.compile(r":[^\]]*$")  # in brackets, colons part the groups of a number

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_VIDEO_HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com")
_VIDEO_FOLDERS = ("shorts", "embed", "live", "v")


def theme_of(text: str) -> str:
    """Return a theme, or "" for the one that holds for all links."""
    if text and text not in Theme:
        raise _refused("theme", "Choose one of the four themes.")
    return text


def accent_of(text: str) -> str:
    """Return a colour as ``#rrggbb``, or "" for the theme's own. Any way in which CSS writes a colour is understood."""
    typed = text.strip()[:_LONGEST_COLOUR]
    if not typed:
        return ""
    try:
        red, green, blue, *_ = ImageColor.getrgb(f"#{typed}" if _BARE_HEX.fullmatch(typed) else typed)
    except ValueError:
        raise _refused(
            "accent", "This is no colour that we can read. Write it like #2ef2a2, or leave it empty."
        ) from None
    return "#" + "".join(f"{min(255, max(0, part)):02x}" for part in (red, green, blue))


def video_id_of(text: str) -> str:
    """Return the id in a YouTube address of any kind, or "" where none is wanted."""
    typed = text.strip()
    if not typed:
        return ""
    url = urls.normal_https_url("https://" + re.sub(r"^https?://", "", typed))
    host = urlsplit(url).hostname or ""
    if not is_at(host, _VIDEO_HOSTS):
        raise _refused("url", "This does not lead to YouTube. Paste the address of a video there.")
    parts = urlsplit(url)
    steps = parts.path.strip("/").split("/")
    if host == "youtu.be":
        found = steps[0]
    elif steps[0] == "watch":
        found = parse_qs(parts.query).get("v", [""])[0]
    else:
        found = steps[1] if steps[0] in _VIDEO_FOLDERS and len(steps) > 1 else ""
    if not _VIDEO_ID.fullmatch(found):
        raise _refused(
            "url",
            "This is YouTube, but no video: a channel or a playlist, perhaps. Open the video and paste its address.",
        )
    return found


def service_order_of(slugs: Iterable[str]) -> list[str]:
    """Return an order of services without what is none."""
    return [slug for slug in dict.fromkeys(slugs) if known.is_service(slug)]


def sub_links_of(rows: Sequence[SubLinkFacts], *, there: Collection[str] = ()) -> tuple[SubLinkFacts, ...]:
    """Return ways on as they are kept. The errors are named ``url-0``, ``label-0``..., by the place in ``rows``.

    A row without an address is left out; without a kind it gets the one that its address tells, a website for most.
    Addresses that are ``there`` already stay, whatever hosts are listed now.
    """
    kept: list[SubLinkFacts] = []
    problems: dict[str, str] = {}
    for place, row in enumerate(rows):
        if not row.url.strip() and not row.label.strip():
            continue
        try:
            kept.append(_sub_link(row, there))
        except Rejected as error:
            problems |= {f"{field}-{place}": sentence for field, sentence in error.field_errors.items()}
    if len(kept) > MOST_SUB_LINKS:
        problems["rows"] = f"At most {MOST_SUB_LINKS} links fit; these are {len(kept)}. Remove some."
    if problems:
        raise Rejected("Some of these links cannot be kept like this.", field_errors=problems)
    return tuple(kept)


def _sub_link(row: SubLinkFacts, there: Collection[str]) -> SubLinkFacts:
    typed, label = row.url.strip(), clean_text(row.label, limit=LONGEST_LABEL + 1)
    problems: dict[str, str] = {}
    if len(label) > LONGEST_LABEL:
        problems["label"] = f"Use at most {LONGEST_LABEL} characters."
    url = ""
    if not typed:
        problems["url"] = "Paste the address, or remove the row."
    else:
        try:
            url = safe_url(typed)
        except Rejected as error:
            problems |= error.field_errors
    kind = row.kind or kind_of(url)
    if kind not in SUB_LINK_KINDS:
        problems["kind"] = "Choose what this is."
    hosts = PROFILE_HOSTS.get(kind)
    if url and hosts and not is_at(urlsplit(url).hostname or "", hosts):
        problems["url"] = f"This does not lead to {SUB_LINK_NAMES[kind]}. Paste one of {' or '.join(hosts[:2])}."
    elif url and url not in there:
        try:
            must_be_listed(url)
        except Rejected as error:
            problems |= error.field_errors
    if problems:
        raise Rejected(next(iter(problems.values())), field_errors=problems)
    return SubLinkFacts(kind=kind, url=url, label=label)


def safe_url(typed: str) -> str:
    """Return an address that fans can be sent to without being deceived, or raise :class:`Rejected` (field ``url``)."""
    url = urls.normal_https_url(typed if ":" in typed.partition("/")[0] else f"https://{typed}")
    if not url:
        raise _refused("url", _what_is_wrong(typed))
    must_not_deceive(url)
    return url


def _what_is_wrong(typed: str) -> str:
    """Say what keeps an address from being one that :func:`backline.core.urls.normal_https_url` takes."""
    before, colon, _ = typed.partition("/")[0].partition(":")
    has_scheme = colon and "." not in before  # a dot is in a host, and a port behind it
    try:
        parts = urlsplit(typed if has_scheme else f"https://{typed}")
    except ValueError:
        return _NO_HOST
    if parts.scheme != "https":
        return "Fans are only sent to addresses that begin with https://. Paste the one of this page that does."
    if parts.username is not None:
        return "A user name stands before the @ in this address. Paste it without that."
    if _PORT.search(parts.netloc):
        return "A port stands behind the colon in this address. Paste it without that."
    return _NO_HOST


def kind_of(url: str) -> str:
    """Return the kind of a further link that an address tells, a website for most."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_at(host, ("bandcamp.com",)) and parts.path.startswith("/merch"):
        return "merch"
    return next((kind for kind, hosts in _HOSTS_BY_KIND.items() if is_at(host, hosts)), "website")


def _refused(field: str, message: str) -> Rejected:
    return Rejected(message, field_errors={field: message})
