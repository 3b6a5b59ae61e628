"""Beginning a connection: for which purpose, or whose; then off to the platform, or a yes to who was found."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from backline.connections import services
from backline.connections.selectors import Act, Row
from backline.connections.types import FoundArtist, Purpose, Status
from backline.core.errors import NotFoundError, Rejected, RetryLater
from backline.dashboard import errors, toasts
from backline.dashboard.access import ArtistRequest
from backline.dashboard.connections.acting import acting, back
from backline.dashboard.connections.forms import ArtistForm
from backline.dashboard.connections.rows import shown
from backline.dashboard.isolation import isolated

SECRET = "connect_secret"  # noqa: S105
"""Where the session keeps what binds a consent to this browser."""

_ADDRESS = re.compile(r"^\w[\w+.-]*:\S|\S\.\w{2,}/\S|^www\.")
"""What is meant as an address: a scheme, or a host with a path. Anything else may be a name."""


@dataclass(frozen=True, slots=True)
class Way:
    """A purpose to connect for, in words."""

    purpose: Purpose
    title: str
    text: str
    needs_plan: bool


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def connect(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Ask what for, or for whom. A POST carries an address or a name."""
    if row.facts.connects_by == "consent":
        if request.method == "POST":
            raise Rejected("Choose what to connect for.")
        return _ask_purpose(request, row)
    if request.method == "POST":
        return _look(request, row)
    return _ask_whom(request, row, ArtistForm(row.facts, address=row.url))


def _ask_purpose(request: ArtistRequest, row: Row) -> HttpResponse:
    facts = row.facts
    is_connected = row.status is Status.CONNECTED
    if is_connected and row.purpose is not Purpose.IDENTITY:
        raise Rejected(f"{facts.label} is connected already.")
    ways = [
        Way(
            purpose,
            *_words(facts.label, purpose, needs_plan=purpose in facts.needs_plan),
            needs_plan=purpose in facts.needs_plan and row.act is Act.ACTIVATE_BILLING,
        )
        for purpose in facts.purposes
        if not (is_connected and purpose == row.purpose)
    ]
    return render(request, "dashboard/connections/purpose.html", {**_context(request, row), "ways": ways})


def _words(label: str, purpose: Purpose, *, needs_plan: bool) -> tuple[str, str]:
    match purpose:
        case Purpose.ADVERTISING:
            plan = " It needs a managed-advertising plan." if needs_plan else ""
            return (
                "For advertising",
                f"Prepares what advertising needs, and checks it. {label} asks you for more access.{plan}",
            )
        case Purpose.IDENTITY:
            text = f"Only shows who the artist is on {label}. It asks for the least and needs no plan."
            return "Identity only", f"{text} You can add advertising later."


def _ask_whom(
    request: ArtistRequest, row: Row, form: ArtistForm, found: tuple[FoundArtist, ...] = (), status: int = 200
) -> HttpResponse:
    context = {**_context(request, row), "form": form, "found": found}
    return render(request, "dashboard/connections/artist.html", context, status=status)


def _context(request: ArtistRequest, row: Row) -> dict[str, object]:
    here = shown(row, slug=request.slug, can_edit=True, is_open=False, is_next=False)
    return {"room": "connections", "slug": request.slug, "row": row, "help_pages": here.help_pages}


def _look(request: ArtistRequest, row: Row) -> HttpResponseBase:
    form = ArtistForm(row.facts, request.POST)
    if not form.is_valid():
        return _ask_whom(request, row, form, status=422)
    text: str = form.cleaned_data["text"]
    found: tuple[FoundArtist, ...] = ()
    try:
        if row.facts.can_search and not _ADDRESS.search(text):
            found = services.search(request.access, provider=row.facts.key, text=text)
            if found:
                return _ask_whom(request, row, form, found)
            name = isolated(text)
            raise Rejected(
                f"Nobody called {name} was found on {row.facts.label}. Paste the address of the page instead."
            )
        services.look_up(request.access, provider=row.facts.key, url=text)
    except (Rejected, RetryLater) as error:
        sentences = error.field_errors.values() if isinstance(error, Rejected) else ()
        errors.into_form(form, Rejected(error.message, field_errors={"text": next(iter(sentences), error.message)}))
        return _ask_whom(request, row, form, status=422)
    return back(request, row)


@require_POST
@acting
def start(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Begin a consent and leave for the platform."""
    given = request.POST.get("purpose", "")
    if given not in row.facts.purposes:
        raise NotFoundError(f"{row.facts.label} is not connected for that.")
    return leave(request, row, Purpose(given))


def leave(request: ArtistRequest, row: Row, purpose: Purpose) -> HttpResponse:
    """Return the page that goes on to the platform by itself.

    It is a page and no redirect: a browser applies ``form-action`` of our Content-Security-Policy to every redirect
    that follows a form, and whereto a platform redirects is its own affair.
    """
    secret = request.session.setdefault(SECRET, secrets.token_urlsafe(32))
    url = services.start_consent(request.access, provider=row.facts.key, purpose=purpose, session_secret=secret)
    context = {"slug": request.slug, "row": row, "url": url}
    response = render(request, "dashboard/connections/leaving.html", context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
@acting
def confirm(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Connect the artist that was found, on a yes."""
    services.confirm(request.access, provider=row.facts.key, external_id=request.POST.get("artist", ""))
    name = isolated(row.found.name) if row.found else row.facts.label
    toasts.done(request, f"{name} is connected.")
    return back(request, row)
