"""Giving a page its own look, order, film and ways on, beside a preview that follows, in two tabs at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from tests.browser.conftest import State, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_newest(visitor: Visitor, artist: str) -> tuple[Page, FrameLocator]:
    page = visitor.go(f"{artist}links/?sort=newest")
    page.locator("tbody a.item__title").first.click()
    return page, page.frame_locator("iframe.phone__page:not(.is-behind)")


def shown(page: Page) -> list[str]:
    return page.locator("#services .service__name").all_inner_texts()


def in_order(page: Page) -> list[str]:
    return page.locator("#services .service").evaluate_all("rows => rows.map(row => row.dataset.name)")


@pytest.mark.req("SL-25", "SL-28", "SL-29")
def test_a_page_gets_a_face_of_its_own(visit: Visit, owner: State, japanese: str) -> None:
    artist = visit(signed_in=owner)
    page, preview = open_newest(artist, japanese)
    expect(preview.locator("h1")).to_be_visible()

    # By keyboard, and by hand; the preview shows it before it is saved, and a save elsewhere does not undo it.
    first, second, third = shown(page)[:3]
    page.get_by_role("button", name=f"Move {second}, position 2").focus()
    page.keyboard.press("ArrowUp")
    expect(preview.locator("a.svc").first).to_contain_text(second)
    page.get_by_label("A line for your fans").fill("Typed and not saved yet.")
    page.get_by_role("radio", name="Brutalist").check(force=True)
    page.get_by_role("button", name="Save the look").click()
    expect(page.get_by_text("The look is saved.")).to_be_visible()
    expect(page.get_by_label("A line for your fans")).to_have_value("Typed and not saved yet.")
    assert shown(page)[:2] == [second, first]
    expect(preview.get_by_text("Typed and not saved yet.")).to_be_visible()
    page.locator("#services").scroll_into_view_if_needed()
    page.locator("#services .service").first.hover()
    grip = page.get_by_role("button", name=f"Move {third}, position 3").bounding_box()
    top = page.locator("#services .service").first.bounding_box()
    assert grip is not None
    assert top is not None
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(grip["x"] + 5, top["y"] + 4, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Save this order").click()
    expect(page.get_by_text("Every fan sees this order on this page.")).to_be_visible()
    assert shown(page)[:3] == [third, second, first]
    page.get_by_role("button", name=f"Move {third} down").click()
    expect(page.get_by_text(f"{third} is moved.")).to_be_visible()
    assert shown(page)[:3] == [second, third, first]
    page.get_by_role("button", name="Follow the order of all my links").click()
    expect(page.get_by_text("This link follows the order of all your links.")).to_be_visible()

    # A film and a way on.
    page.get_by_label("YouTube address").fill("https://youtu.be/tide-script?si=abc")
    page.get_by_role("button", name="Add the video").click()
    expect(page.locator("#video .film")).to_contain_text("ミュージックビデオ")
    page.locator("#url-0").fill("instagram.com/oleanderpike")
    expect(preview.locator('a:has-text("Instagram")')).to_be_visible()
    page.get_by_role("button", name="Save the links").locator("visible=true").last.click()
    expect(page.locator("#kind-0")).to_have_value("instagram")
    page.get_by_role("button", name="Remove instagram.com/oleanderpike").click()
    expect(page.get_by_text("The link is removed.")).to_be_visible()
    page.get_by_label("A line for your fans").fill("Still not saved.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#url-0")).to_have_value("https://instagram.com/oleanderpike")
    expect(page.get_by_label("A line for your fans")).to_have_value("Still not saved.")
    assert artist.axe() == []


def test_what_is_not_saved_is_kept_and_asked_about(visit: Visit, owner: State, japanese: str) -> None:
    page, _ = open_newest(visit(signed_in=owner), japanese)
    first, second = in_order(page)[:2]
    page.get_by_role("button", name=f"Move {second}, position 2").focus()
    page.keyboard.press("ArrowDown")
    order = in_order(page)
    page.get_by_label("Title", exact=True).fill("A title")
    page.get_by_label(re.compile("^Accent")).fill("tomato")
    page.get_by_role("switch", name=f"Show {first} to fans").click()
    expect(page.get_by_text(f"{first} is hidden from fans.")).to_be_visible()
    assert in_order(page) == order
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{first} is shown to fans.")).to_be_visible()
    assert in_order(page) == order
    expect(page.get_by_label("Title", exact=True)).to_have_value("A title")
    expect(page.get_by_label(re.compile("^Accent"))).to_have_value("tomato")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator(".page-header__crumb").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save the look").click()
    expect(page.get_by_text("The look is saved.")).to_be_visible()
    assert in_order(page) == order
    page.get_by_role("button", name="Save this order").click()
    expect(page.get_by_text("Every fan sees this order on this page.")).to_be_visible()
    page.get_by_label("Title", exact=True).fill("")
    page.reload()
    assert in_order(page) == order
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Follow the order of all my links").click()
    expect(page.get_by_text("This link follows the order of all your links.")).to_be_visible()

    # On a phone services are moved by tapping.
    phone = visit(signed_in=owner, width=390)
    page = phone.go(page.url.removeprefix(phone.stack.web_url).partition("#")[0])
    first, second = in_order(page)[:2]
    tap = page.get_by_role("button", name=f"Move {second} up")
    box = tap.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    tap.tap()
    expect(page.get_by_text(f"{second} is moved.")).to_be_visible()
    assert in_order(page)[:2] == [second, first]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Follow the order of all my links").tap()
    expect(page.get_by_text("This link follows the order of all your links.")).to_be_visible()
    assert phone.axe() == []


def test_two_tabs_never_overwrite_each_other(visit: Visit, owner: State, japanese: str) -> None:
    artist = visit(signed_in=owner)
    page, _ = open_newest(artist, japanese)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Title", exact=True).fill("Theirs")
    other.get_by_role("button", name="Save the words").click()
    expect(other.locator("h1")).to_have_text("Theirs")
    page.get_by_label("Title", exact=True).fill("Mine")
    page.get_by_role("button", name="Save the words").click()
    told = page.locator("#text").get_by_role("alert")
    expect(told).to_contain_text("The title there now is “Theirs”")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Save the words").click()
    expect(page.locator("h1")).to_have_text("Mine")
    other.get_by_role("switch", name=re.compile("^Show ")).first.click()
    expect(other.locator("#services").get_by_role("alert")).to_contain_text("It is shown as it is now")
    expect(other.get_by_label("Title", exact=True)).to_have_value("Mine")
    other.get_by_label("Title", exact=True).fill("")
    other.get_by_role("button", name="Save the words").click()
    expect(other.get_by_text("Your words are saved.")).to_be_visible()


@pytest.mark.req("SL-28")
def test_a_new_look_of_all_pages_tells_how_far_it_has_come(visit: Visit, owner: State, japanese: str) -> None:
    artist = visit(signed_in=owner)
    page = artist.go(f"{japanese}links/settings/")
    page.get_by_role("radio", name="Aurora").check(force=True)
    page.get_by_label(re.compile("^Accent")).fill("tomato")
    page.get_by_role("button", name="Save the look").click()
    told = page.get_by_role("heading", name="Your pages are being made again")
    expect(told).to_be_in_viewport()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("^Your pages are (being )?made again"))).to_be_visible()
    expect(page.get_by_role("heading", name="Your pages are made again")).to_be_visible(timeout=30_000)
    expect(page.get_by_label(re.compile("^Accent"))).to_have_value("#ff6347")
    page.get_by_label("About you").fill("Songs from between two tides.")
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_text("Your text is saved.")).to_be_visible()
    assert artist.axe() == []
