"""``backline artist import``: an artist's pages from a Spotify artist URL, without a browser."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import close_old_connections, connection

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.catalog import selectors as catalog
from backline.catalog.types import ImportProgress, ImportStatus
from backline.connections import services as connections
from backline.core.errors import RetryLater
from backline.links import selectors as links
from backline.server import demo
from backline.server.commands import CommandError, say
from backline.server.parent import PARENT
from backline.settings import environment

LOOK_SECONDS = 0.25
WORKER_SILENCE_SECONDS = 10
"""A worker that has said nothing for so long is not there; heartbeats come every 2 s."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one URL."""

    artist: str
    name: str
    hub_url: str
    releases: int
    published: int
    in_review: int
    failed: int
    status: str

    @property
    def is_bad(self) -> bool:
        """Tell whether the import ended without doing its work."""
        return self.status in (ImportStatus.FAILED, ImportStatus.CANCELLED)


def run(
    settings: environment.Environment,
    *,
    urls: Sequence[str],
    owner_email: str | None,
    name: str | None,
    waits: bool,
    as_json: bool,
) -> int:
    """Find or make each artist, import the catalogue, print what came of it. The exit code tells whether it worked."""
    if name and len(urls) > 1:
        raise CommandError("--name goes with one URL only.")
    try:
        owner_id = _owner(settings, owner_email)
        accesses = [
            connections.artist_from_spotify(user_id=owner_id, url=url, name=name or "", origin="cli") for url in urls
        ]
    except RetryLater as busy:
        hint = "" if settings.is_production else " Here Spotify is the sandbox: does `backline up` (or sandbox) run?"
        raise CommandError(f"{busy.message}{hint}") from None
    if waits:
        _follow(accesses, show=_to_stderr if as_json else say)
    answers = [_answer(settings, access) for access in accesses]
    if as_json:
        found = [asdict(answer) for answer in answers]
        say(json.dumps(found if len(found) > 1 else found[0]))
    else:
        for answer in answers:
            _print(answer)
        if not waits and not _worker_is_there():
            say("No worker runs now: the import goes on when one is started (`backline up` or `backline worker`).")
    return 1 if any(answer.is_bad for answer in answers) else 0


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


def _follow(accesses: Sequence[ArtistAccess], *, show: Callable[[str], None]) -> None:
    """Stay until every import is over, saying what they do whenever that changes."""
    said = ""
    with _a_worker(show):
        while True:
            close_old_connections()
            found = [progress for access in accesses if (progress := catalog.import_progress(access))]
            line = _in_words(found[0]) if len(found) == 1 else _all_in_words(found)
            if line != said:
                show(line)
                said = line
            if not any(progress.is_running for progress in found):
                return
            time.sleep(LOOK_SECONDS)


def _in_words(progress: ImportProgress) -> str:
    of_how_many = f" of {progress.total}" if progress.total is not None else ""
    words = f"{progress.status.label}: {progress.done}{of_how_many} done"
    if progress.failed:
        words += f", {progress.failed} failed"
    if progress.message:
        words += f" ({progress.message})"
    return words


def _all_in_words(found: Sequence[ImportProgress]) -> str:
    over = sum(not progress.is_running for progress in found)
    done = sum(progress.done for progress in found)
    listed = sum(progress.listed for progress in found)
    return f"{over} of {len(found)} artists over: {done} of {listed} listed releases done"


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


def _answer(settings: environment.Environment, access: ArtistAccess) -> Answer:
    artist = accounts.artist_identity(artist_id=access.artist_id)
    progress = catalog.import_progress(access)
    counts = links.link_counts(access)
    return Answer(
        artist=artist.slug,
        name=artist.name,
        hub_url=f"{settings.play_url}/{artist.slug}",
        releases=progress.listed if progress else 0,
        published=counts.public,
        in_review=counts.in_review,
        failed=progress.failed if progress else 0,
        status=progress.status.value if progress else ImportStatus.DONE.value,
    )


def _print(answer: Answer) -> None:
    say(f"artist      {answer.artist}   ({answer.name})")
    say(f"hub_url     {answer.hub_url}")
    say(f"releases    {answer.releases}")
    say(f"published   {answer.published}")
    say(f"in_review   {answer.in_review}")


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
