"""The stories of the main job, as people live them: Chromium, all four programs, the sandbox outside."""

from __future__ import annotations

import re
import time
from itertools import count

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import State, Visit
from tests.factories.catalogue import releases

from backline.sandbox import invented

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_numbers = count(1)
ONE_RELEASE = "/a/ines-tallow/"


def new_email() -> str:
    return f"reader{next(_numbers)}@example.org"


def row(page: Page, title: str) -> str:
    return page.locator("tbody tr").filter(has_text=title).inner_text()


@pytest.mark.req("SL-03", "SL-09", "PC-10", "SL-52")
def test_from_signing_up_to_counted_clicks(visit: Visit) -> None:
    """Steps 2 and 4: a new user, their artist, the import told right after a reload, a fan, the figures."""
    artist = visit()
    artist.sign_up(new_email())
    page = artist.page
    expect(page.get_by_role("heading", name="Welcome to Backline")).to_be_visible()
    page.get_by_label("Spotify artist").fill("https://open.spotify.com/album/4aawyAB9vmqN3uQ7FjRGTy")
    page.get_by_role("button", name="Find the artist").click()
    expect(page.get_by_text("This is an album or single.")).to_be_visible()
    page.get_by_label("Spotify artist").fill(f"https://open.spotify.com/artist/{invented.DEMO_ARTIST_ID}?si=0123456789")
    page.get_by_role("button", name="Find the artist").click()
    expect(page.get_by_role("heading", name="Oleander Pike")).to_be_visible()
    assert page.locator("img.person__picture").evaluate("picture => picture.naturalWidth") > 0
    assert artist.axe() == []
    page.get_by_role("button", name="Yes, make my pages").click()
    page.reload()
    expect(page.locator("#job")).to_contain_text("catalogue")
    expect(page.get_by_text("Your Spotify catalogue is imported")).to_be_visible(timeout=60_000)
    expect(page.locator("tbody tr").first).to_be_visible()
    assert page.locator("tbody img.art").first.evaluate("picture => picture.naturalWidth") > 0
    slug = re.sub(r".*/a/([^/]+)/.*", r"\1", page.url)

    fan = visit(width=390)
    fan.page.goto(f"{artist.stack.play_url}/{slug}")
    fan.page.locator("main a").first.click()
    expect(fan.page.locator("a.svc").first).to_be_visible()
    title = fan.page.locator("h1").inner_text()
    tap = fan.page.locator("a.svc").first.get_attribute("href")
    agent = fan.page.evaluate("navigator.userAgent").replace("Headless", "")
    for path in (fan.page.url.removeprefix(artist.stack.play_url), tap):
        artist.stack.get(artist.stack.play_url + str(path), headers={"User-Agent": agent})
        time.sleep(0.5)  # a tap that follows its page faster than a hand can is set aside

    def counted() -> bool:
        page.reload()
        return page.locator(".metric__value").nth(1).inner_text() == "1"

    artist.stack.wait_for(counted, seconds=10, what="the tap in the figures")
    assert page.locator(".metric__value").all_inner_texts()[:1] != ["0"]
    assert re.search(r"\b1\b", row(page, title))
    assert artist.axe() == []


