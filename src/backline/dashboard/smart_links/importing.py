"""The import of the catalogue: what it is doing, stop it, start it again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from backline.accounts import selectors as accounts
from backline.catalog import selectors as catalog
from backline.catalog import services
from backline.catalog.types import ImportFailure, ImportProgress, ImportStatus
from backline.connections import selectors as connections
from backline.core import clock
from backline.core.errors import NotFoundError
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.templatetags.dashboard import moment

NEWS = timedelta(minutes=15)
"""How long a page tells of an import that ended well or was cancelled."""

SOON = timedelta(minutes=1)
"""Waits shorter than this are told without a time of day."""


def words(count: int, noun: str) -> str:
    """Write a count with its noun, such as "1 release" or "34 releases"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def time_left(seconds: int) -> str:
    """Say about how long something takes."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds / 10) * 10} seconds left"
    if seconds < 3300:
        return f"about {words(max(1, round(seconds / 60)), 'minute')} left"
    return f"about {words(max(1, round(seconds / 3600)), 'hour')} left"


def waits_for(progress: ImportProgress) -> str:
    """Say what a paused import waits for and when it goes on.

    The message ends with what was to come when the pause began ("We will go on in 3 seconds."), which is out of date
    when somebody reads it: the time stands in its place.
    """
    reason = progress.message.partition(" We will ")[0]
    if progress.retry_at is None or progress.retry_at - clock.now() < SOON:
        return f"{reason} It goes on by itself in a moment."
    when = moment(progress.retry_at).replace(", ", " at ")
    return f"{reason} It goes on by itself {when if when.startswith('today') else f'on {when}'}."


class Job:
    """An import as the page tells of it."""

    def __init__(self, progress: ImportProgress, failures: tuple[ImportFailure, ...] = ()) -> None:
        self.progress = progress
        self.failures = failures

    @property
    def title(self) -> str:
        """What is going on, or how it ended."""
        return {
            ImportStatus.QUEUED: "The import of your Spotify catalogue is about to start",
            ImportStatus.LISTING: "Reading your Spotify catalogue",
            ImportStatus.RESOLVING: "Importing your Spotify catalogue",
            ImportStatus.PAUSED: "The import is waiting",
            ImportStatus.DONE: "Your Spotify catalogue is imported",
            ImportStatus.FAILED: "The import stopped",
            ImportStatus.CANCELLED: "The import was cancelled",
        }[self.progress.status]

    @property
    def waits_for(self) -> str:
        """What a paused import waits for, and until when."""
        return waits_for(self.progress)

    @property
    def counted(self) -> str:
        """How many of how many, and about how long it still takes."""
        progress = self.progress
        total = progress.total if progress.total is not None else progress.listed
        if not total:
            return "No release found yet" if progress.is_running else "No releases"
        text = f"{progress.done:,} of {words(total, 'release')}"
        if progress.failed:
            text += f", {progress.failed:,} not imported"
        if progress.status is ImportStatus.RESOLVING and progress.seconds_left is not None:
            text += f" · {time_left(progress.seconds_left)}"
        return text

    @property
    def total(self) -> int:
        """How many releases there are as far as is known, at least 1: the end of the bar."""
        return max(1, self.progress.total or 0, self.progress.listed)

    @property
    def over(self) -> int:
        """How many releases are settled."""
        return self.progress.done + self.progress.failed

    @property
    def percent(self) -> str:
        """Return the bar's width."""
        return f"{self.over / self.total * 100:.1f}%"

    @property
    def tone(self) -> str:
        """Return the bar's tone."""
        if self.progress.status is ImportStatus.PAUSED:
            return "attention"
        return "problem" if self.progress.status is ImportStatus.FAILED else "progress"


def job_of(request: ArtistRequest) -> Job | None:
    """Return the artist's import when there is something to tell: it runs, it failed, or it ended a short while ago."""
    progress = catalog.import_progress(request.access)
    if progress is None:
        return None
    is_news = progress.finished_at is not None and clock.now() - progress.finished_at < NEWS
    if not (progress.is_running or progress.status == ImportStatus.FAILED or is_news):
        return None
    has_failures = progress.failed > 0 and not progress.is_running
    return Job(progress, catalog.import_failures(request.access, import_id=progress.id) if has_failures else ())


@require_safe
@artist_view
def progress(request: ArtistRequest) -> HttpResponse:
    """Answer the page that asks every two seconds; ``?over=`` is how many releases it knows to be settled.

    When that number has grown, the answer tells the page to fetch its table anew.
    """
    job = job_of(request)
    if request.headers.get("HX-Request") != "true":
        return redirect("dashboard:links", request.slug)
    response = render(request, "dashboard/smart_links/job.html", {"job": job, "slug": request.slug})
    if job is not None and str(job.over) != request.GET.get("over", ""):
        response.headers["HX-Trigger"] = "imported"
    return response


@require_POST
@artist_view
@editing
def cancel(request: ArtistRequest) -> HttpResponse:
    """Stop the import; what it made stays."""
    services.cancel_import(request.access, import_id=_import_id(request))
    toasts.done(request, "The import is cancelled. The links it made stay, and you can start it again.")
    return redirect("dashboard:links", request.slug)


@require_POST
@artist_view
@editing
def now(request: ArtistRequest) -> HttpResponse:
    """Let a paused import ask Spotify at once instead of waiting."""
    services.resume_import(request.access, import_id=_import_id(request))
    toasts.done(request, "The import asks Spotify again now.")
    return redirect("dashboard:links", request.slug)


@require_POST
@artist_view
@editing
def again(request: ArtistRequest) -> HttpResponse:
    """Start the import of the connected artist again: what exists is kept and refreshed."""
    connection = connections.spotify_connection(request.access)
    if connection is None:
        raise NotFoundError("No Spotify artist is connected.")
    services.start_import(
        artist_id=request.access.artist_id,
        source_artist_id=connection.external_id,
        actor=accounts.actor_of(request.access),
    )
    toasts.done(request, "The import has started. What exists is kept.")
    return redirect("dashboard:links", request.slug)


def _import_id(request: ArtistRequest) -> UUID:
    try:
        return UUID(request.POST.get("import", ""))
    except ValueError:
        raise NotFoundError("There is no such import.") from None
