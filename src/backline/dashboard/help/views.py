"""Help with platform connections: the overview and its pages, for everybody who is signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backline.core.errors import NotFoundError
from backline.dashboard.help.pages import BY_SLUG, PAGES
from backline.settings import environment


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """List the pages, and say what the labels mean."""
    return render(request, "dashboard/help/connections.html", {"pages": PAGES, **_operators()})


@require_safe
def page(request: HttpRequest, page: str) -> HttpResponse:
    """Show one page; raises :class:`NotFoundError` for one that does not exist."""
    found = BY_SLUG.get(page)
    if found is None:
        raise NotFoundError("There is no such help page.")
    return render(request, found.template, {"page": found, **_operators()})


def _operators() -> dict[str, str]:
    """Return whom to write to, who it is that asks at Meta and at Google (empty where not set), and where."""
    settings = environment.current()
    customer = settings.google.ads_customer_id
    return {
        "contact": settings.contact_email,
        "business_id": settings.meta.business_id,
        "business_url": settings.meta.business_url,
        "studio_url": settings.google.studio_url,
        "ads_customer": f"{customer[:3]}-{customer[3:6]}-{customer[6:]}" if customer else "",
    }
