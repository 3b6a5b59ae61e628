"""Passing a page on: the code is copied, put into somebody else's page, and a fan taps a service there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import State, Visit
from tests.factories.http_server import answer, scripted_server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1440])
def test_a_page_stands_in_another_page_and_leads_on_from_there(
    visit: Visit, owner: State, japanese: str, width: int
) -> None:
    visitor = visit(width=width, signed_in=owner)
    page = visitor.go(f"{japanese}links/?sort=newest")
    page = visitor.go(str(page.locator("tbody a.item__title").first.get_attribute("href")))
    page.get_by_role("button", name="Copy the code").click()
    expect(page.locator("#toasts")).to_contain_text("Copied the code")
    code = page.evaluate("navigator.clipboard.readText()")
    embed = re.search(r'src="([^"]+)"', code)
    assert embed is not None

    elsewhere = visit(width=width)
    elsewhere.page.goto(embed[1])
    assert elsewhere.axe() == []
    blog = answer(code.encode(), headers={"content-type": "text/html; charset=utf-8"})
    with scripted_server(lambda _: blog) as server:
        elsewhere.page.goto(server.url)
        frame = elsewhere.page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_be_visible()
        with elsewhere.page.expect_popup() as opened:
            frame.get_by_role("listitem").first.get_by_role("link").click()
        assert urlsplit(opened.value.url).netloc != urlsplit(embed[1]).netloc, "the tap was led on"
