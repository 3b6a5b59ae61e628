"""Where artists' own addresses may lead: known hosts, and what deceives about its host is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.factories.accounts import make_access
from tests.factories.links import make_link

from backline.core import urls
from backline.core.errors import Rejected
from backline.links import choices, destinations, selectors, services
from backline.links.models import ServiceEdit, SmartLink
from backline.links.types import SubLinkFacts
from backline.server.doctor import data
from backline.settings import environment

HERE = "www.bandsintown.com"
EVIL = "evil.test"


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Give the operator's list of hosts: ``halla.com`` until the test says another one."""
    monkeypatch.setenv("BACKLINE_DESTINATION_HOSTS", "halla.com")
    environment.current.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    environment.current.cache_clear()


def refusal(typed: str) -> str:
    """Return what is said about an address for a page, "" where it is taken."""
    try:
        choices.sub_links_of([SubLinkFacts("website", typed, "")])
    except Rejected as refused:
        return refused.field_errors["url-0"]
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "https://www.bandsintown.com/a/1",
        "https://www.ticketmaster.co.uk/halla/artist/1",
        "https://halla-norden.myshopify.com/products/vinyl?variant=1",
        "https://vimeo.com/76979871",
        "https://halla.bandcamp.com/merch",
        "https://t.me/halla",
        "halla.com",
        "https://shop.halla.com/a//b.html",
        "https://www.eventbrite.de/e/halla-tickets-1?aff=ebdssbdestsearch",
        "https://music.apple.com/de/album/1?app=music&return=https%3A%2F%2Fmusic.apple.com%2F",
        "https://pandora.app.link/?$desktop_url=https%3A%2F%2Fwww.pandora.com%2Fartist%2F1",
    ],
)
@pytest.mark.usefixtures("allow")
def test_known_hosts_and_those_of_the_operator_are_taken(url: str) -> None:
    assert refusal(url) == ""


HOST_CONFUSION = [
    # userinfo, ports, backslashes, blanks, dots: two programs could disagree where these lead
    f"https://{HERE}@{EVIL}/", f"https://{HERE}:443@{EVIL}/", f"https://{HERE}%40{EVIL}/", f"https://{EVIL}\\@{HERE}/",
    f"https://{EVIL}\\.{HERE}/", f"https://{HERE}\\@{EVIL}/", f"https://{EVIL}#@{HERE}/", f"https://{EVIL}?@{HERE}/",
    f"https://{EVIL}/@{HERE}", f"https://{EVIL}/{HERE}", f"https://{HERE}.{EVIL}/", f"https://{HERE}-{EVIL}/",
    f"https://{HERE}./", f"https://{HERE}../", f"https://.{HERE}/", f"https://{EVIL}%2f.{HERE}/",
    f"https://{EVIL}%23.{HERE}/", f"https://{EVIL}%00.{HERE}/", f"https://{HERE}:8443/", f"https://{HERE}:x/",
    f"https://{HERE}\t.{EVIL}/", f"https://{HERE}\n@{EVIL}/", f"https://{HERE} @{EVIL}/", f"https:\\\\{HERE}/",
    f"https:{HERE}/", f"https:///{EVIL}/", f"http://{HERE}/", f"//{HERE}/", f"javascript://{HERE}/%0aalert(1)",
    f"data:text/html,{HERE}", f"ftp://{HERE}/", f"https://[{HERE}]/", "https://[::ffff:7f00:1]/", "https://127.1/",
    "https://0x7f000001/", "https://2130706433/", "https://localhost/", f"https://{HERE}\u2044@{EVIL}/",
    f"https://{EVIL}\uff0f{HERE}/", f"https://{HERE}\u3002{EVIL}/", f"https://{HERE}\u200b.{EVIL}/",
    f"https://\u202e{HERE}/", f"https://{EVIL}\u2100.{HERE}/",
    # names that pass for others, in letters and as punycode
    "https://bаndsintown.com/", "https://www.bandsintоwn.com/", "https://xn--bndsintown-w1b.com/", "https://ѕоngkісk.com/",
    "https://songkicĸ.com/", "https://ƅandsintown.com/", "https://bandsíntown.com/", "https://xn--80ak6aa92e.com/",
    "https://ｂandsintown.com.evil.test/", "https://vimeo.com.evil.test/", "https://vimeo.co/", "https://vimeo.com-x.test/",
    "https://notvimeo.com/", "https://myshopify.com.evil.test/", "https://ticketmaster.evil.test/",
    "https://ticketmaster.xyz/", "https://xn--/", "https://xn--a.com/",
    # known hosts that lead on
    "https://www.youtube.com/redirect?q=evil.test", "https://www.youtube.com/x/../redirect?q=evil.test",
    "https://www.youtube.com/%72edirect?q=evil.test", "https://www.youtube.com//redirect?q=evil.test",
    "https://WWW.YOUTUBE.COM/Redirect?q=evil.test", "https://l.facebook.com/l.php?u=evil.test",
    "https://www.facebook.com/l.php?u=evil.test", "https://l.instagram.com/?u=evil.test",
    "https://www.tiktok.com/link/v2?target=evil.test", "https://vk.com/away.php?to=evil.test",
    "https://halla.us1.list-manage.com/track/click?u=1", "https://substack.com/redirect/1?j=2",
    "https://google.com/url?q=evil.test", "https://www.google.com/amp/s/evil.test", "https://t.co/abc",
    f"https://{HERE}/go?to=https://{EVIL}/", f"https://{HERE}/go?to=https%3A%2F%2F{EVIL}%2F",
    f"https://{HERE}/go?to=https%253A%252F%252F{EVIL}", f"https://{HERE}/go?to=//{EVIL}/", f"https://{HERE}/go#//{EVIL}/",
    f"https://{HERE}/go?to=%5C%5C{EVIL}", f"https://{HERE}/go?to=https:{EVIL}/", f"https://{HERE}/https://{EVIL}/",
    f"https://{HERE}/go?to=https://{HERE}@{EVIL}/", f"https://{HERE}/go?to=HTTPS://{EVIL}",
    f"https://{HERE}/go?to=https://{HERE}.{EVIL}/", f"https://{HERE}/go?a=https://{HERE}/&b=https://{EVIL}/",
]  # fmt: skip


