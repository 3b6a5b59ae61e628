"""The Audience tab as an artist lives it: look, choose days by keyboard, take the rows along, share, stop sharing."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import State, Visit
from tests.factories.analytics import BROWSER

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AUDIENCE = "/a/ines-tallow/audience/"


@pytest.mark.req("SL-53", "PP-42", "SL-26")
def test_from_a_fan_to_a_row_and_to_shared_figures(visit: Visit, owner: State) -> None:
    artist = visit(signed_in=owner)
    page, stack = artist.page, artist.stack
    fan = {"User-Agent": BROWSER, "Referer": "https://l.instagram.com/", "Accept-Language": "is-IS"}
    for number in range(6):
        stack.get(f"{stack.play_url}/ines-tallow?utm_source=tour-poster&n={number}", headers=fan)

    def counted() -> bool:
        artist.go(AUDIENCE)
        return page.get_by_label("Referrers, Views").filter(has_text="Instagram").count() > 0

    stack.wait_for(counted, what="the fans in the figures")
    expect(page.get_by_label("Source, Views")).to_contain_text("tour-poster")
    expect(page.get_by_label("Languages, Views")).to_contain_text("Icelandic (Iceland)")
    assert artist.axe() == []

    page.get_by_text("Other days").focus()
    page.keyboard.press("Enter")
    first = page.get_by_label("First day")
    expect(first).to_be_visible()
    first.fill(time.strftime("%Y-%m-%d", time.gmtime()))
    page.keyboard.press("Enter")
    expect(page.get_by_text("against the day before")).to_be_visible()

    phone = visit(width=390, signed_in=owner)
    phone.go(AUDIENCE)
    assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    figures = phone.page.locator(".tabs--metrics")
    assert figures.evaluate("tabs => tabs.scrollWidth <= tabs.clientWidth"), "all six figures are in sight"
    assert phone.axe() == []

    page.get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Write the file").click()
    assert artist.axe() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click(timeout=60_000)
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert {(row["utm_source"], row["locale"]) for row in rows if row["utm_source"]} == {("tour-poster", "is-IS")}
    assert "visitor" not in rows[0]

    artist.go(AUDIENCE + "reports/")
    page.get_by_label("Who it is for").fill("North Label")
    page.get_by_role("button", name="Share", exact=True).click()
    assert artist.axe() == []
    address = str(page.get_by_role("link", name="Copy the address").get_attribute("href"))
    label = visit(width=390)
    label.page.goto(address)
    expect(label.page.get_by_label("Referrers, Views")).to_contain_text("Instagram")
    assert label.axe() == []
    page.get_by_role("button", name="End").click()
    label.page.reload()
    expect(label.page.get_by_text("not shared any more")).to_be_visible()
