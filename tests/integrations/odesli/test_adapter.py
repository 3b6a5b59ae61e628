from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.faults import Faulty
from tests.contracts.link_source import LinkSourceContract
from tests.factories.catalogue import key_of, releases
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.types import Confidence
from backline.core.errors import NeedsAction
from backline.integrations.odesli.adapter import OdesliLinks
from backline.integrations.odesli.client import OdesliClient
from backline.sandbox import invented, presence
from backline.sandbox.catalogue import Release


def make(sandbox: Sandbox, key: str = "a-key") -> OdesliLinks:
    settings = replace(sandbox.settings.odesli, key=key)
    return OdesliLinks(OdesliClient(settings, outbound(sandbox.base_url)))


def known() -> Release:
    return next(
        release
        for release in releases(artist_id=invented.BENCH_500_ARTIST_ID)
        if presence.is_in_odesli(release) and presence.itunes_knows(release) is presence.Knows.BY_UPC
    )


class TestOdesli(LinkSourceContract):
    make = staticmethod(make)
    faulty = Faulty(provider="odesli", says="Odesli ", call=lambda source: source.find(key_of(known())))


def test_its_links_wait_for_a_yes_because_it_does_not_tell_how_it_matched(sandbox: Sandbox) -> None:
    found = make(sandbox).find(key_of(known()))
    assert {link.confidence for link in found} == {Confidence.NAME}
    assert {"apple-music", "itunes"} <= {link.service for link in found}


def test_what_has_another_title_or_artist_there_is_not_taken(sandbox: Sandbox) -> None:
    key = key_of(known())
    assert make(sandbox).find(replace(key, title="Something Else")) == ()
    assert make(sandbox).find(replace(key, artist_name="Somebody Else")) == ()


def test_without_a_spotify_id_it_is_not_asked(sandbox: Sandbox) -> None:
    assert make(sandbox).find(replace(key_of(known()), spotify_id="")) == ()
    assert sandbox.counts().get("odesli", 0) == 0


def test_a_key_that_is_refused_needs_somebody_to_act(sandbox: Sandbox) -> None:
    sandbox.fault("odesli", "revoked")
    with pytest.raises(NeedsAction) as refusal:
        make(sandbox, key="planted-key").find(key_of(known()))
    assert refusal.value.message == "Odesli refuses our credentials. Check the settings for Odesli."
