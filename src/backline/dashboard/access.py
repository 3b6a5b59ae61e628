"""How a view gets its acting membership: one decorator resolves it, another asks for the right to change things."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.dashboard import context
from backline.dashboard.signed_in import user_id_of

P = ParamSpec("P")


class ArtistRequest(HttpRequest):
    """A request about an artist: ``access`` is the acting membership, ``slug`` the artist in the address."""

    access: ArtistAccess
    slug: str


def artist_view(
    view: Callable[Concatenate[ArtistRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give the view the artist's access; an artist that is absent and one that is somebody else's look the same."""

    @functools.wraps(view)
    def wrapped(request: ArtistRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request.access = accounts.artist_access(user_id=user_id_of(request), slug=slug)
        request.slug = slug
        context.remember(request, slug)
        return view(request, *args, **kwargs)

    return wrapped


def editing(
    view: Callable[Concatenate[ArtistRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Refuse viewers before the view begins. The services refuse them too; this saves them the form."""

    @functools.wraps(view)
    def wrapped(request: ArtistRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request.access.must_edit()
        return view(request, *args, **kwargs)

    return wrapped
