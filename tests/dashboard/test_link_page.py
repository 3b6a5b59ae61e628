"""One link: what fans get, and everything that can be changed about it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.factories.dashboards import Studio, fill, play_events
from tests.factories.read_html import value_of
from tests.factories.stand_ins import found_release
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import Role
from backline.core import clock
from backline.dashboard.isolation import isolated
from backline.links import selectors
from backline.links import services as links
from backline.links.types import LinkDetail, LinkDraft, LinkState
from backline.play import render as play
from backline.settings import environment
from backline.settings.environment import Environment


@pytest.fixture
def page(filled: Studio, events: Environment) -> str:
    return f"links/{filled.link_id('Harbour Night 1')}/"


def detail(studio: Studio, title: str = "Harbour Night 1") -> LinkDetail:
    return selectors.link_detail(studio.access, link_id=studio.link_id(title))


def urls(studio: Studio) -> dict[str, str]:
    return {row.service: row.url for row in detail(studio).services}


def send(studio: Studio, path: str, **values: str | list[str]) -> Any:
    """Post a form of the page as it is now, unless ``seen`` says another moment, and return the answer."""
    return studio.client.post(studio.url(path), {"seen": seen(studio), **values})


def seen(studio: Studio) -> str:
    return detail(studio).row.updated_at.isoformat()


def post(studio: Studio, path: str, **values: str | list[str]) -> str:
    """Post a form, follow it, and return the page it ends on."""
    answer = studio.client.post(studio.url(path), {"seen": seen(studio), **values}, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def test_it_shows_services_with_their_source(filled: Studio, page: str) -> None:
    html = filled.page(page)
    assert re.findall(r'<span class="service__name">([^<]+)', html) == ["Spotify", "Deezer"]
    assert "deezer.com/album/940000000001" in html
    assert "Found by Deezer, same UPC or ISRC" in html


@pytest.mark.req("SL-25")
def test_a_fixed_address_stands_and_can_be_taken_back(filled: Studio, page: str) -> None:
    html = post(filled, f"{page}services/deezer/", url="https://www.deezer.com/album/42")
    assert "Your address is saved." in html
    assert "Edited" in html
    assert urls(filled)["deezer"] == "https://www.deezer.com/album/42"
    post(filled, f"{page}services/deezer/reset/")
    assert urls(filled)["deezer"] == "https://www.deezer.com/album/940000000001"


@pytest.mark.req("SL-25")
@pytest.mark.parametrize(
    "bad", ["https://open.spotify.com/album/42", "javascript:alert(1)", "https://deezer.com.example.org/album/1", ""]
)
def test_an_address_of_somewhere_else_is_refused_and_kept(filled: Studio, page: str, bad: str) -> None:
    answer = send(filled, f"{page}services/deezer/", url=bad)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="edit-deezer">', html), "the form stays open"
    assert 'aria-invalid="true"' in html
    assert value_of(html, "id_deezer_url") == bad
    assert urls(filled)["deezer"] == "https://www.deezer.com/album/940000000001"


@pytest.mark.req("SL-25")
def test_a_service_is_hidden_and_the_toast_takes_it_back(filled: Studio, page: str) -> None:
    html = post(filled, f"{page}services/deezer/shown/")
    assert "Deezer is hidden from fans." in html
    assert [row.is_hidden for row in detail(filled).services] == [False, True]
    undo = re.search(r'<form method="post" action="([^"]+)">(?:<input[^>]*>)*<button class="toast__action"', html)
    assert undo is not None
    back = dict(re.findall(r'<input type="hidden" name="(shown|seen)" value="([^"]+)">', undo[0]))
    assert set(back) == {"shown", "seen"}
    filled.client.post(undo[1], back)
    assert [row.is_hidden for row in detail(filled).services] == [False, False]


@pytest.mark.req("SL-25")
@pytest.mark.parametrize(
    ("pasted", "service", "name"),
    [
        ("https://tidal.com/album/7", "tidal", "TIDAL"),
        ("hallanorden.bandcamp.com/album/harbour", "bandcamp", "Bandcamp"),
        ("https://shop.example.org/vinyl", "other-1", "Other 1"),
    ],
)
def test_a_service_is_added_by_its_address_alone(
    filled: Studio, page: str, pasted: str, service: str, name: str
) -> None:
    html = post(filled, f"{page}services/", url=pasted)
    assert name in re.findall(r'<span class="service__name">([^<]+?) ?<', html) + re.findall(
        r'<span class="service__name">([^<]+)', html
    )
    assert urls(filled)[service].startswith("https://")


def test_a_bad_address_to_add_is_kept(filled: Studio, page: str) -> None:
    answer = send(filled, f"{page}services/", url="http://shop.example.org/vinyl")
    assert answer.status_code == 422
    assert 'value="http://shop.example.org/vinyl"' in answer.content.decode()


def test_an_address_for_one_country(filled: Studio, page: str) -> None:
    html = post(filled, f"{page}services/deezer/", url="https://www.deezer.com/de/album/42", territory="de")
    assert "In Germany" in html
    (place,) = next(row for row in detail(filled).services if row.service == "deezer").territories
    assert (place.territory, place.url) == ("DE", "https://www.deezer.com/de/album/42")
    answer = send(filled, f"{page}services/deezer/", url="https://www.deezer.com/1", territory="1!")
    assert answer.status_code == 422
    assert 'value="1!"' in answer.content.decode()
    for typed, says in (("", "Which country?"), ("Atlantis", "No country is called like this")):
        answer = send(filled, f"{page}services/deezer/", url="https://www.deezer.com/1", territory=typed, further="")
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert 'value="https://www.deezer.com/1"' in answer.content.decode()
    html = post(filled, f"{page}services/deezer/", url="https://www.deezer.com/2", territory="iceland", further="")
    assert '<option value="Iceland">' in html
    assert "In Iceland" in html
    post(filled, f"{page}services/deezer/reset/", territory="IS")
    post(filled, f"{page}services/deezer/reset/", territory="DE")
    assert next(row for row in detail(filled).services if row.service == "deezer").territories == ()


def test_the_line_is_saved_and_counted(filled: Studio, page: str) -> None:
    html = post(filled, f"{page}text/", description="  Recorded in a boathouse. ")
    assert "Your words are saved." in html
    assert detail(filled).description == "Recorded in a boathouse."


def test_a_line_that_is_too_long_is_kept(filled: Studio, page: str) -> None:
    answer = send(filled, f"{page}text/", description="x" * 501)
    assert answer.status_code == 422
    assert "x" * 501 in answer.content.decode()
    assert detail(filled).description == ""


def test_the_address_changes_and_the_old_one_is_told(filled: Studio, page: str) -> None:
    html = post(filled, f"{page}address/", slug="ferry")
    assert "The address is changed. The old one leads to it." in html
    assert detail(filled).row.public_path == "halla-norden/ferry"
    assert "Lead here too:" in html
    assert "halla-norden/harbour-night-1" in html


@pytest.mark.parametrize("bad", ["harbour-night-2", "go", "", "ä ö"])
def test_an_address_that_cannot_be_had_is_kept(filled: Studio, page: str, bad: str) -> None:
    answer = send(filled, f"{page}address/", slug=bad)
    assert answer.status_code == 422
    assert value_of(answer.content.decode(), "id_slug") == bad
    assert detail(filled).row.slug == "harbour-night-1"


def test_unpublishing_asks_first_says_what_is_lost_and_can_be_undone(filled: Studio, page: str) -> None:
    asked = filled.page(f"{page}unpublish/")
    assert "stops working at once" in asked
    assert "Its address stays yours" in asked
    assert detail(filled).row.state is LinkState.PUBLIC
    html = post(filled, f"{page}unpublish/")
    assert "Harbour Night 1 is unpublished." in html
    assert detail(filled).row.state is LinkState.UNPUBLISHED
    assert f'action="{filled.url(page)}publish/"' in html
    assert "Harbour Night 1 is open to fans." in post(filled, f"{page}publish/")
    assert detail(filled).row.state is LinkState.PUBLIC


def test_the_preview_is_what_play_renders(filled: Studio, page: str) -> None:
    answer = filled.client.post(filled.url(f"{page}preview/"), {"country": "jp", "description": "Being typed"})
    document = selectors.preview_document(
        filled.access, link_id=detail(filled).row.id, draft=LinkDraft(description="Being typed")
    )
    variant = play.variant_for(document, country="JP")
    rendered = play.render(document, variant).decode()
    public = environment.current().play_url
    assert rendered.count(play.script_element(document, variant)) == 1
    assert answer.content.decode() == rendered.replace('src="/', f'src="{public}/').replace(
        "<body>", "<body inert>"
    ).replace(play.script_element(document, variant), "")
    assert re.findall(r"<script[^>]*>", answer.content.decode()) == ['<script type="application/ld+json">']
    assert "Being typed" in rendered
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'none'" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert detail(filled).description == ""


@pytest.mark.req("SL-50")
def test_the_link_has_the_six_metrics_of_its_own(filled: Studio, page: str, events: Environment) -> None:
    play_events(events, filled, "view", "view", "service_click", link=detail(filled).row.id)
    play_events(events, filled, "view", link=filled.link_id("Harbour Night 2"))
    html = filled.page(page)
    assert re.findall(r'<dd class="metric__value">([^<]*)</dd>', html) == ["2", "1", "0", "0", "0", "50.0%"]
    assert "2 in all" in html
    assert len(re.findall(r"<tr><th scope=\"row\">", html)) == 4


def test_a_viewer_sees_the_link_and_nothing_to_press(filled: Studio, page: str) -> None:
    viewer: Client = filled.client_of(Role.VIEWER)
    html = viewer.get(filled.url(page)).content.decode()
    content = html[html.index('<main class="main"') : html.index("</main>")]
    assert "deezer.com/album/940000000001" in content
    assert 'method="post"' not in content
    assert "Unpublish" not in content


def test_what_turns_text_around_ends_with_the_text(filled: Studio, page: str) -> None:
    link_id, turning = detail(filled).row.id, "Boat\u202ehouse"
    old = detail(filled).row.updated_at
    with clock.frozen(old + timedelta(minutes=1)):
        links.set_text(filled.access, link_id=link_id, title="", description=turning, expected_updated_at=old)
    kept = detail(filled).description
    assert re.search(rf'<textarea[^>]* dir="auto"[^>]*>\s*{kept}</textarea>', filled.page(page))
    viewed = filled.client_of(Role.VIEWER).get(filled.url(page)).content.decode()
    assert f"<bdi>{kept}</bdi>" in viewed
    told = filled.client.post(filled.url(f"{page}text/"), {"description": "Mine", "seen": old.isoformat()})
    assert f"with the line “{isolated(kept)}”." in told.content.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Low Tide", "Low Tide"), ("ليل", "\u2068ليل\u2069"), ("a\u202eb", "\u2068a\u202eb\u2069"), ("", "")],
)
def test_only_text_that_could_spill_is_isolated(text: str, shown: str) -> None:
    assert isolated(text) == shown


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "ليل المرفأ", "夜の連絡船", 'A "quoted" & 😀', "x" * 500]
)
def test_any_title_is_written_as_it_is(studio: Studio, drain_jobs: DrainJobs, events: Environment, title: str) -> None:
    fill(studio, drain_jobs, [found_release(1, title=title)])
    link_id = selectors.links_page(studio.access).rows[0].id
    for path in ("", "links/", f"links/{link_id}/", f"links/{link_id}/qr/", f"links/{link_id}/unpublish/"):
        html = studio.page(path)
        assert "<script>alert" not in html
        assert "<bdi" in html
