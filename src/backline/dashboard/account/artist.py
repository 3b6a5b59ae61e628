"""An artist's settings, and making an artist by name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backline.accounts import selectors, services
from backline.accounts.types import GenresMode, Source
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.dashboard import errors, toasts
from backline.dashboard.access import ArtistRequest, artist_view
from backline.dashboard.account import team
from backline.dashboard.account.forms import AddressForm, DeleteForm, GenresForm, NameForm, NewArtistForm
from backline.dashboard.account.wording import in_words
from backline.dashboard.signed_in import user_id_of


@artist_view
@require_safe
def settings(request: ArtistRequest) -> HttpResponse:
    """Show the artist's name, address, picture, genres, team and log."""
    return _page(request)


@artist_view
@require_POST
def rename(request: ArtistRequest) -> HttpResponse:
    """Change the display name."""
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            services.rename_artist(request.access, name=form.cleaned_data["name"])
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The name is saved. Public pages follow within a minute.")
            return redirect("account:artist", request.slug)
    return _page(request, name_form=form, status=422)


@artist_view
@require_POST
def change_address(request: ArtistRequest) -> HttpResponse:
    """Move the artist to another address."""
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            services.change_artist_slug(request.access, slug=form.cleaned_data["slug"])
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The address is changed. The old one leads here.")
            return redirect("account:artist", selectors.artist_identity(artist_id=request.access.artist_id).slug)
    return _page(request, address_form=form, status=422)


@artist_view
@require_POST
def change_genres(request: ArtistRequest) -> HttpResponse:
    """Follow the found genres, or keep the artist's own."""
    form = GenresForm(request.POST)
    if form.is_valid():
        try:
            if form.cleaned_data["mode"] == GenresMode.AUTOMATIC:
                services.follow_found_genres(request.access)
            else:
                services.choose_genres(request.access, genres=form.words)
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The genres are saved.")
            return redirect("account:artist", request.slug)
    return _page(request, genres_form=form, status=422)


@artist_view
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ArtistRequest) -> HttpResponse:
    """Ask for the name once more, then delete the artist."""
    request.access.must_manage_members()
    detail = selectors.artist_detail(request.access)
    if detail.delete_refusals:
        raise NotAllowedError(" ".join(detail.delete_refusals))
    form = DeleteForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.delete_artist(request.access, confirmed_name=form.cleaned_data["confirmed_name"])
            except Rejected as error:
                errors.into_form(form, error)
            else:
                toasts.done(request, f"{detail.identity.name} is deleted.")
                return redirect("dashboard:home")
    context = {"room": "artist", "detail": detail, "form": form, "slug": request.slug}
    return render(request, "account_pages/artist_delete.html", context, status=status)


@artist_view
@require_safe
def log(request: ArtistRequest) -> HttpResponse:
    """Show what was done to the artist, newest first."""
    page = in_words(selectors.artist_log(request.access, cursor=request.GET.get("after", "")))
    context = {
        "room": "artist",
        "page": page,
        "name": selectors.artist_identity(artist_id=request.access.artist_id).name,
        "back": reverse("account:artist", args=[request.slug]),
    }
    return render(request, "account_pages/log.html", context)


@artist_view
@require_POST
def invite(request: ArtistRequest) -> HttpResponse:
    """Invite somebody to the artist."""
    form = team.invite(request, _place(request))
    return redirect("account:artist", request.slug) if form is None else _page(request, invite_form=form, status=422)


@artist_view
@require_POST
def member_role(request: ArtistRequest, user_id: UUID) -> HttpResponse:
    """Give a member another role."""
    return team.change_role(request, _place(request), user_id)


@artist_view
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: ArtistRequest, user_id: UUID) -> HttpResponse:
    """Ask, then take a member off the artist."""
    return team.remove(request, _place(request), user_id)


@artist_view
@require_POST
def invitation_revoke(request: ArtistRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    return team.revoke(request, _place(request), invitation_id)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an artist by name alone, in the organization of one's choice."""
    user_id = user_id_of(request)
    organizations = [one for one in selectors.organizations_of(user_id=user_id) if one.role.rank > 1]
    form = NewArtistForm(
        request.POST if request.method == "POST" else None,
        organizations=organizations,
        initial={"organization": request.GET.get("organization", "")},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                artist = services.create_artist(
                    user_id=user_id, name=form.cleaned_data["name"], organization_id=form.organization_id
                )
            except Rejected as error:
                errors.into_form(form, error)
            else:
                toasts.done(request, f"{artist.name} is made.")
                return redirect("dashboard:overview", artist.slug)
    return render(request, "account_pages/artist_new.html", {"form": form}, status=status)


def _place(request: ArtistRequest) -> team.Place:
    name = selectors.artist_identity(artist_id=request.access.artist_id).name
    return team.Place(access=request.access, name=name, views="artist", key=request.slug)


def _page(
    request: ArtistRequest,
    *,
    name_form: NameForm | None = None,
    address_form: AddressForm | None = None,
    genres_form: GenresForm | None = None,
    invite_form: Any = None,
    status: int = 200,
) -> HttpResponse:
    access = request.access
    detail = selectors.artist_detail(access)
    artist = detail.identity
    genres = {"mode": detail.genres_mode.value, "genres": ", ".join(artist.genres)}
    context = {
        "room": "artist",
        "detail": detail,
        "artist": artist,
        "slug": request.slug,
        "name_form": name_form or NameForm(initial={"name": artist.name}),
        "address_form": address_form or AddressForm(initial={"slug": artist.slug}),
        "genres_form": genres_form or GenresForm(initial=genres),
        "log": in_words(selectors.artist_log(access, limit=5)),
        "can_leave": access.source is Source.DIRECT,
        "organization_url": _organization_url(request),
        **team.context(_place(request), invite_form=invite_form),
    }
    return render(request, "account_pages/artist.html", context, status=status)


def _organization_url(request: ArtistRequest) -> str:
    """Return the address of the artist's organization, "" for those who are not in it."""
    organization_id = request.access.organization_id
    try:
        selectors.organization_access(user_id=user_id_of(request), organization_id=organization_id)
    except NotFoundError:
        return ""
    return reverse("account:organization", args=[organization_id])
