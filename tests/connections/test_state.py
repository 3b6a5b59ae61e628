"""The table of a connection's states and of its link: every pair, and what each is called."""

from __future__ import annotations

import threading
from itertools import product

import pytest
from django.db import connection as database
from django.db import transaction
from tests.factories.accounts import make_access

from backline.connections.models import Connection
from backline.connections.services.moving import held, move
from backline.connections.state import (
    CONNECTION,
    GRANTED,
    LINK,
    MADE_OF_UNMET,
    SETTLED,
    State,
    detail_of,
    settled,
    state_of,
    status_of,
)
from backline.connections.types import Check, CheckKind, Detail, LinkStatus, Status
from backline.core.audit import SYSTEM
from backline.core.models import Transition
from backline.core.state import TransitionRefusedError

S = State
NEVER = {
    # What begins is begun by a person, not found by looking.
    *((state, S.TO_CONFIRM) for state in S if state is not S.LOOKING_UP),
    # Nothing stands that was not looked at or said yes to.
    (S.NOT_CONNECTED, S.CONNECTED),
    (S.CONSENTING, S.CONNECTED),
    (S.DISCONNECTED, S.CONNECTED),
    # What stands is ended, never quietly cleared (PC-35).
    (S.CONNECTED, S.NOT_CONNECTED),
    (S.NOT_CONNECTED, S.DISCONNECTED),
}


@pytest.mark.req("PC-35")
def test_what_can_never_follow() -> None:
    assert [pair for pair in sorted(NEVER) if CONNECTION.allows(*pair)] == []


def test_every_state_can_be_reached_and_left() -> None:
    assert set(CONNECTION.transitions) == set(S)
    reached, new = set(), {S.NOT_CONNECTED}
    while new:
        reached |= new
        new = {S(to) for state in new for to in CONNECTION.transitions[state]} - reached
    assert reached == set(S)
    assert all(CONNECTION.transitions[state] for state in S)


def test_the_platform_has_the_say_among_what_it_can_find() -> None:
    refused = [(a, b) for a, b in product(SETTLED, SETTLED) if a != b and not CONNECTION.allows(a, b)]
    assert refused == []
    assert all(CONNECTION.allows(state, S.DISCONNECTED) for state in GRANTED)


@pytest.mark.django_db
def test_the_writer_allows_exactly_what_the_table_does() -> None:
    access = make_access()
    row = held(artist_id=access.artist_id, provider="made_up")
    for before, to in product(S, S):
        Connection.objects.filter(pk=row.pk).update(state=before)
        row.refresh_from_db()
        if before == to:
            continue
        if CONNECTION.allows(before, to):
            move(row, to, reason="a test", actor=SYSTEM)
            assert Connection.objects.get(pk=row.pk).state == to
        else:
            with pytest.raises(TransitionRefusedError):
                move(row, to, reason="a test", actor=SYSTEM)
            assert Connection.objects.get(pk=row.pk).state == before
    allowed = sum(len(targets) for targets in CONNECTION.transitions.values())
    assert Transition.objects.filter(object_id=row.pk, reason="a test").count() == allowed


@pytest.mark.req("PC-37")
def test_every_state_has_one_of_the_seven_labels() -> None:
    assert [status.value for status in Status] == [
        "Connected",
        "Not Connected",
        "Connecting",
        "Partnership Needed",
        "Error",
        "Disconnected",
        "In Development",
    ]
    assert {status_of(state) for state in S} == set(Status) - {Status.IN_DEVELOPMENT}


@pytest.mark.req("PC-41", "PC-42", "PC-43", "PC-44", "PC-45")
def test_the_labels_beside_a_status() -> None:
    details = {state: detail_of(state, selection=Detail.SELECT_CHANNEL) for state in S}
    assert {state: detail for state, detail in details.items() if detail} == {
        S.SELECTING: Detail.SELECT_CHANNEL,
        S.LINK_TO_SEND: Detail.AWAITING_INVITE,
        S.LINK_SENT: Detail.ACCEPT_INVITE,
        S.TO_CONFIRM: Detail.COMPLETE_SETUP,
        S.PERMISSION_MISSING: Detail.COMPLETE_SETUP,
        S.SETUP_MISSING: Detail.COMPLETE_SETUP,
        S.PARTNERSHIP_NEEDED: Detail.COMPLETE_SETUP,
    }
    assert details[S.CONNECTED] is None


def test_the_first_needed_check_that_is_unmet_decides() -> None:
    met, shown = Check("a", "A"), Check("b", "B", kind=CheckKind.PROBLEM, is_needed=False)
    assert set(MADE_OF_UNMET) == set(CheckKind)
    assert state_of([]) == S.CONNECTED
    assert state_of([met, shown]) == S.CONNECTED
    for kind in CheckKind:
        checks = [met, shown, Check("c", "C", kind=kind), Check("d", "D", kind=CheckKind.LOST)]
        assert state_of(checks) == MADE_OF_UNMET[kind]


@pytest.mark.req("PC-35")
def test_a_partnership_that_stood_and_is_gone_is_a_lost_connection() -> None:
    gone = [Check("partnership", "Partnership", kind=CheckKind.PARTNERSHIP)]
    assert settled(S.CONNECTED, gone, has_stood=True) == S.DISCONNECTED
    assert settled(S.FAILED, gone, has_stood=True) == S.DISCONNECTED  # whatever went wrong with it meanwhile
    assert settled(S.FAILED, gone, has_stood=False) == S.PARTNERSHIP_NEEDED
    assert settled(S.SELECTING, gone, has_stood=True) == S.PARTNERSHIP_NEEDED


def test_a_link_goes_where_a_platform_can_take_it() -> None:
    assert set(LINK.transitions) == set(LinkStatus)
    assert LINK.transitions[LinkStatus.TO_SEND] >= {LinkStatus.SENT, LinkStatus.APPROVED}
    assert not LINK.allows(LinkStatus.TO_SEND, LinkStatus.REJECTED)  # what nobody sent cannot be turned down
    assert not LINK.allows(LinkStatus.WAIVED, LinkStatus.REJECTED)
    over = (LinkStatus.REJECTED, LinkStatus.EXPIRED, LinkStatus.REVOKED, LinkStatus.DISABLED)
    assert all(LINK.allows(status, LinkStatus.TO_SEND) for status in over)


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_at_once_one_is_refused() -> None:
    access = make_access()
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider="made_up")
    Connection.objects.filter(pk=row.pk).update(state=S.TO_CONFIRM)
    ends: list[str] = []
    gate = threading.Barrier(2)

    def race(to: State) -> None:
        try:
            mine = Connection.objects.get(pk=row.pk)
            gate.wait(5)
            move(mine, to, reason="a race", actor=SYSTEM)
            ends.append("moved")
        except TransitionRefusedError:
            ends.append("refused")
        finally:
            database.close()

    # After either of the two the other is not allowed any more.
    threads = [threading.Thread(target=race, args=(to,)) for to in (S.NOT_CONNECTED, S.NOT_CONNECTED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["moved", "refused"]
