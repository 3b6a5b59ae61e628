"""How every form of the editor and of the settings is saved: over what the person read, or not at all.

Each form carries ``seen``, the instant of the last change that its page showed. What was typed is never lost: a form
that was refused, or that came too late, stands on the page again with what was typed and why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from backline.core.errors import NeedsAction, Rejected, RetryLater, StaleError
from backline.dashboard import errors
from backline.dashboard.smart_links.forms import PlainForm


class Show(Protocol):
    """Draws the page that a form stands on.

    ``refused`` holds what was typed by the name of its part, ``stale`` names the part that came too late.
    """

    def __call__(self, *, refused: dict[str, Any], stale: str = "", status: int = 200) -> HttpResponse:
        """Return the page."""


def seen_of(request: HttpRequest) -> datetime:
    """Return the last change that the sender's page showed; raises :class:`StaleError` when the form does not say."""
    try:
        seen = parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        seen = None
    if seen is None or seen.tzinfo is None:
        raise StaleError("This form does not say what you were looking at. Open the page again, then save.")
    return seen


def attempt(
    request: HttpRequest,
    change: Callable[[datetime], object],
    *,
    show: Show,
    part: str,
    form: PlainForm | None = None,
) -> HttpResponse | None:
    """Do ``change`` over what the person read; return the page that says why not, None when it is done.

    ``form`` holds what was typed, None where nothing was.
    """
    refused = {} if form is None else {part: form}
    try:
        if form is None or form.is_valid():
            change(seen_of(request))
            return None
    except StaleError:
        return show(refused=refused, stale=part, status=409)
    except (Rejected, NeedsAction, RetryLater) as error:
        if form is None:
            raise
        errors.into_form(form, error)
    return show(refused=refused, status=422)
