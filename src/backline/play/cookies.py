"""The cookies of public pages. There are none before a fan's answer, and each is for one artist's pages alone.

After a yes, the click that led here from an ad is kept as long as the checklist allows (PP-60, PP-61). What the pixels'
own scripts would keep is not taken: see ``themes/scripts/pixels.js``.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import time
from urllib.parse import parse_qsl, urlsplit

from backline.contract.pages import PublishedPage
from backline.play.replies import Headers
from backline.play.visits import QUERY_FIELDS, RequestHeaders, Visit

GOOGLE_SECONDS = 7_776_000
META_SECONDS = 604_800
AD_COOKIES = {
    "_gclid": GOOGLE_SECONDS,
    "_gbraid": GOOGLE_SECONDS,
    "_wbraid": GOOGLE_SECONDS,
    "_fbc": META_SECONDS,
    "_fbp": META_SECONDS,
}
"""Every cookie about an ad, with the seconds it is kept at most."""
_CLICK_ID = re.compile(r"[A-Za-z0-9_.~-]{1,500}")
_HEADER_CHARACTERS = 16_000


def read(headers: RequestHeaders, name: str) -> str:
    """Return the value of a cookie, empty when there is none, or more than one and nobody can tell which is ours."""
    parts = ";".join(headers.get_all("cookie"))[:_HEADER_CHARACTERS].split(";")
    found = [value.strip() for key, _, value in (part.partition("=") for part in parts) if key.strip() == name]
    return found[0] if len(found) == 1 else ""


class Cookies:
    """Writes cookies. ``origin`` is the public address of play."""

    def __init__(self, origin: str) -> None:
        self._secure = "; Secure" if origin.startswith("https:") else ""
        self._meta_index = _labels(urlsplit(origin).hostname or "")

    def kept(
        self, page: PublishedPage, name: str, value: str, seconds: int, *, is_for_scripts: bool = False
    ) -> Headers:
        """Return the header that keeps a value on the artist's pages; ``seconds`` of 0 forget it."""
        hidden = "" if is_for_scripts else "; HttpOnly"
        path = f"/{page.path.partition('/')[0]}"
        text = f"{name}={value}; Path={path}; Max-Age={seconds}; SameSite=Lax{self._secure}{hidden}"
        return [("set-cookie", text)]

    def of_ad(self, page: PublishedPage, visit: Visit) -> Headers:
        """Return what is kept of the ad that led to a visit, after the fan's yes; nothing that is kept already.

        Meta's script reads ``_fbc`` and ``_fbp`` in the page; their format is Meta's
        (https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc).
        """
        clicks = _click_ids(visit.query)
        headers: Headers = []
        if page.pixels.google_ads:
            for name in ("gclid", "gbraid", "wbraid"):
                if name in clicks and read(visit.headers, f"_{name}") != clicks[name]:
                    headers += self.kept(page, f"_{name}", clicks[name], GOOGLE_SECONDS)
        if page.pixels.meta:
            begins = f"fb.{self._meta_index}.{time.time_ns() // 1_000_000}"
            click = clicks.get("fbclid")
            if click and read(visit.headers, "_fbc").split(".", 3)[3:] != [click]:
                headers += self.kept(page, "_fbc", f"{begins}.{click}", META_SECONDS, is_for_scripts=True)
            if not read(visit.headers, "_fbp"):
                number = f"{begins}.{secrets.randbelow(9_000_000_000) + 1_000_000_000}"
                headers += self.kept(page, "_fbp", number, META_SECONDS, is_for_scripts=True)
        return headers

    def without_ad(self, page: PublishedPage) -> Headers:
        """Return what makes a browser forget every cookie about an ad."""
        return [header for name in AD_COOKIES for header in self.kept(page, name, "", 0)]


def _click_ids(query: str) -> dict[str, str]:
    try:
        fields = parse_qsl(query, max_num_fields=QUERY_FIELDS, errors="replace") if query else []
    except ValueError:  # more fields than a campaign link has
        return {}
    return {name: value for name, value in reversed(fields) if _CLICK_ID.fullmatch(value)}


def _labels(host: str) -> int:
    """Return Meta's number for a cookie's domain: its labels less one, 0 for an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.count(".")
    return 0
