"""``backline artist import``: an artist's pages from a Spotify artist URL, without a browser."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import close_old_connections, connection

from backline.accounts import selectors as accounts
from backline.accounts import services as account_services
from backline.accounts.types import ArtistAccess
from backline.catalog import selectors as catalog
from backline.catalog import services as catalog_services
from backline.catalog.types import ImportProgress, ImportStatus
from backline.connections import selectors as connections
from backline.connections import services as connection_services
from backline.core.errors import RetryLater
from backline.links import selectors as links
from backline.server import demo
from backline.server.commands import CommandError, say
from backline.server.commands.programs import PARENT
from backline.settings import environment

LOOK_SECONDS = 0.25
WORKER_SILENCE_SECONDS = 10
"""A worker that has said nothing for so long is not there; heartbeats come every 2 s."""


def run(
    settings: environment.Environment,
    *,
    url: str,
    owner_email: str | None,
    name: str | None,
    waits: bool,
    as_json: bool,
) -> int:
    """Find or make the artist, import the catalogue, print what came of it. The exit code tells whether it worked."""
    try:
        access = _artist_for(url, owner_id=_owner(settings, owner_email), name=name)
        connection_services.connect_spotify(access, url=url)
    except RetryLater as busy:
        hint = "" if settings.is_production else " Here Spotify is the sandbox: does `backline up` (or sandbox) run?"
        raise CommandError(f"{busy.message}{hint}") from None
    show = _to_stderr if as_json else say
    progress = _follow(access, show=show) if waits else catalog.import_progress(access)
    _report(settings, access, progress, as_json=as_json)
    if not waits and not _worker_is_there() and not as_json:
        say("No worker runs now: the import goes on when one is started (`backline up` or `backline worker`).")
    return 1 if progress is not None and progress.status in (ImportStatus.FAILED, ImportStatus.CANCELLED) else 0


def _owner(settings: environment.Environment, email: str | None) -> UUID:
    if email is None:
        if settings.is_production:
            raise CommandError("Say whose artist it is: --owner EMAIL.")
        demo.ensure_person()
        email = demo.EMAIL
    owner = accounts.user_id_by_email(email=email)
    if owner is None:
        raise CommandError(f"Nobody signs in as {email}. Sign up first, or name another with --owner.")
    return owner


def _artist_for(url: str, *, owner_id: UUID, name: str | None) -> ArtistAccess:
    """Return the owner's access to their artist of that URL, making the artist where there is none."""
    ref = catalog_services.understand(text=url)
    if ref.kind != "artist":
        raise CommandError(
            f"That is the address of a Spotify {ref.kind}; an artist's begins with https://open.spotify.com/artist/."
        )
    for summary in accounts.artists_of(user_id=owner_id):
        access = accounts.artist_access_by_id(user_id=owner_id, artist_id=summary.id)
        known = connections.spotify_connection(access)
        if known is not None and known.external_id == ref.value:
            return access
    found = catalog_services.fetch_artist(external_id=ref.value)
    if name:
        made = account_services.create_artist(user_id=owner_id, name=name, origin="cli")
    else:
        made = account_services.create_artist_from_platform(user_id=owner_id, name=found.name, origin="cli")
    return accounts.artist_access_by_id(user_id=owner_id, artist_id=made.id)


def _follow(access: ArtistAccess, *, show: Callable[[str], None]) -> ImportProgress | None:
    """Stay until the import is over, saying what it does whenever that changes."""
    said = ""
    with _a_worker(show):
        while True:
            close_old_connections()
            progress = catalog.import_progress(access)
            if progress is None:
                return None
            line = _in_words(progress)
            if line != said:
                show(line)
                said = line
            if not progress.is_running:
                return progress
            time.sleep(LOOK_SECONDS)


def _in_words(progress: ImportProgress) -> str:
    of_how_many = f" of {progress.total}" if progress.total is not None else ""
    words = f"{progress.status.label}: {progress.done}{of_how_many} done"
    if progress.failed:
        words += f", {progress.failed} failed"
    if progress.message:
        words += f" ({progress.message})"
    return words


@contextlib.contextmanager
def _a_worker(show: Callable[[str], None]) -> Iterator[None]:
    """Run a worker for the length of the block unless one is there already."""
    if _worker_is_there():
        yield
        return
    show("No worker runs now, so this command runs one while it waits.")
    with subprocess.Popen(
        [sys.executable, "-m", "backline.server", "worker"],
        env={**os.environ, PARENT: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as worker:
        try:
            yield
        finally:
            worker.terminate()


def _worker_is_there() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s) LIMIT 1",
            [WORKER_SILENCE_SECONDS],
        )
        return cursor.fetchone() is not None


def _report(
    settings: environment.Environment, access: ArtistAccess, progress: ImportProgress | None, *, as_json: bool
) -> None:
    artist = accounts.artist_identity(artist_id=access.artist_id)
    counts = links.links_page(access, state=None, query="", after="", limit=1).counts
    answer = {
        "artist": artist.slug,
        "name": artist.name,
        "hub_url": f"{settings.play_url}/{artist.slug}",
        "releases": progress.listed if progress else 0,
        "published": counts.public,
        "in_review": counts.in_review,
        "failed": progress.failed if progress else 0,
        "status": progress.status.value if progress else "done",
    }
    if as_json:
        say(json.dumps(answer))
        return
    say(f"artist      {artist.slug}   ({artist.name})")
    for key in ("hub_url", "releases", "published", "in_review"):
        say(f"{key:<12}{answer[key]}")


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
