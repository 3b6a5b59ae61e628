"""The programs that answer HTTP: web (Django under WSGI), play (ASGI) and the sandbox, all on Granian."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, RuntimeModes, TaskImpl
from granian.http import HTTP1Settings
from granian.log import LogLevels

from backline.server import bootstrap, parent, ports
from backline.server.handover import HandoverServer
from backline.settings import environment

WEB_THREADS = 8
"""Requests that the dashboard works on at the same time; each holds at most one database connection."""
PLAY_HEADER_BYTES = 32 * 1024
"""Request heads of play that are certain to be taken; from twice that on the answer is 431."""


def serve_web() -> None:
    """Serve the dashboard until told to stop."""
    settings = bootstrap.join_database()
    ports.ensure_free(settings.bind_host, settings.web_port, setting="BACKLINE_WEB_PORT")
    if settings.is_production:
        _collect_static_files()
    Granian(
        "web",
        address=settings.bind_host,
        port=settings.web_port,
        interface=Interfaces.WSGI,
        blocking_threads=WEB_THREADS,
        backpressure=256,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=10,
    ).serve(target_loader=_Loader(os.getpid(), _web), wrap_loader=False)


def serve_play() -> None:
    """Serve the public pages until told to stop; SIGHUP replaces the serving processes without a failed request."""
    settings = bootstrap.join_database()
    ports.ensure_free(settings.bind_host, settings.play_port, setting="BACKLINE_PLAY_PORT")
    HandoverServer(
        "play",
        address=settings.bind_host,
        port=settings.play_port,
        interface=Interfaces.RSGI,
        workers=settings.play_processes,
        backlog=4096,
        backpressure=4096,
        runtime_mode=RuntimeModes.st,
        # Granian's own tasks are a little quicker, and lose 145 bytes for good with every request that waits: two
        # gigabytes in half an hour of 10,000 clicks a second (https://github.com/emmett-framework/granian/issues/500).
        task_impl=TaskImpl.asyncio,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=PLAY_HEADER_BYTES),
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve(target_loader=_Loader(os.getpid(), _play), wrap_loader=False)


def serve_sandbox() -> None:
    """Serve the stand-ins of all outside services until told to stop; refused in production."""
    settings = environment.current()
    if settings.is_production:
        raise environment.SettingError("The sandbox does not run in production mode (BACKLINE_MODE=production).")
    ports.ensure_free(settings.bind_host, settings.sandbox_port, setting="BACKLINE_SANDBOX_PORT")
    from backline.sandbox import serve  # noqa: PLC0415

    bootstrap.log_to_stderr("sandbox")
    serve.run(settings)


@dataclass(frozen=True, slots=True)
class _Loader:
    """Makes the application inside the serving process, and ties that process to the one above it."""

    parent: int
    make: Callable[[], Any]

    def __call__(self) -> Any:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # the copied handlers of the process above would swallow them
        parent.end_with(self.parent)
        return self.make()


def _web() -> Any:
    from backline.server import wsgi  # noqa: PLC0415
    from backline.server.operations import reporting, requests  # noqa: PLC0415

    requests.LIMIT.set(WEB_THREADS)
    reporting.begin(reporting.web())
    return wsgi.application


def _play() -> Any:
    from backline.play.app import make_app  # noqa: PLC0415

    environment.current.cache_clear()  # what a setting's file says may be newer than the process above
    bootstrap.log_to_stderr("play")
    return make_app(environment.current())


def _collect_static_files() -> None:
    from django.core.management import call_command  # noqa: PLC0415

    bootstrap.start_django()
    call_command("collectstatic", interactive=False, verbosity=0)
