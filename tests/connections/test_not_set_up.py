"""An installation without the settings of a platform: its row is there, and nothing can be begun."""

from __future__ import annotations

import pytest
from tests.factories.accounts import make_access
from tests.plugins.sandbox import Sandbox
from tests.settings.test_environment import PRODUCTION

from backline.connections import ports, selectors, services
from backline.connections.selectors import Act
from backline.connections.types import Purpose, Status
from backline.core.errors import NotFoundError
from backline.integrations.outbound import outbound_of
from backline.server import composition
from backline.settings import environment

pytestmark = pytest.mark.django_db


@pytest.mark.req("PC-03")
def test_five_live_rows_whatever_is_set(sandbox: Sandbox) -> None:
    every = composition.connection_platforms(sandbox.settings, outbound_of(sandbox.settings))
    assert list(every) == ["spotify", "meta", "youtube", "apple_music", "tiktok"]


@pytest.mark.req("PC-03")
def test_without_settings_nothing_can_be_begun() -> None:
    access = make_access()
    production = environment.read(PRODUCTION)
    with ports.platforms.holding(**composition.connection_platforms(production, outbound_of(production))):
        rows = {row.facts.key: row for row in selectors.rows(access)}
        assert list(rows) == ["spotify", "meta", "youtube", "apple_music", "tiktok", "snapchat", "pandora"]
        for key in ("meta", "youtube", "tiktok"):
            assert (rows[key].status, rows[key].act) == (Status.NOT_CONNECTED, Act.NONE)
            assert "not set up on this installation" in rows[key].meaning
            with pytest.raises(NotFoundError):
                services.start_consent(access, provider=key, purpose=Purpose.IDENTITY, session_secret="a browser")
        assert rows["apple_music"].act is Act.CONNECT  # its catalogue can be read without a key


@pytest.mark.req("PC-04")
@pytest.mark.parametrize("key", ["snapchat", "pandora"])
def test_what_is_in_development_is_refused(key: str, sandbox: Sandbox) -> None:
    access = make_access()
    with ports.platforms.holding(**composition.connection_platforms(sandbox.settings, outbound_of(sandbox.settings))):
        row = selectors.row_of(access, provider=key)
        assert row is not None
        assert (row.status, row.act) == (Status.IN_DEVELOPMENT, Act.NONE)
        with pytest.raises(NotFoundError):
            services.start_consent(access, provider=key, purpose=Purpose.IDENTITY, session_secret="a browser")
        with pytest.raises(NotFoundError):
            services.look_up(access, provider=key, url="https://example.org")
