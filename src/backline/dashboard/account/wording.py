"""The audit log in plain words: who did what, to what, what changed, from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backline.accounts.types import AuditLine, AuditPage

ACTS = {
    "artist.create": "created the artist",
    "artist.rename": "renamed the artist",
    "artist.change_slug": "changed the address of",
    "artist.set_genres": "changed the genres of",
    "artist.move": "moved to another organization",
    "artist.delete": "deleted the artist",
    "organization.create": "created the organization",
    "organization.rename": "renamed the organization",
    "member.change_role": "changed the role of",
    "member.remove": "removed from the team",
    "member.leave": "left the team",
    "invitation.create": "invited somebody to",
    "invitation.revoke": "took back an invitation to",
    "invitation.accept": "accepted the invitation to",
    "person.change_settings": "changed their settings",
    "person.change_rights": "changed the rights of",
    "person.sign_up": "signed up",
    "person.sign_in": "signed in",
    "person.sign_out": "signed out",
    "person.confirm_email": "confirmed an e-mail address",
    "person.change_email": "changed the e-mail address",
    "person.change_password": "changed the password",
    "person.reset_password": "chose a new password by mail",
    "person.add_authenticator": "added a way to sign in",
    "person.remove_authenticator": "removed a way to sign in",
    "person.connect_app": "connected an account to sign in with",
    "person.disconnect_app": "disconnected an account to sign in with",
    "person.new_recovery_codes": "made new recovery codes",
    "catalog.import": "started an import of releases",
    "catalog.cancel_import": "cancelled the import of releases",
    "connection.start": "began to connect",
    "connection.connect": "connected",
    "connection.choose": "chose",
    "connection.act": "had a step done for",
    "connection.try_again": "tried again to connect",
    "connection.reset": "reset the connection to",
    "connection.disconnect": "disconnected",
    "connection.lose": "lost the connection to",
    "connection.fail": "could not connect",
    "connection.give_up": "did not finish connecting",
    "connection.halt": "can no longer use",
    "connection.send_link": "sent the link request for",
    "connection.waive_link": "needs no link request for",
    "connection.approve_link": "saw the link request accepted for",
    "connection.end_link": "saw the link request come to nothing for",
    "connection.confirm_link": "accepted the link request for",
    "connection.confirm_claim": "confirmed whose music it is:",
    "connection.refuse_claim": "refused the claim to the music of",
    "events.export": "had raw rows exported:",
    "events.judge_again": "had hits judged again",
    "report.schedule": "chose who gets a report:",
    "report.share": "shared figures:",
    "report.stop_sharing": "stopped sharing figures:",
    "plan.set": "set the managed-advertising plan of",
    "link.add": "added the link",
    "link.publish": "published",
    "link.unpublish": "unpublished",
    "link.approve": "approved",
    "link.reject": "rejected",
    "link.take_down": "took down",
    "link.resolve_takedown": "put back after a takedown",
    "page_report.settle": "settled a report about",
    "link.accept_service": "accepted a found service for",
    "link.refuse_service": "refused a found service for",
    "link.set_description": "changed the text of",
    "link.set_text": "changed the words of",
    "link.set_look": "changed the look of",
    "link.set_video": "changed the video of",
    "link.set_sub_links": "changed the further links of",
    "link.set_service_order": "changed the order of services of",
    "link.edit_service": "changed a service of",
    "link.hide_service": "hid a service of",
    "link.show_service": "showed a service of",
    "link.reset_service": "took back own changes to a service of",
    "link.change_slug": "changed the address of",
    "link.keep_slug": "kept an old address of",
    "link_settings.set_order": "changed the order of services",
    "link_settings.set_pixels": "changed the pixels of all pages",
    "link_settings.set_look": "changed the look of all pages",
    "link_settings.set_bio": "changed the text of the hub",
    "link_settings.set_hub_links": "changed the links of the hub",
}
"""What each act is called. One that is missing here is spelled out from its name."""

ORIGINS = {"web": "Website", "cli": "Command line", "demo": "Demo", "operator": "Operator", "system": "Backline"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log as it is read."""

    at: datetime
    who: str
    what: str
    item: str
    detail: str
    origin: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a log. ``next_cursor`` is empty on the last page."""

    lines: tuple[Line, ...]
    next_cursor: str


def in_words(page: AuditPage) -> Page:
    """Return the page as people read it."""
    return Page(lines=tuple(map(_line, page.lines)), next_cursor=page.next_cursor)


def _line(line: AuditLine) -> Line:
    return Line(
        at=line.at,
        who=line.actor_name or "Somebody whose account was erased",
        what=ACTS.get(line.action) or _spelled_out(line.action),
        item=line.item,
        detail=_detail(line.detail),
        origin=ORIGINS.get(line.origin, "Background work" if line.origin.startswith("job:") else line.origin),
    )


def _spelled_out(action: str) -> str:
    thing, _, verb = action.rpartition(".")
    return f"{verb.replace('_', ' ')} ({thing.replace('_', ' ')})" if thing else action


def _detail(detail: Mapping[str, Any]) -> str:
    """Say what changed. Identifiers of machines are left out."""
    rest = {key: value for key, value in detail.items() if value not in ("", None, [], {}) and not _is_id(key)}
    parts = []
    if "from" in rest and "to" in rest:
        parts.append(f"from {_said(rest.pop('from'))} to {_said(rest.pop('to'))}")
    parts += [f"{key.replace('_', ' ')}: {_said(value)}" for key, value in rest.items()]
    return ", ".join(parts)


def _is_id(key: str) -> bool:
    return key == "id" or key.endswith("_id")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    return str(value)
