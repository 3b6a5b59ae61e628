"""Signing up with Google and connecting Facebook, in a real browser: policies, redirects and pages on the way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.req("PP-10", "R3")]


def _allow(page: Page, person: str) -> None:
    page.get_by_label(re.compile(person)).check()
    page.get_by_role("button", name="Allow").click()


def test_somebody_signs_up_with_google_and_connects_facebook(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/account/login/")
    assert visitor.axe() == []
    page.get_by_role("button", name="Continue with Google").click()
    page.wait_for_url("**/google/accounts/**")
    _allow(page, "Maya Okafor")
    page.wait_for_url("**/start/")
    visitor.go("/account/3rdparty/")
    assert visitor.axe() == []
    page.get_by_role("button", name="Connect Facebook").click()
    page.wait_for_url("**/meta/www/**")
    _allow(page, "Pilar Ocampo")
    expect(page.get_by_role("row", name=re.compile("Facebook"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Google"))).to_be_visible()
    assert visitor.axe() == []
    page.get_by_role("button", name="Disconnect Facebook").click()
    expect(page.get_by_role("button", name="Connect Facebook")).to_be_visible()
    page.get_by_role("button", name="Disconnect Google").click()
    expect(page.get_by_role("alert")).to_contain_text("It is the only way into your account.")
    assert visitor.axe() == []
