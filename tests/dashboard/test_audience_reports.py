"""Exports, reports by mail and shared figures, as people meet them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.factories.analytics import BOT, SpoolWriter, make_event
from tests.factories.dashboards import Studio, make_studio
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import Role
from backline.analytics import exports, reports, reports_sharing
from backline.analytics.reports_sharing import Section
from backline.analytics.shipping import shipper
from backline.analytics.types import Cadence
from backline.core import clock
from backline.settings import environment
from backline.settings.environment import Environment


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def visits(settings: Environment, studio: Studio) -> None:
    """Six fans of Iceland, one of Germany and a bot, an hour ago."""
    at = clock.now() - timedelta(hours=1)
    with SpoolWriter(settings.spool_folder) as spool:
        spool.write(
            *(make_event(artist=studio.artist.id, at=at, country="IS") for _ in range(6)),
            make_event(artist=studio.artist.id, at=at, country="DE", referrer_host="blog-of-a-fan.example"),
            make_event(artist=studio.artist.id, at=at, user_agent=BOT),
        )
    shipper.ship_once(settings)


def wish(**changes: str) -> dict[str, str]:
    today = clock.now().date()
    return {"first": f"{today - timedelta(days=6)}", "last": f"{today}", "format": "csv"} | changes


def address_of(html: str) -> str:
    found = re.search(r'href="[^"]*(/shared/[^"]+/)" data-copy', html)
    assert found is not None
    return found[1]


def test_an_export_is_asked_for_watched_and_downloaded(
    filled: Studio, events: Environment, drain_jobs: DrainJobs
) -> None:
    visits(events, filled)
    answer = filled.client.post(filled.url("audience/exports/"), wish(with_bots="on"))
    assert answer.status_code == 302
    waiting = filled.page("audience/exports/")
    assert "hx-trigger=" in waiting
    assert "Waiting for its turn" in waiting
    drain_jobs()
    done = filled.page("audience/exports/progress/")
    assert "8 rows" in done
    assert "hx-trigger=" not in done
    (state,) = exports.exports_of(filled.access)
    file = filled.client.get(filled.url(f"audience/exports/{state.id}/"))
    assert re.fullmatch(r'attachment; filename="backline-events-[-\d]+\.csv"', file.headers["Content-Disposition"])
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].replace('"', "").split(",")[:3] == ["at", "link_id", "kind"]
    assert len(lines) == 9
    assert filled.client.post(filled.url(f"audience/exports/{state.id}/delete/")).status_code == 302
    assert "No file yet" in filled.page("audience/exports/")
    exports.tidy(environment.current())


def test_an_export_of_one_page_says_so(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    html = filled.page("audience/exports/", link=str(link))
    assert "Rows of <bdi>Harbour Night 1</bdi>" in html
    assert filled.client.post(filled.url(f"audience/exports/?link={link}"), wish()).status_code == 302
    assert exports.exports_of(filled.access)[0].page == "Harbour Night 1"


@pytest.mark.parametrize(
    "changes",
    [{"first": ""}, {"first": "soon"}, {"last": "1999-01-01"}, {"format": "exe"}, {"first": "0001-01-01"}],
)
def test_a_wish_that_cannot_be_is_told_beside_the_field(
    filled: Studio, events: Environment, changes: dict[str, str]
) -> None:
    answer = filled.client.post(filled.url("audience/exports/"), wish(**changes))
    assert answer.status_code == 422
    assert exports.exports_of(filled.access) == ()


def test_a_second_wish_waits_for_the_first(filled: Studio, events: Environment) -> None:
    filled.client.post(filled.url("audience/exports/"), wish())
    answer = filled.client.post(filled.url("audience/exports/"), wish())
    assert answer.status_code == 422
    assert "is being written" in answer.content.decode()


def test_an_export_is_nobody_elses(filled: Studio, events: Environment, drain_jobs: DrainJobs) -> None:
    filled.client.post(filled.url("audience/exports/"), wish())
    drain_jobs()
    (state,) = exports.exports_of(filled.access)
    stranger = make_studio("Somebody Else")
    for studio in (stranger, filled):
        path = studio.url(f"audience/exports/{state.id}/")
        assert stranger.client.get(path).status_code == 404
    exports.delete(filled.access, export_id=state.id, settings=environment.current())


def test_viewers_look_at_reports_and_change_nothing(filled: Studio, events: Environment) -> None:
    viewer = filled.client_of(Role.VIEWER)
    assert viewer.get(filled.url("audience/exports/")).status_code == 200
    assert "Shared figures" not in viewer.get(filled.url("audience/reports/")).content.decode()
    for path in ("exports/", "reports/week/members/", "reports/share/"):
        assert viewer.post(filled.url(f"audience/{path}"), wish(name="Label", days="28")).status_code == 403
    assert reports.schedules_of(filled.access) == {}
    assert exports.exports_of(filled.access) == ()


def test_members_are_chosen_for_a_report(filled: Studio, events: Environment) -> None:
    url = filled.url("audience/reports/week/members/")
    filled.client.post(url, {"member": [str(filled.manager.pk), "nobody"]})
    assert reports.schedules_of(filled.access)[Cadence.WEEK].members == {filled.manager.pk}
    assert "Next one:" in filled.page("audience/reports/")
    filled.client.post(url, {})
    assert reports.schedules_of(filled.access) == {}
    assert filled.client.post(filled.url("audience/reports/year/members/")).status_code == 404


def test_shared_figures_are_seen_without_an_account(filled: Studio, events: Environment) -> None:
    visits(events, filled)
    answer = filled.client.post(
        filled.url("audience/reports/share/"),
        {"name": "North Label", "days": "28", "lives": "30", "sections": ["countries", "referrers", "days"]},
    )
    assert answer.status_code == 302
    url = address_of(filled.page("audience/reports/"))
    shown = Client().get(url)
    html = shown.content.decode()
    assert shown.status_code == 200
    for text in ("North Label", filled.artist.name, "Iceland", "Views per day", '<dd class="metric__value">7</dd>'):
        assert text in html
    for text in ("Germany", "blog-of-a-fan", "Music services", filled.manager.email, "/a/"):
        assert text not in html, "few are not named; only the chosen sections; nothing else of the artist"
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert not shown.cookies
    assert Client().post(url).status_code == 405


def test_a_shared_address_ends_at_once(filled: Studio, events: Environment) -> None:
    filled.client.post(filled.url("audience/reports/share/"), {"name": "North Label", "days": "7", "sections": []})
    (shared,) = reports_sharing.shared_of(filled.access)
    url = f"/shared/{shared.token}/"
    assert Client().get(url).status_code == 200
    filled.client.post(filled.url(f"audience/reports/{shared.id}/end/"))
    gone = Client().get(url)
    assert gone.status_code == 404
    assert "not shared any more" in gone.content.decode()
    assert gone.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_shared_report_without_a_name_is_told(filled: Studio, events: Environment) -> None:
    answer = filled.client.post(filled.url("audience/reports/share/"), {"name": "  ", "days": "28"})
    assert answer.status_code == 422
    assert "Say who it is for" in answer.content.decode()


def test_addresses_cannot_be_tried_one_after_the_other(filled: Studio, events: Environment) -> None:
    client = Client()
    answers = [client.get(f"/shared/guess-{number}/").status_code for number in range(61)]
    assert answers == [404] * 60 + [429]


def test_every_section_can_be_shared(filled: Studio, events: Environment) -> None:
    visits(events, filled)
    shared = reports_sharing.share(
        filled.access, name="All", days=7, sections=Section, timezone="Asia/Tokyo", lives=None
    )
    html = Client().get(f"/shared/{shared.token}/").content.decode()
    for section in Section:
        assert section.label in html
    assert "Asia/Tokyo" in html
