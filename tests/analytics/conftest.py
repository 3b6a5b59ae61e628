"""A lake and a spool folder of their own for every test, and the questions put to that lake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories.analytics import SpoolWriter

from backline.settings import environment
from backline.settings.environment import Environment


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Environment]:
    from backline.analytics import engine
    from backline.analytics.parquet.engine import DuckDbEngine

    changed = replace(environment.current(), home=tmp_path)
    with engine.using(DuckDbEngine(changed.lake_folder)):
        yield changed


@pytest.fixture
def spool(settings: Environment) -> Iterator[SpoolWriter]:
    with SpoolWriter(settings.spool_folder) as writer:
        yield writer
