"""The pixels in the settings for all links."""

from __future__ import annotations

import pytest
from tests.factories.dashboards import Studio
from tests.factories.read_html import value_of

from backline.accounts.types import Role
from backline.links import selectors as links

pytestmark = [pytest.mark.django_db, pytest.mark.req("SL-27")]
META = "1234567890123456"


def post(studio: Studio, *, seen: str | None = None, **ids: str) -> tuple[int, str]:
    seen = links.artist_link_settings(studio.access).updated_at.isoformat() if seen is None else seen
    answer = studio.client.post(studio.url("links/settings/pixels/"), {"seen": seen, **ids}, follow=True)
    return answer.status_code, answer.content.decode()


def test_ids_are_saved_and_shown_again(filled: Studio) -> None:
    assert "Nothing of theirs is loaded before a fan agrees" in filled.page("links/settings/")
    status, html = post(filled, meta_pixel_id=META, google_ads_id="AW-123456789")
    assert (status, value_of(html, "id_meta_pixel_id"), value_of(html, "id_google_ads_id")) == (
        200,
        META,
        "AW-123456789",
    )
    assert "The pixels are saved. Your pages are being made again." in html
    link = links.preview_document(filled.access, link_id=filled.link_id("Harbour Night 1"))
    assert (link.pixels.meta, link.pixels.tiktok, link.pixels.google_ads) == (META, "", "AW-123456789")


def test_code_is_refused_and_stays_in_its_field(filled: Studio) -> None:
    tag = '<script>fbq("init", "1234567890123456")</script>'
    status, html = post(filled, meta_pixel_id=tag, tiktok_pixel_id="C4A1B2C3D4E5F6G7H8I9")
    assert status == 422
    assert value_of(html, "id_meta_pixel_id") == tag
    assert value_of(html, "id_tiktok_pixel_id") == "C4A1B2C3D4E5F6G7H8I9"
    assert tag not in html
    assert "A Meta pixel ID is 15 or 16 digits." in html
    assert links.artist_link_settings(filled.access).tiktok_pixel_id == ""


def test_a_form_that_came_too_late_is_kept_and_says_what_stands_there(filled: Studio) -> None:
    before = links.artist_link_settings(filled.access).updated_at.isoformat()
    post(filled, meta_pixel_id=META)
    status, html = post(filled, seen=before, meta_pixel_id="9" * 15)
    assert (status, value_of(html, "id_meta_pixel_id")) == (409, "9" * 15)
    assert f"The IDs there now are {META}." in html
    assert links.artist_link_settings(filled.access).meta_pixel_id == META


def test_a_viewer_sees_them_and_can_change_nothing(filled: Studio) -> None:
    post(filled, meta_pixel_id=META)
    viewer = filled.client_of(Role.VIEWER)
    html = viewer.get(filled.url("links/settings/")).content.decode()
    assert META in html
    assert "Save the pixels" not in html
    assert viewer.post(filled.url("links/settings/pixels/"), {"meta_pixel_id": ""}).status_code == 403


def test_the_preview_of_a_page_with_pixels_loads_and_asks_nothing(filled: Studio) -> None:
    post(filled, meta_pixel_id=META)
    answer = filled.client.get(filled.url(f"links/{filled.link_id('Harbour Night 1')}/preview/"), {"country": "US"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert META not in html
    assert "<form" not in html
    assert "facebook" not in answer.headers["Content-Security-Policy"]
