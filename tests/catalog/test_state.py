from __future__ import annotations

from itertools import product

import pytest

from backline.catalog.state import IMPORT
from backline.catalog.types import RUNNING_IMPORTS, ImportStatus
from backline.core.state import TransitionRefusedError

ALLOWED = {
    "queued": {"listing", "paused", "failed", "cancelled"},
    "listing": {"resolving", "done", "paused", "failed", "cancelled"},
    "resolving": {"done", "paused", "failed", "cancelled"},
    "paused": {"listing", "resolving", "done", "failed", "cancelled"},
    "done": set(),
    "failed": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize(("source", "target"), list(product(ImportStatus, ImportStatus)))
def test_an_import_moves_only_as_the_table_says(source: ImportStatus, target: ImportStatus) -> None:
    assert IMPORT.allows(source, target) is (target.value in ALLOWED[source.value])


def test_what_is_over_is_over() -> None:
    assert {status for status in ImportStatus if not IMPORT.transitions[status]} == set(ImportStatus) - RUNNING_IMPORTS


@pytest.mark.django_db
def test_a_refused_move_says_so() -> None:
    from backline.catalog.models import CatalogImport
    from backline.core.ids import new_id

    with pytest.raises(TransitionRefusedError):
        IMPORT.move(CatalogImport.objects.all(), pk=new_id(), to=ImportStatus.DONE, reason="x")
