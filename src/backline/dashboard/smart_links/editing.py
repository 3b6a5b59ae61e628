"""The page of one link: what fans get beside what can be changed about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backline.analytics.types import FiguresAwayError
from backline.contract.services import service_of
from backline.core.errors import NeedsAction, Rejected, RetryLater, StaleError
from backline.dashboard import errors, figures, periods, toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.countries import COUNTRIES
from backline.dashboard.isolation import isolated
from backline.dashboard.smart_links import states
from backline.dashboard.smart_links.forms import AddressForm, CountryUrlForm, PlainForm, ServiceUrlForm, TextForm
from backline.links import selectors as links
from backline.links import services
from backline.links.types import LinkDetail, PublishState, ServiceRow


def _page(
    request: ArtistRequest,
    link_id: UUID,
    *,
    text_form: PlainForm | None = None,
    address_form: PlainForm | None = None,
    add_form: PlainForm | None = None,
    fix: str = "",
    fix_form: PlainForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the link's page; a form that was refused stands there with what was typed."""
    detail = links.link_detail(request.access, link_id=link_id)
    period = periods.of(request)
    board = _board(request, link_id, period)
    fix = fix or request.GET.get("fix", "")
    context = {
        "room": "links",
        "slug": request.slug,
        "link": detail.row,
        "detail": detail,
        "badge": states.badge_of(detail.row),
        "text_form": text_form or _text_form(detail),
        "address_form": address_form or AddressForm(initial={"slug": detail.row.slug}),
        "add_form": add_form or ServiceUrlForm(auto_id="id_add_%s"),
        "is_adding": add_form is not None or "add" in request.GET,
        "services": [_service(service, fix, fix_form) for service in detail.services],
        "shown_count": sum(not service.is_hidden for service in detail.services),
        "hidden_count": sum(service.is_hidden for service in detail.services),
        "settings": links.artist_link_settings(request.access),
        "countries": COUNTRIES,
        "period": period,
        "lengths": periods.LENGTHS,
        "figures": board.figures,
        "chart": board.chart,
        "unpublish": _unpublish(request, detail),
    }
    return render(request, "dashboard/smart_links/link.html", context, status=status)


def _board(request: ArtistRequest, link_id: UUID, period: periods.Period) -> figures.Board:
    """Ask for the link's figures; the link can be edited even when they cannot be read."""
    try:
        shown = figures.of(request.access, period=period, link_id=link_id)
        chart = figures.chart_of(shown, request.access, link_id=link_id)
    except FiguresAwayError:
        return figures.AWAY
    return figures.Board(figures=shown, by_link={}, chart=chart)


def _text_form(detail: LinkDetail) -> TextForm:
    return TextForm(initial={"description": detail.description, "seen": detail.row.updated_at.isoformat()})


def _service(row: ServiceRow, fix: str, refused: PlainForm | None) -> dict[str, Any]:
    """Return a service with its forms: one for everywhere, one per country, one for a further country."""
    is_open = row.service == fix
    refused = refused if is_open else None
    where = refused.data.get("territory", "").upper() if refused else None
    known = {place.territory for place in row.territories}

    def form_for(territory: str, url: str) -> PlainForm:
        if refused is not None and where == territory:
            return refused
        auto_id = f"id_{row.service}_{territory}_%s" if territory else f"id_{row.service}_%s"
        return ServiceUrlForm(initial={"url": url, "territory": territory}, auto_id=auto_id)

    further = CountryUrlForm(auto_id=f"id_{row.service}_new_%s")
    if refused is not None and where and where not in known:
        further = CountryUrlForm(refused.data, auto_id=f"id_{row.service}_new_%s")
        for field, sentences in refused.errors.items():
            further.errors[field] = sentences
    return {
        "row": row,
        "form": form_for("", row.url),
        "places": [(place, form_for(place.territory, place.url)) for place in row.territories],
        "further": further,
        "is_open": is_open,
    }


def _unpublish(request: ArtistRequest, detail: LinkDetail) -> dict[str, Any]:
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


