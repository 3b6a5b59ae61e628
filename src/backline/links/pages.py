"""Writes the rows that play serves: one document per path, announced in the same transaction.

Rows become visible in the order of ``seq``: a writer takes a lock before it draws its numbers and holds it until it
commits, so a reader that has seen number 10 has missed nothing below it. Take every other lock first, and write pages
last in a transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q

from backline.contract import pages as contract
from backline.core import clock, jobs
from backline.links.models import PublishedPage
from backline.links.ports import edge_caches
from backline.links.slugging import TRACK_SEGMENT

_PATHS_PER_JOB = 500
_SURELY_HEARD = timedelta(seconds=15)
_WRITE = """
WITH written AS (
    INSERT INTO links_publishedpage
        (path, seq, kind, artist_id, link_id, version, is_indexable, document, updated_at)
    SELECT path, nextval('links_page_seq'), kind, %(artist_id)s, link_id, version, is_indexable, document, %(now)s
    FROM unnest(
        %(paths)s::text[], %(kinds)s::text[], %(link_ids)s::uuid[], %(versions)s::int[], %(indexable)s::bool[],
        %(documents)s::bytea[]
    ) AS page(path, kind, link_id, version, is_indexable, document)
    ON CONFLICT (path) DO UPDATE SET
        seq = EXCLUDED.seq, kind = EXCLUDED.kind, artist_id = EXCLUDED.artist_id, link_id = EXCLUDED.link_id,
        version = EXCLUDED.version, is_indexable = EXCLUDED.is_indexable, document = EXCLUDED.document,
        updated_at = EXCLUDED.updated_at
    RETURNING path
)
SELECT pg_notify(%(channel)s, path) FROM written
"""


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What a path holds now."""

    version: int
    document: contract.Document
    link_id: UUID | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write, by path, and which version every path will have. What says the same already is left alone."""

    artist_id: UUID
    fresh: dict[str, tuple[UUID | None, contract.Document]]
    versions: dict[str, int]


def of_links(link_ids: Collection[UUID], *, paths: Collection[str]) -> dict[str, KnownPage]:
    """Return the present pages of the links, and whatever the ``paths`` hold."""
    return _known(Q(link_id__in=link_ids) | Q(path__in=paths))


def of_hub(artist_id: UUID, *, path: str) -> dict[str, KnownPage]:
    """Return the artist's pages that belong to no link (the hub and its old paths), and what ``path`` holds."""
    return _known(Q(artist_id=artist_id, link_id=None) | Q(path=path))


def of_artist(artist_id: UUID) -> dict[str, KnownPage]:
    """Return every page of an artist."""
    return _known(Q(artist_id=artist_id))


def open_under(artist_slug: str, *, artist_id: UUID) -> list[tuple[UUID | None, contract.PublishedPage]]:
    """Return the artist's pages that fans can open under an address of the artist, each with its link; the hub last."""
    known = _known(
        Q(Q(path=artist_slug) | Q(path__startswith=f"{artist_slug}/"), artist_id=artist_id)
        & ~Q(kind__in=["redirect", "gone"])
    )
    found = [
        (page.link_id, page.document) for page in known.values() if isinstance(page.document, contract.PublishedPage)
    ]
    return sorted(found, key=lambda one: one[0] is None)


def plan(
    artist_id: UUID, documents: Iterable[tuple[UUID | None, contract.Document]], *, known: Mapping[str, KnownPage]
) -> Plan:
    """Return what to write of the documents, each given with its link's id.

    A document's version follows that of the page it replaces. An unchanged page keeps its version and is not written,
    so nothing that play holds goes stale for nothing.
    """
    versions: dict[str, int] = {}
    fresh: dict[str, tuple[UUID | None, contract.Document]] = {}
    for link_id, document in documents:
        before = known.get(document.path)
        if before is not None and _says_the_same(document, before.document):
            versions[document.path] = before.version
            continue
        version = 1 if before is None else before.version + 1
        versions[document.path] = version
        fresh[document.path] = (link_id, msgspec.structs.replace(document, version=version))
    return Plan(artist_id, fresh, versions)


def write(plan: Plan) -> None:
    """Write the plan and announce its paths, within the caller's transaction and as its last step."""
    if not plan.fresh:
        return
    lock("links.pages")
    documents = [document for _, document in plan.fresh.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "artist_id": plan.artist_id,
                "now": clock.now(),
                "channel": contract.NOTIFY_CHANNEL,
                "paths": list(plan.fresh),
                "kinds": [_kind(document) for document in documents],
                "link_ids": [link_id for link_id, _ in plan.fresh.values()],
                "versions": [document.version for document in documents],
                "indexable": [
                    isinstance(document, contract.PublishedPage) and document.is_indexable for document in documents
                ],
                "documents": [contract.encode(document) for document in documents],
            },
        )
    # What is new was "not found" until now, and neither that nor a redirect is kept by any cache.
    changed = [path for path, (_, document) in plan.fresh.items() if document.version > 1]
    _announce_to_caches([path for path in changed if f"/{TRACK_SEGMENT}/" not in path])


def _announce_to_caches(paths: Sequence[str]) -> None:
    """Have the caches in front of play forget pages, now and once more when every play has surely heard of the change.

    A cache that asks again at once may be given the old page by a play whose connection was just being made anew.
    """
    if not edge_caches.keys():
        return
    for start in range(0, len(paths), _PATHS_PER_JOB):
        part = list(paths[start : start + _PATHS_PER_JOB])
        jobs.enqueue("links.purge_pages", priority=10, paths=part)
        jobs.enqueue("links.purge_pages", after=_SURELY_HEARD, priority=10, paths=part)


def lock(name: str) -> None:
    """Let one transaction at a time past this point, for everything of the same ``name``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _known(which: Q) -> dict[str, KnownPage]:
    rows = PublishedPage.objects.filter(which).values_list("path", "version", "document", "link_id")
    return {
        path: KnownPage(version, contract.decode(bytes(document)), link_id) for path, version, document, link_id in rows
    }


def _kind(document: contract.Document) -> str:
    match document:
        case contract.PublishedPage():
            return document.kind
        case contract.Redirected():
            return "redirect"
        case contract.Gone():
            return "gone"


def _says_the_same(document: contract.Document, before: contract.Document) -> bool:
    if isinstance(document, contract.PublishedPage) and isinstance(before, contract.PublishedPage):
        return msgspec.structs.replace(document, version=0, updated_at="") == msgspec.structs.replace(
            before, version=0, updated_at=""
        )
    return type(document) is type(before) and msgspec.structs.replace(document, version=before.version) == before
