"""“Try now”: a person who knows that Spotify is back does not wait for the end of a pause."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from tests.factories.dashboards import Studio
from tests.factories.stand_ins import ARTIST_URL, away, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.catalog import selectors as catalog
from backline.catalog.types import ImportStatus
from backline.settings.environment import Environment


def test_a_paused_import_goes_on_when_a_person_says_so(
    studio: Studio, drain_jobs: DrainJobs, events: Environment
) -> None:
    def trouble(verb: str, what: str) -> None:
        raise away(timedelta(hours=1))

    with world(releases=[found_release(1)]) as outside:
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
        outside.catalog.trouble = trouble
        drain_jobs()
        assert "Try now" in studio.page("links/")
        outside.catalog.trouble = lambda verb, what: None
        paused = catalog.import_progress(studio.access)
        assert paused is not None
        for wrong in ("", str(uuid4())):
            assert studio.client.post(studio.url("links/import/now/"), {"import": wrong}).status_code == 404
        answer = studio.client.post(studio.url("links/import/now/"), {"import": str(paused.id)})
        assert answer.headers["Location"] == studio.url("links/")
        assert "Try now" not in studio.page("links/")
        drain_jobs()
    done = catalog.import_progress(studio.access)
    assert done is not None
    assert done.status is ImportStatus.DONE
