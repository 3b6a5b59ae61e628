"""What every link source does, whoever it is."""

from __future__ import annotations

import pytest
from tests.contracts.faults import FaultContract
from tests.factories.catalogue import key_of, releases
from tests.plugins.sandbox import Sandbox

from backline.catalog.ports import LinkSource
from backline.catalog.types import ReleaseKey
from backline.contract.services import belongs
from backline.sandbox import invented

NOBODYS = ReleaseKey(
    upc="000000000017", isrcs=("ZZZZZ9999999",), title="A Title That Nobody Uses", artist_name="Nobody At All",
    total_tracks=1, total_ms=1000, spotify_id="0" * 22, track_titles=("x",), track_ms=(1000,),
)  # fmt: skip
NAMELESS = ReleaseKey(upc="", isrcs=(), title="", artist_name="", total_tracks=0, total_ms=0)


class LinkSourceContract(FaultContract):
    """Subclasses give ``make`` and ``faulty``."""

    @pytest.fixture
    def source(self, sandbox: Sandbox) -> LinkSource:
        made: LinkSource = type(self).make(sandbox)
        return made

    def test_it_has_a_name_of_its_own(self, source: LinkSource) -> None:
        assert source.key == self.faulty.provider
        assert isinstance(source.is_quick, bool)

    def test_every_link_is_on_a_host_of_its_service_and_each_service_comes_once(self, source: LinkSource) -> None:
        found = 0
        for release in releases()[:12] + releases(artist_id=invented.SCRIPTS_ARTIST_ID):
            links = source.find(key_of(release))
            assert [link for link in links if not belongs(link.url, link.service)] == []
            assert len({(link.service, link.territory) for link in links}) == len(links)
            assert [link for link in links if link.service == "spotify"] == []
            found += len(links)
        assert found > 0

    @pytest.mark.parametrize("key", [NOBODYS, NAMELESS], ids=["unknown", "nameless"])
    def test_what_it_does_not_know_has_no_links(self, source: LinkSource, key: ReleaseKey) -> None:
        assert source.find(key) == ()

    def test_the_same_question_has_the_same_answer(self, source: LinkSource) -> None:
        key = key_of(releases()[0])
        assert source.find(key) == source.find(key)
