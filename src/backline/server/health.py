"""Whether the dashboard's program lives (``/healthz``), can do its work (``/readyz``), and what it has done."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backline.core.telemetry import exposition
from backline.server.operations import reporting
from backline.settings import environment


@login_not_required
@never_cache
@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """Answer 200: the program runs."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, else 503, so that a balancer sends people elsewhere."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("the database does not answer\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the figures of this program; 401 without the token."""
    if not exposition.may_read(request.headers.get("Authorization", ""), environment.current().metrics_token):
        answer = HttpResponse(exposition.REFUSAL, content_type="text/plain", status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(reporting.web().exposition(), content_type=exposition.CONTENT_TYPE)
