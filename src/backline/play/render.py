"""A published page and a variant in, HTML out: pure, so that the dashboard's preview shows what fans get."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backline.contract.pages import Artwork, HubItem, PublishedPage
from backline.contract.services import SERVICES
from backline.play import hub, locales, structured
from backline.play.locales.words import Words
from backline.play.order import service_order
from backline.play.type_setting import Heading, heading, isolate, marks_of

_THEMES = Path(__file__).parent / "themes"

SERVICES_SHOWN = 8
"""Services beyond these stand behind "N more services"."""
TRACKS_SHOWN = 150
"""Tracks beyond these are only counted, so that a playlist of thousands stays a light page."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What makes one rendering of a page differ from another.

    ``order`` holds the slugs of the services to show, ``locale`` the tag of one of our languages,
    ``after`` the place in a hub's list (a slug, empty for the start). ``consent`` is the regime of the
    fan's country: every regime looks the same while a page loads nothing from third parties.
    ``is_sandbox`` makes the page say that it stands on made-up services. ``counts_views`` makes the page report its
    view itself: a shared cache may answer for us.
    """

    order: tuple[str, ...] = ()
    locale: str = locales.DEFAULT
    consent: str = ""
    after: str = ""
    is_sandbox: bool = False
    counts_views: bool = False


def variant_for(
    page: PublishedPage,
    *,
    country: str = "",
    locale: str = locales.DEFAULT,
    after: str = "",
    is_sandbox: bool = False,
    counts_views: bool = False,
) -> Variant:
    """Return the variant that a fan gets; an ``after`` that is no page boundary of the hub counts as none."""
    is_hub = page.kind == "hub"
    return Variant(
        order=() if is_hub else service_order(page, country),
        locale=locale if locale in locales.WORDS else locales.DEFAULT,
        after=after if is_hub and after in hub.boundaries(page) else "",
        is_sandbox=is_sandbox,
        counts_views=counts_views,
    )


def render(page: PublishedPage, variant: Variant) -> bytes:
    """Return the page as UTF-8 HTML. Same arguments, same bytes."""
    html = _render_hub(page, variant) if page.kind == "hub" else _render_release(page, variant)
    return html.encode()


def render_words(
    *,
    heading: str,
    paragraphs: tuple[str, ...],
    locale: str,
    link: str = "",
    link_text: str = "",
    is_sandbox: bool = False,
) -> bytes:
    """Return a page of text (not found, gone, privacy) in the Classic look."""
    html: str = _template("words").render(
        words=locales.WORDS[locale],
        is_sandbox=is_sandbox,
        css=_css("words"),
        script="",
        heading=heading,
        paragraphs=paragraphs,
        link=link,
        link_text=link_text,
    )
    return html.encode()


def content_security_policy(kind: str, *, counts_views: bool = False) -> str:
    """Return the policy for a kind of page (or ``words``): our own bytes by hash, nothing from elsewhere."""
    style = {"hub": "hub", "words": "words"}.get(kind, "release")
    runs = "" if style == "words" else _script(style, counts_views=counts_views)
    script = f"'sha256-{_digest(runs)}'" if runs else "'none'"
    return (
        f"default-src 'none'; img-src 'self'; style-src 'sha256-{_digest(_css(style))}'; script-src {script}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def script_element() -> str:
    """Return the one script element that a page runs, as it stands in the page; the dashboard's preview runs none."""
    return f"<script>{_script('release')}</script>"


def _render_release(page: PublishedPage, variant: Variant) -> str:
    words = locales.WORDS[variant.locale]
    is_playlist = page.kind == "playlist"
    by_slug = {service.service: service for service in page.services}
    services = [_service(slug, by_slug[slug].url) for slug in variant.order if slug in by_slug]
    total = max(page.total_tracks, len(page.tracks))
    counted = words.count(words.tracks if is_playlist else words.songs, total) if total else ""
    length = sum(track.duration_ms for track in page.tracks)
    is_whole = length and len(page.tracks) == total and all(track.duration_ms for track in page.tracks)
    sentence = words.playlist_by if is_playlist else words.title_by
    description = words.playlist_description if is_playlist else words.page_description
    left = total - min(len(page.tracks), TRACKS_SHOWN)
    html: str = _template("release").render(
        words=words,
        is_sandbox=variant.is_sandbox,
        page=page,
        css=_css("release"),
        script=_script("release", counts_views=variant.counts_views),
        headline=_sentence(sentence, page),
        description=page.description or _sentence(description, page),
        is_indexable=page.is_indexable,
        og_type="music.playlist" if is_playlist else "music.album",
        picture=picture_url(page),
        picture_alt=words.cover_of.replace("{title}", isolate(page.title)),
        structured_data=structured.data_of(page, picture_url(page)),
        title=heading(page.title, page.language),
        artist=heading(page.artist_name, ""),
        about_marks=marks_of(page.description, ""),
        facts=[fact for fact in (words.types[_type_of(page)], counted) if fact],
        date=words.date(page.released) if page.released else "",
        shown=services[:SERVICES_SHOWN],
        more=services[SERVICES_SHOWN:],
        more_label=words.count(words.more_services, len(services) - SERVICES_SHOWN),
        discs=_discs(page, words.disc),
        tracks_label=f"{counted}, {words.length(length)}" if is_whole else counted,
        tracks_left=words.count(words.more_tracks, left) if page.tracks and left > 0 else "",
    )
    return html


