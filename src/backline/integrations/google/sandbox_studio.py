"""YouTube Studio on this machine, as far as links to Google Ads go: a page for people."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from backline.integrations.google.sandbox_ads import STATUSES, Ads
from backline.integrations.google.sandbox_people import Person
from backline.sandbox import pages
from backline.sandbox.answers import form_of
from backline.sandbox.world import World

_WORDS = {
    "": "No link",
    "REQUESTED": "Requested by Google Ads",
    "PENDING_APPROVAL": "Requested by the channel",
    "ENABLED": "Approved",
    "DISABLED": "Ended",
    "REVOKED": "Request withdrawn",
    "REJECTED": "Request rejected",
}


class Studio:
    """Every channel with the status of its link, to be changed as its owner or the operator would."""

    def __init__(self, world: World, people: Mapping[str, Person], ads: Ads) -> None:
        self._world = world
        self._people = people
        self._ads = ads

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes below ``prefix``."""
        return [
            Route(prefix + "/studio", self.page, methods=["GET"]),
            Route(prefix + "/studio", self.change, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """``GET /studio``."""
        del request
        said = {link.channel_id: link.status for link in self._ads.links.values()}
        rows = [
            (person.name, channel, said.get(channel.id, ""))
            for person in self._people.values()
            for channel in person.channels
        ]
        return pages.html(pages.render("google_studio.html", rows=rows, words=_WORDS, world=self._world))

    async def change(self, request: Request) -> Response:
        """``POST /studio`` {channel_id, status}; what is not on the page changes nothing."""
        form = await form_of(request)
        channel_id, status = form.get("channel_id", ""), form.get("status", "")
        known = {channel.id for person in self._people.values() for channel in person.channels}
        if channel_id in known and status in ("", *STATUSES):
            self._ads.set_link(channel_id, status)
        return RedirectResponse(request.url.path, 303)
