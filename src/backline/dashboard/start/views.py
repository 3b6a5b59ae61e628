"""Making an artist, the first or another one: by their Spotify page, or by a name alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backline.accounts import selectors as accounts
from backline.accounts import services as people
from backline.catalog import services as catalog
from backline.catalog.types import FoundArtist, FoundRelease
from backline.connections import services as connections
from backline.core.errors import NeedsAction, NotFoundError, Rejected, RetryLater
from backline.core.ids import new_id
from backline.dashboard import errors, toasts
from backline.dashboard.signed_in import user_id_of
from backline.dashboard.smart_links.forms import SpotifyForm
from backline.dashboard.start.forms import NameForm

_ONCE = "start_once"
"""The session keeps a mark of the confirmation page, so that a second press makes no second artist."""


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
            external_id = _artist_id(form.cleaned_data["url"])
            catalog.fetch_artist(external_id=external_id)
        except (Rejected, NotFoundError, NeedsAction, RetryLater) as error:
            errors.into_form(form, _on_url(error))
        else:
            return redirect("dashboard:start_confirm", external_id)
    return _page(request, form=form, status=422)


def _artist_id(text: str) -> str:
    """Return the id of the artist whose address was pasted; raises :class:`Rejected` for anything else (PC-10)."""
    ref = catalog.understand(text=text)
    if ref.kind != "artist":
        what = {"upc": "a UPC", "isrc": "an ISRC", "album": "an album"}.get(ref.kind, f"a {ref.kind}")
        sentence = f"This is {what}. Paste the address of the artist, such as https://open.spotify.com/artist/…"
        raise Rejected(sentence, field_errors={"url": sentence})
    return ref.value


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


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, external_id: str) -> HttpResponse:
    """Show whom the address names; on a yes make the artist, connect Spotify and start the import."""
    try:
        profile = catalog.fetch_artist(external_id=external_id)
    except (Rejected, RetryLater, NeedsAction) as error:
        form = SpotifyForm({"url": f"https://open.spotify.com/artist/{external_id}"})
        form.is_valid()
        errors.into_form(form, _on_url(error))
        return _page(request, form=form, status=422)
    if request.method == "POST":
        return _create(request, profile)
    mark = new_id().hex
    picture = catalog.keep_picture(profile)
    request.session[_ONCE] = {"mark": mark, "picture": picture, "slug": ""}
    context = {
        "profile": profile,
        "picture": picture,
        "recent": _recent_release(external_id),
        "mark": mark,
        "is_first": not accounts.artists_of(user_id=user_id_of(request)),
    }
    return render(request, "dashboard/start/confirm.html", context)


def _recent_release(external_id: str) -> FoundRelease | None:
    try:
        return catalog.recent_release(external_id=external_id)
    except (Rejected, RetryLater, NeedsAction):
        return None  # one more thing to recognise the artist by, and not worth an error page


def _create(request: HttpRequest, profile: FoundArtist) -> HttpResponse:
    once = request.session.get(_ONCE, {})
    is_known = bool(once) and once["mark"] == request.POST.get("mark", "")
    if is_known and once["slug"]:
        return redirect("dashboard:links", once["slug"])
    user_id = user_id_of(request)
    try:
        artist = people.create_artist_from_platform(
            user_id=user_id,
            name=profile.name,
            image_key=once["picture"] if is_known else "",
            genres=profile.genres,
        )
    except Rejected as error:
        toasts.refused(request, error.message)
        return redirect("dashboard:start")
    request.session[_ONCE] = {**once, "slug": artist.slug} if is_known else {}
    access = accounts.artist_access_by_id(user_id=user_id, artist_id=artist.id)
    try:
        connections.connect_spotify(access, url=profile.url)
    except (Rejected, NeedsAction, RetryLater) as error:
        toasts.refused(
            request, f"{artist.name} is made, but Spotify could not be connected: {error.message} Try it again here."
        )
        return redirect(reverse("dashboard:links_settings", args=[artist.slug]))
    return redirect("dashboard:links", artist.slug)
