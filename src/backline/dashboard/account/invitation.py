"""The page behind an invitation's link: what is offered, then signing in or up, then yes."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backline.accounts import services
from backline.accounts.types import InvitationStatus
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.dashboard import toasts
from backline.dashboard.signed_in import user_id_of

_ENDED = {
    InvitationStatus.ACCEPTED: "This invitation has been used already.",
    InvitationStatus.REVOKED: "This invitation was taken back.",
    InvitationStatus.EXPIRED: "This invitation has expired.",
}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation to whoever has its link; accept it for the person it was sent to."""
    try:
        offer = services.invitation_offer(token=token)
    except NotFoundError as error:
        return render(request, "account_pages/invitation.html", {"ended": error.message}, status=404)
    here = reverse("account:invitation", args=[token])
    context = {
        "offer": offer,
        "email": services.masked(offer.email),
        "here": here,
        "ended": _ENDED.get(offer.status, ""),
    }
    if context["ended"]:
        return render(request, "account_pages/invitation.html", context, status=410)
    if request.method == "POST":
        return _accept(request, token, context)
    return render(request, "account_pages/invitation.html", context)


def _accept(request: HttpRequest, token: str, context: dict[str, object]) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={context['here']}")
    try:
        accepted = services.accept_invitation(user_id=user_id_of(request), token=token)
    except (Rejected, NotAllowedError) as error:
        return render(request, "account_pages/invitation.html", {**context, "refusal": error.message}, status=422)
    toasts.done(request, f"You are on the team of {accepted.place}.")
    if accepted.artist_slug:
        return redirect("dashboard:overview", accepted.artist_slug)
    return redirect("account:organization", accepted.organization_id)
