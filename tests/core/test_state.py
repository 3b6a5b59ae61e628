"""The shared writer of statuses, tried on the link's publish state table."""

from __future__ import annotations

import threading
from itertools import product

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from backline.core.ids import new_id
from backline.core.models import Transition
from backline.core.state import StateMachine, TransitionRefusedError

# Any table with a text column serves: what is tried here is the writer, not a room's rules.
MACHINE = StateMachine(
    name="test",
    field="session_data",
    transitions={"new": frozenset({"open"}), "open": frozenset({"closed"}), "closed": frozenset()},
)
STATES = ("new", "open", "closed")


def _row(state: str) -> str:
    key = new_id()
    Session.objects.create(session_key=str(key), session_data=state, expire_date=timezone.now())
    return str(key)


@pytest.mark.django_db
@pytest.mark.parametrize(("source", "to"), list(product(STATES, STATES)))
def test_only_moves_of_the_table_are_made(source: str, to: str) -> None:
    key = _row(source)
    allowed = (source, to) in {("new", "open"), ("open", "closed")}
    if allowed:
        MACHINE.move(Session.objects.all(), pk=key, to=to, reason="because")
        assert list(Transition.objects.values_list("source", "target", "reason")) == [(source, to, "because")]
    else:
        with pytest.raises(TransitionRefusedError):
            MACHINE.move(Session.objects.all(), pk=key, to=to, reason="because")
        assert Transition.objects.count() == 0
    assert Session.objects.get(pk=key).session_data == (to if allowed else source)


@pytest.mark.django_db(transaction=True)
def test_of_two_racing_moves_one_is_refused() -> None:
    key = _row("new")
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def move() -> None:
        try:
            gate.wait()
            MACHINE.move(Session.objects.all(), pk=key, to="open", reason="race")
            outcomes.append("moved")
        except TransitionRefusedError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "refused"]
