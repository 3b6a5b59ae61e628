"""The one place where the domain's errors become pages: what happened, what was kept, how to go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from backline.core.errors import (
    BacklineError,
    NeedsAction,
    NotAllowedError,
    NotFoundError,
    Rejected,
    RetryLater,
    StaleError,
)
from backline.core.ids import new_id
from backline.core.state import TransitionRefusedError
from backline.settings import environment

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error page says. ``back`` is where its button leads, ``back_label`` what the button says."""

    status: int
    title: str
    text: str
    back: str = "/"
    back_label: str = "Go to the overview"


NOT_FOUND = Problem(
    404,
    "There is nothing here",
    "The address is wrong, or what it led to is not yours or not there any more. Nothing was changed.",
)
NOT_YOURS = Problem(
    403,
    "This page is not open to you",
    "Your account may not open it; the operator's pages need an operator's account. Nothing was changed.",
)
NOT_ALLOWED = "You can look, but not change this"
KEPT = "Nothing was changed."


_KINDS: tuple[tuple[type[BacklineError], int, str, str], ...] = (
    (NotAllowedError, 403, NOT_ALLOWED, "Go back"),
    (StaleError, 409, "This changed in the meantime", "Look at it again"),
    (TransitionRefusedError, 409, "This changed in the meantime", "Look at it again"),
    (NeedsAction, 409, "Something has to be done first", "Go back"),
    (Rejected, 422, "This was refused", "Go back"),
    (BacklineError, 409, "This could not be done", "Go back"),
)
"""Kind of error, status, title and button, the first that fits."""


def problem_of(error: BacklineError, request: HttpRequest) -> Problem:
    """Return what to say about an error that no form has taken."""
    if isinstance(error, NotFoundError):
        return NOT_FOUND
    if isinstance(error, RetryLater):
        back = request.get_full_path() if request.method in ("GET", "HEAD") else here_or_home(request)
        text = f"{error.message} What you had saved is kept."
        return Problem(503, "A service cannot answer now", text, back, "Try again")
    sentences = [error.message]
    if isinstance(error, Rejected):
        sentences += [sentence for sentence in error.field_errors.values() if sentence != error.message]
    status, title, label = next(kind[1:] for kind in _KINDS if isinstance(error, kind[0]))
    back = here_or_home(request)
    if back == "/":
        label = "Go to the overview"
    return Problem(status, title, " ".join([*sentences, KEPT]), back, label)


def here_or_home(request: HttpRequest) -> str:
    """Return the page that a refused form stood on, the start page when the browser does not say."""
    referrer = request.headers.get("referer", "")
    is_ours = url_has_allowed_host_and_scheme(referrer, allowed_hosts={request.get_host()})
    return referrer if is_ours and referrer != request.build_absolute_uri() else "/"


class ErrorPages:
    """Answers the domain's errors with a page; anything else goes on to Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page for a domain error."""
        if not isinstance(exception, BacklineError):
            return None
        response = page(request, problem_of(exception, request))
        if isinstance(exception, RetryLater) and exception.after is not None:
            response.headers["Retry-After"] = str(max(1, int(exception.after.total_seconds())))
        return response


def page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return an error page."""
    return render(request, "dashboard/problem.html", {"problem": problem}, status=problem.status)


def into_form(form: forms.Form, error: BacklineError) -> None:
    """Put an error where it belongs in the form: on its fields as far as it names them, else above them."""
    field_errors = error.field_errors if isinstance(error, Rejected) else {}
    for name, sentence in field_errors.items():
        form.add_error(name if name in form.fields else None, sentence)
    if not field_errors:
        form.add_error(None, error.message)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer 404."""
    return page(request, NOT_FOUND)


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer 403."""
    return page(request, NOT_YOURS)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Answer 400."""
    return page(
        request, Problem(400, "The request could not be read", f"The browser sent something unexpected. {KEPT}")
    )


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes it by name
    """Answer a form whose proof of origin is missing or out of date (CSRF)."""
    text = (
        f"This form was open for too long, or cookies are blocked. {KEPT} "
        "Go back, reload the page and send it again; most browsers keep what you typed."
    )
    return page(request, Problem(403, "This form has expired", text, here_or_home(request), "Go back"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without the database: whatever failed may fail again."""
    reference = new_id().hex[-12:]
    log.error("page failed", extra={"reference": reference, "path": request.path})
    problem = Problem(
        500,
        "This page hit a fault of ours",
        "What you saved before is kept, and fans' pages and counting go on. What you sent just now may not be saved: "
        f"look before you send it again. If it happens twice, tell the operator this reference: {reference}.",
        "/",
        "Go to the overview",
    )
    html = render_to_string(
        "dashboard/problem.html", {"problem": problem, "is_sandbox": not environment.current().is_production}
    )
    return HttpResponse(html, status=500)
