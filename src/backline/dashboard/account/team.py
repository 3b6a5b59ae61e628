"""The team section, which artists and organizations share: members, roles, invitations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from backline.accounts import selectors, services
from backline.accounts.types import ArtistAccess, Member, OrganizationAccess, Role
from backline.core.errors import NotFoundError, Rejected
from backline.dashboard import errors, toasts
from backline.dashboard.account.forms import InviteForm, RoleForm


@dataclass(frozen=True, slots=True)
class Place:
    """An artist or an organization whose team is shown. ``views`` is the prefix of its view names."""

    access: ArtistAccess | OrganizationAccess
    name: str
    views: str
    key: str

    def url(self, act: str = "", *more: object) -> str:
        """Return the address of the place's page, or of one of its acts."""
        return reverse(f"account:{self.views}_{act}" if act else f"account:{self.views}", args=[self.key, *more])


def context(place: Place, *, invite_form: InviteForm | None = None) -> dict[str, Any]:
    """Return what the team section shows."""
    if isinstance(place.access, ArtistAccess):
        members = selectors.artist_team(place.access)
    else:
        members = selectors.organization_team(place.access)
    may = place.access.can_manage_members
    return {
        "place": place,
        "may_manage": may,
        "members": [(member, _role_form(member), place.url("member_role", member.user_id)) for member in members],
        "remove_urls": {member.user_id: place.url("member_remove", member.user_id) for member in members},
        "invitations": [
            (invitation, place.url("invitation_revoke", invitation.id))
            for invitation in selectors.pending_invitations(place.access)
        ],
        "invite_form": invite_form or InviteForm(),
        "invite_url": place.url("invite"),
    }


def invite(request: HttpRequest, place: Place) -> InviteForm | None:
    """Send the invitation; returns the form with what is wrong when it is refused."""
    form = InviteForm(request.POST)
    if form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            if isinstance(place.access, ArtistAccess):
                services.invite_to_artist(place.access, email=email, role=role)
            else:
                services.invite_to_organization(place.access, email=email, role=role)
        except Rejected as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, f"{email.strip()} gets a mail with a link that works for 7 days.")
            return None
    return form


def change_role(request: HttpRequest, place: Place, user_id: UUID) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Rejected("Choose one of the roles on the list.")
    role = Role(form.cleaned_data["role"])
    if isinstance(place.access, ArtistAccess):
        services.change_artist_member(place.access, user_id=user_id, role=role)
    else:
        services.change_organization_member(place.access, user_id=user_id, role=role)
    toasts.done(request, f"{_member(place, user_id).name or 'The member'} has the role {role.label} now.")
    return redirect(place.url())


def remove(request: HttpRequest, place: Place, user_id: UUID) -> HttpResponse:
    """Ask, then take a member off the team; somebody who acts on themselves leaves."""
    member = _member(place, user_id)
    name = member.name or member.email
    if request.method != "POST":
        return render(request, "account_pages/confirm.html", _removal(place, member, name))
    if isinstance(place.access, ArtistAccess):
        services.remove_artist_member(place.access, user_id=user_id)
    elif member.is_you:
        services.leave_organization(place.access)
    else:
        services.remove_organization_member(place.access, user_id=user_id)
    if member.is_you:
        toasts.done(request, f"You left {place.name}.")
        return redirect("dashboard:home")
    toasts.done(request, f"{name} is off the team.")
    return redirect(place.url())


def revoke(request: HttpRequest, place: Place, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    services.revoke_invitation(place.access, invitation_id=invitation_id)
    toasts.done(request, "The invitation is taken back. Its link does not work any more.")
    return redirect(place.url())


def _removal(place: Place, member: Member, name: str) -> dict[str, Any]:
    is_organization = isinstance(place.access, OrganizationAccess)
    whose = "your" if member.is_you else f"{name}'s"
    lost = [f"This ends {whose} access to {place.name}{' and all of its artists' if is_organization else ''} at once."]
    kept = ["What was done stays as it is, and the log keeps it."]
    if is_organization:
        kept.append("Artists that they created stay; the organization's creator takes care of them.")
    return {
        "room": "organization" if is_organization else "artist",
        "confirm": {
            "id": "remove",
            "title": f"Leave {place.name}?" if member.is_you else f"Remove {name} from {place.name}?",
            "lost": lost,
            "kept": kept,
            "url": place.url("member_remove", member.user_id),
            "back": place.url(),
            "verb": "Leave" if member.is_you else "Remove",
            "refuse": "Stay" if member.is_you else "Keep on the team",
            "fields": {},
        },
    }


def _member(place: Place, user_id: UUID) -> Member:
    if isinstance(place.access, ArtistAccess):
        members = selectors.artist_team(place.access)
    else:
        members = selectors.organization_team(place.access)
    for member in members:
        if member.user_id == user_id:
            return member
    raise NotFoundError("This person is not on the team any more.")


def _role_form(member: Member) -> RoleForm:
    return RoleForm(initial={"role": member.role.value}, auto_id=f"role_{member.user_id.hex[-8:]}_%s")
