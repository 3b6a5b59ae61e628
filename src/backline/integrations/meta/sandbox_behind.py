"""What happens at Meta without us: in a person's settings, in their Business settings, and at Meta itself.

``POST /meta/-/…`` with JSON is for tests; ``/meta/business/settings/partners`` is the page for people, which stands in
for Meta's Business settings, where partners are let in and thrown out.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from backline.integrations.meta.sandbox_people import PERMITTED_TASKS, Person
from backline.integrations.meta.sandbox_state import CHECKPOINT, INVALID, PASSWORD, Meta
from backline.sandbox import pages
from backline.sandbox.answers import as_object, body_of, form_of, json

_Values = dict[str, Any]
_DEATHS = {"password": PASSWORD, "checkpoint": CHECKPOINT, "logout": INVALID}
_PARTNER_TASKS = ("ADVERTISE", "ANALYZE")
_CALLBACK_SECONDS = 5


class Behind:
    """The routes that no app can call at Meta."""

    def __init__(self, meta: Meta) -> None:
        self._meta = meta

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return them."""
        here = prefix + "/-"
        settings = prefix + "/business/settings/partners"
        return [
            Route(here + "/revoke", self._change(self.revoke), methods=["POST"]),
            Route(here + "/session", self._change(self.end_session), methods=["POST"]),
            Route(here + "/permission", self._change(self.permission), methods=["POST"]),
            Route(here + "/partner", self._change(self.partner), methods=["POST"]),
            Route(here + "/page", self._change(self.page), methods=["POST"]),
            Route(here + "/ad-account", self._change(self.ad_account), methods=["POST"]),
            Route(here + "/usage", self._change(self.usage), methods=["POST"]),
            Route(here + "/access", self._change(self.access), methods=["POST"]),
            Route(settings, self.show_settings),
            Route(settings, self.change_settings, methods=["POST"]),
        ]

    async def revoke(self, values: _Values) -> _Values:
        """A ``person`` removes the app: their tokens die (458), and Meta calls ``callback_url`` if one is given.

        Returns the signed request of the callback and, when it was made, its status (0: nobody answered).
        """
        person = self._person(values)
        self._meta.remove_app(person)
        signed = self._meta.signed_request(person.id)
        answer: _Values = {"signed_request": signed}
        if url := str(values.get("callback_url", "")):
            answer["status"] = await asyncio.to_thread(_post, url, signed)
        return answer

    async def end_session(self, values: _Values) -> _Values:
        """A ``person`` changes the ``password`` (460), has to pass a ``checkpoint`` (459) or signs out (``logout``)."""
        how = str(values.get("how", "password"))
        if how not in _DEATHS:
            raise ValueError(f"how must be one of {', '.join(_DEATHS)}.")
        return {"ended": self._meta.kill(self._person(values).id, _DEATHS[how])}

    async def permission(self, values: _Values) -> _Values:
        """A ``person`` takes one ``permission`` back in their settings."""
        person, name = self._person(values), str(values.get("permission", ""))
        person.granted.discard(name)
        person.declined.add(name)
        return {"granted": sorted(person.granted)}

    async def partner(self, values: _Values) -> _Values:
        """What the owner of a ``page`` does: ``approve`` or ``refuse`` a request, ``grant`` by hand, ``remove``."""
        self._partner(str(values.get("page", "")), str(values.get("action", "")))
        return {"partners": list(self._meta.now.partners), "pending": list(self._meta.now.pending)}

    def _partner(self, page_id: str, action: str) -> None:
        now = self._meta.now
        if self._meta.page(page_id) is None:
            raise ValueError("page must be the id of a Page.")
        if action in ("approve", "refuse") and page_id not in now.pending:
            raise ValueError("Nobody asked for this Page.")
        match action:
            case "approve":
                now.partners[page_id] = now.pending.pop(page_id)
            case "refuse":
                del now.pending[page_id]
            case "grant":
                now.partners[page_id] = _PARTNER_TASKS
                now.pending.pop(page_id, None)
            case "remove":
                now.partners.pop(page_id, None)
            case _:
                raise ValueError("action must be approve, refuse, grant or remove.")

    async def page(self, values: _Values) -> _Values:
        """A ``page`` is deleted (``action`` delete), renamed (``name``), or its person is left with some ``tasks``."""
        page_id = str(values.get("page", ""))
        found = self._meta.page(page_id)
        if found is None:
            raise ValueError("page must be the id of a Page.")
        if values.get("action") == "delete":
            self._meta.remove_page(page_id)
        if "name" in values:
            found[1].name = str(values["name"])
        if "tasks" in values:
            found[1].tasks = tuple(task for task in PERMITTED_TASKS if task in values["tasks"])
        return {"page": page_id}

    async def ad_account(self, values: _Values) -> _Values:
        """Meta gives the operator's ad account a ``status``."""
        self._meta.now.account_status = int(values["status"])
        return {"status": self._meta.now.account_status}

    async def usage(self, values: _Values) -> _Values:
        """Set what the headers tell.

        ``percent`` used, ``account_percent`` of what may be asked about the operator's ad account, ``minutes`` until
        there is quota again, ``tier``.
        """
        usage = self._meta.now.usage
        usage.percent = int(values.get("percent", usage.percent))
        usage.account_percent = float(values.get("account_percent", usage.account_percent))
        usage.minutes = int(values.get("minutes", usage.minutes))
        usage.tier = str(values.get("tier", usage.tier))
        return {"percent": usage.percent, "minutes": usage.minutes, "tier": usage.tier}

    async def access(self, values: _Values) -> _Values:
        """Meta lets the app ask for partnerships, or not (``partners``), as most apps since June 2021."""
        self._meta.now.may_ask_partners = bool(values["partners"])
        return {"partners": self._meta.now.may_ask_partners}

    async def show_settings(self, request: Request) -> Response:
        """Everybody's Business settings on one page."""
        return self._settings(request.query_params.get("problem", ""))

    async def change_settings(self, request: Request) -> Response:
        """Somebody lets a partner in, answers one, or throws one out."""
        form = await form_of(request)
        if form.get("action") == "grant" and form.get("business", "").strip() != self._meta.app.business_id:
            return self._settings("There is no business with this id. Copy it from Backline.", 422)
        try:
            self._partner(form.get("page", ""), form.get("action", ""))
        except ValueError as error:
            return self._settings(str(error), 422)
        return RedirectResponse(request.url.path, 303)

    def _settings(self, problem: str, status: int = 200) -> Response:
        now = self._meta.now
        rows = [
            (person, page, "partner" if page.id in now.partners else "pending" if page.id in now.pending else "")
            for person in now.people.values()
            for page in person.pages
        ]
        back = self._meta.world.settings.web_url
        return pages.html(pages.render("meta_business.html", rows=rows, problem=problem, web_url=back), status)

    def _person(self, values: _Values) -> Person:
        person = self._meta.now.people.get(str(values.get("person", "")))
        if person is None:
            raise ValueError("person must be the id of a person.")
        return person

    def _change(self, change: Callable[[_Values], Awaitable[_Values]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not request.headers.get("content-type", "").startswith("application/json"):
                return json({"error": "Send JSON: no page of another site can do that."}, 415)
            values = as_object(await body_of(request))
            if values is None:
                return json({"error": "The body must be a JSON object."}, 422)
            try:
                return json(await change(values))
            except (KeyError, ValueError, TypeError) as error:
                return json({"error": str(error)}, 422)

        return answer


def _post(url: str, signed_request: str) -> int:
    """Call back as Meta does, with a form; returns the status, 0 when nobody answered."""
    body = urllib.parse.urlencode({"signed_request": signed_request}).encode()
    if not url.startswith(("http://", "https://")):
        raise ValueError("callback_url must be an http address.")
    try:
        with urllib.request.urlopen(url, body, timeout=_CALLBACK_SECONDS) as answer:  # noqa: S310 - checked above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
