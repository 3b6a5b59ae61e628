"""The page of one link, put together: what fans get beside what can be changed about it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from backline.analytics.types import FiguresAwayError
from backline.dashboard import figures, periods, toasts
from backline.dashboard.access import ArtistRequest
from backline.dashboard.countries import COUNTRIES, NAMES
from backline.dashboard.isolation import isolated
from backline.dashboard.smart_links import saving, states
from backline.dashboard.smart_links.forms import (
    AddressForm,
    CountryUrlForm,
    LookForm,
    PlainForm,
    ServiceUrlForm,
    TextForm,
    VideoForm,
)
from backline.dashboard.smart_links.lines import LinesForm, links_now
from backline.links import selectors as links
from backline.links.types import THEME_ACCENTS, LinkDetail, LinkSettings, ServiceRow, Theme


def show(
    request: ArtistRequest,
    link_id: UUID,
    *,
    refused: dict[str, Any] | None = None,
    stale: str = "",
    fix: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with the link's page.

    ``refused`` holds what was typed by the name of its part (text, look, video, sub_links, address, add, and fix for
    the service ``fix``); ``stale`` names the part that came too late: what stands there now is told beside it.
    """
    refused = refused or {}
    detail = links.link_detail(request.access, link_id=link_id)
    settings = links.artist_link_settings(request.access)
    period = periods.of(request)
    board = _board(request, link_id, period)
    fix = fix or request.GET.get("fix", "")
    services = detail.services
    if "order" in refused:
        places = {slug: place for place, slug in enumerate(refused["order"].chosen)}
        services = tuple(sorted(services, key=lambda row: places.get(row.service, len(places))))
    context = {
        "room": "links",
        "slug": request.slug,
        "link": detail.row,
        "detail": detail,
        "seen": detail.row.updated_at.isoformat(),
        "refused": refused,
        "stale": stale,
        "there_now": _there_now(detail, settings, stale),
        "badge": states.badge_of(detail.row),
        "text_form": _text_form(detail, refused.get("text")),
        "look_form": _look_form(detail, settings, refused.get("look")),
        "themes": Theme.choices,
        "video_form": refused.get("video") or VideoForm(initial={"url": video_url(detail)}, auto_id="id_video_%s"),
        "lines": refused.get("sub_links") or LinesForm(detail.sub_links),
        "address_form": refused.get("address") or AddressForm(initial={"slug": detail.row.slug}),
        "add_form": refused.get("add") or ServiceUrlForm(auto_id="id_add_%s"),
        "is_adding": "add" in refused or "add" in request.GET,
        "services": [_service(service, fix, refused.get("fix")) for service in services],
        "shown_count": sum(
            not service.is_hidden and not (service.health and service.health.is_left_off) for service in services
        ),
        "hidden_count": sum(service.is_hidden for service in services),
        "settings": settings,
        "countries": COUNTRIES,
        "all_countries": NAMES,
        "period": period,
        "lengths": periods.LENGTHS,
        "figures": board.figures,
        "chart": board.chart,
        "unpublish": unpublish_question(request, detail),
    }
    return render(request, "dashboard/smart_links/link.html", context, status=status)


def save(
    request: ArtistRequest,
    link_id: UUID,
    part: str,
    change: Callable[[datetime], object],
    *,
    form: PlainForm | None = None,
    fix: str = "",
) -> HttpResponse | None:
    """Do ``change`` over what the person read; return the page that says why not, None when it is done."""
    shown = functools.partial(show, request, link_id, fix=fix)
    return saving.attempt(request, change, show=shown, part=part, form=form)


def back(request: ArtistRequest, link_id: UUID, part: str = "") -> HttpResponse:
    """Lead back to the page after an act."""
    url = reverse("dashboard:link", args=[request.slug, link_id])
    return redirect(f"{url}#{part}" if part else url)


def undo(request: ArtistRequest, link_id: UUID, **fields: str) -> toasts.Undo:
    """Return how the act that was just done at this address is taken back, unless somebody changes the link first."""
    seen = links.link_row(request.access, link_id=link_id).updated_at.isoformat()
    return toasts.Undo(request.path, {**fields, "seen": seen})


