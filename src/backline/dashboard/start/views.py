"""Making an artist, the first or another one: by their Spotify page, or by a name alone."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from backline.accounts import selectors as accounts
from backline.accounts import services as people
from backline.catalog import services as catalog
from backline.catalog.types import FoundArtist, FoundRelease
from backline.connections import selectors as claims
from backline.connections import services as connections
from backline.core.errors import NeedsAction, NotFoundError, Rejected, RetryLater
from backline.dashboard import errors, toasts
from backline.dashboard.signed_in import user_id_of
from backline.dashboard.smart_links.forms import SpotifyForm
from backline.dashboard.start.forms import NameForm

_FOUND = "start_found"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for the address that was pasted last. The session keeps it, so that looking at it asks nobody."""

    profile: FoundArtist
    picture: str
    recent: FoundRelease | None


def _page(
    request: HttpRequest, *, form: SpotifyForm | None = None, name_form: NameForm | None = None, status: int = 200
) -> HttpResponse:
    artists = accounts.artists_of(user_id=user_id_of(request))
    context = {
        "form": form or SpotifyForm(),
        "name_form": name_form or NameForm(),
        "artists": artists,
        "is_first": not artists,
    }
    return render(request, "dashboard/start/start.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for a Spotify artist; with ``name`` make an artist of a name alone."""
    if request.method != "POST":
        return _page(request)
    if "name" in request.POST:
        return _by_name(request)
    form = SpotifyForm(request.POST)
    if form.is_valid():
        try:
            found = _find(connections.spotify_artist_id(url=form.cleaned_data["url"]))
        except (Rejected, NotFoundError, NeedsAction, RetryLater) as error:
            errors.into_form(form, _on_url(error))
        else:
            request.session[_FOUND] = msgspec.to_builtins(found)
            return redirect("dashboard:start_confirm", found.profile.external_id)
    return _page(request, form=form, status=422)


def _on_url(error: Rejected | NotFoundError | NeedsAction | RetryLater) -> Rejected:
    """Return the error as one of the address field: it is the only field there is."""
    if isinstance(error, Rejected) and "url" in error.field_errors:
        return error
    return Rejected(error.message, field_errors={"url": error.message})


def _by_name(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            artist = people.create_artist(user_id=user_id_of(request), name=form.cleaned_data["name"])
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, f"{artist.name} is made.")
            return redirect("dashboard:overview", artist.slug)
    return _page(request, name_form=form, status=422)


def _find(external_id: str) -> Found:
    profile = catalog.fetch_artist(external_id=external_id)
    return Found(profile, catalog.keep_picture(profile), _recent_release(external_id))


def _recent_release(external_id: str) -> FoundRelease | None:
    try:
        return catalog.recent_release(external_id=external_id)
    except (Rejected, RetryLater, NeedsAction):
        return None  # one more thing to recognise the artist by, and not worth an error page


def _found(request: HttpRequest, external_id: str) -> Found | None:
    kept = request.session.get(_FOUND)
    found = msgspec.convert(kept, Found) if kept else None
    return found if found and found.profile.external_id == external_id else None


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, external_id: str) -> HttpResponse:
    """Show whom the address names; on a yes make the artist, connect Spotify and start the import."""
    found = _found(request, external_id)
    url = f"https://open.spotify.com/artist/{external_id}"
    if request.method == "POST":
        return _create(request, url=url, picture=found.picture if found else "")
    if found is None:  # a bookmark, or another artist was looked for since: one press finds it again
        return _page(request, form=SpotifyForm(initial={"url": url}))
    user_id = user_id_of(request)
    context = {
        "profile": found.profile,
        "picture": found.picture,
        "recent": found.recent,
        "will_be_reviewed": claims.will_be_reviewed(user_id=user_id, found=found.profile),
        "is_first": not accounts.artists_of(user_id=user_id),
    }
    return render(request, "dashboard/start/confirm.html", context)


def _create(request: HttpRequest, *, url: str, picture: str) -> HttpResponse:
    try:
        access = connections.artist_from_spotify(user_id=user_id_of(request), url=url, image_key=picture)
    except (Rejected, NotFoundError, NeedsAction, RetryLater) as error:
        toasts.refused(request, error.message)
        return redirect("dashboard:start")
    return redirect("dashboard:links", accounts.artist_identity(artist_id=access.artist_id).slug)
