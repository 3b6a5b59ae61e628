"""The way to an account elsewhere and back: signing in with it, and connecting it."""

from __future__ import annotations

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.helpers import complete_social_login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backline.accounts.social import SocialProvider
from backline.core.errors import BacklineError, RetryLater

MOST_CODE_CHARACTERS = 4_096


@login_not_required
@never_cache
@require_POST
def begin(request: HttpRequest, service: str) -> HttpResponse:
    """Lead to the service, by a page: a redirect that answers a form would be held against ``form-action``.

    Only a form of ours leads there, so that nobody is signed in by a link (login CSRF).
    """
    provider = _provider(request, service)
    if not ratelimit.consume(request, action="login"):
        return _refuse(request, provider, "You tried often in a short time. Wait a minute, then try again.", status=429)
    is_connecting = request.POST.get("process") == "connect"
    if is_connecting and not request.user.is_authenticated:
        return redirect("account_login")
    next_url = get_next_redirect_url(request) or ""
    url = provider.begin(request, is_connecting=is_connecting, next_url=next_url)
    response = render(request, "socialaccount/leaving.html", {"provider": provider, "url": url})
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@never_cache
@require_safe
def back(request: HttpRequest, service: str) -> HttpResponse:
    """Take what the service answers: sign in, make an account, or connect."""
    provider = _provider(request, service)
    given = {name: values for name, values in request.GET.lists() if name in ("state", "code", "error", "iss")}
    said = {name: values[0] for name, values in given.items()}
    kept = provider.take(request, said.get("state", ""))
    if kept is None:
        return _refuse(
            request,
            provider,
            "This was begun in another browser, took longer than ten minutes, or was used before. Nothing was changed.",
        )
    if said.get("error") == "access_denied":
        return redirect("socialaccount_login_cancelled")
    code = said.get("code", "")
    if "error" in said or not 0 < len(code) <= MOST_CODE_CHARACTERS or any(len(one) > 1 for one in given.values()):
        return _refuse(request, provider, f"{provider.name} did not say who you are. Nothing was changed.")
    try:
        login = provider.login_of(request, kept, code=code, issuer=said.get("iss", ""))
    except BacklineError as error:
        return _refuse(request, provider, error.message, status=503 if isinstance(error, RetryLater) else 401)
    try:
        with transaction.atomic():
            answer: HttpResponse = complete_social_login(request, login)
    except IntegrityError:  # the library looks first and writes then
        reason = f"This {provider.name} account was connected to another account here at the same moment."
        return _refuse(request, provider, f"{reason} Nothing was changed.", status=409)
    return answer


def _provider(request: HttpRequest, service: str) -> SocialProvider:
    provider = SocialProvider(request, service)
    if not provider.is_set_up:
        raise Http404
    return provider


def _refuse(request: HttpRequest, provider: SocialProvider, reason: str, *, status: int = 401) -> HttpResponse:
    context = {"provider": provider, "reason": reason}
    return render(request, "socialaccount/authentication_error.html", context, status=status)
