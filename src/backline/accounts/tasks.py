"""The jobs of this room."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backline.accounts import mails, services
from backline.core import jobs


@jobs.job("accounts.mail_invitation", queue="mail")
def mail_invitation(invitation_id: str) -> None:
    """Send an invitation's mail; tried again while the mail service is away."""
    mails.send_invitation(invitation_id=UUID(invitation_id))


@jobs.job("accounts.mail_notice", queue="mail")
def mail_notice(notice_id: str, notice: str, to: str, address: str, at: str) -> None:
    """Tell a person that their way in changed; tried again while the mail service is away."""
    mails.send_notice(notice, to=to, address=address, at=datetime.fromisoformat(at), once=f"notice-{notice_id}")


@jobs.job("accounts.forget_old_invitations", queue="maintenance", cron="17 3 * * *")
def forget_old_invitations(timestamp: int) -> None:
    """Let invitations expire, and delete what ended long ago."""
    services.forget_old_invitations()
