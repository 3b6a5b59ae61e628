"""Passing a page on, from the dashboard: its codes, its card, its embed."""

from __future__ import annotations

import html
import io
import re

import pytest
from PIL import Image
from tests.factories.dashboards import Studio

from backline.links import selectors
from backline.links import services as links
from backline.links.types import LinkRow
from backline.play import oembed, qr
from backline.settings.environment import Environment


@pytest.fixture
def page(filled: Studio, events: Environment) -> str:
    return f"links/{filled.link_id('Harbour Night 1')}/"


def row(studio: Studio) -> LinkRow:
    return selectors.link_row(studio.access, link_id=studio.link_id("Harbour Night 1"))


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_code_is_shown_and_handed_out(filled: Studio, page: str, form: str) -> None:
    draw = {"svg": qr.svg, "png": qr.png}[form]
    shown = filled.client.get(filled.url(f"{page}qr.{form}"))
    assert shown.content == draw(row(filled).public_url)
    assert "Content-Disposition" not in shown.headers
    given = filled.client.get(filled.url(f"{page}qr.{form}"), {"download": ""})
    assert given.headers["Content-Disposition"] == f'attachment; filename="harbour-night-1-qr.{form}"'
    assert filled.client.get(filled.url(f"{page}qr.gif")).status_code == 404


@pytest.mark.parametrize(("size", "at_most"), [("2048", 2048), ("9999999999", 1024), ("1", 128), ("²", 1024)])
def test_a_code_for_print_is_as_large_as_is_asked_for_within_bounds(
    filled: Studio, page: str, size: str, at_most: int
) -> None:
    given = filled.client.get(filled.url(f"{page}qr.png"), {"size": size})
    assert at_most * 0.6 <= Image.open(io.BytesIO(given.content)).width <= at_most


def test_the_page_of_codes_has_the_hubs_too(filled: Studio, page: str) -> None:
    hub = selectors.artist_link_settings(filled.access).hub_url
    text = filled.page(f"{page}qr/")
    assert f"{page}qr.svg?download" in text
    assert [f'href="{hub}/qr.{form}?download' in text for form in ("svg", "png")] == [True, True]


def test_the_link_shows_its_card_and_the_code_for_websites(filled: Studio, page: str) -> None:
    text = filled.page(page)
    link = row(filled)
    assert f'src="{link.public_url}/card.png?' in text
    (code,) = re.findall(r'<textarea[^>]+id="embed"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert html.unescape(code) == oembed.frame_of(link.public_url, title=link.title)


def test_what_is_not_public_is_not_passed_on(filled: Studio, page: str) -> None:
    links.unpublish(filled.access, link_id=row(filled).id)
    text = filled.page(page)
    assert 'id="embed"' not in text
    assert "/card.png" not in text
    codes = filled.page(f"{page}qr/")
    assert f"{page}qr.svg?download" in codes
    assert "This page is not public now" in codes
