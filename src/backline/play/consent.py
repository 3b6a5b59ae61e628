"""What a fan has said to an artist's pixels, and what a page may do until then (SL-27, PP-62).

The answer is kept by the fan's browser, for this artist and these companies: a pixel that is added later is asked for
anew. A browser that sends Global Privacy Control has refused, whatever else it sends (https://w3c.github.io/gpc/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from backline.contract.pages import PublishedPage
from backline.play import cookies
from backline.play.consent_laws import ASKS
from backline.play.pixels import companies
from backline.play.visits import RequestHeaders, Visit

COOKIE = "backline_consent"
KEPT_SECONDS = 180 * 86_400
_REFERRER_CHARACTERS = 8_000
_VALUE = re.compile(r"1\.([0-9a-f]{12})\.(no|m?t?g?)")


@dataclass(frozen=True, slots=True)
class Standing:
    """``given`` is the fan's word as events keep it ("granted", "refused", "" for none yet).

    ``shown`` is how the page is: "ask", "refused" or "granted" with a way to change it, "" when the browser refused.
    """

    given: str
    shown: str


_ANSWERED = {answer: Standing(answer, answer) for answer in ("granted", "refused")}
_REFUSED_BY_BROWSER = Standing("refused", "")
_ASK = Standing("", "ask")
_NOT_ASKED = Standing("", "granted")


def standing(page: PublishedPage, visit: Visit) -> Standing:
    """Return what holds for this fan on a page that has pixels. An unknown country asks."""
    if refuses_by_browser(visit.headers):
        return _REFUSED_BY_BROWSER
    answered = _ANSWERED.get(_answer(page, visit.headers))
    if answered is not None:
        return answered
    return _ASK if not visit.country or visit.country in ASKS else _NOT_ASKED


def given(page: PublishedPage, visit: Visit) -> str:
    """Return the fan's word as events keep it; empty on a page without pixels, where nothing is asked or looked at."""
    return standing(page, visit).given if companies(page.pixels) else ""


def refuses_by_browser(headers: RequestHeaders) -> bool:
    """Tell whether the browser sends Global Privacy Control."""
    return headers.get("sec-gpc", "").strip() == "1"


def value(page: PublishedPage, answer: str) -> str:
    """Return what the fan's browser keeps: the version of this format, the artist, and who may be told, or ``no``."""
    allowed = "".join(company.letter for company in companies(page.pixels)) if answer == "granted" else "no"
    return f"1.{_key(page)}.{allowed}"


def opened_with(page: PublishedPage, visit: Visit, host: str) -> str | None:
    """Return the query with which the page was open that led to this request, None when it was no view of this page."""
    try:
        parts = urlsplit(visit.headers.get("referer", "")[:_REFERRER_CHARACTERS])
    except ValueError:
        return None
    return parts.query if parts.netloc == host and parts.path == f"/{page.path}" else None


def _answer(page: PublishedPage, headers: RequestHeaders) -> str:
    """Return "granted", "refused" or ""; a value that no page of ours wrote is no answer."""
    found = _VALUE.fullmatch(cookies.read(headers, COOKIE))
    if found is None or found[1] != _key(page):
        return ""
    if found[2] == "no":
        return "refused"
    return "granted" if all(company.letter in found[2] for company in companies(page.pixels)) else ""


def _key(page: PublishedPage) -> str:
    return page.artist_id[-12:]
