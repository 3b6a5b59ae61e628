"""The pixels of all pages of an artist: ids, and nothing that could ever run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.factories.accounts import make_access
from tests.factories.pages_now import page_at
from tests.factories.stand_ins import ARTIST_URL, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess, Role
from backline.connections.services import connect_spotify
from backline.contract.pages import Pixels
from backline.core import audit
from backline.core.errors import NotAllowedError, Rejected, StaleError
from backline.links import selectors, services
from backline.links.models import PIXEL_ID_LENGTH, ArtistLinkSettings

pytestmark = [pytest.mark.django_db, pytest.mark.req("SL-27", "R5")]
NONE = {"meta_pixel_id": "", "tiktok_pixel_id": "", "google_ads_id": ""}
IDS = {"meta_pixel_id": "123456789012345", "tiktok_pixel_id": "C4A1B2C3D4E5F6G7H8I9", "google_ads_id": "AW-12345678901"}
SHOWN = Pixels(meta=IDS["meta_pixel_id"], tiktok=IDS["tiktok_pixel_id"], google_ads=IDS["google_ads_id"])


@pytest.fixture
def access(drain_jobs: DrainJobs) -> Iterator[ArtistAccess]:
    with world(releases=[found_release(1, title="Harbour Night")]):
        made = make_access()
        connect_spotify(made, url=ARTIST_URL)
        drain_jobs(hurry=True)
        yield made


def save(access: ArtistAccess, **ids: str) -> int:
    seen = selectors.artist_link_settings(access).updated_at
    return services.set_pixels(access, **{**NONE, **ids}, expected_updated_at=seen)


def test_ids_are_kept_and_every_page_is_made_again_with_them(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    assert save(access, **{field: f" {pixel_id}\n" for field, pixel_id in IDS.items()}) == 1
    drain_jobs(hurry=True)
    assert page_at("halla-norden/harbour-night").pixels == SHOWN
    assert page_at("halla-norden").pixels == SHOWN
    assert save(access, **IDS) == 0
    assert save(access) == 1
    drain_jobs(hurry=True)
    assert page_at("halla-norden").pixels == Pixels()
    assert [entry.action for entry in audit.of_artist(access.artist_id)][:2] == ["link_settings.set_pixels"] * 2
    assert all(len(pixel_id) <= PIXEL_ID_LENGTH for pixel_id in IDS.values())


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("meta_pixel_id", "12345678901234"),
        ("meta_pixel_id", "12345678901234567"),
        ("meta_pixel_id", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥"),
        ("meta_pixel_id", "<script>alert(1)</script>"),
        ("meta_pixel_id", "fbq('init', '123456789012345');"),
        ("meta_pixel_id", "123456789012345\n<b>"),
        ("meta_pixel_id", "https://connect.facebook.net/en_US/fbevents.js"),
        ("meta_pixel_id", 'x" onload="alert(1)'),
        ("tiktok_pixel_id", "c4a1b2c3d4e5f6g7h8i9"),
        ("tiktok_pixel_id", "C4A1B2C3D4E5F6G7H8I"),
        ("tiktok_pixel_id", "C4A1B2C3D4E5F6G7H8I99"),
        ("tiktok_pixel_id", "javascript:alert(1)//"),
        ("google_ads_id", "123456789"),
        ("google_ads_id", "aw-123456789"),
        ("google_ads_id", "AW-12345678"),
        ("google_ads_id", "AW-123456789012"),
        ("google_ads_id", "AW-123456789/AbC-D_efG"),
        ("google_ads_id", "G-ABCDEF1234"),
        ("google_ads_id", "GTM-ABC123"),
        ("google_ads_id", "<script async src=https://www.googletagmanager.com/gtag/js?id=AW-123456789></script>"),
        ("google_ads_id", "A" * 10_000),
    ],
)
def test_what_is_no_id_is_refused_by_its_field_and_nothing_is_kept(access: ArtistAccess, field: str, text: str) -> None:
    with pytest.raises(Rejected) as refused:
        save(access, **{**IDS, field: text})
    assert list(refused.value.field_errors) == [field]
    assert "alone" in refused.value.field_errors[field]
    assert "link_settings.set_pixels" not in [entry.action for entry in audit.of_artist(access.artist_id)]
    assert not ArtistLinkSettings.objects.exclude(meta_pixel_id="").exists()


def test_every_wrong_field_is_named_at_once(access: ArtistAccess) -> None:
    with pytest.raises(Rejected) as refused:
        save(access, meta_pixel_id="x", tiktok_pixel_id="y", google_ads_id="z")
    assert list(refused.value.field_errors) == list(NONE)


def test_two_people_never_overwrite_each_other(access: ArtistAccess) -> None:
    seen = selectors.artist_link_settings(access).updated_at
    services.set_pixels(access, **{**NONE, "meta_pixel_id": "1" * 15}, expected_updated_at=seen)
    with pytest.raises(StaleError):
        services.set_pixels(access, **{**NONE, "meta_pixel_id": "2" * 15}, expected_updated_at=seen)
    assert selectors.artist_link_settings(access).meta_pixel_id == "1" * 15


def test_a_viewer_may_not(access: ArtistAccess) -> None:
    viewer = make_access(role=Role.VIEWER)
    with pytest.raises(NotAllowedError):
        save(viewer, **IDS)
