"""A page made small, to stand inside somebody else's page: cover, title and the first services. Pure.

It runs no script and loads nothing from elsewhere. Its links open in a new tab and lead through the page's own
redirects, so a tap counts; that it was loaded is no view of the page, and counts as nothing.
"""

from __future__ import annotations

from backline.contract.pages import PublishedPage
from backline.play import contents, locales, looks
from backline.play.order import service_order

WIDTH, HEIGHT = 560, 264
"""The room that an embed asks for, in pixels; it fits itself into any other."""
SERVICES_SHOWN = 3


def render_embed(page: PublishedPage, *, country: str, locale: str) -> bytes:
    """Return a page's embed as UTF-8 HTML, for a fan of a country in a language."""
    words = locales.WORDS[locale]
    values = contents.of_release(page, words, service_order(page, country))
    shown = [*values["shown"], *values["more"]]  # type: ignore[misc]
    html: str = looks.template("embed.html").render(
        page=page,
        words=words,
        css=looks.sheet("embed.css"),
        own_css=looks.own_css(looks.look_of(page.theme), page),
        services=shown[:SERVICES_SHOWN],
        more_label=words.count(words.more_services, len(shown) - SERVICES_SHOWN),
        has_more=len(shown) > SERVICES_SHOWN,
        title=values["title"],
        artist=values["artist"],
        headline=values["headline"],
    )
    return html.encode()


def embed_policy(page: PublishedPage) -> str:
    """Return the content security policy of an embed: it may stand in a frame anywhere and do nothing there."""
    styles = (looks.sheet("embed.css"), looks.own_css(looks.look_of(page.theme), page))
    sources = " ".join(looks.source(style) for style in styles if style)
    return (
        f"default-src 'none'; img-src 'self'; style-src {sources}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors *"
    )
