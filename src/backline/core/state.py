"""The one way a status changes: a table of allowed moves, a conditional update, a written trace.

A room declares a :class:`StateMachine` in its ``state.py``; its services call :meth:`StateMachine.move`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from backline.core import clock
from backline.core.errors import BacklineError
from backline.core.ids import new_id
from backline.core.models import Transition


class TransitionRefusedError(BacklineError):
    """The status is not one from which the wanted status can be reached (or somebody was faster)."""


@dataclass(frozen=True)
class StateMachine:
    """The allowed moves of one status field.

    ``name`` is written with each transition, ``field`` is the model's field,
    ``transitions`` maps every status to those that may follow it. ``is_traced`` is False for a status that nobody
    decides about, such as the progress of a job: its moves are checked, but leave no trace.
    """

    name: str
    field: str
    transitions: Mapping[str, frozenset[str]]
    is_traced: bool = True

    def sources_of(self, to: str) -> frozenset[str]:
        """Return the statuses from which ``to`` may follow."""
        return frozenset(source for source, targets in self.transitions.items() if to in targets)

    def allows(self, source: str, to: str) -> bool:
        """Tell whether ``to`` may follow ``source``."""
        return to in self.transitions.get(source, frozenset())

    def move(
        self,
        queryset: models.QuerySet[Any],
        *,
        pk: UUID,
        to: str,
        reason: str,
        actor_id: UUID | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        """Move the row ``pk`` of ``queryset`` to ``to`` and write the transition, in one transaction.

        ``also`` sets further fields in the same update. Raises :class:`TransitionRefusedError`
        when the row is not in a status that allows the move: of two racing calls one is refused.
        """
        with transaction.atomic():
            row = queryset.select_for_update().filter(pk=pk, **{f"{self.field}__in": self.sources_of(to)})
            before = row.values_list(self.field, flat=True).first()
            if before is None:
                raise TransitionRefusedError(f"It cannot become {to.replace('_', ' ')} from where it is now.")
            queryset.filter(pk=pk).update(**{self.field: to, **dict(also or {})})
            self._trace([(pk, before)], to=to, reason=reason, actor_id=actor_id)

    def move_all(
        self,
        queryset: models.QuerySet[Any],
        *,
        to: str,
        reason: str,
        actor_id: UUID | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> tuple[UUID, ...]:
        """Move every row of ``queryset`` that may become ``to``, with a transition each; return which moved.

        Rows in any other status are left as they are, so a call that finds nothing to do is no error.
        """
        with transaction.atomic():
            rows = list(
                queryset.filter(**{f"{self.field}__in": self.sources_of(to)})
                .order_by("pk")
                .select_for_update()
                .values_list("pk", self.field)
            )
            if not rows:
                return ()
            moved = tuple(pk for pk, _ in rows)
            queryset.filter(pk__in=moved).update(**{self.field: to, **dict(also or {})})
            self._trace(rows, to=to, reason=reason, actor_id=actor_id)
            return moved

    def last_moved_at(self, pk: UUID) -> datetime | None:
        """Return when the row ``pk`` came to the status that it has, None when it never moved or leaves no trace."""
        moves = Transition.objects.filter(machine=self.name, object_id=pk)
        return moves.order_by("-at").values_list("at", flat=True).first()

    def _trace(self, rows: Sequence[tuple[UUID, str]], *, to: str, reason: str, actor_id: UUID | None) -> None:
        """Write a transition for each row, given with the status that it had."""
        if not self.is_traced:
            return
        now = clock.now()
        Transition.objects.bulk_create(
            Transition(
                id=new_id(),
                machine=self.name,
                object_id=pk,
                source=before,
                target=to,
                reason=reason,
                actor_id=actor_id,
                at=now,
            )
            for pk, before in rows
        )
