"""Billing: the artist's plan, whom to ask for one, and for operators the way to set it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from backline.billing import selectors
from backline.dashboard.access import ArtistRequest, artist_view
from backline.settings import environment


@require_safe
@artist_view
def billing(request: ArtistRequest) -> HttpResponse:
    """Show the artist's managed-advertising plan."""
    plan = selectors.plan_of(request.access)
    artist_id = request.access.artist_id
    if plan is None:
        operator_url = f"{reverse('admin:billing_plan_add')}?artist={artist_id}"
    else:
        operator_url = reverse("admin:billing_plan_change", args=[artist_id])
    context = {
        "room": "billing",
        "slug": request.slug,
        "plan": plan,
        "contact": environment.current().contact_email,
        "operator_url": operator_url,
    }
    return render(request, "dashboard/billing/billing.html", context)
