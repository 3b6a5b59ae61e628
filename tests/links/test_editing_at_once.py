"""Two people at once, and a look that changes while pages are being published: nothing is lost, nothing overwritten."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import page_at
from tests.plugins.jobs import DrainJobs

from backline.core.errors import StaleError
from backline.links import selectors, services
from backline.links.models import SmartLink
from backline.links.types import RenderState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]


def all_at_once(*acts: object) -> list[Exception]:
    """Run every act on a thread and connection of its own, and return what they raised."""
    barrier, raised = threading.Barrier(len(acts)), []

    def run(act: object) -> None:
        try:
            barrier.wait(10)
            act()  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 the test looks at it
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


@pytest.mark.req("R5")
def test_of_two_people_who_save_at_once_one_is_told() -> None:
    access = make_access()
    link = make_link(access)
    seen = selectors.link_row(access, link_id=link.pk).updated_at

    def save(title: str) -> object:
        return lambda: services.set_text(access, link_id=link.pk, title=title, description="", expected_updated_at=seen)

    raised = all_at_once(save("One"), save("Two"), save("Three"))
    assert [type(error) for error in raised] == [StaleError, StaleError]
    row = selectors.link_row(access, link_id=link.pk)
    assert row.title in {"One", "Two", "Three"}
    assert page_at(row.public_path).title == row.title


@pytest.mark.req("R5")
def test_of_two_people_who_first_touch_the_settings_at_once_one_is_told() -> None:
    access = make_access()
    make_link(access)
    seen = selectors.artist_link_settings(access).updated_at

    def save(bio: str) -> object:
        return lambda: services.set_bio(access, bio=bio, expected_updated_at=seen)

    raised = all_at_once(save("One"), save("Two"))
    assert [type(error) for error in raised] == [StaleError]
    assert selectors.artist_link_settings(access).bio in {"One", "Two"}


@pytest.mark.req("SL-28")
def test_a_look_that_changes_while_pages_are_published_reaches_every_page(drain_jobs: DrainJobs) -> None:
    access = make_access()
    paths = [selectors.link_row(access, link_id=make_link(access).pk).public_path for _ in range(12)]

    def switch() -> None:
        for theme in ("brutalist", "aurora", "classic", "cinematic"):
            seen = selectors.artist_link_settings(access).updated_at
            services.set_default_look(access, theme=theme, accent="", expected_updated_at=seen)

    def publish() -> None:
        services.republish_artist(artist_id=access.artist_id)

    assert all_at_once(switch, publish, publish) == []
    drain_jobs(hurry=True)
    assert {page_at(path).theme for path in paths} == {"cinematic"}
    assert set(SmartLink.objects.values_list("render_state", flat=True)) == {RenderState.RENDERED}
