"""Where a platform sends the person back to. What it brings is used once, shown nowhere and logged nowhere."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from backline.accounts import selectors as accounts
from backline.connections import services
from backline.connections.services import Callback, ConsentRefusedError
from backline.core.errors import NotAllowedError, NotFoundError
from backline.dashboard import context, toasts
from backline.dashboard.connections.acting import address
from backline.dashboard.connections.connecting import SECRET
from backline.dashboard.signed_in import user_id_of

_READ = ("state", "code", "auth_code", "error")
"""What is read of the address; ``auth_code`` is TikTok's word for the code."""

_SIGNED_OUT = (
    "You were signed out here before the platform sent you back, so its answer was not used. "
    "Sign in, and connect again from Platform Connections."
)


@login_not_required
@require_GET
def callback(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Take what the platform sent back and lead to the artist's connections, whatever came of it.

    No page is shown here: its address holds the code.
    """
    response = _answer(request, provider)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, provider: str) -> HttpResponseBase:
    if not request.user.is_authenticated:
        toasts.refused(request, _SIGNED_OUT)
        return redirect("account_login")
    try:
        returned = services.take_callback(
            _read(request),
            provider=provider,
            user_id=user_id_of(request),
            session_secret=request.session.get(SECRET, ""),
        )
        slug = accounts.artist_identity(artist_id=returned.artist_id).slug
    except (ConsentRefusedError, NotAllowedError, NotFoundError) as error:
        toasts.refused(request, error.message)
        artist = context.current_artist(request, accounts.artists_of(user_id=user_id_of(request)))
        return redirect("dashboard:connections", artist.slug) if artist else redirect("dashboard:home")
    tell = toasts.refused if returned.is_refused else toasts.done
    tell(request, returned.message)
    return redirect(address(slug, returned.provider, asked=True))


def _read(request: HttpRequest) -> Callback:
    given = {name: request.GET.getlist(name) for name in _READ}
    one = {name: values[0] if values else "" for name, values in given.items()}
    codes = {one["code"], one["auth_code"]} - {""}
    is_doubled = len(codes) > 1 or any(len(values) > 1 for values in given.values())
    return Callback(state=one["state"], code=one["code"] or one["auth_code"], error=one["error"], is_doubled=is_doubled)
