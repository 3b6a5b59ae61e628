"""Lists of links: order, filters, cursors, and no more queries for more rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.stand_ins import found_tracks

from backline.accounts.types import ArtistAccess
from backline.core.audit import SYSTEM
from backline.core.ids import new_id
from backline.links import selectors, services
from backline.links.types import LinkCounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


def titles(page: selectors.lists.LinksPage) -> list[str]:
    return [row.title for row in page.rows]


def test_newest_first_page_by_page(access: ArtistAccess) -> None:
    for title, released in (("C", "2021"), ("A", "2024-05-17"), ("B", "2024-05"), ("E", ""), ("D", "2020-01-01")):
        make_link(access, title=title, released=released)
    make_link(title="Somebody else's")
    first = selectors.links_page(access, limit=2)
    second = selectors.links_page(access, limit=2, after=first.next_cursor)
    third = selectors.links_page(access, limit=2, after=second.next_cursor)
    assert [titles(page) for page in (first, second, third)] == [["A", "B"], ["C", "D"], ["E"]]
    assert third.next_cursor == ""


def test_equal_dates_are_not_lost_between_pages(access: ArtistAccess) -> None:
    made = {make_link(access, title=f"Same {number}", released="2024").title for number in range(5)}
    seen: list[str] = []
    after = ""
    while True:
        page = selectors.links_page(access, limit=2, after=after)
        seen.extend(titles(page))
        after = page.next_cursor
        if not after:
            break
    assert len(seen) == 5
    assert set(seen) == made


def test_states_and_words_find_links(access: ArtistAccess) -> None:
    links = {
        title: make_link(access, title=title) for title in ("Public", "Offline", "Rejected", "Taken", "Ünder 100%")
    }
    services.unpublish(access, link_id=links["Offline"].pk)
    services.reject_claim(link_id=links["Rejected"].pk, actor=SYSTEM, reason="x")
    services.take_down(link_id=links["Taken"].pk, actor=SYSTEM, reason="x")
    assert selectors.link_counts(access) == LinkCounts(
        total=5, public=2, unpublished=1, in_review=0, rejected=1, taken_down=1
    )
    found = {state: titles(selectors.links_page(access, state=state)) for state in ("unpublished", "taken_down")}
    assert found == {"unpublished": ["Offline"], "taken_down": ["Taken"]}
    assert titles(selectors.links_page(access, query="ünder")) == ["Ünder 100%"]
    assert titles(selectors.links_page(access, query="100%")) == ["Ünder 100%"]
    assert titles(selectors.links_page(access, query="_")) == []
    assert selectors.links_page(access, query="nothing").counts.total == 5


@pytest.mark.parametrize(
    "filters",
    [
        {"state": "no-such"},
        {"after": "rubbish"},
        {"after": "////"},
        {"after": "MjAyNHxub3QtYS11dWlk"},
        {"query": "\x00x"},
    ],
)
def test_rubbish_finds_nothing(access: ArtistAccess, filters: dict[str, str]) -> None:
    make_link(access)
    assert selectors.links_page(access, **filters).rows == ()  # type: ignore[arg-type]


def test_a_row_says_everything_a_list_shows(access: ArtistAccess) -> None:
    link = make_link(access, title="夜", tracks=found_tracks(5), total_tracks=5)
    (row,) = selectors.links_page(access).rows
    assert (row.title, row.kind, row.release_type, row.language, row.total_tracks) == ("夜", "release", "ep", "zh", 5)
    assert (row.state_label, row.is_public, row.public_path) == ("Published", True, f"halla-norden/{link.slug}")
    assert row.public_url.endswith("/" + row.public_path)
    assert "Fans can open" in row.state_meaning


def _cost_of_page(rows: int) -> int:
    access = make_access()
    for _ in range(rows):
        make_link(access)
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.links_page(access).rows) == rows
    return len(queries)


def test_more_rows_cost_no_more_queries() -> None:
    assert _cost_of_page(1) == _cost_of_page(3) == 3


def _cost_of_links_by_id(rows: int) -> int:
    access = make_access()
    ids = [make_link(access).pk for _ in range(rows)]
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.links_by_id(access, link_ids=[*ids, new_id()])) == rows
    return len(queries)


def test_more_ids_cost_no_more_queries() -> None:
    assert _cost_of_links_by_id(1) == _cost_of_links_by_id(3) == 2
