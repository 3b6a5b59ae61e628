"""What every catalogue source does, whoever it is."""

from __future__ import annotations

import pytest
from tests.contracts.faults import FaultContract
from tests.factories.catalogue import catalogue, releases
from tests.plugins.sandbox import Sandbox

from backline.catalog.ports import CatalogSource
from backline.core.errors import Rejected
from backline.sandbox import invented

UNKNOWN_ID = "0" * 22


class CatalogSourceContract(FaultContract):
    """Subclasses give ``make`` and ``faulty``."""

    @pytest.fixture
    def source(self, sandbox: Sandbox) -> CatalogSource:
        made: CatalogSource = type(self).make(sandbox)
        return made

    def test_an_artist(self, source: CatalogSource) -> None:
        artist = source.artist(invented.DEMO_ARTIST_ID)
        assert (artist.external_id, artist.name) == (invented.DEMO_ARTIST_ID, "Oleander Pike")
        assert artist.image is not None

    def test_the_pages_hold_every_release_once(self, source: CatalogSource) -> None:
        seen: list[str] = []
        offset: int | None = 0
        while offset is not None:
            page = source.releases(invented.DEMO_ARTIST_ID, offset=offset)
            assert page.total == 40
            seen.extend(release.external_id for release in page.releases)
            offset = page.next_offset
        assert sorted(seen) == sorted(release.id for release in releases())

    def test_an_artist_without_releases(self, source: CatalogSource) -> None:
        page = source.releases(invented.EMPTY_ARTIST_ID, offset=0)
        assert (page.releases, page.total, page.next_offset) == ((), 0, None)

    def test_a_release_has_its_code_and_all_its_tracks_in_order(self, source: CatalogSource) -> None:
        for wanted in (releases()[0], max(releases(), key=lambda release: len(release.tracks))):
            found = source.release(wanted.id)
            assert (found.title, found.upc, found.released) == (wanted.title, wanted.upc, wanted.released)
            assert found.total_tracks == len(wanted.tracks)
            assert [(track.title, track.number, track.duration_ms) for track in found.tracks] == [
                (track.title, track.number, track.duration_ms) for track in wanted.tracks
            ]
            assert found.artist_names == ("Oleander Pike",)
            assert found.artist_ids == (invented.DEMO_ARTIST_ID,)
            assert found.images != ()

    def test_titles_in_every_script_arrive_as_they_are(self, source: CatalogSource) -> None:
        wanted = releases(artist_id=invented.SCRIPTS_ARTIST_ID)
        assert [source.release(release.id).title for release in wanted] == [release.title for release in wanted]

    def test_a_track_leads_to_its_release(self, source: CatalogSource) -> None:
        wanted = releases()[3]
        assert source.release_of_track(wanted.tracks[-1].id).external_id == wanted.id

    def test_a_upc_leads_to_its_release_however_it_is_padded(self, source: CatalogSource) -> None:
        wanted = next(release for release in releases() if len(release.upc.lstrip("0")) <= 12)
        for form in (wanted.upc, wanted.upc.rjust(13, "0"), wanted.upc.rjust(14, "0")):
            assert source.release_by_upc(form).external_id == wanted.id

    def test_an_isrc_leads_to_a_release_with_it(self, source: CatalogSource) -> None:
        track = releases()[0].tracks[0]
        dashed = f"{track.isrc[:2]}-{track.isrc[2:5]}-{track.isrc[5:7]}-{track.isrc[7:]}".lower()
        for form in (track.isrc, dashed):
            found = catalogue().releases[source.release_by_isrc(form).external_id]
            assert track.isrc in [other.isrc for other in found.tracks]

    def test_a_playlist_shows_its_public_face(self, source: CatalogSource) -> None:
        playlist = source.playlist(invented.PLAYLIST_ID)
        assert (playlist.title, playlist.owner_name) == ("Music for the Late Crossing", "Oleander Pike")
        assert playlist.images != ()

    @pytest.mark.parametrize(
        ("method", "argument"),
        [
            ("artist", UNKNOWN_ID),
            ("release", UNKNOWN_ID),
            ("release_of_track", UNKNOWN_ID),
            ("playlist", UNKNOWN_ID),
            ("release_by_upc", "000000000017"),
            ("release_by_upc", "no code"),
            ("release_by_isrc", "ZZZZZ9999999"),
            ("release_by_isrc", "no code"),
        ],
    )
    def test_what_does_not_exist_is_refused_with_a_fix(self, source: CatalogSource, method: str, argument: str) -> None:
        with pytest.raises(Rejected) as refusal:
            getattr(source, method)(argument)
        assert set(refusal.value.field_errors) == {"url"}

    def test_releases_of_an_artist_who_does_not_exist(self, source: CatalogSource) -> None:
        with pytest.raises(Rejected):
            source.releases(UNKNOWN_ID, offset=0)
