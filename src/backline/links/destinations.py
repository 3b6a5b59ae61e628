"""Where the artist's own addresses may lead: to hosts that are known, and not from there on to others.

Whoever can publish a page under a trusted name could send fans to a trap with it. So beside the music services
(``contract.services``) stand the videos, tickets, shops and profiles below, and what the operator adds
(``BACKLINE_DESTINATION_HOSTS``). A host stands for its subdomains too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from backline.contract.services import service_of
from backline.core import urls
from backline.core.errors import Rejected
from backline.settings import environment

PROFILE_HOSTS: dict[str, tuple[str, ...]] = {
    "instagram": ("instagram.com",),
    "tiktok": ("tiktok.com",),
    "youtube": ("youtube.com", "youtu.be"),
    "facebook": ("facebook.com", "fb.com", "fb.me"),
    "x": ("x.com", "twitter.com"),
    "threads": ("threads.com", "threads.net"),
    "bluesky": ("bsky.app",),
    "discord": ("discord.gg", "discord.com"),
}
"""Hosts of the profiles that a further link can be, by its kind."""

VIDEO_HOSTS = ("vimeo.com", "dailymotion.com", "twitch.tv", "nicovideo.jp", "bilibili.com", "weverse.io")

TICKET_HOSTS = (
    "bandsintown.com", "songkick.com", "setlist.fm", "dice.fm", "axs.com", "seatgeek.com", "universe.com", "etix.com",
    "ra.co", "shotgun.live", "tickettailor.com", "ticketswap.com", "skiddle.com", "wegottickets.com", "seetickets.com",
    "seetickets.us", "ticketweb.com", "ticketweb.uk", "humanitix.com", "moshtix.com.au", "oztix.com.au",
    "ticketek.com.au", "ticketek.co.nz", "ticketco.events", "oeticket.com", "ticketcorner.ch", "fnacspectacles.com",
    "eplus.jp", "l-tike.com", "pia.jp", "kktix.com", "yes24.com", "bookmyshow.com", "sympla.com.br", "ingresse.com",
    *(f"ticketmaster.{tld}" for tld in (
        "com", "ca", "com.mx", "com.br", "co.uk", "ie", "de", "at", "ch", "fr", "es", "it", "nl", "be", "dk", "no",
        "se", "fi", "pl", "cz", "com.au", "co.nz", "sg", "ae", "co.za",
    )),
    *(f"livenation.{tld}" for tld in ("com", "co.uk", "de", "dk", "no", "se", "fi", "pl", "it", "es")),
    *(f"eventbrite.{tld}" for tld in (
        "com", "ca", "co.uk", "ie", "de", "at", "ch", "fr", "es", "it", "nl", "be", "dk", "se", "fi", "pt", "com.au",
        "co.nz", "com.br", "com.mx", "sg", "hk",
    )),
    *(f"eventim.{tld}" for tld in ("de", "ch", "nl", "si", "hr", "bg", "ro", "hu", "com.br")),
)  # fmt: skip

SHOP_HOSTS = (
    "myshopify.com", "bigcartel.com", "etsy.com", "square.site", "gumroad.com", "fourthwall.com", "everpress.com",
    "teespring.com", "redbubble.com", "merchbar.com", "musicglue.com", "hellomerch.com", "merchnow.com",
    "kingsroadmerch.com", "impericon.com", "townsendmusic.store", "discogs.com", "roughtrade.com", "juno.co.uk",
    "hhv.de", "jpc.de", "hmv.com", "hmv.co.jp", "tower.jp", "cdjapan.co.jp", "yesasia.com", "ktown4u.com",
    "weverseshop.io", "ko-fi.com", "patreon.com", "buymeacoffee.com", "kickstarter.com", "indiegogo.com",
)  # fmt: skip

READING_HOSTS = (
    "substack.com", "mailchi.mp", "list-manage.com", "beehiiv.com", "buttondown.com", "laylo.com", "genius.com",
    "last.fm", "musicbrainz.org", "reddit.com", "tumblr.com", "mastodon.social", "pinterest.com", "snapchat.com",
    "t.me", "whatsapp.com", "weibo.com",
)  # fmt: skip
"""Newsletters, and places to read and talk that no kind of further link is made for."""

_KNOWN = frozenset(
    (*(host for hosts in PROFILE_HOSTS.values() for host in hosts), *VIDEO_HOSTS, *TICKET_HOSTS, *SHOP_HOSTS)
) | frozenset(READING_HOSTS)

# Pages of well-known hosts that lead on to wherever their address says: host and beginning of the path.
_FORWARDERS = (
    ("youtube.com", "/redirect"), ("facebook.com", "/l.php"), ("facebook.com", "/flx/"), ("l.facebook.com", "/"),
    ("lm.facebook.com", "/"), ("l.instagram.com", "/"), ("l.threads.com", "/"), ("l.threads.net", "/"),
    ("tiktok.com", "/link/"), ("vk.com", "/away"), ("vk.ru", "/away"), ("t.umblr.com", "/"), ("out.reddit.com", "/"),
    ("list-manage.com", "/track/"), ("substack.com", "/redirect"), ("google.com", "/url"), ("google.com", "/amp/"),
    ("bing.com", "/ck/"), ("duckduckgo.com", "/l/"), ("linkedin.com", "/redir"), ("steamcommunity.com", "/linkfilter"),
    ("exit.sc", "/"), ("gate.sc", "/"), ("slack-redir.net", "/"), ("t.co", "/"), ("href.li", "/"),
)  # fmt: skip
_INNER = re.compile(r"(?:https?:[/\\]*|[=#][/\\]{2,})([^/\\?#&:@\s]+\.[^/\\?#&:\s]+)", re.IGNORECASE)
_MOST_LAYERS = 3


def is_at(host: str, hosts: Iterable[str]) -> bool:
    """Tell whether a host is one of ``hosts``, or below one of them."""
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def is_listed(host: str) -> bool:
    """Tell whether artists may lead fans to this host: it is known, or the operator allows it."""
    allowed = environment.current().destination_hosts
    return "*" in allowed or service_of(f"https://{host}/") is not None or is_at(host, (*_KNOWN, *allowed))


def must_be_listed(url: str) -> None:
    """Raise :class:`Rejected` (field ``url``) for a host that is not :func:`is_listed`, with whom to ask."""
    host = urlsplit(url).hostname or ""
    if not is_listed(host):
        raise _refused(
            "Pages lead to music services, videos, tickets, shops and profiles, so that nobody can send fans into a "
            f"trap. {host} is not among those that are known here, but the operator can add it: "
            f"ask {environment.current().contact_email} to allow {host}."
        )


def must_not_deceive(url: str) -> None:
    """Raise :class:`Rejected` (field ``url``) for an address that leads elsewhere than fans would read in it.

    ``url`` is as :func:`backline.core.urls.normal_https_url` writes it.
    """
    if urls.is_look_alike(urlsplit(url).hostname or ""):
        raise _refused("The letters of this address pass for those of another one, so fans are not sent there.")
    if leads_on(url):
        raise _refused("This address sends fans on to another one. Open it, and paste the address at which you arrive.")


def leads_on(url: str) -> bool:
    """Tell whether an address is there to lead on to another host: a forwarder, or with an address inside."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    path = posixpath.normpath("/" + _plain(parts.path).replace("\\", "/").lstrip("/")).lower()
    if any(is_at(host, (known,)) and f"{path}/".startswith(start) for known, start in _FORWARDERS):
        return True
    rest = _plain(url.removeprefix(f"https://{parts.netloc}"))
    inner = (found.rpartition("@")[2].lower().rstrip(".") for found in _INNER.findall(rest))
    return not all(_is_same_house(host, there) for there in inner)


def _is_same_house(host: str, there: str) -> bool:
    service = service_of(f"https://{host}/")
    is_same_service = service is not None and service == service_of(f"https://{there}/")
    return is_same_service or is_at(there, (host,)) or is_at(host, (there,))


def _plain(text: str) -> str:
    """Undo percent-encoding as often as forwarders are known to do."""
    for _ in range(_MOST_LAYERS):
        text = unquote(text)
    return text


def _refused(message: str) -> Rejected:
    return Rejected(message, field_errors={"url": message})
