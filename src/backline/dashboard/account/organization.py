"""An organization's settings, and making one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backline.accounts import selectors, services
from backline.accounts.types import OrganizationAccess, OrganizationDetail, Role
from backline.core.errors import Rejected
from backline.dashboard import errors, toasts
from backline.dashboard.account import team
from backline.dashboard.account.forms import MoveForm, NameForm
from backline.dashboard.account.wording import in_words
from backline.dashboard.signed_in import user_id_of

P = ParamSpec("P")


class OrganizationRequest(HttpRequest):
    """A request to an organization's settings."""

    organization: OrganizationAccess


def organization_view(
    view: Callable[Concatenate[OrganizationRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give the view the organization's access; one that is absent and one that is not theirs look the same."""

    @functools.wraps(view)
    def wrapped(request: OrganizationRequest, organization_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request.organization = selectors.organization_access(
            user_id=user_id_of(request), organization_id=organization_id
        )
        return view(request, *args, **kwargs)

    return wrapped


@organization_view
@require_safe
def settings(request: OrganizationRequest) -> HttpResponse:
    """Show the organization's name, artists, team and log."""
    return _page(request)


@organization_view
@require_POST
def rename(request: OrganizationRequest) -> HttpResponse:
    """Change the organization's name."""
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            services.rename_organization(request.organization, name=form.cleaned_data["name"])
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The name is saved.")
            return redirect("account:organization", request.organization.organization_id)
    return _page(request, name_form=form, status=422)


@organization_view
@require_POST
def move(request: OrganizationRequest) -> HttpResponse:
    """Move an artist into another organization."""
    detail = selectors.organization_detail(request.organization)
    form = _move_form(request, detail, request.POST)
    if form.is_valid():
        try:
            access = selectors.artist_access_by_id(
                user_id=request.organization.user_id, artist_id=UUID(form.cleaned_data["artist"])
            )
            services.move_artist(access, organization_id=UUID(form.cleaned_data["organization"]))
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The artist is moved.")
            return redirect("account:organization", request.organization.organization_id)
    return _page(request, move_form=form, status=422)


@organization_view
@require_safe
def log(request: OrganizationRequest) -> HttpResponse:
    """Show what was done in the organization, newest first."""
    page = in_words(selectors.organization_log(request.organization, cursor=request.GET.get("after", "")))
    context = {
        "room": "organization",
        "page": page,
        "name": selectors.organization_detail(request.organization).name,
        "back": reverse("account:organization", args=[request.organization.organization_id]),
    }
    return render(request, "account_pages/log.html", context)


@organization_view
@require_POST
def invite(request: OrganizationRequest) -> HttpResponse:
    """Invite somebody to the organization."""
    form = team.invite(request, _place(request))
    if form is None:
        return redirect("account:organization", request.organization.organization_id)
    return _page(request, invite_form=form, status=422)


@organization_view
@require_POST
def member_role(request: OrganizationRequest, user_id: UUID) -> HttpResponse:
    """Give a member another role."""
    return team.change_role(request, _place(request), user_id)


@organization_view
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: OrganizationRequest, user_id: UUID) -> HttpResponse:
    """Ask, then take a member off the organization."""
    return team.remove(request, _place(request), user_id)


@organization_view
@require_POST
def invitation_revoke(request: OrganizationRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    return team.revoke(request, _place(request), invitation_id)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make another organization."""
    form = NameForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                organization_id = services.create_organization(
                    user_id=user_id_of(request), name=form.cleaned_data["name"]
                )
            except Rejected as error:
                errors.into_form(form, error)
            else:
                toasts.done(request, "The organization is made.")
                return redirect("account:organization", organization_id)
    return render(request, "account_pages/organization_new.html", {"form": form}, status=status)


def _place(request: OrganizationRequest) -> team.Place:
    access = request.organization
    name = selectors.organization_detail(access).name
    return team.Place(access=access, name=name, views="organization", key=str(access.organization_id))


def _move_form(request: OrganizationRequest, detail: OrganizationDetail, data: Any = None) -> MoveForm:
    elsewhere = [
        (str(one.id), one.name if one.room else f"{one.name} (full)")
        for one in selectors.organizations_of(user_id=request.organization.user_id)
        if one.id != detail.id and one.role.rank >= Role.EDITOR.rank
    ]
    artists = [(str(artist.id), artist.name) for artist in detail.artists]
    return MoveForm(data, artists=artists, organizations=elsewhere)


def _why_not_move(access: OrganizationAccess, detail: OrganizationDetail, form: MoveForm) -> str:
    if not access.can_edit:
        return "Viewers cannot move artists."
    if not detail.artists:
        return "There is no artist here to move."
    if not form.has_destination:
        return "You can edit no other organization. Create one first, or ask to be an editor of it."
    return ""


def _page(
    request: OrganizationRequest,
    *,
    name_form: NameForm | None = None,
    move_form: MoveForm | None = None,
    invite_form: Any = None,
    status: int = 200,
) -> HttpResponse:
    access = request.organization
    detail = selectors.organization_detail(access)
    move_form = move_form or _move_form(request, detail)
    context = {
        "room": "organization",
        "detail": detail,
        "organization": access,
        "name_form": name_form or NameForm(initial={"name": detail.name}),
        "move_form": move_form,
        "why_not_move": _why_not_move(access, detail, move_form),
        "others": [one for one in selectors.organizations_of(user_id=access.user_id) if one.id != detail.id],
        "is_full": len(detail.artists) >= detail.artists_limit,
        "log": in_words(selectors.organization_log(access, limit=5)),
        **team.context(_place(request), invite_form=invite_form),
    }
    return render(request, "account_pages/organization.html", context, status=status)
