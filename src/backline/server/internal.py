"""What a scheduler outside may ask for over HTTP; guarded by the shared secret instead of a session (PP-53)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backline.core import jobs, sync_secret


@csrf_exempt
@login_not_required
@require_POST
def sweep(request: HttpRequest) -> JsonResponse:
    """Hand the jobs of dead workers back to the queue; answers how many. 401 without the secret."""
    if not sync_secret.is_authorized(request.headers.get("Authorization")):
        answer = JsonResponse({"error": "Send the secret of BACKLINE_SYNC_SECRET as a Bearer token."}, status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return JsonResponse({"run_again": jobs.run_again_what_stalled()})


app_name = "internal"
urlpatterns = [path("sweep", sweep, name="sweep")]
