"""The sandbox as one ASGI program: every stand-in under its prefix, the control page, the mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from backline.core.telemetry import exposition
from backline.integrations.apple_music import sandbox as apple_music
from backline.integrations.deezer import sandbox as deezer
from backline.integrations.fastly import sandbox as fastly
from backline.integrations.google import sandbox as google
from backline.integrations.itunes import sandbox as itunes
from backline.integrations.meta import sandbox as meta
from backline.integrations.musicbrainz import sandbox as musicbrainz
from backline.integrations.odesli import sandbox as odesli
from backline.integrations.resend import sandbox as resend
from backline.integrations.spotify import sandbox as spotify
from backline.integrations.stores import sandbox as stores
from backline.integrations.tiktok import sandbox as tiktok
from backline.integrations.youtube_oembed import sandbox as youtube_oembed
from backline.sandbox import answers
from backline.sandbox.control import Control
from backline.sandbox.gate import Gate
from backline.sandbox.mailbox_pages import MailboxPages
from backline.sandbox.provider import Provider
from backline.sandbox.world import World
from backline.settings import environment

PROVIDERS: tuple[Callable[[World], Provider], ...] = (
    spotify.provider,
    meta.provider,
    deezer.provider,
    itunes.provider,
    musicbrainz.provider,
    odesli.provider,
    resend.provider,
    fastly.provider,
    google.provider,
    apple_music.provider,
    tiktok.provider,
    stores.provider,
    youtube_oembed.provider,
)
"""Every stand-in; a new service adds its own here."""


class ProductionRefusalError(Exception):
    """The sandbox was asked to start in production."""


def make_app(settings: environment.Environment) -> Gate:
    """Compose the sandbox. Its state is in this process's memory, so serve it with one worker.

    Raises :class:`ProductionRefusalError` in production mode and ``CatalogueFileError`` for a catalogue that cannot
    be used.
    """
    if settings.is_production:
        raise ProductionRefusalError("The sandbox does not run with BACKLINE_MODE=production.")
    world = World(settings)
    providers = [make(world) for make in PROVIDERS]
    own = [
        *Control(world, providers).routes,
        *MailboxPages(world).routes,
        Route("/healthz", _healthz),
        Route("/readyz", _healthz),
    ]
    own += [Route("/metrics", _Figures(world).answer)]
    own += [Mount("/static", StaticFiles(packages=[("backline.sandbox", "static")]))]
    return Gate(_program(own), world, [(provider, _program(provider.routes)) for provider in providers])


def from_environment() -> ASGIApp:
    """Compose the sandbox with the settings of this process, for a server that wants a factory."""
    return make_app(environment.current())


def _program(routes: Sequence[BaseRoute]) -> ASGIApp:
    return Starlette(routes=list(routes), exception_handlers={answers.BodyTooLargeError: _too_large})


async def _healthz(request: Request) -> Response:
    del request
    return Response("ok\n", media_type="text/plain")


class _Figures:
    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: Request) -> Response:
        token = self._world.settings.metrics_token
        if not exposition.may_read(request.headers.get("authorization", ""), token):
            return Response(exposition.REFUSAL, 401, media_type="text/plain")
        figures = await asyncio.to_thread(self._world.process.exposition)
        return Response(figures, headers={"content-type": exposition.CONTENT_TYPE})


async def _too_large(request: Request, error: Exception) -> Response:
    del request, error
    return Response("The body is too large.\n", 413, media_type="text/plain")
