"""The page of the rows: what each status shows and offers."""

from __future__ import annotations

import pytest
from tests.dashboard.connections.conftest import Stage

pytestmark = pytest.mark.django_db


def test_nothing_is_connected_in_the_beginning(stage: Stage) -> None:
    html = stage.page()
    assert "Nothing is connected yet." in html
