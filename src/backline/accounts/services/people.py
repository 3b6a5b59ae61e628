"""Use cases of a person: their own settings, and forgetting them."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from backline.accounts import names, selectors
from backline.accounts.models import Artist, Invitation, Membership, Organization, User
from backline.accounts.services.members import hand_over, next_admin
from backline.core import audit
from backline.core.audit import Actor
from backline.core.errors import NotAllowedError, NotFoundError, Rejected


@transaction.atomic
def change_person(*, user_id: UUID, name: str, language: str, timezone: str) -> None:
    """Change a person's name, language and time zone (an IANA name).

    Raises :class:`Rejected` with the fields ``name``, ``language`` and ``timezone``.
    """
    problems: dict[str, str] = {}
    cleaned = ""
    try:
        cleaned = names.clean_name(name)
    except Rejected as refused:
        problems.update(refused.field_errors)
    if language not in dict(settings.LANGUAGES):
        problems["language"] = "Choose one of the languages on the list."
    if timezone not in available_timezones():
        problems["timezone"] = "Choose one of the time zones on the list."
    if problems:
        raise Rejected(" ".join(problems.values()), field_errors=problems)
    user = _locked(user_id)
    changed = [
        field
        for field, value in (("name", cleaned), ("language", language), ("timezone", timezone))
        if getattr(user, field) != value
    ]
    if not changed:
        return
    user.name, user.language, user.timezone = cleaned, language, timezone
    user.save(update_fields=changed)
    record_activity(user, "person.change_settings", detail={"changed": ", ".join(changed)})


RIGHTS = ("is_active", "is_staff", "is_superuser")


@transaction.atomic
def change_rights(*, user_id: UUID, actor: Actor, is_active: bool, is_staff: bool, is_superuser: bool) -> None:
    """Lock or unlock an account, or make or unmake an operator; what changed is in the log, under who did it.

    Raises :class:`NotFoundError`.
    """
    user = _locked(user_id)
    wanted = {"is_active": is_active, "is_staff": is_staff, "is_superuser": is_superuser}
    changed = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(user, name, value)
    user.save(update_fields=list(changed))
    # The person's name is looked up when the log is read, so that it can be forgotten.
    audit.record("person.change_rights", actor=actor, object_type="person", object_id=user.pk, detail=changed)


@transaction.atomic
def create_person(*, email: str, password: str | None, name: str, is_operator: bool = False) -> UUID:
    """Make an account whose address counts as confirmed, and return its id: for the demo and the command line.

    Without a password they set one by the mail that resets it. Raises :class:`Rejected` (field ``email``) when the
    address has an account.
    """
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        problem = f"{address} has an account already."
        raise Rejected(problem, field_errors={"email": problem})
    make = User.objects.create_superuser if is_operator else User.objects.create_user
    user = make(address, password, name=names.clean_name(name))
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user.pk


@transaction.atomic
def erase_person(*, user_id: UUID) -> None:
    """Forget a person for good: their account ends, and nothing here names them any more.

    Organizations they created pass to the next admin; with no other admin they stay with the nameless account, and so
    do its artists, for fans still use their pages. Raises :class:`NotAllowedError` while other members would be left
    in an organization without an admin.
    """
    user = _locked(user_id)
    for organization in Organization.objects.select_for_update().filter(memberships__user=user):
        heir = next_admin(organization, leaving=user.pk)
        others = Membership.objects.filter(organization=organization).exclude(user=user).exists()
        if heir is None and others:
            raise NotAllowedError(f"{organization.name} would be without an admin. Make a member an admin first.")
        if heir is not None:
            if organization.creator_id == user.pk:
                hand_over(organization, to=heir)
            Artist.objects.filter(organization=organization, creator=user).update(creator=heir)
    Membership.objects.filter(user=user).delete()
    Invitation.objects.filter(invited_by=user).delete()
    Invitation.objects.filter(email=user.email).delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    audit.forget_name(actor_id=user.pk)
    user.email = f"{user.pk.hex}@erased.invalid"
    user.name = ""
    user.language, user.timezone = "en", "UTC"
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()


def record_activity(user: User, action: str, *, detail: dict[str, str] | None = None) -> None:
    """Write an entry into a person's own activity; for this room."""
    audit.record(
        action,
        actor=Actor(id=user.pk, name=selectors.display_name(user)),
        object_type="person",
        object_id=user.pk,
        detail=detail,
    )


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFoundError("This person has no account here.")
    return user
