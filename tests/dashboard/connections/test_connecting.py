"""Beginning: what for, for whom; choosing; and the pictures beside the names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.dashboard.connections.conftest import Stage
from tests.factories.platforms import CHANNELS, FOUND
from tests.factories.stand_ins import world

from backline.connections.models import Connection
from backline.connections.types import Choice, GrantLostError, LinkReport, LinkStatus, LossReason
from backline.core.errors import RetryLater
from backline.dashboard.connections import pictures

pytestmark = pytest.mark.django_db

LONG = "ことばの海をわたる夜行列車と誰も知らない灯台守のための長い長い名前 " * 4


@pytest.mark.req("PC-31")
def test_somebody_chooses_what_to_connect_for(stage: Stage) -> None:
    html = stage.client.get(stage.url("wavelet/connect/")).content.decode()
    assert "Connect Wavelet" in html
    assert html.index("For advertising") < html.index("Identity only")
    assert "Wavelet asks you for more access. It needs a managed-advertising plan." in html
    assert "It asks for the least and needs no plan." in html
    assert re.findall(r'name="purpose" value="(\w+)"', html) == ["advertising", "identity"]
    assert "Connecting Meta</a>" in html


@pytest.mark.req("PC-40", "PC-51")
def test_without_a_plan_only_identity_can_be_begun(stage: Stage) -> None:
    stage.platforms.plans.is_active = False
    html = stage.client.get(stage.url("wavelet/connect/")).content.decode()
    assert re.findall(r'name="purpose" value="(\w+)"', html) == ["identity"]
    assert f'href="{stage.studio.url("billing/")}">Activate billing</a>' in html


def test_who_is_connected_for_identity_can_add_advertising(stage: Stage) -> None:
    stage.consent(purpose="identity")
    stage.choose()
    row = stage.row("wavelet")
    assert "Connect for advertising too" in row
    assert "<dd>Identity only</dd>" in row
    html = stage.client.get(stage.url("wavelet/connect/")).content.decode()
    assert re.findall(r'name="purpose" value="(\w+)"', html) == ["advertising"]
    stage.platforms.consent.link = LinkReport(LinkStatus.APPROVED, evidence="data_link")
    stage.consent(purpose="advertising")
    assert "Halla Norden is connected." in stage.row("wavelet")
    assert stage.client.get(stage.url("wavelet/connect/")).status_code == 302
    assert "Wavelet is connected already." in stage.page()


@pytest.mark.req("PC-05")
def test_an_address_is_looked_up_and_confirmed(stage: Stage) -> None:
    assert f'href="{stage.url("humming/connect/")}"' in stage.row("humming")
    form = stage.client.get(stage.url("humming/connect/")).content.decode()
    assert "Humming Bird address, or a name" in form
    answer = stage.post("humming/connect/", text=" https://humming.example/artist/77 ")
    assert answer.headers["Location"] == f"{stage.url()}#row-humming"
    assert "Looking for the artist on Humming Bird." in stage.row("humming")
    stage.drain()
    row = stage.row("humming")
    assert "Is this the right artist?" in row
    assert "Latest release: <bdi>Night Ferry</bdi>, April 2025" in row
    assert 'name="artist" value="77"' in row
    assert stage.post("humming/confirm/", artist="78").status_code == 302
    assert "There is nothing to confirm any more." in stage.page()
    assert stage.post("humming/confirm/", artist="77").status_code == 302
    assert "Halla Norden is connected. Checked" in stage.row("humming")


def test_a_no_leads_to_another_address(stage: Stage) -> None:
    stage.find()
    assert f'href="{stage.url("humming/connect/")}">No, another' in stage.row("humming")
    stage.platforms.address.artist = replace(FOUND, external_id="78", name="Halla")
    stage.find("https://humming.example/artist/78")
    assert "<bdi>Halla</bdi>" in stage.row("humming")


def test_a_wrong_address_is_refused_where_it_was_typed(stage: Stage) -> None:
    answer = stage.post("humming/connect/", text="https://humming.example/album/5")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "This is no artist on Humming Bird." in html
    assert 'value="https://humming.example/album/5"' in html
    assert stage.post("humming/connect/", text="  ").status_code == 422
    assert not Connection.objects.exists()


def test_a_name_is_searched_and_one_is_picked(stage: Stage) -> None:
    stage.platforms.address.by_name = (FOUND, replace(FOUND, external_id="78", url="https://humming.example/artist/78"))
    html = stage.post("humming/connect/", text="AC/DC").content.decode()
    assert "2 found" in html
    assert 'name="text" value="https://humming.example/artist/78"' in html
    stage.platforms.address.by_name = ()
    answer = stage.post("humming/connect/", text="Nobody at All")
    assert answer.status_code == 422
    assert "Nobody called Nobody at All was found on Humming Bird." in answer.content.decode()


def test_a_search_that_is_away_says_so(stage: Stage) -> None:
    stage.platforms.address.fails = RetryLater("Humming Bird cannot answer now.")
    answer = stage.post("humming/connect/", text="Halla")
    assert answer.status_code == 422
    assert "Humming Bird cannot answer now." in answer.content.decode()
    assert 'value="Halla"' in answer.content.decode()


def test_who_is_connected_is_not_replaced_by_an_address(stage: Stage) -> None:
    stage.find()
    stage.post("humming/confirm/", artist="77")
    answer = stage.post("humming/connect/", text="https://humming.example/artist/78")
    assert answer.status_code == 422
    assert "Disconnect first to connect somebody else." in answer.content.decode()


def choices(stage: Stage) -> str:
    return stage.client.get(stage.url("wavelet/choose/")).content.decode()


@pytest.mark.req("PC-41")
def test_one_of_several_is_chosen(stage: Stage) -> None:
    stage.consent()
    html = choices(stage)
    assert "Signed in as <bdi>Jo Lind</bdi>." in html
    assert html.count('type="radio"') == 2
    assert "checked" not in html
    assert "@halla, 1,200 followers" in html
    stage.choose("channel-2")
    html = choices(stage)
    assert re.search(r'value="channel-2" required checked', html)


def test_the_only_one_is_ticked_and_those_that_will_not_do_say_why(stage: Stage) -> None:
    closed = Choice("channel-3", "Closed", why_not="This account may not advertise for it.")
    stage.platforms.consent.channels = (closed, CHANNELS[0])
    stage.consent()
    html = choices(stage)
    assert re.search(r'value="channel-3" required disabled', html)
    assert "This account may not advertise for it." in html
    assert re.search(r'value="channel-1" required checked', html)
    answer = stage.post("wavelet/choose/", choice="channel-3")
    assert answer.status_code == 422
    assert "<span>This account may not advertise for it.</span>" in answer.content.decode()


@pytest.mark.parametrize(("picked", "said"), [("", "Choose one first."), ("gone", "This one is not there any more.")])
def test_nothing_or_something_gone_is_asked_again(stage: Stage, picked: str, said: str) -> None:
    stage.consent()
    answer = stage.post("wavelet/choose/", choice=picked)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_there_may_be_none(stage: Stage) -> None:
    stage.platforms.consent.channels = ()
    stage.consent()
    html = choices(stage)
    assert "Wavelet shows us no channel for <bdi>Jo Lind</bdi>." in html
    assert "Look again" in html
    assert f'href="{stage.url("wavelet/reset/")}"' in html


def test_there_may_be_many_with_long_names(stage: Stage) -> None:
    stage.platforms.consent.channels = tuple(Choice(f"c{n}", f"{n} {LONG}") for n in range(20))
    stage.consent()
    html = choices(stage)
    assert html.count('type="radio"') == 20
    assert f'<bdi class="pick__name">19 {LONG}</bdi>' in html


def test_a_platform_that_is_away_leaves_the_choice_for_later(stage: Stage) -> None:
    stage.consent()
    stage.platforms.consent.fails = RetryLater("Wavelet cannot answer now.", after=timedelta(seconds=30))
    for answer in (stage.client.get(stage.url("wavelet/choose/")), stage.post("wavelet/choose/", choice="channel-1")):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        html = answer.content.decode()
        assert "Wavelet cannot answer now. What you did so far is kept." in html
        assert "Look again" in html


def test_a_grant_that_is_dead_by_then_is_said(stage: Stage) -> None:
    stage.consent()
    stage.platforms.consent.fails = GrantLostError("Wavelet no longer takes the access.", reason=LossReason.EXPIRED)
    assert stage.client.get(stage.url("wavelet/choose/")).headers["Location"].endswith("#row-wavelet")
    html = stage.page()
    assert html.count("Wavelet no longer takes the access.") == 2


def test_an_address_of_another_kind_of_platform_has_nothing_to_choose(stage: Stage) -> None:
    assert stage.client.get(stage.url("humming/choose/")).status_code == 302
    assert "Nobody signs in to connect this platform." in stage.page()


def test_pictures_come_from_us(stage: Stage) -> None:
    there = "https://pictures.wavelet.example/halla.jpg?size=<100>"
    stage.platforms.consent.channels = (replace(CHANNELS[0], image_url=there),)
    stage.consent()
    html = choices(stage)
    assert 'src="https://' not in html
    found = re.search(r'<img class="avatar" src="([^"]+)"', html)
    assert found
    with world() as outside:
        answer = stage.client.get(found[1].replace("&amp;", "&"))
        assert answer.status_code == 302
        assert "/art/" in answer.headers["Location"]
        assert outside.covers.fetched == [there]


def test_nobody_has_us_fetch_something_else(stage: Stage) -> None:
    own = pictures.address(stage.studio.artist.slug, "https://pictures.wavelet.example/a.jpg")
    for url in (own.replace("a.jpg", "b.jpg"), stage.url("picture/?of=https://x.example/a.jpg"), stage.url("picture/")):
        assert stage.client.get(url).status_code == 404
    with world() as outside:
        outside.covers.trouble = RetryLater("The host of the picture cannot answer now.")
        assert stage.client.get(own).status_code == 404
