"""Meta in the sandbox, as set up at the start: with the classic login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.plugins.sandbox import Sandbox


@pytest.fixture
def meta(sandbox: Sandbox, db: None) -> Iterator[Any]:
    from tests.factories.meta import Meta  # when Django is ready

    with httpx2.Client(base_url=sandbox.base_url, timeout=10) as http:
        yield Meta(sandbox, http, sandbox.settings.meta)
