"""What outside services call by themselves. Every delivery is signed; without the secret an address does not exist."""

from __future__ import annotations

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backline.connections import services as connections
from backline.core import webhooks
from backline.integrations.meta.webhooks import LONGEST, verify_signed_request
from backline.settings import environment

_FORM_BYTES = 4 * LONGEST
"""A signed request in a form, every character of it escaped."""


@csrf_exempt
@login_not_required
@require_POST
def meta_deauthorize(request: HttpRequest) -> HttpResponse:
    """Take Meta's word that a person removed our app, and look at what they connected."""
    secret = environment.current().meta.app_secret
    if not secret:
        raise Http404
    if len(request.body) > _FORM_BYTES:
        return HttpResponse(status=413)
    raw = request.POST.get("signed_request", "")
    said = verify_signed_request(raw, secret=secret)
    if said is None:
        return HttpResponse(status=403)
    with transaction.atomic():
        if webhooks.take(source="meta", external_id=hashlib.sha256(raw.encode()).hexdigest()):
            connections.look_again_at(provider="meta", account_id=said.user_id)
    return HttpResponse(status=200)


app_name = "webhooks"
urlpatterns = [path("meta/deauthorize/", meta_deauthorize, name="meta_deauthorize")]
