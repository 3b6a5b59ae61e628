"""MusicBrainz as a link source: one release leads to many services."""

from __future__ import annotations

from collections.abc import Sequence

from backline.catalog.rules import normal_upc
from backline.catalog.types import Confidence, FoundLink, ReleaseKey
from backline.contract.services import belongs, service_of
from backline.core.errors import Rejected
from backline.integrations.musicbrainz.client import MusicbrainzClient, Relation, ReleaseName

_MOST_RELEASES = 2
"""How many releases of one barcode are read: editors sometimes enter one twice."""

_LEADS_TO_MUSIC = frozenset(
    {"streaming", "free streaming", "download for free", "purchase for download", "amazon asin"}
)
"""Types of relations whose address plays or sells the release itself; others lead to reviews, shops for records..."""


class MusicbrainzLinks:
    """Implements ``catalog.ports.LinkSource``. Spotify is left out: the catalogue knows it better."""

    key = "musicbrainz"
    is_quick = False

    def __init__(self, client: MusicbrainzClient) -> None:
        self._client = client

    def find(self, release: ReleaseKey) -> tuple[FoundLink, ...]:
        """Return the links that editors collected for the release with this UPC; the first per service."""
        wanted = normal_upc(release.upc)
        if not wanted:
            return ()
        found: dict[str, FoundLink] = {}
        try:
            for match in self._matches(wanted):
                for link in _links(self._client.relations_of(match.id)):
                    found.setdefault(link.service, link)
        except Rejected:
            return tuple(found.values())
        return tuple(found.values())

    def _matches(self, wanted: str) -> Sequence[ReleaseName]:
        for form in dict.fromkeys((wanted, wanted.rjust(13, "0"))):
            releases = self._client.releases_with_barcode(form)
            matches = [match for match in releases if normal_upc(match.barcode or "") == wanted]
            if matches:
                return matches[:_MOST_RELEASES]
        return ()


def _links(relations: Sequence[Relation]) -> list[FoundLink]:
    links = []
    for relation in relations:
        if relation.ended or relation.url is None or relation.type not in _LEADS_TO_MUSIC:
            continue
        url = relation.url.resource
        if url.startswith("http://"):  # entered before the services spoke https; all of them do now
            url = "https://" + url.removeprefix("http://")
        try:
            service = service_of(url)
        except ValueError:
            continue
        if service is not None and service != "spotify" and belongs(url, service):
            links.append(FoundLink(service, url, Confidence.EXACT))
    return links
