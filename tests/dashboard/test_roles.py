"""Every address of the dashboard, walked as everybody: who may look, who may change, for whom it does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.factories.accounts import make_user
from tests.factories.dashboards import Studio, signed_in
from tests.factories.stand_ins import world

from backline.accounts.types import Role
from backline.settings.environment import Environment

READ = {
    "overview", "links", "links_csv", "links_bots", "import_progress", "links_review", "links_settings", "link",
    "link_preview", "link_qr", "link_qr_file", "links_progress", "billing", "audience", "audience_values",
    "audience_exports", "audience_exports_progress", "audience_reports",
}  # fmt: skip
"""What every member may look at."""

CHANGE = {
    "links_add", "import_cancel", "import_now", "import_again", "links_order", "links_spotify", "link_text",
    "link_address", "link_publish", "link_add_service", "link_fix_service", "link_show_service", "link_reset_service",
    "link_look", "link_video", "link_sub_links", "link_order", "links_look", "links_bio", "links_hub_links",
    "links_publish_again", "links_pixels", "audience_schedule", "audience_share", "audience_share_end",
    "audience_export_delete", "link_check", "link_keep_service",
}  # fmt: skip
"""What only editors may post to; a GET is answered with 405."""

ASK = {"link_unpublish"}
"""What asks on GET and acts on POST: nothing for viewers."""

PERSONAL = {"home", "start", "start_confirm", "help_connections", "help_page"}
"""What is about the person, not about an artist."""


CONNECTIONS = {
    "connections", "connections_rows", "connections_picture", "connection_connect", "connection_start",
    "connection_confirm", "connection_choose", "connection_act", "connection_try", "connection_check",
    "connection_disconnect", "connection_reset",
}  # fmt: skip
"""What needs a platform to connect: walked in ``tests/dashboard/connections``."""


ELSEWHERE = {"audience_judge_again", "audience_export", "shared_report", "report_page"}
"""An operator's act, a file, and pages for everybody: walked in the tests of each."""

LOOK_AND_CHANGE = {"links_review", "audience_exports"}
"""What shows a list on GET, and changes it on POST."""


WORDS: dict[str, dict[str, object]] = {
    "audience_values": {"name": "country"},
    "audience_schedule": {"cadence": "week"},
    "audience_share_end": {"report_id": UUID(int=1)},
    "audience_export_delete": {"export_id": UUID(int=1)},
}
"""What else stands in an address."""


def names() -> set[str]:
    """Return the name of every view of the dashboard's namespace."""

    def walk(resolver: URLResolver) -> set[str]:
        found: set[str] = set()
        for entry in resolver.url_patterns:
            found |= walk(entry) if isinstance(entry, URLResolver) else {str(entry.name)}
            assert isinstance(entry, URLPattern | URLResolver)
        return found

    dashboard = next(entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "dashboard")
    return walk(dashboard)


def test_every_view_is_in_this_walk() -> None:
    assert names() == READ | CHANGE | ASK | PERSONAL | CONNECTIONS | ELSEWHERE


@dataclass(frozen=True)
class Walk:
    studio: Studio

    def url(self, name: str) -> str:
        arguments: dict[str, object] = {"slug": self.studio.artist.slug}
        if name.startswith("link_") or name == "link":
            arguments["link_id"] = self.studio.link_id("Harbour Night 1")
        if name.endswith("_service") and name != "link_add_service":
            arguments["service"] = "deezer"
        if name in WORDS:
            arguments |= WORDS[name]
        if name == "link_qr_file":
            arguments["form"] = "svg"
        return reverse(f"dashboard:{name}", kwargs=arguments)


@pytest.fixture
def walk(filled: Studio, events: Environment) -> Walk:
    return Walk(filled)


def statuses(walk: Walk, client: Client, which: set[str], send: Callable[[Client, str], int]) -> dict[str, int]:
    with world():
        return {name: send(client, walk.url(name)) for name in sorted(which)}


def get(client: Client, url: str) -> int:
    return client.get(url, headers={"HX-Request": "true"}).status_code


def post(client: Client, url: str) -> int:
    return client.post(url).status_code


@pytest.mark.req("PC-02")
@pytest.mark.parametrize("role", list(Role))
def test_members_look(walk: Walk, role: Role) -> None:
    client = walk.studio.client_of(role)
    assert set(statuses(walk, client, READ, get).values()) == {200}
    assert set(statuses(walk, client, CHANGE, get).values()) == {405}


def test_viewers_change_nothing(walk: Walk) -> None:
    client = walk.studio.client_of(Role.VIEWER)
    assert set(statuses(walk, client, CHANGE | ASK | LOOK_AND_CHANGE, post).values()) == {403}
    assert set(statuses(walk, client, ASK, get).values()) == {403}
    html = client.post(walk.url("link_publish")).content.decode()
    assert "You can look, but not change this" in html
    assert "Nothing was changed." in html


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_editors_and_admins_change(walk: Walk, role: Role) -> None:
    client = walk.studio.client_of(role)
    answers = statuses(walk, client, CHANGE | ASK | LOOK_AND_CHANGE, post)
    # An empty form is refused as a form or as one that does not say what was read, or accepted; nobody is told that it
    # is not theirs.
    assert set(answers.values()) <= {302, 404, 409, 422}
    unnamed = {name for name, status in answers.items() if status == 404}
    assert unnamed == {"import_cancel", "import_now", "link_keep_service"}, "no import was named, and nothing is dead"
    assert set(statuses(walk, client, ASK, get).values()) == {200}


def test_for_strangers_it_does_not_exist(walk: Walk) -> None:
    stranger = signed_in(make_user())
    assert set(statuses(walk, stranger, READ | ASK, get).values()) == {404}
    assert set(statuses(walk, stranger, CHANGE | ASK | LOOK_AND_CHANGE, post).values()) == {404}
    foreign = stranger.get(walk.url("links")).content.decode()
    absent = stranger.get("/a/nobody-at-all/links/").content.decode()
    token = r'name="csrfmiddlewaretoken" value="\w+"'
    assert re.sub(token, "", foreign) == re.sub(token, "", absent)


def test_a_link_of_another_artist_does_not_exist_here(walk: Walk) -> None:
    from tests.factories.dashboards import make_studio

    other = make_studio("Boreal Sund")
    link_id = walk.studio.link_id("Harbour Night 1")
    for path in ("", "preview/", "qr/", "qr.svg", "unpublish/"):
        assert other.client.get(other.url(f"links/{link_id}/{path}")).status_code == 404
    for path in ("text/", "address/", "publish/", "unpublish/", "services/", "services/deezer/shown/"):
        assert (
            other.client.post(
                other.url(f"links/{link_id}/{path}"), {"slug": "x", "url": "https://x.example"}
            ).status_code
            == 404
        )


def test_nobody_is_asked_to_sign_in(walk: Walk) -> None:
    nobody = Client()
    for name in sorted(READ | ASK):
        assert nobody.get(walk.url(name)).headers["Location"].startswith("/account/login/")
    for name in sorted(CHANGE):
        assert nobody.post(walk.url(name)).headers["Location"].startswith("/account/login/")
    for name in sorted(PERSONAL):
        arguments = {"start_confirm": ["0Artist"], "help_page": ["connecting-spotify"]}.get(name, [])
        assert (
            nobody.get(reverse(f"dashboard:{name}", args=arguments)).headers["Location"].startswith("/account/login/")
        )
