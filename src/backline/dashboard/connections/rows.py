"""What a row offers: its one next step, what else can be done, and what is told when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from django.urls import reverse

from backline.connections.selectors import Act, Row
from backline.connections.state import State
from backline.connections.types import Check, CheckKind, Purpose, Status
from backline.dashboard.help.pages import BY_SLUG, HelpPage


@dataclass(frozen=True, slots=True)
class Control:
    """One thing to do. With ``fields`` it is a form that posts them, without it is a link.

    ``key`` names it within its row, so that the keyboard stays on it when the row is drawn anew.
    """

    key: str
    label: str
    url: str
    fields: Mapping[str, str] | None = None
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it is drawn. ``first`` is what to do next; ``opener`` is what the button says that opens the details.

    ``is_next`` marks the one row of the page that is to be dealt with first.
    """

    row: Row
    mark: str
    opener: str = ""
    first: Control | None = None
    others: tuple[Control, ...] = ()
    within: tuple[Control, ...] = ()
    check_acts: Mapping[str, tuple[Control, ...]] = field(default_factory=dict)
    help_pages: tuple[HelpPage, ...] = ()
    is_open: bool = False
    is_next: bool = False

    @property
    def quotas(self) -> Mapping[str, str]:
        """How much of our quota at each service is used, and of what kind it is, where something is known."""
        found = {}
        for quota in self.row.quotas:
            used = f"{quota.used_percent}% used" if quota.used_percent is not None else ""
            found[quota.label] = ", ".join(filter(None, (used, quota.access_level.replace("_", " "))))
        return {label: told for label, told in found.items() if told}


def shown(row: Row, *, slug: str, can_edit: bool, is_open: bool, is_next: bool) -> Shown:
    """Return what is drawn of a row. Who may not edit sees everything and gets no control."""
    facts = row.facts
    mark = mark_of(facts.label)
    if facts.connects_by == "nothing":
        return Shown(row, mark)
    pages = tuple(BY_SLUG[page] for page in facts.help_pages if page in BY_SLUG)
    if not can_edit:
        return Shown(row, mark, opener="Details", help_pages=pages, is_open=is_open)
    offered = _Offered(row, slug)
    first, others, opener = offered.next_steps()
    return Shown(
        row,
        mark,
        opener=opener,
        first=first,
        others=others,
        within=offered.within(taken={control.key for control in (first, *others) if control}),
        check_acts={check.key: offered.acts_of(check) for check in row.checks if check.actions},
        help_pages=pages,
        is_open=is_open,
        is_next=is_next,
    )


def mark_of(label: str) -> str:
    """Return the two letters that stand for a platform: its capitals where it has two, else how it begins."""
    capitals = "".join(letter for letter in label if letter.isupper())
    return capitals[:2] if len(capitals) > 1 else label[:2]


def is_waiting(row: Row) -> bool:
    """Tell whether a connection that was begun waits for the artist's side."""
    return row.state != State.NOT_CONNECTED and row.act not in (Act.NONE, Act.WAIT)


def deciding(row: Row) -> Check | None:
    """Return the check that decides how the row stands: the first needed one that is not met."""
    return next((check for check in row.checks if check.is_needed and not check.is_met), None)


