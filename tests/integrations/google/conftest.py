from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from tests.factories.google import Google
from tests.plugins.sandbox import Sandbox


@pytest.fixture
def google(sandbox: Sandbox) -> Iterator[Google]:
    with httpx2.Client(timeout=10) as client:
        yield Google(sandbox, client)