@require_safe
@artist_view
def link(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Show the link's page."""
    return _page(request, link_id)


def _back(request: ArtistRequest, link_id: UUID, part: str = "") -> HttpResponse:
    url = reverse("dashboard:link", args=[request.slug, link_id])
    return redirect(f"{url}#{part}" if part else url)


@require_POST
@artist_view
@editing
def text(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Save the artist's own line."""
    form = TextForm(request.POST)
    if form.is_valid():
        description = form.cleaned_data["description"].strip()
        try:
            services.set_description(
                request.access,
                link_id=link_id,
                description=description,
                expected_updated_at=form.cleaned_data["seen"],
            )
        except StaleError:
            return _page(request, link_id, text_form=_stale(request, link_id, description), status=409)
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(
                request, "Your line is saved. Fans see it in a moment." if description else "Your line is gone."
            )
            return _back(request, link_id, "text")
    return _page(request, link_id, text_form=form, status=422)


def _stale(request: ArtistRequest, link_id: UUID, description: str) -> TextForm:
    """Return the form with what was typed, over the link as it is now."""
    detail = links.link_detail(request.access, link_id=link_id)
    form = TextForm({"description": description, "seen": detail.row.updated_at.isoformat()})
    there = ""
    if detail.description != description and detail.description:
        there = f" “{isolated(detail.description)}” stands there now."
    form.add_error(
        "description",
        f"This link changed while you were writing.{there} Your line is kept here and not saved yet."
        " Save again to put yours in its place.",
    )
    return form


@require_POST
@artist_view
@editing
def address(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Change the page's address; the old one leads to the new one."""
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            services.change_slug(request.access, link_id=link_id, slug=form.cleaned_data["slug"])
        except (Rejected, StaleError) as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The address is changed. The old one leads to it.")
            return _back(request, link_id, "address")
    return _page(request, link_id, address_form=form, status=422)


@require_POST
@artist_view
@editing
def publish(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Open the page to fans."""
    row = links.link_row(request.access, link_id=link_id)
    if row.publish_state == PublishState.UNPUBLISHED:
        services.publish(request.access, link_id=link_id)
        row = links.link_row(request.access, link_id=link_id)
    said = "is open to fans" if row.is_public else "is published and opens to fans once it is approved"
    toasts.done(request, f"{isolated(row.title)} {said}.")
    return _back(request, link_id)


@require_http_methods(["GET", "HEAD", "POST"])
@artist_view
@editing
def unpublish(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Ask, and on a yes take the page offline."""
    detail = links.link_detail(request.access, link_id=link_id)
    if request.method != "POST":
        return render(
            request,
            "dashboard/smart_links/unpublish.html",
            {"room": "links", "slug": request.slug, "link": detail.row, "confirm": _unpublish(request, detail)},
        )
    if detail.row.publish_state == PublishState.PUBLISHED:
        services.unpublish(request.access, link_id=link_id)
    back = toasts.Undo(reverse("dashboard:link_publish", args=[request.slug, link_id]))
    toasts.done(request, f"{isolated(detail.row.title)} is unpublished.", undo=back)
    return _back(request, link_id)


@require_POST
@artist_view
@editing
def add_service(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Add a destination; the service is recognised by the address, anything else is filed as the artist's own."""
    form = ServiceUrlForm(request.POST, auto_id="id_add_%s")
    if form.is_valid():
        url = form.cleaned_data["url"].strip()
        if "://" not in url:
            url = f"https://{url}"
        try:
            service = services.edit_service(
                request.access, link_id=link_id, service=service_of(url) or "other", url=url
            )
        except (Rejected, NeedsAction, RetryLater) as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The service is added. Fans see it in a moment.")
            return _back(request, link_id, f"service-{service}")
    return _page(request, link_id, add_form=form, status=422)


@require_POST
@artist_view
@editing
def fix_service(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Put the artist's own address in place of the found one (SL-25), everywhere or in one country."""
    form = ServiceUrlForm(request.POST, auto_id=f"id_{service}_%s")
    if form.is_valid():
        try:
            services.edit_service(
                request.access,
                link_id=link_id,
                service=service,
                url=form.cleaned_data["url"].strip(),
                territory=form.cleaned_data["territory"].upper(),
            )
        except (Rejected, NeedsAction, RetryLater) as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "Your address is saved. No refresh will overwrite it.")
            return _back(request, link_id, f"service-{service}")
    return _page(request, link_id, fix=service, fix_form=form, status=422)


@require_POST
@artist_view
@editing
def show_service(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Show a service on the page or hide it."""
    is_shown = request.POST.get("shown") == "on"
    change = services.show_service if is_shown else services.hide_service
    change(request.access, link_id=link_id, service=service)
    detail = links.link_detail(request.access, link_id=link_id)
    name = next((row.name for row in detail.services if row.service == service), service)
    undo = toasts.Undo(request.path, {} if is_shown else {"shown": "on"})
    toasts.done(request, f"{name} is shown to fans." if is_shown else f"{name} is hidden from fans.", undo=undo)
    return _back(request, link_id, f"service-{service}")


@require_POST
@artist_view
@editing
def reset_service(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Go back to the address that the sources found."""
    services.reset_service(request.access, link_id=link_id, service=service, territory=request.POST.get("territory"))
    toasts.done(request, "The page uses the address that was found again.")
    return _back(request, link_id, f"service-{service}")
