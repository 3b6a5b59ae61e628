"""A real browser on the real product: the system's Chromium, driven by Playwright, checked by axe."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.plugins.stack import Stack

from backline.sandbox import invented

PASSWORD = "ferry lights at four"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_EXPECTED = re.compile(r"the server responded with a status of 4(?:04|09|22)")


@dataclass
class Visitor:
    """Somebody at a browser. ``complaints`` holds what the console said that it should not have."""

    page: Page
    stack: Stack
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def go(self, path: str) -> Page:
        """Open a page of the dashboard."""
        self.page.goto(self.stack.web_url + path)
        return self.page

    def sign_up(self, email: str, name: str = "Rika Sund") -> None:
        """Sign up, and confirm from the mail in the sandbox's mailbox."""
        page = self.go("/account/signup/")
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name=re.compile("sign up|create", re.IGNORECASE)).click()
        self.open_mail(email)
        page.get_by_role("button", name=re.compile("^confirm", re.IGNORECASE)).click()

    def open_mail(self, email: str, *, about: str = "confirm") -> None:
        """Follow the link of the newest mail to an address whose subject has the word."""
        self.page.goto(self.link_of_mail(email, about=about))

    def link_of_mail(self, email: str, *, about: str) -> str:
        """Wait for a mail to an address whose subject has the word, and return the first link of the newest to us."""

        def link() -> str:
            _, _, body = self.stack.get(f"{self.stack.sandbox_url}/mailbox.json?to={quote(email)}")
            fitting = [mail for mail in json.loads(body)["mails"] if about in mail["subject"].lower()]
            links = [one for one in fitting[0]["links"] if one.startswith(self.stack.web_url)] if fitting else []
            return links[0] if links else ""

        return str(self.stack.wait_for(link, what=f"a mail to {email}"))

    def make_artist(self, artist_id: str) -> str:
        """Make an artist of a Spotify address and wait for the import; return the artist's slug."""
        page = self.go("/start/")
        page.get_by_label("Spotify artist").fill(f"https://open.spotify.com/artist/{artist_id}?si=0123456789abcdef")
        page.get_by_role("button", name="Find the artist").click()
        page.get_by_role("button", name="Yes, make my pages").click()
        expect(page.get_by_text("Your Spotify catalogue is imported")).to_be_visible(timeout=60_000)
        return page.url.split("/a/")[1].split("/")[0]

    def axe(self) -> list[str]:
        """Return what axe finds on the page, one line per finding."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


Visit = Callable[..., Visitor]
State = Any


@pytest.fixture(scope="session")
def owned(chromium: Browser, stack: Stack) -> Iterator[tuple[State, str]]:
    """A signed-in person with two imported artists, ``ines-tallow`` (one release) and one in Japanese, and its slug.

    They are made once: a second person who connects the same artist would wait for an operator.
    """
    context = chromium.new_context()
    visitor = Visitor(context.new_page(), stack)
    visitor.sign_up("owner@example.org")
    visitor.make_artist(invented.SINGLE_ARTIST_ID)
    slug = visitor.make_artist(invented.SCRIPTS_ARTIST_ID)
    yield context.storage_state(), slug
    context.close()


@pytest.fixture(scope="session")
def owner(owned: tuple[State, str]) -> State:
    """The signed-in state of the person with the two artists."""
    return owned[0]


@pytest.fixture(scope="session")
def japanese(owned: tuple[State, str]) -> str:
    """Where the artist in Japanese stands; no letter of the name can be written, so the address is made up."""
    return f"/a/{owned[1]}/"


@pytest.fixture
def visit(chromium: Browser, stack: Stack) -> Iterator[Visit]:
    """Return a function that lets somebody come: ``width``, ``scheme``, ``script=False``, ``signed_in``."""
    with ExitStack() as leaving:
        visitors: list[Visitor] = []

        def come(*, width: int = 1440, scheme: str = "light", script: bool = True, signed_in: State = None) -> Visitor:
            is_phone = width < 600
            context: BrowserContext = chromium.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=script,
                is_mobile=is_phone,
                has_touch=is_phone,
                permissions=["clipboard-read", "clipboard-write"],
                storage_state=signed_in,
            )
            leaving.callback(context.close)
            visitor = Visitor(context.new_page(), stack)
            visitor.page.set_default_timeout(15_000)
            visitor.page.on("console", visitor.hear)
            visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
            visitors.append(visitor)
            return visitor

        yield come
        assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
