"""The four statuses of a link: every move of every table, and two people at once."""

from __future__ import annotations

import threading
from itertools import product

import pytest
from django.db import connection
from tests.factories.links import make_link

from backline.core.models import Transition
from backline.core.state import StateMachine, TransitionRefusedError
from backline.links.models import SmartLink
from backline.links.selectors.facts import IN_STATE
from backline.links.state import CLAIM, PUBLISH, RENDER, TAKEDOWN, is_public, is_secret, state_of
from backline.links.types import ClaimStatus, LinkState, PublishState, RenderState, TakedownStatus

ALLOWED = {
    "links.claim": {
        ("auto_approved", "pending_ops_review"), ("auto_approved", "rejected"),
        ("pending_ops_review", "approved_by_ops"), ("pending_ops_review", "rejected"),
        ("approved_by_ops", "rejected"), ("rejected", "approved_by_ops"),
    },
    "links.publish": {("published", "unpublished"), ("unpublished", "published")},
    "links.takedown": {("none", "active"), ("active", "resolved"), ("resolved", "active")},
    "links.render": {
        ("queued", "rendering"), ("rendering", "rendered"), ("rendering", "failed"), ("rendering", "queued"),
        ("rendered", "queued"), ("failed", "queued"),
    },
}  # fmt: skip
MACHINES = [(CLAIM, ClaimStatus), (PUBLISH, PublishState), (TAKEDOWN, TakedownStatus), (RENDER, RenderState)]
MOVES = [(machine, source, target) for machine, statuses in MACHINES for source, target in product(statuses, statuses)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("machine", "source", "target"), MOVES, ids=[f"{machine.name}-{source}-{to}" for machine, source, to in MOVES]
)
def test_a_status_moves_only_as_its_table_says(machine: StateMachine, source: str, target: str) -> None:
    link = make_link()
    rows = SmartLink.objects.filter(pk=link.pk)
    rows.update(**{machine.field: source})
    if (source, target) in ALLOWED[machine.name]:
        machine.move(SmartLink.objects.all(), pk=link.pk, to=target, reason="a test")
        assert rows.values_list(machine.field, flat=True).get() == target
        moved = Transition.objects.filter(object_id=link.pk, machine=machine.name)
        trace = [] if machine is RENDER else [(source, target, "a test")]  # progress is nobody's decision
        assert list(moved.values_list("source", "target", "reason")) == trace
    else:
        with pytest.raises(TransitionRefusedError):
            machine.move(SmartLink.objects.all(), pk=link.pk, to=target, reason="a test")
        assert rows.values_list(machine.field, flat=True).get() == source


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("machine", "target"),
    [(CLAIM, "rejected"), (PUBLISH, "unpublished"), (TAKEDOWN, "active"), (RENDER, "queued")],
    ids=["claim", "publish", "takedown", "render"],
)
def test_of_two_at_once_one_is_refused(machine: StateMachine, target: str) -> None:
    link = make_link()
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def act() -> None:
        try:
            start.wait()
            machine.move(SmartLink.objects.all(), pk=link.pk, to=target, reason="a race")
            outcomes.append("moved")
        except TransitionRefusedError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "refused"]
    assert Transition.objects.filter(object_id=link.pk, machine=machine.name).count() == int(machine is not RENDER)


@pytest.mark.django_db
@pytest.mark.req("SL-11")
def test_rows_and_functions_agree_on_what_is_public() -> None:
    link = make_link()
    for claim, publish, takedown in product(ClaimStatus, PublishState, TakedownStatus):
        statuses = {"claim_status": claim, "publish_state": publish, "takedown_status": takedown}
        SmartLink.objects.filter(pk=link.pk).update(**statuses)
        in_states = [
            state for state, condition in IN_STATE.items() if SmartLink.objects.filter(condition, pk=link.pk).exists()
        ]
        assert in_states == [state_of(**statuses)]
        assert is_public(**statuses) is (state_of(**statuses) is LinkState.PUBLIC)


@pytest.mark.req("SL-11")
@pytest.mark.parametrize(
    ("claim", "was_public", "secret"),
    [
        (ClaimStatus.AUTO_APPROVED, True, False),
        (ClaimStatus.AUTO_APPROVED, False, True),
        (ClaimStatus.APPROVED_BY_OPS, True, False),
        (ClaimStatus.PENDING_OPS_REVIEW, True, True),
        (ClaimStatus.PENDING_OPS_REVIEW, False, True),
        (ClaimStatus.REJECTED, True, True),
    ],
)
def test_what_was_never_approved_looks_as_if_it_had_never_been(
    *, claim: ClaimStatus, was_public: bool, secret: bool
) -> None:
    assert is_secret(claim_status=claim, was_public=was_public) is secret
