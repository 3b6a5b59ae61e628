"""Exports of raw rows: asking for one, watching it, downloading it."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backline.analytics import exports
from backline.analytics.types import ExportFormat
from backline.core.errors import BacklineError
from backline.dashboard import errors, periods, toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.audience import wishes
from backline.dashboard.audience.forms import ExportForm
from backline.settings import environment


@require_http_methods(["GET", "HEAD", "POST"])
@artist_view
def page(request: ArtistRequest) -> HttpResponse:
    """Show the exports there are, and take the wish for another one."""
    wish = wishes.wish_of(request)
    form = ExportForm(request.POST or None, initial={"first": wish.period.first_day, "last": wish.period.today})
    status = 200
    if request.method == "POST":
        request.access.must_edit()
        if form.is_valid() and _start(request, form, wish):
            return redirect("dashboard:audience_exports", request.slug)
        status = 422
    context = {"room": "audience", "slug": request.slug, "wish": wish, "form": form, **_list(request)}
    return render(request, "dashboard/audience/exports.html", context, status=status)


@require_safe
@artist_view
def progress(request: ArtistRequest) -> HttpResponse:
    """Answer with the list alone, for a page that watches."""
    return render(request, "dashboard/audience/exports_list.html", {"slug": request.slug, **_list(request)})


@require_safe
@artist_view
def download(request: ArtistRequest, export_id: UUID) -> FileResponse:
    """Hand out the file."""
    path, name = exports.file_of(request.access, export_id=export_id, settings=environment.current())
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@require_POST
@artist_view
@editing
def delete(request: ArtistRequest, export_id: UUID) -> HttpResponse:
    """Delete an export before its time."""
    exports.delete(request.access, export_id=export_id, settings=environment.current())
    toasts.done(request, "The export is deleted. The events it was made of are not.")
    return redirect("dashboard:audience_exports", request.slug)


def _start(request: ArtistRequest, form: ExportForm, wish: wishes.Wish) -> bool:
    period = periods.between(form.cleaned_data["first"], form.cleaned_data["last"])
    try:
        exports.start(
            request.access,
            since=period.since,
            until=period.until,
            timezone=period.zone,
            format=ExportFormat(form.cleaned_data["format"]),
            with_bots=form.cleaned_data["with_bots"],
            link_id=wish.link_id,
            page=wish.link.title if wish.link else "",
        )
    except BacklineError as error:
        errors.into_form(form, error)
        return False
    toasts.done(request, "The export is being written. You can leave this page.")
    return True


def _list(request: ArtistRequest) -> dict[str, object]:
    found = exports.exports_of(request.access)
    return {
        "exports": found,
        "is_under_way": any(each.is_under_way for each in found),
        "kept_days": exports.KEPT.days,
        "most_kept": exports.MOST_KEPT,
    }
