"""The audit log and the transitions only grow, whatever the application does."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from backline.core import audit, clock
from backline.core.audit import Actor
from backline.core.ids import new_id
from backline.core.models import AuditEntry, Transition

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-50")]


def _entry() -> AuditEntry:
    actor = Actor(id=new_id(), name="Jo Marlow")
    audit.record("link.publish", actor=actor, object_type="link", object_name="Kettle", detail={"a": 1})
    return AuditEntry.objects.get(actor_id=actor.id)


def _transition() -> Transition:
    return Transition.objects.create(
        machine="link", object_id=new_id(), source="draft", target="published", reason="asked", at=clock.now()
    )


@pytest.mark.parametrize("make", [_entry, _transition])
def test_a_row_is_not_changed(make):
    row = make()
    field = "action" if isinstance(row, AuditEntry) else "reason"
    with pytest.raises(IntegrityError, match="append-only: UPDATE is refused"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**{field: "something else"})
    assert getattr(type(row).objects.get(pk=row.pk), field) == getattr(row, field)


@pytest.mark.parametrize("make", [_entry, _transition])
def test_a_row_is_not_deleted(make):
    row = make()
    with pytest.raises(IntegrityError, match="append-only: DELETE is refused"), transaction.atomic():
        row.delete()
    assert type(row).objects.filter(pk=row.pk).count() == 1


@pytest.mark.parametrize("table", ["core_auditentry", "core_transition"])
def test_a_table_is_not_emptied(table):
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL backline.may_truncate = 'off'")
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE is refused"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table}")


def test_only_the_name_of_an_erased_person_goes():
    row = _entry()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=row.pk).update(actor_name="Somebody else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=row.pk).update(actor_name="", action="link.unpublish")
    audit.forget_name(actor_id=row.actor_id)
    after = AuditEntry.objects.get(pk=row.pk)
    assert (after.actor_name, after.action, after.detail) == ("", "link.publish", {"a": 1})
