"""What this room holds about people, how they get a copy, how it is erased, and how long it is kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from backline.accounts import services
from backline.accounts.models import Artist, Invitation, Membership, Organization, User
from backline.core import audit
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData

_CONTRACT = "to provide the account (contract, GDPR Art. 6(1)(b))"
_SECURITY = "to keep the account safe (legitimate interest, GDPR Art. 6(1)(f))"
_UNTIL_ERASED = "until the person erases their account"

HOLDINGS = (
    Holding(
        "accounts.User",
        ("email", "name", "language", "timezone", "password", "last_login", "date_joined"),
        "people with an account",
        _CONTRACT,
        _UNTIL_ERASED,
    ),
    Holding("account.EmailAddress", ("email", "verified"), "people with an account", _CONTRACT, _UNTIL_ERASED),
    Holding("account.EmailConfirmation", ("sent",), "people with an account", _CONTRACT, "3 days"),
    Holding(
        "socialaccount.SocialAccount",
        ("provider", "uid", "extra_data", "last_login", "date_joined"),
        "people who sign in with an account elsewhere",
        _CONTRACT,
        "until they disconnect it or erase their account",
    ),
    Holding("mfa.Authenticator", ("data", "last_used_at"), "people with an account", _SECURITY, _UNTIL_ERASED),
    Holding(
        "usersessions.UserSession",
        ("ip", "user_agent", "last_seen_at"),
        "people with an account",
        _SECURITY,
        "until the session ends, 30 days at most",
    ),
    Holding("accounts.Organization", ("creator",), "people with an account", _CONTRACT, _UNTIL_ERASED),
    Holding("accounts.Artist", ("creator",), "people with an account", _CONTRACT, _UNTIL_ERASED),
    Holding("accounts.Membership", ("user", "role"), "members of teams", _CONTRACT, "until they leave the team"),
    Holding(
        "accounts.Invitation",
        ("email", "invited_by"),
        "people who were invited",
        "to invite them at a member's request (legitimate interest, GDPR Art. 6(1)(f))",
        "30 days after the invitation ended",
    ),
    Holding(
        "core.AuditEntry",
        ("actor_id", "actor_name", "object_id", "detail"),
        "people who change something",
        "to account for changes (legitimate interest, GDPR Art. 6(1)(f))",
        "for good; the person's name is taken out when they erase their account",
    ),
)


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account, as plain values."""
    person = User.objects.get(pk=user_id)
    memberships = Membership.objects.filter(user=person).select_related("artist", "organization").order_by("created_at")
    return {
        "account": {
            "email": person.email,
            "name": person.name,
            "language": person.language,
            "timezone": person.timezone,
            "date_joined": person.date_joined.isoformat(),
            "last_login": None if person.last_login is None else person.last_login.isoformat(),
        },
        "email_addresses": [
            {"email": row.email, "verified": row.verified, "primary": row.primary}
            for row in EmailAddress.objects.filter(user=person).order_by("pk")
        ],
        "connected_apps": [
            {"service": row.provider, "id": row.uid, **row.extra_data, "since": row.date_joined.isoformat()}
            for row in SocialAccount.objects.filter(user=person).order_by("pk")
        ],
        "second_factors": [
            {"kind": row.type, "created_at": row.created_at.isoformat()}
            for row in Authenticator.objects.filter(user=person).order_by("pk")
        ],
        "sessions": [
            {"ip": row.ip, "user_agent": row.user_agent, "created_at": row.created_at.isoformat()}
            for row in UserSession.objects.filter(user=person).order_by("pk")
        ],
        "organizations_created": list(Organization.objects.filter(creator=person).values_list("name", flat=True)),
        "artists_created": list(Artist.objects.filter(creator=person).values_list("name", flat=True)),
        "memberships": [
            {"place": str(row.artist or row.organization), "role": row.role, "since": row.created_at.isoformat()}
            for row in memberships
        ],
        "invitations_received": [
            {"role": row.role, "status": row.status, "created_at": row.created_at.isoformat()}
            for row in Invitation.objects.filter(email=person.email).order_by("created_at")
        ],
        "activity": [
            {"at": row.at.isoformat(), "action": row.action, "object": row.object_name, "detail": row.detail}
            for row in audit.of_actor(user_id)
        ],
    }


def erase(user_id: UUID) -> None:
    """Forget a person; see :func:`backline.accounts.services.erase_person`."""
    services.erase_person(user_id=user_id)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("accounts", RoomsPersonalData("accounts", HOLDINGS, export, erase))
