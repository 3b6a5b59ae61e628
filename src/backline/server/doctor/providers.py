"""Checks of the outside services: are they set up, and can they be reached from here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from backline.server.doctor.findings import Finding
from backline.settings import environment

PATIENCE_SECONDS = 3.0


def check(settings: environment.Environment) -> Iterator[Finding]:
    """Yield one finding per outside service that this installation uses."""
    services = {
        "Spotify": settings.spotify.api_url,
        "Deezer": settings.deezer.url,
        "iTunes": settings.itunes.url,
        "MusicBrainz": settings.musicbrainz.url,
        "mail": settings.mail.smtp_url or settings.mail.api_url,
    }
    if settings.odesli.key:
        services["Odesli"] = settings.odesli.url
    with ThreadPoolExecutor(len(services)) as pool:
        for name, problem in zip(services, pool.map(_problem, services.values()), strict=True):
            url = services[name]
            where = f"{urlsplit(url).hostname}:{_port(url)}"
            if problem:
                fix = (
                    "Is `backline sandbox` running?"
                    if not settings.is_production
                    else "Is the way out of this machine open?"
                )
                yield Finding(name, "warn", f"{where} cannot be reached: {problem}", fix)
            else:
                yield Finding(name, "ok", f"{where} can be reached")
    if settings.is_production and not settings.odesli.key:
        yield Finding("Odesli", "ok", "not used (ODESLI_KEY is not set); the other sources are asked")


def _problem(url: str) -> str:
    """Return why no connection can be made, empty when one can. Nothing is sent."""
    try:
        socket.create_connection((urlsplit(url).hostname or "", _port(url)), timeout=PATIENCE_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or {"https": 443, "http": 80, "smtps": 465, "smtp": 587}.get(parts.scheme, 443)