def video_url(detail: LinkDetail) -> str:
    """Return the address of the link's film as people know it."""
    return f"https://www.youtube.com/watch?v={detail.video.id}" if detail.video else ""


def unpublish_question(request: ArtistRequest, detail: LinkDetail) -> dict[str, Any]:
    """Return what the question before unpublishing says."""
    url = reverse("dashboard:link_unpublish", args=[request.slug, detail.row.id])
    return {
        "id": "unpublish",
        "title": f"Unpublish {isolated(detail.row.title)}?",
        "lost": (
            f"{detail.row.public_url.split('://', 1)[1]} stops working at once. Fans see a page that says it is gone.",
            "It leaves your hub and search engines.",
        ),
        "kept": (
            "Its address stays yours, its figures and everything you edited stay too.",
            "You can publish it again whenever you like.",
        ),
        "url": url,
        "back": reverse("dashboard:link", args=[request.slug, detail.row.id]),
        "verb": "Unpublish",
        "refuse": "Keep it published",
        "fields": {},
    }


def _text_form(detail: LinkDetail, refused: PlainForm | None) -> PlainForm:
    form = refused or TextForm(initial={"title": detail.own_title, "description": detail.description})
    form.fields["title"].widget.attrs["placeholder"] = detail.found_title
    return form


def _look_form(detail: LinkDetail, settings: LinkSettings, refused: LookForm | None) -> LookForm:
    form = refused or LookForm(initial={"theme": detail.theme, "accent": detail.accent})
    return form.while_empty(settings.accent or THEME_ACCENTS[detail.theme or settings.default_theme])


def _there_now(detail: LinkDetail, settings: LinkSettings, part: str) -> str:
    """Say what stands at a part of the page that somebody changed in the meantime."""
    said = ""
    match part:
        case "text":
            line = f"the line “{isolated(detail.description)}”" if detail.description else "no line"
            said = f"The title there now is “{isolated(detail.row.title)}”, with {line}."
        case "look":
            theme = (
                Theme(detail.theme).label if detail.theme else f"as in your settings, {settings.default_theme.label}"
            )
            accent = f"the accent is {detail.accent}" if detail.accent else "the accent is that of the theme"
            said = f"The theme there now is {theme}; {accent}."
        case "video":
            video = isolated(detail.video.title or detail.video.id) if detail.video else ""
            said = f"The video there now is “{video}”." if video else "There is no video now."
        case "sub_links":
            said = links_now(detail.sub_links)
        case "address":
            said = f"The address there now is {detail.row.slug}."
        case "order":
            said = f"The order there now is {', '.join(row.name for row in detail.services)}."
    return said


def _board(request: ArtistRequest, link_id: UUID, period: periods.Period) -> figures.Board:
    """Ask for the link's figures; the link can be edited even when they cannot be read."""
    try:
        shown = figures.of(request.access, period=period, link_id=link_id)
        chart = figures.chart_of(shown, request.access, link_id=link_id)
    except FiguresAwayError:
        return figures.AWAY
    return figures.Board(figures=shown, by_link={}, chart=chart)


def _service(row: ServiceRow, fix: str, refused: PlainForm | None) -> dict[str, Any]:
    """Return a service with its forms: one for everywhere, one per country, one for a further country."""
    is_open = row.service == fix
    refused = refused if is_open else None
    where = refused.data.get("territory", "").upper() if refused else None
    known = {place.territory for place in row.territories}

    further = CountryUrlForm(auto_id=f"id_{row.service}_new_%s")
    if isinstance(refused, CountryUrlForm):
        further = refused
    elif refused is not None and where and where not in known:
        further = CountryUrlForm(refused.data, auto_id=f"id_{row.service}_new_%s")
        for field, sentences in refused.errors.items():
            further.errors[field] = sentences

    def form_for(territory: str, url: str) -> PlainForm:
        if refused is not None and refused is not further and where == territory:
            return refused
        auto_id = f"id_{row.service}_{territory}_%s" if territory else f"id_{row.service}_%s"
        return ServiceUrlForm(initial={"url": url, "territory": territory}, auto_id=auto_id)

    return {
        "row": row,
        "form": form_for("", row.url),
        "places": [(place, form_for(place.territory, place.url)) for place in row.territories],
        "further": further,
        "is_open": is_open,
    }
