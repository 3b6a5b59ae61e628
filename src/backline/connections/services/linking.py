"""The link request of a connection: a task that the operator does, the artist accepts, and evidence settles.

Google Ads cannot link a YouTube channel by its API: the operator sends the request by hand, the artist approves it in
YouTube Studio, and what Google says about it is evidence (docs/developers/outside-services.md).
"""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.connections.models import Connection, Link
from backline.connections.services.moving import check_soon, held_by_id, platform_of, tell, tell_team
from backline.connections.state import LINK, LINK_OVER
from backline.connections.types import Check, CheckAction, CheckKind, Inspection, LinkReport, LinkStatus
from backline.core import audit, clock
from backline.core.audit import Actor
from backline.core.errors import NotFoundError, Rejected
from backline.core.ids import new_id

log = structlog.get_logger(__name__)

CHECK_KEY = "link"
CONFIRM = CheckAction("confirm_link", "I have accepted it")


def follow(row: Connection, inspection: Inspection) -> tuple[Check, ...]:
    """Return the check of the link, moved by what the platform said; none before something is chosen.

    In the caller's transaction. The link of another channel than the chosen one is forgotten.
    """
    if inspection.chosen is None:
        return ()
    link = _link_of(row, external_id=inspection.chosen.external_id)
    if inspection.link is not None:
        _believe(row, link, inspection.link)
    return (_check(row, link),)


def mark_sent(*, connection_id: UUID, actor: Actor) -> None:
    """Record that the operator sent the link request. Raises ``NotFoundError`` and ``TransitionRefusedError``."""
    _by_hand(connection_id, LinkStatus.SENT, evidence="operator", actor=actor, act="send_link")


def waive(*, connection_id: UUID, actor: Actor) -> None:
    """Record that this artist needs no link. Raises like :func:`mark_sent`."""
    _by_hand(connection_id, LinkStatus.WAIVED, evidence="operator", actor=actor, act="waive_link")


def approve_by_operator(*, connection_id: UUID, actor: Actor) -> None:
    """Record that the operator saw the link accepted. Raises like :func:`mark_sent`."""
    _by_hand(connection_id, LinkStatus.APPROVED, evidence="operator", actor=actor, act="approve_link")


def end_by_operator(*, connection_id: UUID, status: LinkStatus, actor: Actor) -> None:
    """Record that the operator saw the request come to nothing: turned down, run out or withdrawn.

    Google tells nothing of a channel's request, so whoever sent it looks. Raises like :func:`mark_sent`.
    """
    if status not in (LinkStatus.REJECTED, LinkStatus.EXPIRED, LinkStatus.REVOKED):
        raise Rejected("A request can be turned down, run out or be withdrawn.")
    _by_hand(connection_id, status, evidence="operator", actor=actor, act="end_link")


def confirm_by_artist(access: ArtistAccess, *, provider: str) -> None:
    """Record the artist's word that they accepted the request; what the platform says later counts more.

    Raises ``NotAllowedError``, ``NotFoundError`` and ``TransitionRefusedError``.
    """
    access.must_edit()
    row = Connection.objects.filter(artist_id=access.artist_id, provider=provider).first()
    if row is None:
        raise NotFoundError("There is no connection yet.")
    _by_hand(row.pk, LinkStatus.APPROVED, evidence="artist", actor=accounts.actor_of(access), act="confirm_link")


def ask_again(row: Connection, *, actor: Actor) -> bool:
    """Put a link that was refused, withdrawn or ran out back on the operator's list; tells whether there was one."""
    link = Link.objects.select_for_update().filter(connection=row).first()
    if link is None or link.status not in LINK_OVER:
        return False
    _move(link, LinkStatus.TO_SEND, evidence="", actor=actor, reason="it is to be sent again")
    return True


def _by_hand(connection_id: UUID, to: LinkStatus, *, evidence: str, actor: Actor, act: str) -> None:
    with transaction.atomic():
        row = held_by_id(connection_id)
        link = None if row is None else Link.objects.select_for_update().filter(connection=row).first()
        if row is None or link is None:
            raise NotFoundError("There is no link request for this connection.")
        if link.status == to:
            return
        _move(link, to, evidence=evidence, actor=actor, reason=act.replace("_", " "))
        tell(act, row, actor=actor)
        if to == LinkStatus.SENT:
            tell_team("link_sent", row)
        check_soon(row)


def _link_of(row: Connection, *, external_id: str) -> Link:
    link = Link.objects.select_for_update().filter(connection=row).first()
    if link is not None and link.external_id == external_id:
        return link
    if link is not None:
        link.delete()
    return Link.objects.create(id=new_id(), connection=row, external_id=external_id)


def _believe(row: Connection, link: Link, report: LinkReport) -> None:
    """Follow the platform where it may be followed; a link that the operator waived stays waived."""
    if link.status in (report.status, LinkStatus.WAIVED):
        return
    if not LINK.allows(link.status, report.status):
        log.info("A platform reports a link that cannot be.", platform=row.provider, at=link.status, said=report)
        return
    _move(link, report.status, evidence=report.evidence, actor=audit.SYSTEM, reason="the platform says so")


def _move(link: Link, to: LinkStatus, *, evidence: str, actor: Actor, reason: str) -> None:
    now = clock.now()
    also: dict[str, object] = {"evidence": evidence, "changed_at": now}
    if to == LinkStatus.SENT:
        also["sent_at"] = now
    LINK.move(Link.objects.all(), pk=link.pk, to=to, reason=reason, actor_id=actor.id, also=also)
    link.status, link.evidence = to, evidence
    link.sent_at = now if to == LinkStatus.SENT else link.sent_at


def _check(row: Connection, link: Link) -> Check:
    facts = platform_of(row.provider).facts
    status = LinkStatus(link.status)
    kind, message = _WORDS[status]
    is_theirs = status == LinkStatus.SENT
    return Check(
        key=CHECK_KEY,
        label=facts.link_label,
        kind=kind,
        message=message.format(link=facts.link_label, place=facts.link_place),
        url=facts.link_url if is_theirs else "",
        steps=facts.link_steps if is_theirs else (),
        actions=(CONFIRM,) if is_theirs else (),
    )


_WORDS: dict[LinkStatus, tuple[CheckKind | None, str]] = {
    LinkStatus.TO_SEND: (
        CheckKind.LINK_TO_SEND,
        "We send the {link} request next. You need not do anything; a mail comes when it is your turn.",
    ),
    LinkStatus.SENT: (CheckKind.LINK_SENT, "Our {link} request waits for you in {place}. Accept it there."),
    LinkStatus.APPROVED: (None, ""),
    LinkStatus.WAIVED: (None, ""),
    LinkStatus.REJECTED: (
        CheckKind.PROBLEM, "The {link} request was turned down in {place}. Try Again to have another one sent.",
    ),
    LinkStatus.EXPIRED: (
        CheckKind.PROBLEM, "The {link} request ran out before it was accepted. Try Again to have another one sent.",
    ),
    LinkStatus.REVOKED: (CheckKind.PROBLEM, "The {link} request was withdrawn. Try Again to have another one sent."),
    LinkStatus.DISABLED: (CheckKind.LOST, "The {link} was ended in {place}. Connect again."),
    LinkStatus.UNKNOWN: (
        CheckKind.UNKNOWN, "The platform says something about the {link} that we do not know. The operator is told.",
    ),
}  # fmt: skip
"""What each status of a link means for the connection, and what is said about it."""
