from __future__ import annotations

import pytest
from tests.factories.tiktok import Tiktok
from tests.plugins.sandbox import Sandbox


@pytest.fixture
def tiktok(sandbox: Sandbox) -> Tiktok:
    """TikTok, as at the start."""
    return Tiktok(sandbox)
