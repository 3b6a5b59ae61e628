"""Where the ways on of a page lead: to a service, along a link of the artist, to the film, to where it is shared. Pure.

Destinations come from the stored page and from nowhere else.
"""

from __future__ import annotations

from urllib.parse import quote

from backline.contract.pages import PublishedPage, SubLink
from backline.play.locales.words import Words
from backline.play.order import destination

_SAFE_IN_URL = "%/:=&?~#+!$,;'@()*[]"


def service_way(page: PublishedPage, name: str, country: str) -> str:
    """Return where a service of a page leads a fan of a country, ready for a header; empty when nowhere."""
    return next((_checked(destination(service, country)) for service in page.services if service.service == name), "")


def sub_link(page: PublishedPage, number: str) -> SubLink | None:
    """Return the sub-link with this number on the page, 1 for the first."""
    known = {str(place): link for place, link in enumerate(page.sub_links, start=1)}
    return known.get(number)


def sub_link_way(link: SubLink) -> str:
    """Return where a sub-link leads, ready for a header; empty when nowhere."""
    return _checked(link.url)


def film_way(page: PublishedPage) -> str:
    """Return where a page's film can be seen, empty when it has none."""
    return f"https://www.youtube.com/watch?v={quote(page.video.id, safe='')}" if page.video is not None else ""


def ways(page: PublishedPage) -> dict[str, str]:
    """Return all ways on of a page as a fan of no known country goes them, by their address below the page's."""
    found = {}
    if page.kind != "hub":
        found = {f"go/{service.service}": service_way(page, service.service, "") for service in page.services}
        found["video"] = film_way(page)
    found |= {f"out/{number}": sub_link_way(link) for number, link in enumerate(page.sub_links, start=1)}
    return {rest: url for rest, url in found.items() if url}


def share_ways(page: PublishedPage, words: Words) -> dict[str, str]:
    """Return where each way to share a page leads, by its name in the address."""
    by = words.playlist_by if page.kind == "playlist" else words.title_by
    text = quote(words.fill(by, title=page.title, artist=page.artist_name), safe="")
    url = quote(page.canonical_url, safe="")
    return {
        "whatsapp": f"https://wa.me/?text={url}",
        "telegram": f"https://t.me/share/url?url={url}&text={text}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?u={url}",
        "x": f"https://x.com/intent/post?url={url}&text={text}",
        "email": f"mailto:?subject={text}&body={url}",
        "qr": f"/{quote(page.path)}/qr.svg",
    }


def _checked(url: str) -> str:
    """Return an address ready for a header, empty for what is none."""
    # What is stored was checked when it was stored; this is the second lock on the same door.
    if not url.startswith(("https://", "http://")) or not url.isprintable() or " " in url or "\\" in url:
        return ""
    return quote(url, safe=_SAFE_IN_URL)