@pytest.mark.usefixtures("allow")
@pytest.mark.parametrize("typed", HOST_CONFUSION)
def test_no_trick_leads_to_a_host_that_is_not_listed(typed: str) -> None:
    assert refusal(typed), typed


@pytest.mark.parametrize("typed", HOST_CONFUSION)
def test_where_any_host_is_allowed_an_address_still_leads_where_it_says(allow: pytest.MonkeyPatch, typed: str) -> None:
    allow.setenv("BACKLINE_DESTINATION_HOSTS", "*")
    environment.current.cache_clear()
    assert refusal("https://anything.test/") == ""
    if refusal(typed):
        return
    url = choices.safe_url(typed)
    assert not destinations.leads_on(url)
    assert not url.startswith((f"https://{HERE}/", "https://www.youtube.com/", "https://www.google.com/url"))
    assert urls.normal_https_url(url) == url


@pytest.mark.usefixtures("allow")
def test_the_refusal_names_the_host_and_whom_to_ask() -> None:
    said = refusal("https://tickets.venue.test/halla?x=1")
    assert "tickets.venue.test is not among those that are known here" in said
    assert f"ask {environment.current().contact_email} to allow tickets.venue.test." in said
    assert "paste the address at which you arrive" in refusal("https://www.youtube.com/redirect?q=venue.test")


@pytest.mark.django_db
@pytest.mark.usefixtures("allow")
def test_a_destination_of_ones_own_leads_to_a_listed_host() -> None:
    access = make_access()
    link = make_link(access)
    for service, url in (
        ("other", "https://venue.test/"),
        ("youtube", "https://www.youtube.com/redirect?q=venue.test"),
    ):
        with pytest.raises(Rejected) as refused:
            services.edit_service(access, link_id=link.pk, service=service, url=url)
        assert refused.value.field_errors["url"]
    assert services.edit_service(access, link_id=link.pk, service="other", url="https://shop.halla.com/") == "other-1"


@pytest.mark.django_db
@pytest.mark.usefixtures("allow")
def test_what_stands_on_a_page_stays_and_the_operator_is_told() -> None:
    access = make_access()
    link = make_link(access)
    old = {"kind": "website", "url": "https://old.test/a", "label": ""}
    SmartLink.objects.filter(pk=link.pk).update(
        sub_links=[old, {"kind": "website", "url": "https://halla.com/", "label": ""}]
    )
    ServiceEdit.objects.create(link=link, service="other-1", url="https://old.test/b")
    assert selectors.unlisted_hosts() == {"old.test": 2}
    (told,) = [found for found in data.check(environment.current()) if found.check == "destinations"]
    assert (told.verdict, "old.test (2)" in told.found) == ("warn", True)

    seen = selectors.link_row(access, link_id=link.pk).updated_at
    services.set_sub_links(
        access,
        link_id=link.pk,
        sub_links=[SubLinkFacts("website", "https://old.test/a", "Home")],
        expected_updated_at=seen,
    )
    services.edit_service(access, link_id=link.pk, service="other-1", url="https://old.test/b")
    assert SmartLink.objects.get().sub_links == [old | {"label": "Home"}]
    seen = selectors.link_row(access, link_id=link.pk).updated_at
    with pytest.raises(Rejected):
        services.set_sub_links(
            access,
            link_id=link.pk,
            sub_links=[SubLinkFacts("website", "https://old.test/c", "")],
            expected_updated_at=seen,
        )


@pytest.mark.parametrize(
    "word", ["https://halla.com", "halla", "halla.com/", "*.halla.com", "a@halla.com", "halla.com:443"]
)
def test_a_list_that_cannot_be_meant_is_refused(word: str) -> None:
    with pytest.raises(environment.SettingError, match="BACKLINE_DESTINATION_HOSTS"):
        environment.read({"BACKLINE_DESTINATION_HOSTS": word})


def test_hosts_are_read_as_addresses_are_kept() -> None:
    read = environment.read({"BACKLINE_DESTINATION_HOSTS": "Halla.COM, björk.is"})
    assert read.destination_hosts == ("halla.com", "xn--bjrk-6qa.is")
