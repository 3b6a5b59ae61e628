"""What needs the artist now, worst first. Each says what is the matter, what it means and where to act."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from backline.catalog.types import ImportProgress, ImportStatus
from backline.connections.selectors import Row
from backline.connections.types import Status
from backline.dashboard.connections.acting import address
from backline.dashboard.figures import spelled
from backline.dashboard.isolation import isolated
from backline.dashboard.smart_links.importing import waits_for, words
from backline.dashboard.smart_links.states import Tone
from backline.links.health import DeadAddress
from backline.links.selectors.detail import service_name
from backline.links.types import LinkCounts


@dataclass(frozen=True, slots=True)
class Need:
    """One line of "Needs you now". ``label`` is the word of its shape, for readers."""

    tone: Tone
    shape: str
    label: str
    title: str
    text: str
    url: str
    action: str


def of(
    *,
    slug: str,
    counts: LinkCounts,
    progress: ImportProgress | None,
    waiting: int,
    connections: tuple[Row, ...] = (),
    dead: tuple[DeadAddress, ...] = (),
) -> tuple[Need, ...]:
    """Return the needs of an artist; ``waiting`` is how many found links wait for a yes or no.

    ``connections`` are those that were lost or failed, ``dead`` the artist's own addresses that lead nowhere.
    """
    links_url = reverse("dashboard:links", args=[slug])
    needs = [_of_connection(row, slug) for row in connections]
    if counts.taken_down:
        verb = "is" if counts.taken_down == 1 else "are"
        needs.append(
            Need(
                "problem",
                "issue",
                "Taken down",
                f"{words(counts.taken_down, 'link')} {verb} taken down",
                "A rights holder asked for it. Write to the operator to settle it.",
                f"{links_url}?state=taken_down",
                "See which",
            )
        )
    if counts.rejected:
        verb = "was" if counts.rejected == 1 else "were"
        needs.append(
            Need(
                "problem",
                "error",
                "Not approved",
                f"{words(counts.rejected, 'link')} {verb} not approved",
                "Write to the operator if you hold the rights.",
                f"{links_url}?state=rejected",
                "See which",
            )
        )
    if dead:
        needs.append(_of_dead(dead, slug))
    if progress is not None and progress.status == ImportStatus.FAILED:
        text = f"{progress.message} What was imported stays."
        needs.append(Need("problem", "issue", "Failed", "The import stopped", text, links_url, "Look at it"))
    if progress is not None and progress.status == ImportStatus.PAUSED:
        text = waits_for(progress)
        needs.append(Need("attention", "paused", "Paused", "The import is waiting", text, links_url, "Look at it"))
    if waiting:
        verb = "waits" if waiting == 1 else "wait"
        needs.append(
            Need(
                "attention",
                "awaiting",
                "Waiting for you",
                f"{words(waiting, 'found link')} {verb} for a yes or no",
                "Found by name only. Fans do not see them before your yes.",
                reverse("dashboard:links_review", args=[slug]),
                "Have a look",
            )
        )
    if counts.in_review:
        verb = "is" if counts.in_review == 1 else "are"
        needs.append(
            Need(
                "progress",
                "review",
                "In review",
                f"{words(counts.in_review, 'link')} {verb} in review",
                "We check that this catalogue is yours before the pages open. You need not do anything.",
                f"{links_url}?state=in_review",
                "See which",
            )
        )
    return tuple(needs)


def _of_connection(row: Row, slug: str) -> Need:
    label = row.facts.label
    url = address(slug, row.facts.key)
    if row.status is Status.DISCONNECTED:
        return Need("attention", "disconnected", row.status, f"{label} is disconnected", row.meaning, url, "Reconnect")
    if row.is_halted and row.status is not Status.ERROR:
        return Need("attention", "awaiting", "Waiting for you", f"{label} needs you", row.meaning, url, "Look at it")
    return Need("problem", "error", row.status, f"{label} could not be connected", row.meaning, url, "Look at it")


def _of_dead(dead: tuple[DeadAddress, ...], slug: str) -> Need:
    first = dead[0]
    page = f"{service_name(first.service)} on “{isolated(first.link_title)}”"
    if len(dead) == 1:
        title = "An address of yours leads nowhere"
        text = f"{page} said twice that nothing is there. Fans still get it, because it is yours."
    else:
        title = f"{spelled(len(dead))} addresses of yours lead nowhere"
        text = f"{page} is the first. They said so twice; fans still get them, because they are yours."
    url = f"{reverse('dashboard:link', args=[slug, first.link_id])}?fix={first.service}#service-{first.service}"
    return Need("problem", "issue", "Leads nowhere", title, text, url, "Fix or keep")