def _render_hub(page: PublishedPage, variant: Variant) -> str:
    words = locales.WORDS[variant.locale]
    part = hub.part(page, variant.after)
    html: str = _template("hub").render(
        words=words,
        is_sandbox=variant.is_sandbox,
        page=page,
        css=_css("hub"),
        script=_script("hub", counts_views=variant.counts_views),
        headline=_sentence(words.hub_title, page),
        description=page.description or _sentence(words.hub_description, page),
        is_indexable=page.is_indexable and not variant.after,
        og_type="profile",
        picture=picture_url(page),
        picture_alt=page.artist_name,
        structured_data=structured.data_of(page, picture_url(page)),
        artist=heading(page.artist_name, ""),
        about_marks=marks_of(page.description, ""),
        lead=_hub_row(part.lead, words) if part.lead else None,
        rows=[_hub_row(item, words) for item in part.rows],
        playlists=[_hub_row(item, words) for item in part.playlists],
        next_after=part.next_after,
        earlier=words.count(words.earlier_releases, part.left),
        is_later=bool(variant.after),
    )
    return html


def picture_url(page: PublishedPage) -> str:
    """Return the absolute address of the page's artwork, empty when it has none."""
    if page.artwork is None:
        return ""
    origin = urlsplit(page.canonical_url)
    return f"{origin.scheme}://{origin.netloc}/art/{page.artwork.key}"


def _type_of(page: PublishedPage) -> str:
    return "playlist" if page.kind == "playlist" else page.release_type


def _sentence(pattern: str, page: PublishedPage) -> str:
    # The title may hold a slot's own text, so both slots are filled in one pass.
    values = {"{title}": isolate(page.title), "{artist}": isolate(page.artist_name)}
    return re.sub(r"\{title\}|\{artist\}", lambda found: values[found[0]], pattern)


def _service(slug: str, url: str) -> dict[str, str]:
    info = SERVICES.get(slug)
    if info is not None:
        return {"slug": slug, "name": info.name, "action": info.action}
    host = (urlsplit(url).hostname or slug).removeprefix("www.")
    return {"slug": slug, "name": host, "action": "listen"}


def _discs(page: PublishedPage, disc_pattern: str) -> list[dict[str, object]]:
    shown = page.tracks[:TRACKS_SHOWN]
    numbers = sorted({track.disc for track in shown})
    return [
        {
            "heading": disc_pattern.replace("{n}", str(number)) if len(numbers) > 1 else "",
            "tracks": [
                {
                    "number": track.number,
                    "title": track.title,
                    "marks": marks_of(track.title, "", with_direction=False),
                    "length": _clock_length(track.duration_ms),
                }
                for track in shown
                if track.disc == number
            ],
        }
        for number in numbers
    ]


def _clock_length(milliseconds: int) -> str:
    seconds = round(milliseconds / 1000)
    if not seconds:
        return ""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _hub_row(item: HubItem, words: Words) -> dict[str, object]:
    kind = words.types[item.release_type]
    year = words.year_pattern.format(y=item.released[:4]) if item.released else ""
    counted = words.count(words.songs, item.total_tracks) if item.total_tracks else ""
    shown: Heading = heading(item.title, item.language)
    return {
        "path": item.path,
        "artwork": item.artwork,
        "thumb": _thumb_size(item.artwork),
        "title": shown,
        "facts": ", ".join(fact for fact in (kind, year) if fact),
        "lines": [fact for fact in (kind, counted) if fact],
        "released": item.released,
        "date": words.date(item.released) if item.released else "",
        "alt": words.cover_of.replace("{title}", isolate(item.title)),
    }


def _thumb_size(artwork: Artwork | None) -> tuple[int, int]:
    """Return the room of a picture in a list: 64 px wide, in its own ratio."""
    if artwork is None or not artwork.width:
        return 64, 64
    return 64, max(1, round(64 * artwork.height / artwork.width))


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_THEMES),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["urlencode"] = lambda text: quote(text, safe="")
    return environment


def _template(name: str) -> Any:
    return _environment().get_template(f"classic/{name}.html")


@functools.cache
def _css(name: str) -> str:
    folder = _THEMES / "classic"
    text = "\n".join((folder / f"{part}.css").read_text(encoding="utf-8") for part in ("base", name))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}").strip()


@functools.cache
def _script(kind: str, *, counts_views: bool = False) -> str:
    """Return what a release's page or a hub runs, empty for nothing."""
    names = [*(["page.js"] if kind == "release" else []), *(["view.js"] if counts_views else [])]
    text = "".join((_THEMES / "classic" / name).read_text(encoding="utf-8") for name in names)
    return re.sub(r"\n\s*", "\n", text).strip()


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
