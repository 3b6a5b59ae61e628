"""The help pages: each is there, says what it has to, and leads on."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import make_user
from tests.factories.dashboards import Studio, signed_in

from backline.connections.types import Detail, Status
from backline.dashboard.help.pages import PAGES
from backline.integrations.google.manifest import MANIFEST as GOOGLE
from backline.integrations.meta.manifest import MANIFEST as META
from backline.integrations.tiktok.manifest import MANIFEST as TIKTOK
from backline.settings import environment

pytestmark = pytest.mark.django_db
OVERVIEW = "/help/connections/"


@pytest.fixture
def reader() -> Client:
    """Somebody without an artist: help is about none."""
    return signed_in(make_user())


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.mark.req("PC-20", "PC-21", "PC-22", "PC-23", "PC-24", "PC-25")
@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("connecting-spotify", "Connecting Spotify"),
        ("connecting-meta", "Connecting Meta"),
        ("connecting-youtube", "Connecting YouTube"),
        ("connecting-tiktok", "Connecting TikTok"),
        ("meta-business-manager", "Meta Business Manager"),
        ("youtube-connection", "YouTube Connection"),
        ("connecting-apple-music", "Connecting Apple Music"),
    ],
)
def test_a_page_is_there_and_linked_from_the_overview(reader: Client, slug: str, title: str) -> None:
    url = reverse("dashboard:help_page", args=[slug])
    assert f'href="{url}">{title}</a>' in text_of(reader, OVERVIEW)
    html = text_of(reader, url)
    assert f'<h1 class="page-header__title">{title}</h1>' in html
    heads = re.findall(r'<h2 class="section__title" id="(\w+)">([^<]+)</h2>\s*(<\w+)', html)
    assert [head for head, _, _ in heads] == ["need", "steps", "asked", "ways", "remove"]
    assert all(start != "</section" for _, _, start in heads)
    assert f'href="{OVERVIEW}"' in html


def test_every_label_is_explained_on_the_overview(reader: Client) -> None:
    rows = re.findall(r"<dt>(.*?)</dt>", text_of(reader, OVERVIEW), re.DOTALL)
    explained = {re.sub(r"<[^>]+>", "", row) for row in rows}
    assert explained == {str(label.value) for label in (*Status, *Detail)}


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_every_link_inside_leads_to_something(studio: Studio, slug: str) -> None:
    html = text_of(studio.client, reverse("dashboard:help_page", args=[slug]))
    main = html.split('<main class="main"')[1]
    inside = set(re.findall(r'<a [^>]*href="(/[^"]+)"', main))
    assert {url: studio.client.get(url.split("#")[0]).status_code for url in inside} == dict.fromkeys(inside, 200)
    for url in inside:
        path, _, place = url.partition("#")
        assert not place or f'id="{place}"' in text_of(studio.client, path)
    outside = set(re.findall(r'href="(https?://[^"]+)"', main))
    assert all(f'href="{url}" target="_blank" rel="noopener noreferrer"' in main for url in outside)


@pytest.mark.parametrize(
    ("slug", "scopes"),
    [("connecting-meta", META.scopes), ("connecting-youtube", GOOGLE.scopes), ("connecting-tiktok", TIKTOK.scopes)],
)
def test_a_page_names_exactly_what_is_asked_for(reader: Client, slug: str, scopes: tuple[str, ...]) -> None:
    html = text_of(reader, reverse("dashboard:help_page", args=[slug]))
    asked = html.split('id="asked"')[1].split("</section>")[0]
    named = ", ".join(re.findall(r"<code>([^<]+)</code>", asked)).split(", ")
    assert sorted(named) == sorted(scope.rsplit("/", 1)[-1] for scope in scopes)


def test_the_operators_own_numbers_are_shown(reader: Client) -> None:
    settings = environment.current()
    meta = text_of(reader, reverse("dashboard:help_page", args=["meta-business-manager"]))
    assert f'<p class="help__id">{settings.meta.business_id}</p>' in meta
    assert f'href="{settings.meta.business_url}/settings/partners"' in meta
    studio = text_of(reader, reverse("dashboard:help_page", args=["youtube-connection"]))
    assert f'href="{settings.google.studio_url}"' in studio
    number = re.sub(r"(...)(...)(.*)", r"\1-\2-\3", settings.google.ads_customer_id)
    assert f"has the number {number}." in studio


@pytest.mark.req("PC-12")
def test_tiktoks_page_promises_no_ads(reader: Client) -> None:
    assert "we run no ads on TikTok" in text_of(reader, reverse("dashboard:help_page", args=["connecting-tiktok"]))


def test_a_page_that_does_not_exist_says_so(reader: Client) -> None:
    assert reader.get(reverse("dashboard:help_page", args=["connecting-myspace"])).status_code == 404