class _Offered:
    """The controls of one row, for somebody who may edit."""

    def __init__(self, row: Row, slug: str) -> None:
        self._row = row
        self._slug = slug

    def next_steps(self) -> tuple[Control | None, tuple[Control, ...], str]:
        """Return the next step, what stands beside it, and what opens the details."""
        row, label = self._row, self._row.facts.label
        first: Control | None = None
        others: tuple[Control, ...] = ()
        match row.act:
            case Act.SHOW_WAY:
                return self._way()
            case Act.CONNECT:
                first = self._connect("Connect")
            case Act.RECONNECT:
                first = self._connect("Reconnect", row.purpose)
            case Act.CONSENT_AGAIN:
                first, others = self._connect(f"Allow it at {label}", row.purpose), (self._check(),)
            case Act.ACTIVATE_BILLING:
                first, others = self._billing()
            case Act.CONFIRM:
                fields = {"artist": row.found.external_id if row.found else ""}
                first, others = self._post("confirm", "Yes, connect", fields), (self._link("connect", "No, another"),)
            case Act.CHOOSE:
                first = self._link("choose", f"Choose the {row.facts.choice_label or 'account'}")
            case Act.TRY_AGAIN:
                first, others = self._post("try", "Try Again"), (self._link("reset", "Reset"),)
            case Act.WAIT | Act.NONE:
                pass
            case _:
                assert_never(row.act)
        return first, others, "" if row.act is Act.CONFIRM else "Details"

    def within(self, *, taken: set[str]) -> tuple[Control, ...]:
        """Return what else can be done, for the details."""
        row, facts = self._row, self._row.facts
        has_choice = bool(facts.choice_label) and row.purpose in facts.chooses_for
        found = [
            (row.can_check, self._check()),
            (row.can_check and has_choice, self._link("choose", f"Choose another {facts.choice_label}")),
            (self._can_add_advertising(), self._link("connect", "Connect for advertising too")),
            (row.can_reset, self._link("reset", "Reset")),
            (row.can_disconnect, self._link("disconnect", "Disconnect")),
        ]
        return tuple(control for is_offered, control in found if is_offered and control.key not in taken)

    def acts_of(self, check: Check) -> tuple[Control, ...]:
        """Return what can be had done about an unmet check."""
        return tuple(
            Control(f"act-{action.key}", action.label, self._url("act"), {"action": action.key})
            for action in check.actions
        )

    def _way(self) -> tuple[Control | None, tuple[Control, ...], str]:
        """Lead to where it is done. Where the platform lets us do it, that comes first."""
        check = deciding(self._row)
        if check is None:
            return None, (self._check(),), "Details"
        if check.actions and check.kind is CheckKind.PARTNERSHIP:
            return self.acts_of(check)[0], (), "Show me where"
        if check.steps:
            return None, (self._check(),), "Show me where"
        if check.url:
            there = Control("there", f"Continue at {self._row.facts.label}", check.url, is_outside=True)
            return there, (self._check(),), "Details"
        return self._check(), (), "Details"

    def _billing(self) -> tuple[Control, tuple[Control, ...]]:
        """Lead to the plan, and beside it to what needs none."""
        facts = self._row.facts
        billing = Control("billing", "Activate billing", reverse("dashboard:billing", args=[self._slug]))
        needs_none = any(purpose not in facts.needs_plan for purpose in facts.purposes)
        return billing, (self._link("connect", "Without a plan"),) if needs_none else ()

    def _connect(self, label: str, purpose: Purpose | None = None) -> Control:
        """Begin: at the platform where it is clear what for, else on the page that asks what for or for whom."""
        facts = self._row.facts
        if purpose is None and len(facts.purposes) == 1:
            purpose = facts.purposes[0]
        if facts.connects_by == "address" or purpose not in facts.purposes:
            return self._link("connect", label)
        return Control("connect", label, self._url("start"), {"purpose": str(purpose)})

    def _can_add_advertising(self) -> bool:
        row = self._row
        is_identity = row.status is Status.CONNECTED and row.purpose is Purpose.IDENTITY
        return is_identity and Purpose.ADVERTISING in row.facts.purposes

    def _check(self) -> Control:
        return self._post("check", "Check again")

    def _link(self, what: str, label: str) -> Control:
        return Control(what, label, self._url(what))

    def _post(self, what: str, label: str, fields: Mapping[str, str] | None = None) -> Control:
        return Control(what, label, self._url(what), fields or {})

    def _url(self, what: str) -> str:
        return reverse(f"dashboard:connection_{what}", args=[self._slug, self._row.facts.key])
