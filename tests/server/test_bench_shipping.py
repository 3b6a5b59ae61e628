"""What says whether the worker's memory grows is moved by growth, and not by a look at a bad moment."""

from __future__ import annotations

import pytest

from backline.server.bench.shipping import growth


def test_growth_is_what_is_kept_per_event() -> None:
    assert growth([(100, 2_000), (200, 2_300), (300, 2_600), (400, 2_900)]) == pytest.approx(3.0)


def test_a_look_while_memory_is_in_use_is_no_growth() -> None:
    assert growth([(100, 2_000), (200, 2_000), (300, 9_000), (400, 2_000), (500, 2_000)]) == 0.0
