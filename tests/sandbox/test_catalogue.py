"""The invented catalogue, identifiers, covers and a catalogue read from a file."""

from __future__ import annotations

import io
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from backline.contract.services import belongs
from backline.sandbox import artwork, csv_catalogue, identifiers, invented, presence
from backline.sandbox.app import ProductionRefusalError, make_app
from backline.sandbox.catalogue import Catalogue
from backline.sandbox.presence import Knows
from backline.settings import environment

REAL = Path(__file__).parents[3] / "shared" / "catalog" / "tracks.csv"
HEADER = ",".join(csv_catalogue.COLUMNS)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    catalogue = Catalogue()
    catalogue.add(invented.artists(), invented.playlists())
    return catalogue


def test_identifiers_are_well_formed_unique_and_the_same_every_time(catalogue: Catalogue) -> None:
    upcs = [release.upc for release in catalogue.releases.values()]
    assert all(len(upc) == 12 and upc.isdigit() for upc in upcs)
    assert all(identifiers.upc_check_digit(upc[:11]) == upc[11] for upc in upcs)
    assert len(set(upcs)) == len(upcs)
    assert all(
        identifiers.is_spotify_id(thing) for thing in [*catalogue.artists, *catalogue.releases, *catalogue.tracks]
    )
    assert all(len(track.isrc) == 12 for track in catalogue.tracks.values())
    again = Catalogue()
    again.add(invented.artists())
    assert [*again.releases] == [*catalogue.releases]


def test_upc_check_digit_agrees_with_a_published_one() -> None:
    assert identifiers.upc_check_digit("03600029145") == "2"


@pytest.mark.parametrize(
    ("artist_id", "count"),
    [
        (invented.DEMO_ARTIST_ID, 40),
        (invented.SINGLE_ARTIST_ID, 1),
        (invented.EMPTY_ARTIST_ID, 0),
        (invented.BENCH_500_ARTIST_ID, 500),
        (invented.BENCH_2000_ARTIST_ID, 2000),
    ],
)
def test_invented_artists_have_as_many_releases_as_they_say(catalogue: Catalogue, artist_id: str, count: int) -> None:
    assert len(catalogue.artists[artist_id].releases) == count


def test_the_demo_artist_has_all_four_types_and_eps_of_four_to_six_tracks(catalogue: Catalogue) -> None:
    releases = catalogue.artists[invented.DEMO_ARTIST_ID].releases
    assert Counter(release.true_type for release in releases) == {"album": 6, "ep": 7, "compilation": 5, "single": 22}
    assert all(4 <= len(release.tracks) <= 6 for release in releases if release.true_type == "ep")


def test_strange_titles_are_there(catalogue: Catalogue) -> None:
    titles = [release.title for release in catalogue.artists[invented.SCRIPTS_ARTIST_ID].releases]
    assert "潮のあいだ" in titles
    assert "<script>alert('tide')</script>" in titles
    assert max(map(len, titles)) == 500


def test_search_finds_by_words_whatever_their_case_and_accents(catalogue: Catalogue) -> None:
    assert [release.title for release in catalogue.search("TICHA zlut")] == ["Ťíchá žluť"]
    assert [artist.name for artist in catalogue.search_artists("oleander")] == ["Oleander Pike"]
    assert catalogue.search("...") == []


def test_covers_are_jpegs_of_the_size_asked_and_differ() -> None:
    one, two = identifiers.spotify_id("one"), identifiers.spotify_id("two")
    picture = Image.open(io.BytesIO(artwork.cover(one, 300)))
    assert (picture.format, picture.size) == ("JPEG", (300, 300))
    assert artwork.cover(one, 640) != artwork.cover(two, 640)
    assert artwork.cover(one, 640) == artwork.cover(one, 640)


def test_every_link_is_on_a_host_of_its_service_and_releases_differ(catalogue: Catalogue) -> None:
    releases = list(catalogue.releases.values())
    for release in releases[:400]:
        for service, url in presence.service_urls(release).items():
            assert belongs(url, service), url
        assert belongs(presence.deezer_url(release), "deezer")
        assert belongs(presence.apple_url(release), "apple-music")
    assert {presence.deezer_knows(release) for release in releases} == set(Knows)
    assert {presence.itunes_knows(release) for release in releases} == set(Knows)
    assert len({frozenset(presence.service_urls(release)) for release in releases[:400]}) > 300


def test_a_file_with_slipped_columns_keeps_its_tracks(tmp_path: Path) -> None:
    file = tmp_path / "tracks.csv"
    good = (
        "t" * 22
        + ",One,1,"
        + "a" * 22
        + ",Ann,"
        + "b" * 22
        + ",Title,ep,2020-01,1000,ZZBLN2012345,000000000000,5,pop,x"
    )
    slipped = "u" * 22 + ",Two,1,c,Band,d,Title,album,M.I.A,1000,ZZBLNI.70252,111111111117,Somebody,pop,x"
    file.write_text(f"{HEADER}\n{good}\n{slipped}\n", encoding="utf-8")
    first, second = csv_catalogue.read(file)
    assert (first.releases[0].released, first.releases[0].tracks[0].isrc) == ("2020-01", "ZZBLN2012345")
    assert second.releases[0].released == csv_catalogue.UNKNOWN_DATE
    assert len(second.releases[0].tracks[0].isrc) == 12
    assert second.popularity == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b,c\n", "must begin with the columns"), (f"{HEADER}\n1,2,3\n", "line 2")],
)
def test_a_file_that_is_no_catalogue_is_refused_with_its_reason(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "tracks.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(csv_catalogue.CatalogueFileError, match=message):
        csv_catalogue.read(file)


def test_an_absent_file_is_named() -> None:
    with pytest.raises(csv_catalogue.CatalogueFileError, match=r"BACKLINE_SANDBOX_CATALOG names /absent\.csv"):
        csv_catalogue.read(Path("/absent.csv"))


@pytest.mark.skipif(not REAL.exists(), reason="../shared/catalog/tracks.csv is not on this machine")
def test_the_real_sized_catalogue_loads_quickly_and_whole() -> None:
    begin = time.perf_counter()
    artists = csv_catalogue.read(REAL)
    seconds = time.perf_counter() - begin
    releases = [release for artist in artists for release in artist.releases]
    assert (len(artists), len(releases), sum(len(one.tracks) for one in releases)) == (10_697, 22_252, 27_845)
    garrix = next(artist for artist in artists if artist.name == "Martin Garrix")
    assert len(garrix.releases) == 67
    assert seconds < 1.5


def test_production_refuses_the_sandbox() -> None:
    production = environment.read(
        {
            "BACKLINE_MODE": "production",
            "BACKLINE_SECRET_KEY": "k" * 60,
            "BACKLINE_SYNC_SECRET": "s" * 60,
            "BACKLINE_ENCRYPTION_KEYS": "A" * 43 + "=",
            "DATABASE_URL": "postgresql://db/backline",
            "PLAY_DATABASE_URL": "postgresql://backline_play@db/backline",
            "BACKLINE_WEB_URL": "https://app.label.example",
            "BACKLINE_PLAY_URL": "https://play.label.example",
            "BACKLINE_CONTACT_EMAIL": "ops@label.example",
            "BACKLINE_MAIL_FROM": "Label <hello@label.example>",
            "SPOTIFY_CLIENT_ID": "id",
            "SPOTIFY_CLIENT_SECRET": "secret",
            "RESEND_API_KEY": "re_1",
            "SMTP_URL": "",
        }
    )
    with pytest.raises(ProductionRefusalError):
        make_app(production)
