"""What all acts on a connection have in common: who may, on which platform, and what a refusal says."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from backline.connections import selectors
from backline.connections.selectors import Row
from backline.core.errors import NeedsAction, NotFoundError, Rejected, RetryLater
from backline.core.state import TransitionRefusedError
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing

View = Callable[[ArtistRequest, Row], HttpResponseBase]

_MOVED_ON = "This connection changed in the meantime, so nothing was done. The page shows how it stands."


def acting(view: View) -> Callable[..., HttpResponseBase]:
    """Give the view the row of the platform in the address; only editors get there.

    A platform that cannot be connected does not exist here (PC-04). What a service refuses is said on the page of the
    rows: whoever pressed looked at something that is no longer so.
    """

    @artist_view
    @editing
    @functools.wraps(view)
    def wrapped(request: ArtistRequest, key: str) -> HttpResponseBase:
        row = selectors.row_of(request.access, provider=key)
        if row is None or row.facts.connects_by == "nothing":
            raise NotFoundError("There is nothing to connect here.")
        try:
            return view(request, row)
        except TransitionRefusedError:
            toasts.refused(request, _MOVED_ON)
        except (NotFoundError, Rejected, NeedsAction, RetryLater) as error:
            toasts.refused(request, error.message)
        return back(request, row)

    return wrapped


def back(request: ArtistRequest, row: Row, *, asked: bool = False) -> HttpResponseBase:
    """Return to the rows; ``asked`` has the page look often, because an answer of the platform is on its way."""
    return redirect(address(request.slug, row.facts.key, asked=asked))


def address(slug: str, key: str, *, asked: bool = False) -> str:
    """Return the address of a row on its page."""
    return f"{reverse('dashboard:connections', args=[slug])}{'?asked' if asked else ''}#row-{key}"
