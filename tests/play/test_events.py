"""What is written down of a visit: everything the artist may know, and no address."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tests.factories.pages import ARTIST_ID, hub, release
from tests.play.conftest import PHONE, Fan, Running, from_country

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db


@pytest.mark.req("SL-26", "SL-53")
def test_a_view_keeps_where_the_fan_came_from_and_what_with(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    before = time.time_ns() // 1_000_000
    fan.ask(
        "/ines-tallow/letters?utm_source=ig&utm_medium=social&utm_campaign=launch&utm_term=t&utm_content=c"
        "&gclid=G1&gbraid=G2&wbraid=G3&fbclid=F1&ttclid=T1&other=x",
        peer="10.1.2.3",
        headers={
            "referer": "https://l.instagram.com/?u=secret",
            "accept-language": "pt-BR,pt;q=0.9",
            "cf-ipcountry": "br",
            "x-forwarded-for": "198.51.100.7",
        },
    )
    (event,) = play.events()
    assert before <= event.at_ms <= time.time_ns() // 1_000_000
    assert len(event.id) == 32
    assert len(event.visitor) == 16
    known = {name: getattr(event, name) for name in event.__struct_fields__ if name not in ("id", "at_ms", "visitor")}
    assert known == {
        "kind": "view",
        "artist_id": str(ARTIST_ID),
        "link_id": release().link_id,
        "service": "",
        "country": "BR",
        "referrer_host": "l.instagram.com",
        "utm_source": "ig",
        "utm_medium": "social",
        "utm_campaign": "launch",
        "utm_term": "t",
        "utm_content": "c",
        "locale": "pt-BR",
        "consent": "",
        "user_agent": PHONE,
        "signals": (),
        "click_ids": {"gclid": "G1", "gbraid": "G2", "wbraid": "G3", "fbclid": "F1", "ttclid": "T1"},
    }


@pytest.mark.req("SL-53")
def test_no_address_reaches_the_disk(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    fan.ask("/ines-tallow/letters", peer="198.51.100.77")
    fan.ask("/ines-tallow/letters/go/spotify", peer="10.0.0.1", headers={"x-forwarded-for": "198.51.100.78"})
    play.close()
    folder = play.settings.spool_folder
    written = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"service_click" in written
    assert b"198.51.100" not in written


def test_a_tap_carries_the_campaign_of_the_page_it_was_made_on(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    page = "http://127.0.0.1:8150/ines-tallow/letters?utm_source=mail&fbclid=F9"
    fan.ask("/ines-tallow/letters/go/spotify", headers={"referer": page})
    fan.ask("/ines-tallow/letters/go/spotify", headers={"referer": "https://other.example/?utm_source=mail"})
    assert [(event.utm_source, event.click_ids, event.referrer_host) for event in play.events()] == [
        ("mail", {"fbclid": "F9"}, ""),
        ("", {}, "other.example"),
    ]


@pytest.mark.parametrize(
    ("headers", "signals"),
    [
        ({"sec-purpose": "prefetch;prerender"}, ("prefetch", "prerender")),
        ({"purpose": "prefetch"}, ("prefetch",)),
        ({"x-moz": "prefetch"}, ("prefetch",)),
        ({"x-purpose": "preview"}, ("preview",)),
        ({"sec-purpose": "unheard-of"}, ()),
    ],
)
def test_what_the_browser_says_of_its_purpose_is_kept(
    play: Running, fan: Fan, publish: Publish, headers: dict[str, str], signals: tuple[str, ...]
) -> None:
    publish(release())
    fan.ask("/ines-tallow/letters", headers=headers)
    assert [event.signals for event in play.events()] == [signals]


def test_a_request_for_the_head_of_a_page_is_marked(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    fan.ask("/ines-tallow/letters", method="HEAD")
    assert [(event.kind, event.signals) for event in play.events()] == [("view", ("head",))]


def test_a_hub_view_names_the_artist_only(play: Running, fan: Fan, publish: Publish) -> None:
    publish(hub())
    fan.ask("/ines-tallow")
    assert [(event.artist_id, event.link_id) for event in play.events()] == [(str(ARTIST_ID), "")]


def test_what_does_not_exist_is_not_counted(play: Running, fan: Fan, publish: Publish) -> None:
    publish(hub())
    for path in ("/ines-tallow/nope", "/nobody", "/robots.txt", "/ines-tallow/"):
        fan.ask(path)
    assert play.events() == []


def test_long_texts_are_cut(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    fan.ask(f"/ines-tallow/letters?utm_source={'s' * 900}&gclid={'g' * 900}", headers={"user-agent": "u" * 5_000})
    (event,) = play.events()
    assert (len(event.utm_source), len(event.click_ids["gclid"]), len(event.user_agent)) == (200, 200, 512)


@pytest.mark.parametrize(
    "query", ["&".join(f"a{n}=1" for n in range(200)), "%ff=%fe&utm_source=%ff", "=&&==;", "utm_source"]
)
def test_a_strange_query_does_no_harm(play: Running, fan: Fan, publish: Publish, query: str) -> None:
    publish(release())
    assert fan.ask("/ines-tallow/letters", query=query).status == 200
    assert [event.kind for event in play.events()] == ["view"]


def test_the_visitor_is_the_days_salt_over_artist_address_and_agent(
    play: Running, fan: Fan, publish: Publish, rows: psycopg.Connection[Any]
) -> None:
    salt, today = b"s" * 32, dt.datetime.now(dt.UTC).date()
    rows.execute("INSERT INTO analytics_visitorsalt (day, salt, created_at) VALUES (%s, %s, now())", (today, salt))
    play.run(play.app.store.read_salts())
    publish(release())
    for peer in ("198.51.100.1", "198.51.100.2", "198.51.100.1"):
        fan.ask("/ines-tallow/letters", peer=peer)
    expected = [
        hmac.digest(salt, f"{ARTIST_ID}\0{peer}\0{PHONE}".encode(), hashlib.sha256).hex()[:16]
        for peer in ("198.51.100.1", "198.51.100.2", "198.51.100.1")
    ]
    assert [event.visitor for event in play.events()] == expected


def test_without_a_shared_salt_visitors_are_still_told_apart(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    for peer in ("198.51.100.1", "198.51.100.2", "198.51.100.1"):
        fan.ask("/ines-tallow/letters", peer=peer)
    first, second, third = (event.visitor for event in play.events())
    assert first == third != second


@pytest.mark.req("SL-53")
@pytest.mark.parametrize(
    ("peer", "headers", "country"),
    [
        ("10.0.0.1", {"cf-ipcountry": "DE", "x-forwarded-for": "200.160.2.3"}, "DE"),
        ("10.0.0.1", {"cf-ipcountry": "XX", "x-forwarded-for": "200.160.2.3"}, "BR"),
        ("10.0.0.1", {"cf-ipcountry": "<b>", "x-forwarded-for": "200.160.2.3, 10.0.0.9"}, "BR"),
        ("10.0.0.1", {"x-forwarded-for": "8.8.8.8, 200.160.2.3"}, "BR"),
        ("10.0.0.1", {"x-forwarded-for": "rubbish, 8.8.8.8"}, "US"),
        ("10.0.0.1", {"x-forwarded-for": "8.8.8.8, rubbish"}, ""),
        ("200.160.2.3", {"cf-ipcountry": "DE", "x-forwarded-for": "8.8.8.8"}, "BR"),
        ("200.160.2.3", {"cf-ipcountry": "JP", "forwarded": "for=8.8.8.8", "x-real-ip": "8.8.8.8"}, "BR"),
        ("2a00:1450::1", {}, "IE"),
        ("::ffff:200.160.2.3", {}, "BR"),
        ("127.0.0.1", {"cf-ipcountry": "DE"}, ""),
        ("", {}, ""),
        ("not an address", {}, ""),
    ],
)
def test_the_country_is_believed_from_our_own_proxies_only(
    play: Running, publish: Publish, peer: str, headers: dict[str, str], country: str
) -> None:
    publish(release())
    play.fan.ask("/ines-tallow/letters", peer=peer, headers=headers)
    assert [event.country for event in play.events()] == [country]


def test_the_same_fan_has_one_code_through_any_of_our_proxies(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    for peer in ("10.0.0.1", "10.9.9.9"):
        fan.ask("/ines-tallow/letters", peer=peer, headers={"x-forwarded-for": "1.1.1.1, 198.51.100.9"})
    fan.ask("/ines-tallow/letters", peer="198.51.100.9")
    assert len({event.visitor for event in play.events()}) == 1


def test_a_view_from_a_country_counts_once_per_visit(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    for country in ("DE", "DE", "BR"):
        fan.ask("/ines-tallow/letters", **from_country(country))
    assert [event.country for event in play.events()] == ["DE", "DE", "BR"]
