"""Checks of what the product runs on: Python, settings, state folder, programs, database role."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import features

from backline.server import database
from backline.server.children import http_answers
from backline.server.doctor.findings import Finding
from backline.settings import environment

LEAST_FREE_BYTES = 1 << 30
"""Below 1 GiB free the next import or backup may fill the disk."""


def python() -> Finding:
    """Say which Python this is; an older one than 3.11 cannot install the product."""
    return Finding("python", "ok", ".".join(str(part) for part in sys.version_info[:3]))


def mode(settings: environment.Environment) -> Finding:
    """Say which mode this is, and warn of default secrets that others can reach."""
    if settings.is_production:
        return Finding("settings", "ok", "production mode")
    exposed = settings.bind_host not in ("127.0.0.1", "::1", "localhost")
    if exposed:
        return Finding(
            "settings",
            "warn",
            f"sandbox mode with default secrets, and open to other machines (BACKLINE_BIND={settings.bind_host})",
            "Set BACKLINE_MODE=production and your own secrets (`backline keys new`), or bind to 127.0.0.1.",
        )
    return Finding("settings", "ok", "sandbox mode: default secrets, every outside service on this machine")


def state_folder(home: Path) -> Finding:
    """Check that the state folder can be written and has room."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding("state folder", "fail", f"{home}: {error.strerror}", "Choose another with BACKLINE_HOME.")
    free = shutil.disk_usage(home).free
    found = f"{home}, {free / (1 << 30):.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return Finding("state folder", "fail", found, "Make room: events and covers need at least 1 GiB.")
    return Finding("state folder", "ok", found)


def programs(settings: environment.Environment) -> Iterator[Finding]:
    """Check which programs answer on their ports."""
    names = ("web", "play") if settings.is_production else ("web", "play", "sandbox")
    for name in names:
        port = getattr(settings, f"{name}_port")
        url = f"http://{settings.bind_host.replace('0.0.0.0', '127.0.0.1')}:{port}/healthz"  # noqa: S104
        if http_answers(url):
            yield Finding(name, "ok", f"answers on port {port}")
            continue
        setting = f"BACKLINE_{name.upper()}_PORT"
        yield Finding(
            name,
            "warn",
            f"does not answer on port {port}",
            f"Start it (`backline up`); if another program holds the port, choose one with {setting}.",
        )


def lettering() -> Finding:
    """Check that cards can be written in the scripts whose letters are joined or run from right to left."""
    if features.check("raqm"):
        return Finding("lettering", "ok", "titles of every script are drawn on cards")
    return Finding(
        "lettering",
        "warn",
        "cards leave out titles in Arabic, Hebrew, Hindi and Thai",
        "Install FriBidi, which Pillow looks for (Debian, Ubuntu: apt-get install libfribidi0).",
    )


def play_role(settings: environment.Environment) -> Finding:
    """Check that play does not connect as the owner of everything."""
    if settings.play_database_url:
        return Finding("play's role", "ok", "play has a role of its own, for published pages and salts only")
    return Finding(
        "play's role",
        "warn",
        "play uses the same database role as everything else",
        f"Set PLAY_DATABASE_URL to the same database with the user {database.PLAY_ROLE}, then run `backline migrate`.",
    )
