"""A published page and a variant in, HTML out: pure, so that the dashboard's preview shows what fans get."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from backline.contract.languages import LANGUAGES
from backline.contract.pages import PublishedPage
from backline.play import contents, hub, locales, looks, pixels, ways
from backline.play.locales.words import Words
from backline.play.order import service_order

_OWN_LINK = re.compile(r'(<a [^>]*?href="/[^"?#]*)(?:\?([^"#]*))?"')

FILM_ORIGIN = "https://www.youtube-nocookie.com"
"""Where the player of a page's film comes from, once the fan has asked for it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What makes one rendering of a page differ from another.

    ``order`` holds the slugs of the services to show, ``locale`` the tag of one of our languages,
    ``languages`` those to change to. ``has_chosen`` tells that the address names the language, which the page's links
    then keep. ``after`` is the place in a hub's list (a slug, empty for the start). ``consent`` is how
    the fan stands to the page's pixels: "ask", "refused" or "granted", and empty where there is nothing to choose.
    ``is_sandbox`` makes the page say that it stands on made-up services. ``counts_views`` makes the page report its
    view itself: a shared cache may answer for us. ``is_alone`` makes a page that needs no server of ours: it leads
    to its destinations directly, reports nothing, and shows a hub whole.
    """

    order: tuple[str, ...] = ()
    locale: str = locales.DEFAULT
    languages: tuple[str, ...] = ()
    has_chosen: bool = False
    consent: str = ""
    after: str = ""
    query: str = ""
    is_sandbox: bool = False
    counts_views: bool = False
    is_alone: bool = False


def variant_for(
    page: PublishedPage,
    *,
    country: str = "",
    locale: str = locales.DEFAULT,
    languages: tuple[str, ...] = (),
    has_chosen: bool = False,
    consent: str = "",
    after: str = "",
    query: str = "",
    is_sandbox: bool = False,
    counts_views: bool = False,
) -> Variant:
    """Return the variant that a fan gets.

    An ``after`` that is no page boundary of the hub counts as none, and so does a ``query`` where there is no field.
    """
    is_hub = page.kind == "hub"
    return Variant(
        order=() if is_hub else service_order(page, country),
        locale=locale if locale in locales.WORDS else locales.DEFAULT,
        languages=languages,
        has_chosen=has_chosen,
        consent=consent if pixels.companies(page.pixels) else "",
        after=after if is_hub and after in hub.boundaries(page) else "",
        query=query.strip()[: hub.QUERY_CHARACTERS] if query and is_hub and hub.is_searchable(page) else "",
        is_sandbox=is_sandbox,
        counts_views=counts_views,
    )


def render(page: PublishedPage, variant: Variant) -> bytes:
    """Return the page as UTF-8 HTML in its theme. Same arguments, same bytes."""
    words = locales.WORDS[variant.locale]
    look = looks.look_of(page.theme)
    is_hub = page.kind == "hub"
    if is_hub:
        values = contents.of_hub(page, words, variant.after, variant.query, is_whole=variant.is_alone)
    else:
        values = contents.of_release(page, words, variant.order)
    html: str = looks.template(f"{look.theme}/{'hub' if is_hub else 'release'}.html").render(
        page=page,
        words=words,
        look=look,
        css=looks.css(look.theme, asks=bool(variant.consent)),
        own_css=looks.own_css(look, page),
        script=_script(page, variant),
        is_alone=variant.is_alone,
        to=_leading(page, variant, words),
        consent=pixels.choice(page, variant.consent, words),
        is_sandbox=variant.is_sandbox,
        has_chosen=variant.has_chosen,
        **_switch(words, variant.languages),
        **values,
    )
    return (_staying(html, variant.locale) if variant.has_chosen else html).encode()


def render_words(
    *,
    heading: str,
    paragraphs: tuple[str, ...],
    locale: str,
    theme: str = "",
    link: str = "",
    link_text: str = "",
    is_sandbox: bool = False,
    languages: tuple[str, ...] = (),
    has_chosen: bool = False,
) -> bytes:
    """Return a page of text (not found, gone, privacy) in a theme."""
    look = looks.look_of(theme)
    words = locales.WORDS[locale]
    html: str = looks.template("words.html").render(
        words=words,
        look=look,
        css=looks.css(look.theme),
        own_css="",
        script="",
        is_alone=False,
        is_sandbox=is_sandbox,
        heading=heading,
        paragraphs=paragraphs,
        link=link,
        link_text=link_text,
        **_switch(words, languages),
    )
    return (_staying(html, locale) if has_chosen else html).encode()


def content_security_policy(page: PublishedPage, variant: Variant) -> str:
    """Return the policy of what :func:`render` makes: our own bytes by hash, and nothing from elsewhere.

    A page with a film may put YouTube's player in a frame when the fan asks for it, a hub with a search ask itself, and
    a page with pixels may talk to their hosts when the fan said yes.
    """
    look = looks.look_of(page.theme)
    scripts, reports = pixels.sources(page, variant.consent)
    return _policy(
        styles=(looks.css(look.theme, asks=bool(variant.consent)), looks.own_css(look, page)),
        script=_script(page, variant),
        frames=FILM_ORIGIN if page.video is not None else "",
        forms="'self'" if variant.consent or (page.kind == "hub" and hub.is_searchable(page)) else "'none'",
        scripts=scripts,
        reports=reports,
    )


def words_policy(theme: str = "") -> str:
    """Return the policy of what :func:`render_words` makes."""
    return _policy(styles=(looks.css(looks.look_of(theme).theme),))


def script_element(page: PublishedPage, variant: Variant) -> str:
    """Return the one script element that a page runs, as it stands in the page; the dashboard's preview runs none."""
    script = _script(page, variant)
    return f"<script>{script}</script>" if script else ""


