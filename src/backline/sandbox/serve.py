"""Serves the sandbox with Granian, in this process."""

from __future__ import annotations

import asyncio
import signal

from granian.constants import Interfaces
from granian.server.embed import Server

from backline.sandbox.app import make_app
from backline.settings.environment import Environment


def run(settings: Environment) -> None:
    """Serve on ``bind_host`` and ``sandbox_port`` until SIGINT or SIGTERM."""
    asyncio.run(_serve(settings))


async def _serve(settings: Environment) -> None:
    app = make_app(settings)
    app.world.process.start()
    server = Server(
        app,
        settings.bind_host,
        settings.sandbox_port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stop)
    await server.serve()
    app.world.process.stop()
