from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.faults import Faulty
from tests.contracts.link_source import LinkSourceContract
from tests.factories.catalogue import catalogue, key_of, known_to
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.types import Confidence, FoundLink
from backline.core.errors import RetryLater
from backline.integrations.itunes.adapter import ItunesLinks
from backline.integrations.itunes.client import ItunesClient
from backline.sandbox import presence
from backline.sandbox.catalogue import Release
from backline.sandbox.presence import Knows


def make(sandbox: Sandbox, **choices: object) -> ItunesLinks:
    client = ItunesClient(sandbox.settings.itunes, outbound(sandbox.base_url))
    return ItunesLinks(client, **choices)  # type: ignore[arg-type]


def links_of(release: Release, confidence: Confidence, store: str = "us", territory: str = "") -> tuple[FoundLink, ...]:
    slug, number = presence.slug(release.title, "_"), presence.itunes_id(release)
    return (
        FoundLink("apple-music", f"https://music.apple.com/{store}/album/{slug}/{number}", confidence, territory),
        FoundLink(
            "itunes", f"https://itunes.apple.com/{store}/album/{slug}/id{number}?app=itunes", confidence, territory
        ),
    )


class TestItunes(LinkSourceContract):
    make = staticmethod(make)
    faulty = Faulty(
        provider="itunes", says="Apple ", call=lambda source: source.find(key_of(known_to("itunes", Knows.BY_UPC)))
    )


@pytest.mark.parametrize("pad", [12, 13, 14])
def test_a_upc_matches_exactly_and_leads_to_both_of_apples_services(sandbox: Sandbox, pad: int) -> None:
    release = known_to("itunes", Knows.BY_UPC)
    key = key_of(release, upc=release.upc.lstrip("0").rjust(pad, "0"))
    assert make(sandbox).find(key) == links_of(release, Confidence.EXACT)


def test_title_artist_and_length_match_by_name(sandbox: Sandbox) -> None:
    release = known_to("itunes", Knows.BY_NAME)
    assert make(sandbox).find(key_of(release)) == links_of(release, Confidence.NAME)


def test_the_same_name_with_another_length_is_another_release(sandbox: Sandbox) -> None:
    assert make(sandbox).find(key_of(known_to("itunes", Knows.NEAR_MISS))) == ()


def test_what_only_another_storefront_sells_is_filed_for_its_country(sandbox: Sandbox) -> None:
    release = known_to("itunes", Knows.BY_UPC)
    assert make(sandbox, storefronts=("de", "us")).find(key_of(release)) == links_of(release, Confidence.EXACT, "de")
    local = next(
        one
        for one in catalogue().releases.values()
        if presence.itunes_knows(one) is Knows.BY_UPC
        and not presence.is_sold_in(one, "it")
        and presence.is_sold_in(one, "gb")
    )
    assert make(sandbox, storefronts=("it",)).find(key_of(local)) == ()
    assert make(sandbox, storefronts=("it", "gb")).find(key_of(local)) == links_of(local, Confidence.EXACT, "gb", "GB")


def test_in_production_a_page_does_not_wait_for_apples_limit(sandbox: Sandbox) -> None:
    settings = replace(sandbox.settings.itunes, requests_per_second=0.33)
    source = ItunesLinks(ItunesClient(settings, outbound(sandbox.base_url)))
    releases = list(catalogue().releases.values())[:5]
    for release in releases[:4]:
        source.find(replace(key_of(release), title=""))
    with pytest.raises(RetryLater) as failure:
        source.find(replace(key_of(releases[4]), title=""))
    assert failure.value.after is not None
    assert timedelta(seconds=2) < failure.value.after < timedelta(seconds=4)
    assert source.find(replace(key_of(releases[0]), title="")) == source.find(replace(key_of(releases[0]), title=""))
    assert sandbox.counts()["itunes"] == 4


def test_apples_403_means_slow_down(sandbox: Sandbox) -> None:
    sandbox.fault("itunes", "429")
    with pytest.raises(RetryLater) as failure:
        make(sandbox).find(key_of(known_to("itunes", Knows.BY_UPC)))
    assert failure.value.after == timedelta(minutes=1)