def _script(page: PublishedPage, variant: Variant) -> str:
    """Return the script that a page runs, empty for none."""
    script = looks.script(_scripts(page, variant))
    return looks.without_reports(script) if variant.is_alone else script


def _leading(page: PublishedPage, variant: Variant, words: Words) -> Callable[[str], str]:
    """Return what turns an address below the page's into the one that stands in the page."""
    if not variant.is_alone:
        return lambda rest: f"/{page.path}/{rest}"
    known = ways.ways(page) | {f"share/{way}": url for way, url in ways.share_ways(page, words).items()}
    return lambda rest: known.get(rest, "")


def _scripts(page: PublishedPage, variant: Variant) -> tuple[str, ...]:
    """Return the names of the scripts that a page runs."""
    names = [] if page.kind == "hub" else ["share", "in_app"]
    if page.video is not None:
        names.append("video")
    if variant.counts_views:
        names.append("view")
    if variant.consent == "granted":
        names.append("pixels")
    return tuple(names)


def _policy(
    *,
    styles: tuple[str, ...],
    script: str = "",
    frames: str = "",
    forms: str = "'none'",
    scripts: str = "",
    reports: str = "",
) -> str:
    allowed = " ".join(looks.source(style) for style in styles if style)
    runs = looks.source(script) if script else "'none'"
    framed = f"frame-src {frames}; " if frames else ""
    return (
        f"default-src 'none'; img-src 'self'{reports}; style-src {allowed}; "
        f"script-src {runs}{scripts}; {framed}"
        f"connect-src 'self'{reports}; base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    )


def _switch(words: Words, languages: tuple[str, ...]) -> dict[str, object]:
    """Return the language that a page is in, and those to change to by their own names: none where there is but one."""
    offered = [(tag, LANGUAGES[tag]) for tag in languages]
    language = words.language.replace("{name}", LANGUAGES[words.tag])
    return {"languages": offered if len(offered) > 1 else [], "language": language}


def _staying(html: str, locale: str) -> str:
    """Return a page whose links to our own pages keep the language that the fan chose."""
    return _OWN_LINK.sub(lambda found: f'{found[1]}?{found[2] + "&amp;" if found[2] else ""}lang={locale}"', html)
