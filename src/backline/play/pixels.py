"""An artist's pixels: whose they are, which hosts a page with them talks to, and what a fan is asked (SL-27).

The ids come from the page's document; everything else that such a page loads is written here and in
``themes/scripts/pixels.js``.
"""

from __future__ import annotations

from dataclasses import dataclass

from backline.contract.pages import Pixels, PublishedPage
from backline.play.locales.words import Words


@dataclass(frozen=True, slots=True)
class Company:
    """One receiver. ``letter`` names it in a fan's answer, ``pixel`` its id in the document and in the page.

    ``scripts`` are the hosts that its script comes from, ``reports`` those that it tells of the visit.
    """

    letter: str
    name: str
    pixel: str
    scripts: tuple[str, ...]
    reports: tuple[str, ...]


COMPANIES = (
    Company("m", "Meta", "meta", ("connect.facebook.net",), ("www.facebook.com",)),
    Company("t", "TikTok", "tiktok", ("analytics.tiktok.com",), ("analytics.tiktok.com",)),
    # https://developers.google.com/tag-platform/security/guides/csp, conversions and remarketing.
    Company(
        "g",
        "Google",
        "google_ads",
        ("www.googletagmanager.com", "www.googleadservices.com", "googleads.g.doubleclick.net"),
        (
            "www.googletagmanager.com",
            "www.googleadservices.com",
            "googleads.g.doubleclick.net",
            "pagead2.googlesyndication.com",
            "www.google.com",
        ),
    ),
)


def companies(pixels: Pixels) -> tuple[Company, ...]:
    """Return whose pixels these are; empty for nearly every page."""
    return tuple(company for company in COMPANIES if getattr(pixels, company.pixel))


def sources(page: PublishedPage, consent: str) -> tuple[str, str]:
    """Return the hosts that a page may take scripts from, and those it may report to, as a policy names them."""
    found = companies(page.pixels) if consent == "granted" else ()
    scripts = dict.fromkeys(host for company in found for host in company.scripts)
    reports = dict.fromkeys(host for company in found for host in company.reports)
    return "".join(f" https://{host}" for host in scripts), "".join(f" https://{host}" for host in reports)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page says about its pixels. ``asks`` puts the question first; else the answer stands at the page's end.

    ``ids`` are the pixels to load, by name: empty unless the fan's word, or the law where they are, allows it.
    """

    asks: bool
    title: str
    text: str
    ids: dict[str, str]


def choice(page: PublishedPage, consent: str, words: Words) -> Choice | None:
    """Return what the page says, None where there is nothing to choose."""
    found = companies(page.pixels) if consent else ()
    if not found:
        return None
    texts = {"ask": words.consent_text, "refused": words.consent_refused, "granted": words.consent_granted}
    return Choice(
        asks=consent == "ask",
        title=words.fill(words.consent_title, artist=page.artist_name),
        text=texts[consent].replace("{companies}", _named(found, words)),
        ids={company.pixel: getattr(page.pixels, company.pixel) for company in found} if consent == "granted" else {},
    )


def _named(found: tuple[Company, ...], words: Words) -> str:
    if len(found) == 1:
        return found[0].name
    return words.companies[len(found) - 2].format(**dict(zip("abc", (company.name for company in found), strict=False)))
