"""Passkeys, with an authenticator that Chromium pretends to have."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PASSWORD, Visit

pytestmark = [pytest.mark.browser, pytest.mark.req("PP-10")]


def test_a_passkey_signs_in_and_a_browser_that_gives_none_says_why(visit: Visit) -> None:
    visitor = visit()
    visitor.sign_up("passkey@example.org")
    page = visitor.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**device, "isUserVerified": True}})
    visitor.go("/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    visitor.go("/account/2fa/webauthn/reauthenticate/")
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(lambda url: "reauthenticate" not in url)

    page.context.clear_cookies()
    visitor.go("/account/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/start/")

    page.context.clear_cookies()
    visitor.go("/account/login/")
    devtools.send("WebAuthn.setUserVerified", {**added, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("It was cancelled, or it took too long.")

    page.goto(visitor.stack.web_url.replace("localhost", "127.0.0.1") + "/account/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text(f"Open {visitor.stack.web_url} and try again there.")
    page.get_by_label("Email").fill("passkey@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
