"""The mailbox for people (a list, one mail) and for tests (JSON)."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backline.sandbox import pages
from backline.sandbox.answers import json, whole
from backline.sandbox.mailbox import MAILS_KEPT, Mail
from backline.sandbox.world import World

_URL = re.compile(r"https?://[^\s<>\"']+")
_TRAILING = ".,;:!?)]"


class MailboxPages:
    """The mailbox's routes."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def routes(self) -> list[BaseRoute]:
        """Everything under ``/mailbox``."""
        return [
            Route("/mailbox", self.list),
            Route("/mailbox.json", self.list_json),
            Route("/mailbox/{id}", self.one),
        ]

    async def list(self, request: Request) -> Response:
        """``GET /mailbox``: newest first, of one address with ``to``."""
        to = request.query_params.get("to", "").strip()
        mails = list(islice(self._world.mailbox.find(to=to), 200))
        return pages.html(pages.render("mailbox.html", mails=mails, to=to, world=self._world))

    async def list_json(self, request: Request) -> Response:
        """``GET /mailbox.json``: newest first; ``to`` and ``limit`` narrow it."""
        limit = whole(request.query_params.get("limit"), 50, 1, MAILS_KEPT)
        if limit is None:
            return json({"error": f"limit must be from 1 to {MAILS_KEPT}."}, 422)
        mails = islice(self._world.mailbox.find(to=request.query_params.get("to", "")), limit)
        return json({"mails": [_shape(mail) for mail in mails]})

    async def one(self, request: Request) -> Response:
        """``GET /mailbox/{id}``."""
        mail = self._world.mailbox.get(request.path_params["id"])
        if mail is None:
            return pages.html(pages.render("mail_gone.html", world=self._world), 404)
        frame = f'<base target="_blank">{mail.html}' if mail.html else ""
        return pages.html(
            pages.render("mail.html", mail=mail, text=with_links(mail.text), frame=frame, world=self._world)
        )


def with_links(text: str) -> Markup:
    """Return text as HTML in which every web address can be followed."""
    parts: list[Markup] = []
    end = 0
    for match in _URL.finditer(text):
        url = match[0].rstrip(_TRAILING)
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup('<a href="{}">{}</a>').format(url, url))
        end = match.start() + len(url)
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def _shape(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "at": mail.at.isoformat(),
        "from": mail.sender,
        "to": mail.to,
        "cc": mail.cc,
        "bcc": mail.bcc,
        "reply_to": mail.reply_to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "headers": dict(mail.headers),
        "tags": dict(mail.tags),
        "attachments": mail.attachment_names,
        "links": [match.rstrip(_TRAILING) for match in _URL.findall(mail.text or mail.html)],
    }
