"""A studio per test: an artist, a manager who is signed in, an event lake of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backline.settings import environment
from backline.settings.environment import Environment

if TYPE_CHECKING:
    from tests.factories.dashboards import Studio
    from tests.plugins.jobs import DrainJobs


@pytest.fixture
def events(tmp_path: Path) -> Iterator[Environment]:
    """Settings whose event lake is this test's own; the dashboard asks it."""
    from backline.analytics import engine
    from backline.analytics.parquet.engine import DuckDbEngine

    settings = replace(environment.current(), home=tmp_path)
    with engine.using(DuckDbEngine(settings.lake_folder)):
        yield settings


@pytest.fixture
def studio(db: None) -> Studio:
    """An artist without any link."""
    from tests.factories.dashboards import make_studio

    return make_studio()


@pytest.fixture
def filled(studio: Studio, drain_jobs: DrainJobs) -> Studio:
    """An artist with three live links: Harbour Night 1 to 3."""
    from tests.factories.dashboards import fill

    return fill(studio, drain_jobs)