@pytest.mark.req("SL-04", "SL-05")
def test_adding_what_people_paste(visit: Visit, owner: State) -> None:
    """Step 5: a track, a playlist, the same again, a UPC, an ISRC, nonsense."""
    artist = visit(signed_in=owner)
    page = artist.page

    def paste(text: str) -> None:
        artist.go(f"{ONE_RELEASE}links/")
        page.get_by_label("Spotify link, UPC or ISRC").fill(text)
        page.get_by_role("button", name="Add").click()

    (release,) = releases(artist_id=invented.SINGLE_ARTIST_ID)
    track = release.tracks[0]
    for text in (
        f"https://open.spotify.com/intl-de/track/{track.id}",
        f"spotify:album:{release.id}",
        release.upc,
        track.isrc,
    ):
        paste(text)
        expect(page.get_by_text(f"{release.title} has a Smart Link already. Here it is.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text(release.title)
    playlist = f"https://open.spotify.com/playlist/{invented.PLAYLIST_ID}"
    paste(playlist)
    expect(page.get_by_text("The Smart Link of Music for the Late Crossing is made.")).to_be_visible()
    paste(playlist)
    expect(page.get_by_text("Music for the Late Crossing has a Smart Link already.")).to_be_visible()
    paste("not an address")
    expect(page.get_by_label("Spotify link, UPC or ISRC")).to_have_value("not an address")
    expect(page.get_by_role("alert")).to_contain_text("is no address or code that we know")
    assert artist.axe() == []


def test_a_viewer_looks_and_a_stranger_finds_nothing(visit: Visit, owner: State) -> None:
    """Step 6: a colleague is invited as viewer; somebody else's artist does not exist."""
    email = new_email()
    page = visit(signed_in=owner).go(f"{ONE_RELEASE}settings/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Role", exact=True).last.select_option("viewer")
    page.get_by_role("button", name="Invite", exact=True).click()

    colleague = visit()
    colleague.sign_up(email, name="Tove Lind")
    colleague.open_mail(email, about="invit")
    colleague.page.get_by_role("button", name="Accept the invitation").click()
    seen = colleague.go(f"{ONE_RELEASE}links/")
    expect(seen.get_by_role("heading", name="Smart Links")).to_be_visible()
    expect(seen.get_by_role("button", name="Add")).to_have_count(0)
    assert seen.locator("main form[method=post]").count() == 0
    assert colleague.axe() == []

    stranger = visit()
    stranger.sign_up(new_email())
    stranger.go(f"{ONE_RELEASE}links/")
    expect(stranger.page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert stranger.axe() == []


@pytest.mark.req("SL-25", "SL-24")
def test_editing_a_page_beside_its_preview(visit: Visit, owner: State, japanese: str) -> None:
    artist = visit(signed_in=owner)
    page = artist.go(f"{japanese}links/?sort=newest")
    page.locator("tbody a.item__title").first.click()
    preview = page.frame_locator("iframe.phone__page:not(.is-behind)")
    expect(preview.locator("a.svc").first).to_be_visible()
    shown = preview.locator("a.svc").count()

    page.get_by_role("switch", name="Show Spotify to fans").click()
    expect(page.get_by_text("Spotify is hidden from fans.")).to_be_visible()
    expect(preview.locator("a.svc")).to_have_count(shown - 1)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Spotify is shown to fans.")).to_be_visible()

    page.get_by_role("button", name="Fix the address of Spotify").click()
    field = page.get_by_label("Address on Spotify")
    expect(field).to_be_focused()
    field.fill("https://example.org/not-spotify")
    page.get_by_role("button", name="Save the address").locator("visible=true").click()
    expect(page.get_by_label("Address on Spotify")).to_have_value("https://example.org/not-spotify")
    expect(page.get_by_label("Address on Spotify")).to_have_attribute("aria-invalid", "true")
    assert artist.axe() == []

    line = page.get_by_label("A line for your fans")
    line.fill("Recorded with the window open.")
    expect(page.locator("[data-count-for=id_description]")).to_have_text("30 of 500")
    expect(preview.get_by_text("Recorded with the window open.")).to_be_visible()
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_text("Your words are saved.")).to_be_visible()

    page.get_by_role("link", name="Copy", exact=True).click()
    expect(page.get_by_text(re.compile("^Copied "))).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(artist.stack.play_url)

    page.get_by_role("link", name="Unpublish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("stops working at once")
    assert artist.axe() == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="Unpublish").click()
    page.get_by_role("dialog").get_by_role("button", name="Unpublish").click()
    expect(page.locator(".page-header .status")).to_contain_text("Unpublished")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".page-header .status")).to_contain_text("Published")

    artist.go(f"{japanese}links/settings/")
    page.get_by_role("button", name=re.compile("^Move Deezer, position")).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name=re.compile("One fixed order"))).to_be_checked()
    page.get_by_role("button", name="Save the order").click()
    expect(page.get_by_text("Services now stand in one order for every fan.")).to_be_visible()
    names = page.locator(".services--order .service__name").all_inner_texts()
    assert names.index("Deezer") == 2


def test_everything_works_without_script(visit: Visit, owner: State, japanese: str) -> None:
    plain = visit(script=False, signed_in=owner)
    page = plain.go(f"{japanese}links/?sort=newest")
    page.locator("tbody a.item__title").first.click()
    page.locator("#service-spotify .service__tools").get_by_role("button", name="Fix").click()
    expect(page.get_by_label("Address on Spotify")).to_be_visible()
    page.get_by_role("switch", name="Show Spotify to fans").click()
    page.locator("#service-spotify .service__shown").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Spotify is hidden from fans.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Unpublish").click()
    expect(page.get_by_text("stops working at once")).to_be_visible()
    page.get_by_role("button", name="Unpublish").click()
    expect(page.locator(".page-header .status")).to_contain_text("Unpublished")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".page-header .status")).to_contain_text("Published")
    phone = visit(width=390, script=False, signed_in=owner)
    phone.go(f"{ONE_RELEASE}links/")
    phone.page.get_by_role("link", name="More", exact=True).click()
    phone.page.get_by_role("navigation", name="Dashboard").get_by_role("link", name="Organization").click()
    expect(phone.page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs_over(
    visit: Visit, owner: State, japanese: str, width: int, scheme: str
) -> None:
    visitor = visit(width=width, scheme=scheme, signed_in=owner)
    page = visitor.go(f"{japanese}links/?sort=newest")
    link = page.locator("tbody a.item__title").first.get_attribute("href")
    for path in (
        japanese,
        f"{japanese}links/",
        f"{japanese}links/?q=nothing-has-this-title",
        f"{japanese}links/bots/",
        f"{japanese}links/review/",
        f"{japanese}links/settings/",
        str(link),
        f"{link}?fix=spotify&add",
        f"{link}qr/",
        f"{link}unpublish/",
        "/start/",
        "/report/?page=ines-tallow",
        "/nothing/here/",
    ):
        page = visitor.go(path)
        assert visitor.axe() == [], path
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the screen"


def test_the_menu_on_a_phone_is_a_drawer(visit: Visit, owner: State) -> None:
    phone = visit(width=390, signed_in=owner)
    page = phone.go(f"{ONE_RELEASE}links/")
    page.get_by_role("link", name="More", exact=True).click()
    drawer = page.get_by_role("dialog", name="Menu")
    expect(drawer.get_by_role("link", name="Organization")).to_be_visible()
    assert phone.axe() == []
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.get_by_role("link", name=re.compile("change artist")).click()
    drawer.locator("summary").first.click()
    drawer.get_by_role("link", name="Create New Artist").click()
    expect(page.get_by_role("heading", name="Create New Artist")).to_be_visible()


def test_menus_are_walked_with_the_keyboard(visit: Visit, owner: State) -> None:
    page = visit(signed_in=owner).go(f"{ONE_RELEASE}links/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    more = page.locator("tbody summary").first
    more.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody .menu__item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    assert page.locator("details.menu[open]").count() == 0
    term = page.get_by_role("button", name="Views", exact=True)
    term.focus()
    expect(page.get_by_role("tooltip").first).to_be_visible()
