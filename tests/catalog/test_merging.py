"""How answers become links: exact beats name, earlier beats later, a person's word stands."""

from __future__ import annotations

from uuid import UUID

import pytest

from backline.catalog.merging import ChosenLink, KnownLink, Merge, SourceLinks, merge, usable
from backline.catalog.types import Confidence, Decision, FoundLink
from backline.core.ids import new_id

ORDER = {"spotify": 0, "deezer": 1, "itunes": 2, "musicbrainz": 3}
EXACT, NAME = Confidence.EXACT, Confidence.NAME
ID = UUID("018f0000-0000-7000-8000-000000000001")


def answer(source: str, *links: tuple[str, str, Confidence]) -> SourceLinks:
    return SourceLinks(source, tuple(FoundLink(service, url, confidence) for service, url, confidence in links), 0)


def known(
    url: str,
    *,
    source: str = "deezer",
    confidence: Confidence = EXACT,
    decision: Decision = Decision.ACCEPTED,
    is_decided: bool = False,
) -> KnownLink:
    return KnownLink(ID, "tidal", "", url, source, confidence, decision, is_decided)


def chosen(merged: Merge) -> list[tuple[str, str, str, Decision]]:
    return [(link.service, link.url, link.source, link.decision) for link in merged.chosen]


def test_an_exact_match_is_accepted_and_a_name_waits() -> None:
    merged = merge(known=[], answers=[answer("deezer", ("deezer", "a", EXACT), ("tidal", "b", NAME))], order=ORDER)
    assert chosen(merged) == [
        ("deezer", "a", "deezer", Decision.ACCEPTED),
        ("tidal", "b", "deezer", Decision.WAITING),
    ]


def test_exact_beats_name_and_the_earlier_source_the_later() -> None:
    answers = [
        answer("musicbrainz", ("tidal", "exact, last", EXACT), ("apple-music", "c", EXACT)),
        answer("deezer", ("tidal", "by name, first", NAME)),
        answer("itunes", ("tidal", "exact, second", EXACT)),
    ]
    assert chosen(merge(known=[], answers=answers, order=ORDER)) == [
        ("tidal", "exact, second", "itunes", Decision.ACCEPTED),
        ("apple-music", "c", "musicbrainz", Decision.ACCEPTED),
    ]


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        # The same link again: seen, nothing to write.
        (known("a"), answer("deezer", ("tidal", "a", EXACT)), "seen"),
        # Its source has another address now.
        (known("a"), answer("deezer", ("tidal", "b", EXACT)), ("b", Decision.ACCEPTED)),
        # Its source does not have it any more.
        (known("a"), answer("deezer"), "gone"),
        # Another source was asked and says nothing about it.
        (known("a", source="itunes"), answer("deezer"), "kept"),
        # An earlier source wins, a later one does not.
        (known("a", source="musicbrainz"), answer("deezer", ("tidal", "b", EXACT)), ("b", Decision.ACCEPTED)),
        (known("a", source="deezer"), answer("itunes", ("tidal", "b", EXACT)), "kept"),
        # Exact is never replaced by a name of another source.
        (known("a", source="musicbrainz"), answer("deezer", ("tidal", "b", NAME)), "kept"),
        # What a person refused stays refused, also when it is found again or not at all.
        (
            known("a", confidence=NAME, decision=Decision.REFUSED, is_decided=True),
            answer("deezer", ("tidal", "a", NAME)),
            "seen",
        ),
        (known("a", confidence=NAME, decision=Decision.REFUSED, is_decided=True), answer("deezer"), "kept"),
        (
            known("a", confidence=NAME, decision=Decision.REFUSED, is_decided=True),
            answer("deezer", ("tidal", "a", EXACT)),
            "seen",
        ),
        # Another address is another question, and an exact one answers it.
        (
            known("a", confidence=NAME, decision=Decision.REFUSED, is_decided=True),
            answer("deezer", ("tidal", "b", NAME)),
            ("b", Decision.WAITING),
        ),
        (
            known("a", confidence=NAME, decision=Decision.REFUSED, is_decided=True),
            answer("deezer", ("tidal", "b", EXACT)),
            ("b", Decision.ACCEPTED),
        ),
        # A person's yes stands against another guess, and gives way to an exact match.
        (known("a", confidence=NAME, is_decided=True), answer("deezer", ("tidal", "b", NAME)), "kept"),
        (
            known("a", confidence=NAME, is_decided=True),
            answer("itunes", ("tidal", "b", EXACT)),
            ("b", Decision.ACCEPTED),
        ),
        # A guess that waited becomes certain.
        (
            known("a", confidence=NAME, decision=Decision.WAITING),
            answer("musicbrainz", ("tidal", "a", EXACT)),
            ("a", Decision.ACCEPTED),
        ),
        (known("a", confidence=NAME, decision=Decision.WAITING), answer("deezer", ("tidal", "a", NAME)), "seen"),
    ],
)
def test_a_refresh_respects_what_is_known(
    before: KnownLink, now: SourceLinks, after: str | tuple[str, Decision]
) -> None:
    merged = merge(known=[before], answers=[now], order=ORDER)
    if isinstance(after, tuple):
        assert [(link.url, link.decision) for link in merged.chosen] == [after]
        assert merged.gone == merged.seen_again == ()
    else:
        expected = {"seen": ((), (ID,)), "gone": ((ID,), ()), "kept": ((), ())}[after]
        assert (merged.chosen, merged.gone, merged.seen_again) == ((), *expected)


def test_territories_are_separate_links() -> None:
    links = (
        FoundLink("itunes", "https://itunes.apple.com/de/album/1", EXACT, "de"),
        FoundLink("itunes", "https://itunes.apple.com/us/album/1", EXACT),
    )
    merged = merge(known=[], answers=[usable("itunes", links)], order=ORDER)
    assert [(link.territory, link.url) for link in merged.chosen] == [
        ("DE", "https://itunes.apple.com/de/album/1"),
        ("", "https://itunes.apple.com/us/album/1"),
    ]


def test_an_address_must_belong_to_its_service() -> None:
    links = [
        FoundLink("deezer", "https://www.deezer.com/album/1", EXACT),
        FoundLink("tidal", "https://evil.example/album/1", EXACT),
        FoundLink("tidal", "https://www.deezer.com/album/1", EXACT),
        FoundLink("tidal", "http://tidal.com/album/1", EXACT),
        FoundLink("tidal", "https://evil.example\\.tidal.com/album/1", EXACT),
        FoundLink("tidal", "https://tidal.com/\r\nx", EXACT),
        FoundLink("nosuchservice", "https://nosuch.example/1", EXACT),
        FoundLink("tidal", "https://tidal.com/1", EXACT, "Germany"),
        FoundLink("tidal", "https://tidal.com/" + "a" * 2000, EXACT),
    ]
    kept = usable("deezer", links)
    assert [link.url for link in kept.links] == ["https://www.deezer.com/album/1"]
    assert kept.dropped == 8


def test_links_of_another_service_are_left_alone() -> None:
    other = KnownLink(new_id(), "qobuz", "", "q", "itunes", EXACT, Decision.ACCEPTED, is_decided=False)
    merged = merge(known=[other], answers=[answer("deezer", ("tidal", "a", EXACT))], order=ORDER)
    assert merged == Merge(
        chosen=(ChosenLink("tidal", "", "a", "deezer", EXACT, Decision.ACCEPTED),), gone=(), seen_again=()
    )
