from __future__ import annotations

import msgspec
import pytest

from backline.contract import events, pages

PAGE = pages.PublishedPage(
    kind="release",
    path="ines/letters",
    version=3,
    artist_id="a",
    link_id="l",
    artist_name="Ines",
    artist_slug="ines",
    title="Letters \u2028 </script>",
    canonical_url="https://play.example/ines/letters",
    services=(pages.Service("spotify", "https://open.spotify.com/album/1", {"DE": ""}),),
    tracks=(pages.Track(1, "The Gate"),),
)


@pytest.mark.parametrize(
    "document",
    [PAGE, pages.Redirected(path="a/b", version=1, to="a/c"), pages.Gone(path="a/b", version=2, is_secret=True)],
)
def test_a_document_comes_back_as_it_went(document: pages.Document) -> None:
    assert pages.decode(pages.encode(document)) == document


def test_what_is_not_a_document_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        pages.decode(b'{"type": "page", "path": "a"}')


def test_an_event_comes_back_as_it_went() -> None:
    event = events.Event(id="1", at_ms=5, kind="view", artist_id="a", click_ids={"gclid": "x"}, signals=("head",))
    assert events.decode(events.encode(event)) == event


def test_an_unknown_kind_of_event_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        events.decode(msgspec.msgpack.encode({"id": "1", "at_ms": 1, "kind": "bribe", "artist_id": "a"}))
