"""Tags and filters of the dashboard's templates: icons, figures, dates, toasts, changed addresses of this page."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django import template
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backline.catalog.types import ReleaseType
from backline.core import clock
from backline.dashboard import figures, toasts
from backline.dashboard.countries import name_of
from backline.links.types import LinkRow
from backline.settings import environment

register = template.Library()

SOURCE_NAMES = {
    "spotify": "Spotify",
    "deezer": "Deezer",
    "itunes": "iTunes",
    "apple_music": "Apple Music",
    "musicbrainz": "MusicBrainz",
    "odesli": "Odesli",
}
"""Sources of links as their owners write them."""


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw an icon of ``icons.svg``; it is decoration, so the words beside it must say what it means."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f" icon--{size}" if size else "",
        static("dashboard/icons.svg"),
        name,
    )


@register.simple_tag
def shape(name: str) -> SafeString:
    """Draw the shape of a status."""
    return format_html(
        '<svg class="status__shape" viewBox="0 0 14 14" aria-hidden="true"><use href="{}#s-{}"/></svg>',
        static("dashboard/icons.svg"),
        name,
    )


@register.simple_tag
def mark() -> SafeString:
    """Draw the product's mark."""
    return format_html(
        '<svg class="brand__mark" viewBox="0 0 18 18" aria-hidden="true"><use href="{}#mark"/></svg>',
        static("dashboard/icons.svg"),
    )


@register.simple_tag
def art_url(key: str) -> str:
    """Return the address of a picture in the media folder, which play serves."""
    return f"{environment.current().play_url}/art/{key}"


@register.filter
def number(value: int | None) -> str:
    """Write a whole number with its thousands apart, a dash for None."""
    return figures.whole_or_dash(value)


@register.filter
def percent(value: float | None) -> str:
    """Write a share of one as per cent with one decimal, a dash for None."""
    return figures.share(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Write an instant in the user's time zone: "today" and the time, else the day, with its year if it is past."""
    if value is None:
        return figures.NOTHING
    local = timezone.localtime(value)
    today = timezone.localdate(clock.now())
    clock_time = local.strftime("%H:%M")
    if local.date() == today:
        return f"today, {clock_time}"
    day = f"{local.day} {local:%B}"
    return f"{day}, {clock_time}" if local.year == today.year else f"{day} {local.year}, {clock_time}"


@register.filter
def day(value: str) -> str:
    """Write a date that is known to the year, the month or the day (ISO 8601) in words."""
    for pattern, shown in (("%Y-%m-%d", "{0.day} {0:%B %Y}"), ("%Y-%m", "{0:%B %Y}")):
        try:
            return shown.format(datetime.strptime(value, pattern))  # noqa: DTZ007 - a calendar day, no instant
        except ValueError:
            continue
    return value


@register.filter
def with_way_on(sentence: str) -> str:
    """Make the operator's address in "ask ... to allow ..." a link to a mail that has its subject."""
    contact = environment.current().contact_email
    asks = re.fullmatch(f"(.*\\bask ){re.escape(contact)}( to (allow [^ ]+)\\.)", sentence, re.DOTALL)
    if asks is None:
        return sentence
    link = format_html(
        '<a class="link" href="mailto:{}?subject={}">{}</a>', contact, quote(f"Please {asks[3]}"), contact
    )
    return format_html("{}{}{}", asks[1], link, asks[2])


@register.filter
def undo(message: Message) -> toasts.Undo | None:
    """Return how the act that a toast tells of can be undone, None when it cannot."""
    return toasts.undo_of(message)


@register.simple_tag(takes_context=True)
def this_page(context: dict[str, Any], **changes: object) -> str:
    """Return this page's address with some parameters changed (None or empty drops one); a cursor never survives."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop("after", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    text = query.urlencode()
    return f"{request.path}?{text}" if text else request.path


@register.filter
def address(url: str) -> str:
    """Write an address without its scheme, as people say it."""
    return url.split("://", 1)[-1].removeprefix("www.").rstrip("/")


@register.filter
def kind(link: LinkRow) -> str:
    """Write what a link leads to: the type of release, or Playlist."""
    return title_of_type(link.release_type) if link.release_type else str(link.kind.label)


@register.filter
def title_of_type(release_type: str) -> str:
    """Write a type of release."""
    return str(ReleaseType(release_type).label)


@register.filter
def source_name(key: str) -> str:
    """Write the name of a source of links."""
    return SOURCE_NAMES.get(key, key.replace("_", " ").capitalize())


@register.filter
def country_label(code: str) -> str:
    """Write the label of a field for one country."""
    return f"In {country(code)}"


@register.filter
def country(code: str) -> str:
    """Write a country by its name."""
    return name_of(code)
