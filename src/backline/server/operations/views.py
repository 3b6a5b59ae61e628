"""The operator's status page, at ``/operator/status/``, for operators only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backline.core import audit, job_queues
from backline.server.operations.status import status_of
from backline.settings import environment

REFRESH_SECONDS = 10


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show how the house stands; the page fetches itself anew every ten seconds."""
    return render(
        request,
        "operator/status.html",
        {"status": status_of(environment.current()), "refresh_seconds": REFRESH_SECONDS},
    )


@require_POST
def run_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """Put a job that was given up back on its queue."""
    name = job_queues.run_failed_again(job_id)
    if name:
        actor = audit.Actor(id=request.user.pk, name=str(request.user), origin="operator")
        audit.record("job.run_again", actor=actor, object_type="job", object_name=f"{name} {job_id}")
        messages.success(request, "The job is on its queue again.")
    else:
        messages.info(request, "That job is not given up any more, or the same work waits already.")
    return redirect("operator_status")
