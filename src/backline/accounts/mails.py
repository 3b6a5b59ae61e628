"""The mails of this room, as text and as simple HTML."""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPException
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from backline.accounts.models import Invitation
from backline.accounts.notices import NOTICES
from backline.accounts.selectors import display_name
from backline.accounts.services.invitations import status_of, token_of
from backline.accounts.types import InvitationStatus, Role
from backline.core.errors import RetryLater
from backline.settings import environment

_MAY = {
    Role.ADMIN: "change everything and manage the team",
    Role.EDITOR: "change everything, but not manage the team",
    Role.VIEWER: "look at everything, but not change anything",
}


def send_invitation(*, invitation_id: UUID) -> bool:
    """Send the invitation's mail, unless it ended meanwhile; tells whether it was sent.

    Raises :class:`RetryLater` when the mail service is away.
    """
    invitation = (
        Invitation.objects.select_related("artist", "organization", "invited_by").filter(pk=invitation_id).first()
    )
    if invitation is None or status_of(invitation) is not InvitationStatus.PENDING:
        return False
    place = invitation.artist or invitation.organization
    context = {
        "inviter": display_name(invitation.invited_by),
        "place": "" if place is None else place.name,
        "is_organization": invitation.organization_id is not None,
        "role": Role(invitation.role).label.lower(),
        "may": _MAY[Role(invitation.role)],
        "expires_at": invitation.expires_at,
        "url": environment.current().web_url + reverse("account:invitation", args=[token_of(invitation.pk)]),
    }
    send("accounts/mail/invitation", to=invitation.email, context=context, once=f"invitation-{invitation.pk}")
    return True


def send_notice(name: str, *, to: str, address: str, at: datetime, once: str) -> None:
    """Tell a person that their way in changed; ``name`` is one of :data:`NOTICES`.

    ``at`` says when, ``address`` which address it is about, if any. Raises :class:`RetryLater` like :func:`send`.
    """
    notice = NOTICES[name]
    home = environment.current().web_url
    context = {
        "notice": notice,
        "text": notice.text.format(address=address),
        "at": at,
        "password_url": home + reverse("account_reset_password"),
        "activity_url": home + reverse("account:activity"),
    }
    send("accounts/mail/notice", to=to, context=context, once=once)


def send(template: str, *, to: str, context: dict[str, object], once: str) -> None:
    """Send ``<template>.subject.txt``, ``.txt`` and ``.html`` to one address.

    ``once`` names the mail: the mail service takes a second one of the same name for the first. Raises
    :class:`RetryLater` when the mail service is away.
    """
    subject = " ".join(render_to_string(f"{template}.subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", context).strip(),
        to=[to],
        headers={"Idempotency-Key": once},
    )
    message.attach_alternative(render_to_string(f"{template}.html", context).strip(), "text/html")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        raise RetryLater("The mail service did not take the mail; it is sent again soon.") from error
