"""The services of one link: added, fixed, hidden, put into an order (SL-25)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from backline.contract.services import service_of
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links import editor
from backline.dashboard.smart_links.forms import CountryUrlForm, OwnOrder, ServiceUrlForm
from backline.dashboard.smart_links.ordering import moved
from backline.links import selectors as links
from backline.links import services


@require_POST
@artist_view
@editing
def add_service(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Add a destination; the service is recognised by the address, anything else is filed as the artist's own."""
    form = ServiceUrlForm(request.POST, auto_id="id_add_%s")
    added = ""

    def change(seen: datetime) -> None:
        nonlocal added
        url = form.cleaned_data["url"].strip()
        if "://" not in url:
            url = f"https://{url}"
        added = services.edit_service(
            request.access, link_id=link_id, service=service_of(url) or "other", url=url, expected_updated_at=seen
        )

    refusal = editor.save(request, link_id, "add", change, form=form)
    if refusal is not None:
        return refusal
    toasts.done(request, "The service is added. Fans see it in a moment.")
    return editor.back(request, link_id, f"service-{added}")


@require_POST
@artist_view
@editing
def fix_service(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Put the artist's own address in place of the found one, everywhere or in one country."""
    if "further" in request.POST:
        form: ServiceUrlForm = CountryUrlForm(request.POST, auto_id=f"id_{service}_new_%s")
    else:
        form = ServiceUrlForm(request.POST, auto_id=f"id_{service}_%s")
    refusal = editor.save(
        request,
        link_id,
        "fix",
        lambda seen: services.edit_service(
            request.access,
            link_id=link_id,
            service=service,
            url=form.cleaned_data["url"].strip(),
            territory=form.cleaned_data["territory"].upper(),
            expected_updated_at=seen,
        ),
        form=form,
        fix=service,
    )
    if refusal is not None:
        return refusal
    toasts.done(request, "Your address is saved. No refresh will overwrite it.")
    return editor.back(request, link_id, f"service-{service}")


@require_POST
@artist_view
@editing
def show_service(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Show a service on the page or hide it."""
    is_shown = request.POST.get("shown") == "on"
    act = services.show_service if is_shown else services.hide_service
    refusal = editor.save(
        request,
        link_id,
        "services",
        lambda seen: act(request.access, link_id=link_id, service=service, expected_updated_at=seen),
    )
    if refusal is not None:
        return refusal
    name = _name_of(request, link_id, service)
    undo = editor.undo(request, link_id, **({} if is_shown else {"shown": "on"}))
    toasts.done(request, f"{name} is shown to fans." if is_shown else f"{name} is hidden from fans.", undo=undo)
    return editor.back(request, link_id, f"service-{service}")


@require_POST
@artist_view
@editing
def reset_service(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Go back to the address that the sources found."""
    refusal = editor.save(
        request,
        link_id,
        "services",
        lambda seen: services.reset_service(
            request.access,
            link_id=link_id,
            service=service,
            territory=request.POST.get("territory"),
            expected_updated_at=seen,
        ),
    )
    if refusal is not None:
        return refusal
    toasts.done(request, "The page uses the address that was found again.")
    return editor.back(request, link_id, f"service-{service}")


@require_POST
@artist_view
@editing
def order(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Give the link an order of its own (a move button: the list with one service moved), or none again."""
    before = links.link_detail(request.access, link_id=link_id).service_order
    move = request.POST.get("move", "")
    chosen = [] if "follow" in request.POST else request.POST.getlist("order")
    if move:
        chosen = moved(chosen, move)
    refusal = editor.save(
        request,
        link_id,
        "order",
        lambda seen: services.set_service_order(
            request.access, link_id=link_id, order=chosen, expected_updated_at=seen
        ),
        form=OwnOrder(chosen),
    )
    if refusal is not None:
        return refusal
    if not chosen:
        toasts.done(request, "This link follows the order of all your links.")
    elif move:
        toasts.done(request, f"{_name_of(request, link_id, move.partition(':')[2])} is moved.")
    else:
        undo = None if before else editor.undo(request, link_id, follow="")
        toasts.done(request, "Every fan sees this order on this page.", undo=undo)
    return editor.back(request, link_id, f"service-{move.partition(':')[2]}" if move else "services")


def _name_of(request: ArtistRequest, link_id: UUID, service: str) -> str:
    rows = links.link_detail(request.access, link_id=link_id).services
    return next((row.name for row in rows if row.service == service), service)
